import gzip
import re
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from keeping import Keeping
from lcms.errors import MzmlError
from lcms.io.mzml.mzml_writer import write_mzml
from lcms.io.mzml.reader import read_run, read_start_time
from lcms.model import Need, RunFacts, Scan, SrmChromatogram, Wanted
from lcms.simulation import simulated_scans as scans
from lcms.simulation.simulated_scans import SimulatedTransition

MZ = np.array([88.0404, 202.10848, 203.1])
COUNTS = np.array([1e3, 2.5e5, 777.0])
MS1 = [scans.SimulatedScan(time_s, MZ, COUNTS) for time_s in (0.5, 1.25, 1.75)]
MS2 = scans.SimulatedScan(1.5, MZ[:2], COUNTS[:2], ms_level=2, precursor_mz=202.10848)
SRM = SimulatedTransition(202.1, 130.1, np.array([1.0, 2.0]), np.array([5.0, 6.0]))
START = datetime(2024, 1, 15, 8, 30, 0)  # noqa: DTZ001  (mzML carries no zone)
SECONDS = 'unitAccession="UO:0000010" unitName="second" unitCvRef="UO"'
MINUTES = 'unitAccession="UO:0000031" unitName="minute" unitCvRef="UO"'


def text_of(folder: Path, *, spectra: list[scans.SimulatedScan] = MS1, polarity: int = -1) -> str:
    """Return the text of a small run."""
    write_mzml(folder / "whole.mzML", spectra, polarity=polarity, start_time=START)
    return (folder / "whole.mzML").read_text(encoding="latin-1")


def broken(folder: Path, text: str, name: str = "broken.mzML") -> Path:
    (folder / name).write_text(text, encoding="latin-1")
    return folder / name


def read(path: Path, wanted: Wanted | None = None) -> tuple[RunFacts, list[Scan]]:
    facts, seen = read_run(path, Keeping, wanted)
    return facts, seen.scans


def chromatograms_of(path: Path) -> list[SrmChromatogram]:
    return read_run(path, Keeping, Wanted(chromatograms=True))[1].chromatograms


