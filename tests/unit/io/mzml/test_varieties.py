"""One run in the many ways of mzML: the fast reader and pyOpenMS give the same, and the truth."""

import base64
import gzip
import hashlib
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyopenms
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from builders import ion, settings_of
from keeping import Keeping
from lcms.errors import MzmlError
from lcms.io.mzml.arrays import UnusualError
from lcms.io.mzml.fast_reader import ChecksumError, read_fast
from lcms.io.mzml.openms_reader import read_by_openms
from lcms.io.mzml.reader import read_run
from lcms.io.mzml.visitor import Gate
from lcms.kinds import Integrity, ScanKind
from lcms.model import RunFacts, Scan, SrmChromatogram, Wanted
from lcms.steps.extract import extract_runs
from mzml_varieties import (
    ODD,
    ORDINARY,
    PLAIN,
    Spectrum,
    Variety,
    variety_text,
    write_variety,
)

ROOT = Path(__file__).parents[4]
SHARED = ROOT.parent / "shared" / "data"
REAL = sorted(
    path
    for folder in (ROOT / "test_data", SHARED / "mzmine", SHARED / "smartpeak")
    for path in folder.rglob("*.mzML*")
)
EVERYTHING = Wanted(levels=frozenset({1, 2}), chromatograms=True)
MZ = np.array([88.04040527, 160.06150818, 202.10850525, 202.10850525, 236.09280396, 600.25])
COUNTS = np.array([10.0, 2e5, 3.5e4, 0.0, 7.25, 1e6])
RUN = (
    Spectrum(0.6, MZ, COUNTS),
    Spectrum(0.9, MZ[:2], COUNTS[:2], ms_level=2, precursor_mz=202.1085),
    Spectrum(1.2, MZ[:4], COUNTS[:4], polarity=1),
    Spectrum(1.8, MZ[:0], COUNTS[:0]),
    Spectrum(2.4, MZ, COUNTS * 2),
)


def fast(path: Path, highest_mz: float = np.inf) -> tuple[RunFacts, Keeping]:
    kept = Keeping(highest_mz)
    return read_fast(path, Gate(path, kept, EVERYTHING)), kept


def slow(path: Path, highest_mz: float = np.inf) -> tuple[RunFacts, Keeping]:
    kept = Keeping(highest_mz)
    return read_by_openms(path, Gate(path, kept, EVERYTHING)), kept


def assert_same(one: Scan | SrmChromatogram, other: Scan | SrmChromatogram) -> None:
    """Compare two scans or chromatograms: numbers to the last digits, which text may cost."""
    for name in one._fields:
        left, right = getattr(one, name), getattr(other, name)
        if isinstance(left, np.ndarray | float | tuple):
            assert right is not None, name
            np.testing.assert_allclose(left, right, rtol=1e-13, atol=0, err_msg=name)
        else:
            assert left == right, name


def assert_paths_agree(path: Path, highest_mz: float = np.inf) -> Keeping:
    facts, kept = fast(path, highest_mz)
    slow_facts, slow_kept = slow(path, highest_mz)
    assert facts == slow_facts
    for scan, slow_scan in zip(kept.scans, slow_kept.scans, strict=True):
        assert_same(scan, slow_scan)
    for chromatogram, slow_chromatogram in zip(
        kept.chromatograms, slow_kept.chromatograms, strict=True
    ):
        assert_same(chromatogram, slow_chromatogram)
    return kept


def assert_true(scans: list[Scan], spectra: tuple[Spectrum, ...], variety: Variety) -> None:
    for scan, spectrum in zip(scans, spectra, strict=True):
        mz = spectrum.mz.astype(f"f{variety.mz_bits // 8}")
        np.testing.assert_array_equal(scan.mz, mz)
        np.testing.assert_array_equal(scan.intensity, spectrum.intensity.astype(np.float32))
        assert scan.retention_time_s == pytest.approx(spectrum.time_s, rel=1e-12)
        assert (scan.ms_level, scan.polarity) == (spectrum.ms_level, spectrum.polarity)
        assert scan.mz_range == (60.0, 900.0)
        assert scan.precursor_mz == spectrum.precursor_mz


