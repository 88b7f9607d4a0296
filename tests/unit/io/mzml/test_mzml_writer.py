import base64
import gzip
import zlib
from datetime import datetime
from pathlib import Path

import numpy as np
import pyopenms
import pytest

from lcms.io.mzml.mzml_writer import write_mzml
from lcms.simulation.simulated_scans import SimulatedScan, SimulatedTransition

MZ = np.array([88.0404, 202.10848, 203.1])
COUNTS = np.array([1e3, 2.5e5, 777.0])
SCANS = [
    SimulatedScan(0.5, MZ, COUNTS),
    SimulatedScan(1.0625, MZ[:0], COUNTS[:0]),
    SimulatedScan(1.6, MZ[1:], COUNTS[1:]),
]
START = datetime(2024, 1, 15, 8, 30, 0)  # noqa: DTZ001  (mzML carries no zone)


def loaded(path: Path) -> pyopenms.MSExperiment:
    run = pyopenms.MSExperiment()
    pyopenms.MzMLFile().load(str(path), run)
    return run


@pytest.mark.parametrize("name", ["sim_a.mzML", "sim_a.mzML.gz"])
def test_what_is_written_is_read_back_with_m_z_as_64_and_intensity_as_32_bit(
    tmp_path: Path, name: str
) -> None:
    write_mzml(tmp_path / name, SCANS, polarity=-1, start_time=START)

    spectra = loaded(tmp_path / name).getSpectra()

    assert [spectrum.getRT() for spectrum in spectra] == [0.5, 1.0625, 1.6]
    for spectrum, scan in zip(spectra, SCANS, strict=True):
        mz, intensity = spectrum.get_peaks()
        np.testing.assert_array_equal(mz, scan.mz)
        np.testing.assert_array_equal(intensity, scan.intensity.astype(np.float32))


def test_the_file_declares_compression_precision_polarity_start_and_its_being_simulated(
    tmp_path: Path,
) -> None:
    write_mzml(tmp_path / "sim_a.mzML", SCANS, polarity=-1, start_time=START)

    text = (tmp_path / "sim_a.mzML").read_text(encoding="latin-1")

    for words in (
        'startTimeStamp="2024-01-15T08:30:00"',
        'name="zlib compression"',
        'name="negative scan"',
        'name="centroid spectrum"',
        'name="instrument name" type="xsd:string" value="simulated"',
        'name="simulated: sim_a"',
        'unitName="second"',
    ):
        assert words in text
    full = text.split("<spectrum ")[1]
    assert full.index('name="64-bit float"') < full.index('name="intensity array"')
    assert full.count('name="64-bit float"') == full.count('name="32-bit float"') == 1


@pytest.mark.parametrize(
    ("polarity", "profile", "words"),
    [(1, False, "positive scan"), (-1, True, "profile spectrum")],
)
def test_polarity_and_representation_are_the_callers(
    tmp_path: Path, polarity: int, words: str, *, profile: bool
) -> None:
    write_mzml(tmp_path / "sim_a.mzML", SCANS, polarity=polarity, profile=profile)

    text = (tmp_path / "sim_a.mzML").read_text(encoding="latin-1")

    assert text.count(f'name="{words}"') == 3
    assert "startTimeStamp" not in text


def test_the_same_run_has_the_same_bytes_in_any_folder_also_gzipped(tmp_path: Path) -> None:
    for folder in ("here", "elsewhere"):
        (tmp_path / folder).mkdir()
        for name in ("sim_a.mzML", "sim_a.mzML.gz"):
            write_mzml(tmp_path / folder / name, SCANS, polarity=-1, start_time=START)

    def written(name: str) -> list[bytes]:
        return [(tmp_path / folder / name).read_bytes() for folder in ("here", "elsewhere")]

    plain, zipped = written("sim_a.mzML"), written("sim_a.mzML.gz")
    assert plain[0] == plain[1]
    assert zipped[0] == zipped[1]
    assert gzip.decompress(zipped[0]) == plain[0]


def test_nothing_but_the_finished_file_is_left_and_an_old_one_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "sim_a.mzML"
    path.write_text("old", encoding="utf-8")

    write_mzml(path, SCANS, polarity=-1)

    assert list(tmp_path.iterdir()) == [path]
    assert len(loaded(path).getSpectra()) == 3


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "sim_a.mzML"
    path.write_text("old", encoding="utf-8")
    broken = SimulatedScan(1.0, MZ, COUNTS[:1])

    with pytest.raises(RuntimeError, match="same length"):
        write_mzml(path, [broken], polarity=-1)

    assert path.read_text(encoding="utf-8") == "old"


def test_the_index_points_at_the_spectra(tmp_path: Path) -> None:
    path = tmp_path / "sim_a.mzML"
    write_mzml(path, SCANS, polarity=-1)

    content = path.read_bytes()
    last = content.split(b"scan=3")[-1]
    offset = int(last.split(b">")[1].split(b"<")[0])

    assert content[offset:].lstrip().startswith(b'<spectrum id="controllerType=0')


def test_a_product_ion_scan_keeps_its_precursor_and_window(tmp_path: Path) -> None:
    path = tmp_path / "sim_a.mzML"
    scan = SimulatedScan(
        1.0, MZ[:1], COUNTS[:1], ms_level=2, precursor_mz=202.1, isolation_half_width_mz=0.8
    )
    write_mzml(path, [SCANS[0], scan], polarity=-1)

    spectrum = loaded(path).getSpectrum(1)
    precursor = spectrum.getPrecursors()[0]

    assert spectrum.getMSLevel() == 2
    assert precursor.getMZ() == 202.1
    assert precursor.getIsolationWindowLowerOffset() == pytest.approx(0.8)


def test_srm_chromatograms_are_written_behind_the_scans(tmp_path: Path) -> None:
    path = tmp_path / "sim_a.mzML"
    trace = SimulatedTransition(
        202.1, 88.04, np.array([1.0, 2.0, 3.0]), np.array([5.0, 50.0, 5.0])
    )
    write_mzml(path, [], polarity=-1, chromatograms=[trace])

    (chromatogram,) = loaded(path).getChromatograms()
    time_s, counts = chromatogram.get_peaks()

    np.testing.assert_array_equal(time_s, trace.time_s)
    np.testing.assert_array_equal(counts, trace.intensity)
    assert chromatogram.getPrecursor().getMZ() == pytest.approx(202.1)
    assert chromatogram.getProduct().getMZ() == pytest.approx(88.04)
    kinds = pyopenms.ChromatogramSettings.ChromatogramType
    assert chromatogram.getChromatogramType() == kinds.SELECTED_REACTION_MONITORING_CHROMATOGRAM


def test_the_compressed_arrays_are_plain_zlib(tmp_path: Path) -> None:
    path = tmp_path / "sim_a.mzML.gz"
    write_mzml(path, SCANS[:1], polarity=-1)

    text = gzip.decompress(path.read_bytes())
    encoded = text.split(b"<binary>")[1].split(b"</binary>")[0]

    values = np.frombuffer(zlib.decompress(base64.b64decode(encoded)), dtype="<f8")
    np.testing.assert_array_equal(values, MZ)