def reason_of(path: Path) -> str:
    """Return why a run is refused; every reason begins with the path."""
    with pytest.raises(MzmlError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize("name", ["a.mzML", "a.mzML.gz", "a.MZML", "a b é.mzML"])
def test_a_run_is_read_with_its_facts_and_each_ms1_scan_in_order(
    tmp_path: Path, name: str
) -> None:
    write_mzml(tmp_path / name, [*MS1[:2], MS2, MS1[2]], polarity=-1, start_time=START)

    facts, seen = read(tmp_path / name)

    assert facts == RunFacts(
        start_time="2024-01-15T08:30:00",
        instrument="simulated",
        n_ms1=3,
        n_ms2=1,
        n_chromatograms=0,
        polarities=frozenset({-1}),
    )
    assert [scan.retention_time_s for scan in seen] == [0.5, 1.25, 1.75]
    for scan in seen:
        np.testing.assert_array_equal(scan.mz, MZ)
        np.testing.assert_array_equal(scan.intensity, COUNTS.astype(np.float32))
        assert (scan.polarity, scan.is_profile) == (-1, False)


def test_a_gzipped_run_is_known_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    text = text_of(tmp_path)
    (tmp_path / "zipped.mzML").write_bytes(gzip.compress(text.encode("latin-1")))
    broken(tmp_path, text, "plain.mzML.gz")

    assert read(tmp_path / "zipped.mzML")[0] == read(tmp_path / "plain.mzML.gz")[0]


def test_minutes_and_seconds_give_the_same_times(tmp_path: Path) -> None:
    text = text_of(tmp_path)
    for scan in MS1:
        time_min = scan.time_s / 60
        text = text.replace(f'value="{scan.time_s}" {SECONDS}', f'value="{time_min}" {MINUTES}')
    assert text.count(MINUTES) == 3

    _, seen = read(broken(tmp_path, text))

    assert [scan.retention_time_s for scan in seen] == pytest.approx([0.5, 1.25, 1.75])


def test_polarity_and_profile_mode_come_with_each_scan(tmp_path: Path) -> None:
    write_mzml(tmp_path / "a.mzML", MS1, polarity=1, profile=True)

    facts, seen = read(tmp_path / "a.mzML")

    assert facts.polarities == {1}
    assert all(scan.polarity == 1 and scan.is_profile for scan in seen)


def test_a_scan_whose_polarity_is_not_told_has_polarity_0(tmp_path: Path) -> None:
    text = re.sub(r'<cvParam[^>]*name="negative scan"[^>]*>', "", text_of(tmp_path))

    assert read(broken(tmp_path, text))[0].polarities == {0}


def test_the_scan_window_is_the_range_that_was_acquired(tmp_path: Path) -> None:
    window = (
        '<scanWindowList count="1"><scanWindow>'
        '<cvParam cvRef="MS" accession="MS:1000501" name="scan window lower limit" value="70"/>'
        '<cvParam cvRef="MS" accession="MS:1000500" name="scan window upper limit" value="900"/>'
        "</scanWindow></scanWindowList></scan>"
    )

    _, seen = read(broken(tmp_path, text_of(tmp_path).replace("</scan>", window, 1)))

    assert [scan.mz_range for scan in seen] == [(70.0, 900.0), None, None]


def test_scans_without_centroids_are_scans(tmp_path: Path) -> None:
    write_mzml(tmp_path / "a.mzML", [scans.SimulatedScan(1.0, MZ[:0], COUNTS[:0])], polarity=-1)

    facts, seen = read(tmp_path / "a.mzML")

    assert facts.n_ms1 == 1
    assert seen[0].mz.shape == seen[0].intensity.shape == (0,)


def test_a_file_of_chromatograms_alone_is_a_run(tmp_path: Path) -> None:
    write_mzml(tmp_path / "srm.mzML", [], polarity=-1, chromatograms=[SRM])

    facts, seen = read(tmp_path / "srm.mzML")

    assert (facts.n_ms1, facts.n_ms2, facts.n_chromatograms) == (0, 0, 1)
    assert facts.polarities == frozenset()
    assert seen == []


def test_ms2_scans_come_with_what_was_isolated(tmp_path: Path) -> None:
    write_mzml(tmp_path / "a.mzML", [*MS1[:2], MS2, MS1[2]], polarity=-1)

    _, seen = read(tmp_path / "a.mzML", Wanted(levels=frozenset({1, 2})))

    assert [scan.ms_level for scan in seen] == [1, 1, 2, 1]
    assert (seen[0].precursor_mz, seen[0].isolation_mz, seen[0].collision_energy) == (None,) * 3
    assert seen[2].precursor_mz == pytest.approx(202.10848)
    assert seen[2].isolation_mz == pytest.approx((201.60848, 202.60848))
    assert seen[2].collision_energy is None
    assert seen[2].native_id == "controllerType=0 controllerNumber=1 scan=3"


SELECTED = re.compile(r"<isolationWindow>.*?</selectedIonList>", re.DOTALL)
ENERGY = '<cvParam cvRef="MS" accession="MS:1000045" name="collision energy" value="32.5"/>'


def isolation(target_mz: float, lower: float, upper: float, selected_mz: float | None) -> str:
    """Return the isolation of a precursor as mzML."""

    def param(accession: str, value: float) -> str:
        return f'<cvParam cvRef="MS" accession="MS:{accession}" name="x" value="{value}"/>'

    window = param("1000827", target_mz) + param("1000828", lower) + param("1000829", upper)
    ion = "" if selected_mz is None else param("1000744", selected_mz)
    ions = f'<selectedIonList count="1"><selectedIon>{ion}</selectedIon></selectedIonList>'
    return f"<isolationWindow>{window}</isolationWindow>{ions if ion else ''}"


@pytest.mark.parametrize(
    ("isolated", "precursor_mz", "isolation_mz"),
    [
        (isolation(500.0, 12.5, 13.5, 505.25), 505.25, (487.5, 513.5)),
        (isolation(500.0, 12.5, 13.5, None), 500.0, (487.5, 513.5)),
        (isolation(500.0, 0.0, 0.0, None), 500.0, None),
    ],
)
def test_the_isolation_window_lies_around_its_target_not_around_the_selected_ion(
    tmp_path: Path, isolated: str, precursor_mz: float, isolation_mz: tuple[float, float] | None
) -> None:
    text = SELECTED.sub(isolated, text_of(tmp_path, spectra=[MS1[0], MS2]))
    text = re.sub(r"<activation>", f"<activation>{ENERGY}", text)

    _, (_, seen) = read(broken(tmp_path, text), Wanted(levels=frozenset({1, 2})))

    assert (seen.precursor_mz, seen.isolation_mz) == (precursor_mz, isolation_mz)
    assert seen.collision_energy == (32.5 if "<activation>" in text else None)


def test_points_come_up_to_the_highest_mz_that_is_needed(tmp_path: Path) -> None:
    write_mzml(tmp_path / "a.mzML", MS1, polarity=-1)

    class Choosing(Keeping):
        def need(self, head: Scan) -> Need:
            return Need({0.5: 0.0, 1.25: 202.10848, 1.75: 1e4}[head.retention_time_s])

    seen = read_run(tmp_path / "a.mzML", Choosing)[1].scans

    assert [scan.mz.size for scan in seen] == [0, 2, 3]
    np.testing.assert_array_equal(seen[1].intensity, COUNTS[:2].astype(np.float32))


def without_arrays(text: str, nth: int, kind: str = "spectrum") -> str:
    """Return a text whose n-th item is empty, and has no list of arrays at all."""
    parts = re.split(f"(<{kind} .*?</{kind}>)", text, flags=re.DOTALL)
    bare = re.sub(
        r"<binaryDataArrayList.*</binaryDataArrayList>", "", parts[2 * nth + 1], flags=re.DOTALL
    )
    parts[2 * nth + 1] = re.sub(r'defaultArrayLength="\d+"', 'defaultArrayLength="0"', bare)
    return "".join(parts)


@pytest.mark.parametrize("levels", [frozenset({1}), frozenset({1, 2})])
@pytest.mark.parametrize("nth", range(4))
def test_a_spectrum_without_arrays_takes_none_of_the_next(
    tmp_path: Path, nth: int, levels: frozenset[int]
) -> None:
    spectra = [MS1[0], MS1[1], MS2, MS1[2]]
    text = without_arrays(text_of(tmp_path, spectra=spectra), nth)

    _, seen = read(broken(tmp_path, text), Wanted(levels))

    wanted = [(n, scan) for n, scan in enumerate(spectra) if scan.ms_level in levels]
    assert [scan.retention_time_s for scan in seen] == [scan.time_s for _, scan in wanted]
    assert [scan.mz.size for scan in seen] == [
        0 if n == nth else scan.mz.size for n, scan in wanted
    ]


def test_a_chromatogram_without_arrays_takes_none_of_the_next(tmp_path: Path) -> None:
    text = without_arrays(
        srm_text(tmp_path).replace("MS:1000235", "MS:1001473"), 0, "chromatogram"
    )

    sizes = [
        chromatogram.intensity.size for chromatogram in chromatograms_of(broken(tmp_path, text))
    ]

    assert sizes == [0, 2]


def srm_text(folder: Path) -> str:
    """Return the text of a run of one SRM chromatogram and a TIC, its times in minutes."""
    write_mzml(folder / "srm.mzML", [MS1[0]], polarity=-1, chromatograms=[SRM, SRM])
    text = (folder / "srm.mzML").read_text(encoding="latin-1")
    head, _, tic = text.rpartition('accession="MS:1001473"')
    text = f'{head}accession="MS:1000235"{tic}'
    in_minutes, n = re.subn(r'(name="time array") [^>]*/>', rf"\1 {MINUTES}/>", text)
    assert n == 2
    return in_minutes


@pytest.mark.parametrize(("accession", "polarity"), [("1000130", 1), ("1000129", -1)])
def test_an_srm_chromatogram_comes_with_its_transition_in_seconds(
    tmp_path: Path, accession: str, polarity: int
) -> None:
    told = f'<cvParam cvRef="MS" accession="MS:{accession}" name="x"/>'
    text = re.sub(r"(<chromatogram id=[^>]*>)", rf"\1{told}", srm_text(tmp_path))
    text = re.sub(r"<activation>", f"<activation>{ENERGY}", text)

    (seen,) = chromatograms_of(broken(tmp_path, text))

    assert (seen.precursor_mz, seen.product_mz) == (202.1, 130.1)
    assert (seen.polarity, seen.collision_energy) == (polarity, 32.5)
    assert seen.native_id == "SRM SIC Q1=202.1000 Q3=130.1000 index=1"
    assert seen.retention_time_s.tolist() == [60.0, 120.0]
    assert seen.intensity.tolist() == [5.0, 6.0]


def test_the_polarity_of_a_chromatogram_may_be_told_by_a_group_or_not_at_all(
    tmp_path: Path,
) -> None:
    group = (
        '<referenceableParamGroupList count="1"><referenceableParamGroup id="common">'
        '<cvParam cvRef="MS" accession="MS:1000129" name="negative scan"/>'
        "</referenceableParamGroup></referenceableParamGroupList>"
    )
    bare = re.sub(r'<cvParam[^>]*name="negative scan"[^>]*>', "", srm_text(tmp_path))
    text = bare.replace("<softwareList", group + "<softwareList")
    ref = '<referenceableParamGroupRef ref="common"/>'
    text = re.sub(r"(<chromatogram id=[^>]*>)", rf"\1{ref}", text)

    (told,) = chromatograms_of(broken(tmp_path, text))
    (untold,) = chromatograms_of(broken(tmp_path, bare))

    assert (told.polarity, untold.polarity) == (-1, 0)


def test_chromatograms_whose_arrays_pyopenms_cannot_name_are_told(tmp_path: Path) -> None:
    text = srm_text(tmp_path).replace("<chromatogramList", "<!-- odd --><chromatogramList")

    with pytest.raises(MzmlError, match=r"arrays of `SRM SIC .* declares 2 points and none"):
        chromatograms_of(broken(tmp_path, text.replace("time array", "array")))


def test_a_spectrum_of_light_is_neither_ms1_nor_ms2(tmp_path: Path) -> None:
    text = text_of(tmp_path)
    light = 'accession="MS:1000804" name="electromagnetic radiation spectrum"'
    text = re.sub(r'<cvParam[^>]*name="ms level"[^>]*>', "", text, count=1)
    text = text.replace('accession="MS:1000294" name="mass spectrum"', light, 2)  # 1: of the file

    facts, seen = read(broken(tmp_path, text))

    assert (facts.n_ms1, facts.n_ms2, len(seen)) == (2, 0, 2)


def test_a_run_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert reason_of(tmp_path / "none.mzML") == "cannot be read: No such file or directory"


def test_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder.mzML").mkdir()

    assert reason_of(tmp_path / "folder.mzML") == "cannot be read: Is a directory"


@pytest.mark.parametrize("name", ["empty.mzML", "empty.mzML.gz"])
def test_an_empty_file_is_told(tmp_path: Path, name: str) -> None:
    assert reason_of(broken(tmp_path, "", name)) == "the file is empty"


def test_a_run_that_was_cut_in_the_middle_is_told(tmp_path: Path) -> None:
    text = text_of(tmp_path)

    told = reason_of(broken(tmp_path, text[: len(text) // 2]))

    assert told.startswith(
        "cannot be read as mzML; it is damaged or was cut short (unclosed token"
    )


def test_a_gzip_that_was_cut_or_changed_is_told(tmp_path: Path) -> None:
    whole = gzip.compress(text_of(tmp_path).encode("latin-1"))
    (tmp_path / "cut.mzML.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "changed.mzML.gz").write_bytes(whole[:200] + b"\0\0\0\0" + whole[204:])

    assert reason_of(tmp_path / "cut.mzML.gz").startswith("cannot be read: Compressed file ended")
    assert reason_of(tmp_path / "changed.mzML.gz").startswith("cannot be read: ")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<!DOCTYPE html><html><body>Log in</body></html>", "is a web page (HTML), though its"),
        ("<html lang='de'><body/></html>", "is a web page (HTML), though its name says mzML"),
        ("<?xml version='1.0'?><mzXML></mzXML>", "is no mzML, though its name says mzML"),
        ("sample_id\tmzml\n", "is no mzML, though its name says mzML"),
        ("\0" * 5000, "is no mzML, though its name says mzML"),
    ],
)
def test_another_kind_of_file_named_mzml_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = broken(tmp_path, text)

    assert reason_of(path).startswith(told)
    with pytest.raises(MzmlError, match=re.escape(told)):
        read_start_time(path)


def test_a_run_without_ms1_scans_and_chromatograms_is_told(tmp_path: Path) -> None:
    write_mzml(tmp_path / "ms2.mzML", [MS2], polarity=-1)

    assert reason_of(tmp_path / "ms2.mzML") == "holds neither MS1 scans nor chromatograms"


def test_retention_times_without_a_unit_are_told_before_they_are_taken_for_seconds(
    tmp_path: Path,
) -> None:
    text = text_of(tmp_path).replace(SECONDS, "")

    assert reason_of(broken(tmp_path, text)).startswith("scan start times have no unit")


def test_a_time_without_a_unit_is_found_wherever_it_is_in_the_file(tmp_path: Path) -> None:
    padding = f"<!-- {'x' * 70} -->" * 100_000  # two blocks of the reader, and a bit
    head, tail = text_of(tmp_path).rsplit(SECONDS, 1)
    text = head.replace("<spectrumList", padding + "<spectrumList") + tail

    assert reason_of(broken(tmp_path, text)).startswith("scan start times have no unit")


def test_scans_without_any_time_are_told(tmp_path: Path) -> None:
    text = re.sub(r'<cvParam[^>]*accession="MS:1000016"[^>]*>', "", text_of(tmp_path))

    assert reason_of(broken(tmp_path, text)) == "has MS1 scans without a scan start time"


def test_scans_out_of_order_are_read(tmp_path: Path) -> None:
    write_mzml(tmp_path / "a.mzML", [MS1[1], MS1[2], MS1[0]], polarity=-1)

    _, seen = read(tmp_path / "a.mzML")

    assert [scan.retention_time_s for scan in seen] == [1.25, 1.75, 0.5]


def at_times(*times_s: float) -> list[scans.SimulatedScan]:
    return [scans.SimulatedScan(float(time_s), MZ, COUNTS) for time_s in times_s]


def test_several_runs_in_one_file_are_told(tmp_path: Path) -> None:
    run = at_times(*range(10, 30))
    write_mzml(tmp_path / "merged.mzML", [*run, *at_times(*range(12, 24))], polarity=-1)

    told = reason_of(tmp_path / "merged.mzML")

    assert told.startswith("scan start times begin again at 12 s")


def test_the_halves_of_a_run_may_be_in_the_wrong_order(tmp_path: Path) -> None:
    write_mzml(tmp_path / "a.mzML", at_times(*range(20, 40), *range(20)), polarity=-1)

    assert read(tmp_path / "a.mzML")[0].n_ms1 == 40


def test_intensities_that_are_no_numbers_are_told(tmp_path: Path) -> None:
    spoilt = scans.SimulatedScan(2.0, MZ, np.array([1.0, np.nan, 2.0]))
    write_mzml(tmp_path / "nan.mzML", [*MS1, spoilt], polarity=-1)

    told = reason_of(tmp_path / "nan.mzML")

    assert told == "the scan at 2 s has intensities that are no numbers"


@pytest.mark.parametrize("declared", [2, 4])
def test_another_number_of_spectra_than_declared_is_told(tmp_path: Path, declared: int) -> None:
    text = text_of(tmp_path).replace(
        '<spectrumList count="3"', f'<spectrumList count="{declared}"'
    )

    told = reason_of(broken(tmp_path, text))

    assert told.startswith(
        f"declares {declared} spectra and holds 3, although the file is complete"
    )


def test_a_peak_array_that_cannot_be_decoded_is_told(tmp_path: Path) -> None:
    text = re.sub(r"<binary>eJ", "<binary>!!", text_of(tmp_path))

    assert reason_of(broken(tmp_path, text)).startswith("cannot be read as mzML; it is damaged")


@pytest.mark.parametrize("error", [ValueError, RuntimeError, KeyError, KeyboardInterrupt])
def test_what_the_visitor_raises_is_not_taken_for_a_damaged_file(
    tmp_path: Path, error: type[BaseException]
) -> None:
    class Broken(Keeping):
        def take_scan(self, _: Scan) -> None:
            raise error("a defect of ours")

    write_mzml(tmp_path / "a.mzML", MS1, polarity=-1)

    with pytest.raises(error, match="a defect of ours"):
        read_run(tmp_path / "a.mzML", Broken)


@pytest.mark.parametrize("name", ["a.mzML", "a.mzML.gz"])
def test_the_start_time_is_read_without_the_scans(tmp_path: Path, name: str) -> None:
    write_mzml(tmp_path / name, MS1, polarity=-1, start_time=START)

    assert read_start_time(tmp_path / name) == "2024-01-15T08:30:00"


def test_a_run_that_does_not_tell_its_start_has_none(tmp_path: Path) -> None:
    write_mzml(tmp_path / "a.mzML", MS1, polarity=-1)

    assert read_start_time(tmp_path / "a.mzML") is None
    assert read(tmp_path / "a.mzML")[0].start_time is None


MODEL = '<cvParam cvRef="MS" accession="MS:1000031" name="instrument model" />'
FREE_NAME = '<userParam name="instrument name" type="xsd:string" value="simulated"/>'
EXACTIVE = '<cvParam cvRef="MS" accession="MS:1001911" name="Q Exactive" value=""/>'
SERIAL = '<cvParam cvRef="MS" accession="MS:1000529" name="instrument serial number" value="7"/>'


@pytest.mark.parametrize(
    ("written", "instrument"),
    [
        (EXACTIVE + SERIAL, "Q Exactive"),
        (SERIAL + EXACTIVE, "Q Exactive"),
        (MODEL + SERIAL, None),
        ("", None),
        (FREE_NAME.replace("simulated", "Förster &amp; Söhne"), "Förster & Söhne"),
    ],
)
def test_the_instrument_is_the_model_that_the_file_names(
    tmp_path: Path, written: str, instrument: str | None
) -> None:
    text = text_of(tmp_path)
    assert MODEL in text
    assert FREE_NAME in text

    path = broken(tmp_path, text.replace(MODEL, "").replace(FREE_NAME, written))

    assert read(path)[0].instrument == instrument


def test_an_instrument_in_a_group_of_parameters_is_found(tmp_path: Path) -> None:
    group = (
        '<referenceableParamGroupList count="1"><referenceableParamGroup id="common">'
        f"{EXACTIVE}</referenceableParamGroup></referenceableParamGroupList>"
    )
    text = text_of(tmp_path).replace(MODEL, '<referenceableParamGroupRef ref="common"/>')
    text = text.replace(FREE_NAME, "").replace("<softwareList", group + "<softwareList")

    assert read(broken(tmp_path, text))[0].instrument == "Q Exactive"


@pytest.mark.parametrize("encoding", ["iso\0-8859-1", "idna", "no-such-code"])
def test_an_encoding_that_is_none_refuses_the_run_by_name(tmp_path: Path, encoding: str) -> None:
    text = re.sub('encoding="[^"]*"', f'encoding="{encoding}"', text_of(tmp_path), count=1)

    assert reason_of(broken(tmp_path, text))