@pytest.mark.parametrize("variety", ORDINARY, ids=lambda variety: variety.name)
@pytest.mark.parametrize("highest_mz", [np.inf, 202.10850525, 50.0])
def test_every_ordinary_way_is_read_fast_and_as_pyopenms_reads_it(
    tmp_path: Path, variety: Variety, highest_mz: float
) -> None:
    path = write_variety(tmp_path / "a.mzML", RUN, variety)

    kept = assert_paths_agree(path, highest_mz)

    if highest_mz == np.inf:
        assert_true(kept.scans, RUN, variety)
    assert all((scan.mz <= highest_mz).all() for scan in kept.scans)


DISTINGUISHED: dict[
    str, tuple[dict[str, Any], dict[str, Any]]
] = {  # what distinguishes scans, and the fields of `Scan` in which it stands
    "FAIMS voltage in the spectrum": (
        {"of_spectrum": (("1001581", -40.0),)},
        {"voltage_v": -40.0},
    ),
    "FAIMS voltage in the scan": ({"of_scan": (("1001581", -40.0),)}, {"voltage_v": -40.0}),
    "SELEXION voltage": ({"of_scan": (("1003371", 11.5),)}, {"voltage_v": 11.5}),
    "SIM": ({"kind": "1000582"}, {"kind": ScanKind.SIM}),
    "SRM": ({"kind": "1000583", "ms_level": 2, "precursor_mz": 202.1}, {"kind": ScanKind.SRM}),
    "energy of level 1": ({"energy": 30.0}, {"collision_energy": 30.0, "precursor_mz": None}),
    "function": ({"native_id": "function=2 process=0 scan=7"}, {"function": 2}),
    "experiment": ({"native_id": "sample=1 period=1 cycle=3 experiment=4"}, {"function": 4}),
    "drift time": ({"of_scan": (("1002476", 11.0),)}, {"mobility": 11.0}),
    "inverse mobility": ({"of_scan": (("1002815", 0.9),)}, {"mobility": 0.9}),
    "array of mobilities": ({"mobilities": np.arange(6.0)}, {"has_mobility_array": True}),
    "polarity inside of `<scan>`": ({"polarity_in_scan": True, "polarity": 1}, {"polarity": 1}),
    "window 0-0": ({"windows_mz": ((0.0, 0.0),)}, {"mz_range": None, "windows_mz": ()}),
    "window NaN": ({"windows_mz": ((np.nan, np.nan),)}, {"mz_range": None, "windows_mz": ()}),
    "BoxCar": (
        {"windows_mz": ((100.0, 120.0), (140.0, 160.0))},
        {"mz_range": (100.0, 160.0), "windows_mz": ((100.0, 120.0), (140.0, 160.0))},
    ),
}


@pytest.mark.parametrize("name", DISTINGUISHED)
def test_both_readers_see_what_distinguishes_scans(tmp_path: Path, name: str) -> None:
    changes, fields = DISTINGUISHED[name]
    spectra = [replace(RUN[0], **changes), replace(RUN[0], time_s=1.0)]
    if "native_id" in changes:
        spectra[1] = replace(spectra[1], native_id="function=1 process=0 scan=8")
    path = write_variety(tmp_path / "a.mzML", spectra, PLAIN)

    kept = assert_paths_agree(path)

    assert {field: getattr(kept.scans[0], field) for field in fields} == fields


def test_both_readers_see_the_scan_configuration(tmp_path: Path) -> None:
    term = (
        '<cvParam cvRef="MS" accession="MS:1000616" name="preset scan configuration" value="3"/>'
    )
    text = variety_text(RUN, PLAIN).replace("<scan>", f"<scan>{term}")
    (tmp_path / "a.mzML").write_text(text)

    kept = assert_paths_agree(tmp_path / "a.mzML")

    assert {scan.function for scan in kept.scans} == {3}


def test_the_kind_of_data_is_judged_by_the_file_not_by_what_is_looked_for(tmp_path: Path) -> None:
    path = write_variety(
        tmp_path / "a.mzML", [Spectrum(1.0, PROFILE_MZ, PROFILE_COUNTS, is_profile=False)], PLAIN
    )

    kept = assert_paths_agree(path, highest_mz=101.0)

    assert kept.scans[0].is_profile
    assert kept.scans[0].mz.max() <= 101.0


@pytest.mark.parametrize("variety", ODD, ids=lambda variety: variety.name)
def test_what_is_odd_is_left_to_pyopenms_from_the_start(tmp_path: Path, variety: Variety) -> None:
    path = write_variety(tmp_path / "a.mzML", RUN, variety)

    with pytest.raises(UnusualError):
        fast(path)
    _, kept = read_run(path, Keeping, EVERYTHING)

    assert_true(kept.scans, RUN, variety)


@pytest.mark.parametrize("name", ["m/z array", "intensity array"])
def test_arrays_that_pyopenms_cannot_name_are_told_and_no_scans_without_points(
    tmp_path: Path, name: str
) -> None:
    path = write_variety(tmp_path / "a.mzML", RUN, ODD[0])
    path.write_bytes(path.read_bytes().replace(name.encode(), b"array"))

    with pytest.raises(MzmlError, match=r"arrays of `scan=1` .* declares 6 points and none"):
        read_run(path, Keeping, EVERYTHING)


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
@pytest.mark.parametrize("highest_mz", [np.inf, 262.0])
def test_both_readers_agree_on_real_runs(path: Path, highest_mz: float) -> None:
    kept = assert_paths_agree(path, highest_mz)

    assert kept.scans or kept.chromatograms


def rows_of(path: Path, **how: Any) -> tuple[Any, ...]:  # noqa: ANN401  (settings)
    ions = [ion("a", 202.1085, 1.5), ion("b", 160.0615, None), ion("c", 600.25, 1.5, charge=1)]
    rows = extract_runs({"s": path}, ions, settings_of(extraction=how).extraction, lambda _: None)
    assert rows[0][0]["status"] == "ok", rows[0][0]["error"]
    del rows[0][0]["input_fingerprint"]  # of the bytes, not of what they mean
    return rows


def assert_same_rows(one: tuple[Any, ...], other: tuple[Any, ...], rtol: float) -> None:
    for left, right in zip([*one[0], *one[1]], [*other[0], *other[1]], strict=True):
        for name, value in left.items():
            if isinstance(value, np.ndarray | float):
                atol = 1e6 * rtol if name.endswith("_ppm") else 0.0
                np.testing.assert_allclose(value, right[name], rtol, atol, err_msg=name)
            else:
                assert value == right[name], name


@pytest.mark.parametrize("variety", [*ORDINARY, *ODD], ids=lambda variety: variety.name)
def test_every_way_of_writing_a_run_gives_the_same_rows(tmp_path: Path, variety: Variety) -> None:
    plain = write_variety(tmp_path / "plain.mzML", RUN, PLAIN)
    path = write_variety(tmp_path / "a.mzML", RUN, variety)

    rtol = 1e-6 if variety.mz_bits < 64 else 1e-12
    right = rows_of(plain)
    right[0][0]["integrity"] = "arrays" if variety.compressed else "lengths"

    assert_same_rows(rows_of(path), right, rtol)


def test_scans_in_any_order_give_the_same_rows(tmp_path: Path) -> None:
    plain = write_variety(tmp_path / "plain.mzML", RUN, PLAIN)
    mixed = write_variety(tmp_path / "mixed.mzML", [RUN[i] for i in (4, 0, 3, 1, 2)], PLAIN)

    assert_same_rows(rows_of(mixed), rows_of(plain), 1e-12)


def numpress(path: Path, kind: str, *, compressed: bool) -> Path:
    """Write the run anew with MS-Numpress: m/z linear, intensities slof or pic."""
    run = pyopenms.MSExperiment()
    pyopenms.MzMLFile().load(str(path), run)
    writer = pyopenms.MzMLFile()
    options = writer.getOptions()
    options.setCompression(compressed)
    for counts, setting in ((False, "linear"), (True, kind)):
        config = pyopenms.NumpressConfig()
        config.setCompression(setting)
        config.estimate_fixed_point = True
        if counts:
            options.setNumpressConfigurationIntensity(config)
        else:
            options.setNumpressConfigurationMassTime(config)
    writer.setOptions(options)
    out = path.with_name(f"{kind}.mzML")
    writer.store(str(out), run)
    return out


@pytest.mark.parametrize("kind", ["slof", "pic"])
@pytest.mark.parametrize("compressed", [True, False])
def test_numpress_is_read_by_pyopenms(tmp_path: Path, kind: str, *, compressed: bool) -> None:
    plain = write_variety(tmp_path / "plain.mzML", RUN, PLAIN)
    path = numpress(plain, kind, compressed=compressed)
    assert b"MS-Numpress" in path.read_bytes()

    with pytest.raises(UnusualError, match="array encoding"):
        fast(path)
    _, kept = read_run(path, Keeping, EVERYTHING)

    for scan, spectrum in zip(kept.scans, RUN, strict=True):
        np.testing.assert_allclose(scan.mz, spectrum.mz, rtol=1e-6)
        np.testing.assert_allclose(scan.intensity, spectrum.intensity, rtol=1e-3, atol=0.5)


def test_a_scan_whose_mz_do_not_ascend_is_sorted(tmp_path: Path) -> None:
    order = [4, 0, 5, 1, 2, 3]
    path = write_variety(
        tmp_path / "a.mzML", [replace(RUN[0], mz=MZ[order], intensity=COUNTS[order])], PLAIN
    )

    with pytest.raises(UnusualError, match="m/z order"):
        fast(path, 300.0)
    _, kept = read_run(path, lambda: Keeping(300.0))

    np.testing.assert_array_equal(kept.scans[0].mz, MZ[:5])


BARE = replace(PLAIN, name="no unit", unit=None)


def test_times_without_a_unit_are_refused_with_advice(tmp_path: Path) -> None:
    path = write_variety(tmp_path / "a.mzML", RUN, BARE)

    with pytest.raises(MzmlError, match=r"no unit .*`extraction\.unit_of_bare_times`"):
        read_run(path, Keeping)


@pytest.mark.parametrize(("unit", "unit_s"), [("second", 1.0), ("minute", 60.0)])
@pytest.mark.parametrize("odd", [False, True])
def test_times_without_a_unit_have_the_one_that_is_set(
    tmp_path: Path, unit: str, unit_s: float, *, odd: bool
) -> None:
    variety = replace(BARE, quote="'") if odd else BARE
    path = write_variety(tmp_path / "a.mzML", RUN, variety)
    wanted = Wanted(
        bare_unit_s=settings_of(extraction={"unit_of_bare_times": unit}).extraction.bare_unit_s
    )

    _, kept = read_run(path, Keeping, wanted)

    assert [scan.retention_time_s for scan in kept.scans] == pytest.approx(
        [0.6 * unit_s, 1.2 * unit_s, 1.8 * unit_s, 2.4 * unit_s]
    )


def test_a_unit_for_some_times_only_is_refused(tmp_path: Path) -> None:
    text = variety_text(RUN, PLAIN).replace(
        ' unitCvRef="UO" unitAccession="UO:0000010" unitName="second"', "", 1
    )
    (tmp_path / "a.mzML").write_text(text)

    with pytest.raises(MzmlError, match="some times have a unit and some have none"):
        read_run(tmp_path / "a.mzML", Keeping, Wanted(bare_unit_s=60.0))


def test_scans_with_one_id_are_all_read(tmp_path: Path) -> None:
    text = variety_text(RUN, PLAIN)
    (tmp_path / "a.mzML").write_text(text.replace('id="scan=5"', 'id="scan=1"'))

    kept = assert_paths_agree(tmp_path / "a.mzML")

    assert [scan.native_id for scan in kept.scans] == [f"scan={n}" for n in (1, 2, 3, 4, 1)]


PROFILE_MZ = np.concatenate([mz + np.arange(-5, 6) * 1e-3 for mz in np.arange(100.0, 110.0)])
PROFILE_COUNTS = np.tile(1e5 * np.exp(-0.5 * (np.arange(-5, 6) / 2) ** 2), 10)


@pytest.mark.parametrize("flag", [False, True])
def test_profile_and_centroid_are_told_by_the_points_not_by_the_flag(
    tmp_path: Path, *, flag: bool
) -> None:
    random = np.random.default_rng(1)
    centroids = np.sort(random.uniform(100, 400, 200))
    heights = random.lognormal(8, 2, 200)
    spectra = [
        Spectrum(1.0, PROFILE_MZ, PROFILE_COUNTS, is_profile=flag),
        Spectrum(2.0, centroids, heights, polarity=1, is_profile=flag),
        Spectrum(3.0, MZ[:2], COUNTS[:2], ms_level=2, is_profile=flag),
    ]
    path = write_variety(tmp_path / "a.mzML", spectra, PLAIN)

    kept = assert_paths_agree(path)

    assert [scan.is_profile for scan in kept.scans] == [True, False, flag]


@st.composite
def runs(draw: st.DrawFn) -> tuple[Spectrum, ...]:
    """Draw a small run: times ascend, m/z ascend and may repeat."""
    spectra = []
    for time_s in sorted(draw(st.lists(st.floats(0, 1e4), min_size=1, max_size=6))):
        mz = sorted(draw(st.lists(st.floats(50, 2000, width=32), max_size=40)))
        counts = draw(st.lists(st.floats(0, 1e9, width=32), min_size=len(mz), max_size=len(mz)))
        level = draw(st.sampled_from([1, 1, 2]))
        spectra.append(
            Spectrum(
                time_s,
                np.array(mz, dtype=float),
                np.array(counts, dtype=float),
                ms_level=level,
                polarity=draw(st.sampled_from([-1, 1])),
                precursor_mz=500.0 if level > 1 else None,
            )
        )
    assume(any(spectrum.ms_level == 1 for spectrum in spectra))
    # Scans of one time are refused: test_defects.
    assume(len(spectra) < 3 or len({spectrum.time_s for spectrum in spectra}) > 1)
    return tuple(spectra)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(runs(), st.sampled_from(ORDINARY), st.floats(0, 2100))
def test_both_readers_agree_on_any_run(
    tmp_path: Path, spectra: tuple[Spectrum, ...], variety: Variety, highest_mz: float
) -> None:
    path = write_variety(tmp_path / "any.mzML", spectra, variety)

    assert_paths_agree(path, highest_mz)
    assert_true(fast(path)[1].scans, spectra, variety)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data(), st.sampled_from([PLAIN, replace(PLAIN, index=None, compressed=False)]))
def test_a_run_cut_anywhere_is_refused(
    tmp_path: Path, data: st.DataObject, variety: Variety
) -> None:
    text = variety_text(RUN, variety).rstrip()
    cut = data.draw(st.integers(0, len(text) - 1))
    (tmp_path / "cut.mzML").write_text(text[:cut])

    with pytest.raises(MzmlError):
        read_run(tmp_path / "cut.mzML", Keeping, EVERYTHING)


def with_checksum(path: Path, spectra: tuple[Spectrum, ...] = RUN) -> Path:
    """Write a run with its SHA-1, calculated as the specification says."""
    before, _, after = variety_text(spectra, PLAIN).partition("<fileChecksum>0")
    before += "<fileChecksum>"
    path.write_text(before + hashlib.sha1(before.encode()).hexdigest() + after)  # noqa: S324
    return path


def test_a_checksum_that_fits_covers_the_values(tmp_path: Path) -> None:
    path = with_checksum(tmp_path / "a.mzML")

    assert_paths_agree(path, 202.10850525)
    assert fast(path)[0].integrity is Integrity.CHECKSUM


def test_a_gzipped_checksum_is_compared_too(tmp_path: Path) -> None:
    path = with_checksum(tmp_path / "a.mzML")
    (tmp_path / "b.mzML.gz").write_bytes(gzip.compress(path.read_bytes()))

    assert_paths_agree(tmp_path / "b.mzML.gz")
    assert fast(tmp_path / "b.mzML.gz")[0].integrity is Integrity.CHECKSUM


def test_a_checksum_that_does_not_fit_is_said_and_intact_arrays_are_used(tmp_path: Path) -> None:
    path = with_checksum(tmp_path / "a.mzML")
    path.write_bytes(path.read_bytes().replace(b'fullName="MS"', b'fullName="XX"'))

    facts, kept = read_run(path, Keeping, EVERYTHING)

    assert facts.integrity is Integrity.CHECKSUM_DIFFERS
    assert_true(kept.scans, RUN, PLAIN)
    with pytest.raises(ChecksumError):
        fast(path)


def test_zeros_are_no_checksum(tmp_path: Path) -> None:
    text = variety_text(RUN, PLAIN).replace("<fileChecksum>0", "<fileChecksum>" + 40 * "0")
    (tmp_path / "a.mzML").write_text(text)

    assert fast(tmp_path / "a.mzML")[0].integrity is Integrity.ARRAYS


@pytest.mark.parametrize("highest_mz", [np.inf, 100.0])
def test_a_changed_character_behind_the_wanted_points_refuses_the_run(
    tmp_path: Path, highest_mz: float
) -> None:
    path = write_variety(tmp_path / "a.mzML", RUN, PLAIN)
    text = path.read_text()
    end = text.index("</binary>")  # of the m/z of the first scan: its zlib checksum stands there
    changed = "A" if text[end - 3] != "A" else "B"
    path.write_text(f"{text[: end - 3]}{changed}{text[end - 2 :]}")

    with pytest.raises(MzmlError):
        read_run(path, lambda: Keeping(highest_mz))


@pytest.mark.parametrize(
    ("unit", "unit_s"), [("UO:0000032", 3600.0), ("UO:0000028", 1e-3), ("UO:0000029", 1e-6)]
)
@pytest.mark.parametrize("odd", [False, True])
def test_hours_and_milliseconds_are_read(
    tmp_path: Path, unit: str, unit_s: float, *, odd: bool
) -> None:
    variety = ODD[0] if odd else PLAIN
    path = write_variety(tmp_path / "a.mzML", RUN, variety)
    path.write_text(path.read_text().replace("UO:0000010", unit))

    _, kept = read_run(path, Keeping, EVERYTHING)

    assert [scan.retention_time_s for scan in kept.scans] == pytest.approx(
        [spectrum.time_s * unit_s for spectrum in RUN]
    )


def test_integer_intensities_are_read(tmp_path: Path) -> None:
    counts = COUNTS.astype(np.int32)
    data = base64.b64encode(zlib.compress(counts.tobytes())).decode()
    text = variety_text(RUN[:1], PLAIN)
    start = text.rindex("<binary>") + len("<binary>")
    text = text[:start] + data + text[text.index("</binary>", start) :]
    (tmp_path / "a.mzML").write_text(text.replace("MS:1000521", "MS:1000519"))

    _, kept = fast(tmp_path / "a.mzML")

    np.testing.assert_array_equal(kept.scans[0].intensity, counts)


@pytest.mark.parametrize("way", [PLAIN, ODD[0]], ids=["fast", "openms"])
@pytest.mark.parametrize(
    ("is_compressed", "integrity"), [(True, Integrity.ARRAYS), (False, Integrity.LENGTHS)]
)
def test_arrays_without_any_checksum_are_named(
    tmp_path: Path, way: Variety, integrity: Integrity, *, is_compressed: bool
) -> None:
    path = write_variety(tmp_path / "a.mzML", RUN, replace(way, compressed=is_compressed))

    assert read_run(path, Keeping, EVERYTHING)[0].integrity is integrity
