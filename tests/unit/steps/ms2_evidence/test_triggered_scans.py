"""The MS2 evidence of scans that were triggered in a peak."""

import gzip
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders import ion
from lcms.config import Evidence
from lcms.io.mzml.mzml_writer import write_mzml
from lcms.io.mzml.reader import read_run, read_scans_at
from lcms.io.tables.parquet import read_table, write_rows
from lcms.io.tables.scan_offset_table import scan_offsets_row
from lcms.kinds import IonRole
from lcms.model import NOTHING, WHOLE, Ion, Need, Scan, ScanOffsets, SrmChromatogram, Wanted
from lcms.schemas import MS2_EVIDENCE, PEAKS, RUNS, TRIGGERED
from lcms.simulation.simulated_scans import SimulatedScan
from lcms.steps.ms2_evidence import evidence_rows
from lcms.steps.ms2_evidence.ms2_compounds import compounds_of

LEUCINE = ion("Lac-Leu", 202.10848, None, ion_id="Lac-Leu [M-H]-", formula="C9H17NO4")
PRODUCTS = np.array([88.0404, 130.0874])
COUNTS = np.array([200.0, 1000.0])
SURVEY_MZ = np.array([202.10848, 202.4])
SURVEY = SimulatedScan(59.0, SURVEY_MZ, np.array([3e5, 1e5]))


def triggered(time_s: float = 60.0, **options: Any) -> SimulatedScan:  # noqa: ANN401  (as given)
    scan = SimulatedScan(
        time_s, PRODUCTS, COUNTS, ms_level=2, precursor_mz=202.1085, mz_range=(50.0, 250.0)
    )
    return replace(scan, **options)


def around(apex_s: float) -> tuple[float, float, float]:
    """Return left border, apex and right border of a peak of 10 s."""
    return apex_s - 5, apex_s, apex_s + 5


def evidence_of(
    folder: Path,
    *scans: SimulatedScan,
    ions: tuple[Ion, ...] = (LEUCINE,),
    peaks_s: dict[str, tuple[float, float, float]] | None = None,
    status: str = "ok",
    **settings: Any,  # noqa: ANN401  (as given)
) -> dict[str, dict[str, Any]]:
    """Return the rows of a run by compound; `peaks_s` has left border, apex and right border.

    They are the same whether the scan offsets were noted or the file is read from its
    start.
    """
    path = folder / "a.mzML"
    write_mzml(path, [SURVEY, *scans], polarity=-1)
    run = dict.fromkeys(RUNS.names()) | {"sample_id": "a", "status": status, "n_ms2": len(scans)}
    write_rows(folder / "runs" / "1_0001.parquet", RUNS, [run], {})
    peaks = [
        dict.fromkeys(PEAKS.names())
        | {"sample_id": "a", "ion_id": ion.ion_id, "target_id": ion.target_id, "flags": []}
        | {"ion_role": ion.role.value, "status": "quantified", "fwhm_s": 4.0}
        | dict(zip(("left_s", "retention_time_s", "right_s"), times_s, strict=True))
        for ion in ions
        if (times_s := (peaks_s or {"Lac-Leu": around(60.0)}).get(ion.target_id)) is not None
    ]
    write_rows(folder / "peaks" / "1_0001.parquet", PEAKS, peaks, {})
    tables = []
    for offsets in (offsets_in(path, ions), None):
        write_offsets(folder, offsets)
        rows = evidence_rows(
            {"a": path}, folder, "1_0001", ions, Evidence(**settings), lambda _: None
        )
        write_rows(folder / "out.parquet", MS2_EVIDENCE, rows, {})
        tables.append(read_table(folder / "out.parquet").to_pylist())
    assert tables[0] == tables[1]
    return {row["target_id"]: row for row in tables[0]}


class Passing:
    """A visitor that wants no points and keeps the times of the MS2 scans."""

    def __init__(self) -> None:
        self.times_s: list[float] = []

    def need(self, head: Scan) -> Need:
        return WHOLE if head.ms_level > 1 else NOTHING

    def take_scan(self, scan: Scan) -> None:
        if scan.ms_level > 1:
            self.times_s.append(scan.retention_time_s)

    def take_chromatogram(self, _: SrmChromatogram) -> None:
        pass


def offsets_in(path: Path, ions: tuple[Ion, ...] = (LEUCINE,)) -> ScanOffsets | None:
    wanted = Wanted(precursors_mz=tuple(ion.precursor_mz for ion in ions))
    return read_run(path, Passing, wanted)[0].scan_offsets


def write_offsets(folder: Path, offsets: ScanOffsets | None) -> None:
    row = {"sample_id": "a", **scan_offsets_row(offsets)}
    write_rows(folder / "triggered" / "1_0001.parquet", TRIGGERED, [row], {})


def test_a_scan_triggered_in_the_peak_shows_its_product_ions(tmp_path: Path) -> None:
    row = evidence_of(tmp_path, triggered(), triggered(61.0))["Lac-Leu"]

    assert row["n_scans"] == 2
    assert row["products_expected"] == ["C6H12NO2-", "C3H6NO2-"]
    assert row["products_matched"] == ["C6H12NO2-", "C3H6NO2-"]
    assert row["products_not_scannable"] == []
    assert row["purity"] == pytest.approx(0.75)
    assert row["best_scan"].endswith("scan=2")


def test_a_scan_elsewhere_is_no_evidence(tmp_path: Path) -> None:
    late, other_mz, wide = (
        triggered(90.0),
        triggered(precursor_mz=202.2),
        triggered(isolation_half_width_mz=12.5),
    )

    row = evidence_of(tmp_path, other_mz, wide, late)["Lac-Leu"]

    assert row["n_scans"] == 0
    assert row["products_matched"] is None


def test_a_scan_of_the_other_polarity_is_none_either(tmp_path: Path) -> None:
    assert evidence_of(tmp_path, triggered(polarity=1))["Lac-Leu"]["n_scans"] == 0


def test_a_product_outside_the_range_of_a_scan_is_not_missing(tmp_path: Path) -> None:
    short = triggered(mz=PRODUCTS[1:], intensity=COUNTS[1:], mz_range=(100.0, 250.0))
    whole = triggered(mz=PRODUCTS[1:], intensity=COUNTS[1:])

    blind = evidence_of(tmp_path, short)["Lac-Leu"]
    seeing = evidence_of(tmp_path, whole)["Lac-Leu"]

    assert blind["products_not_scannable"] == ["C3H6NO2-"]
    assert seeing["products_not_scannable"] == []
    assert blind["products_matched"] == seeing["products_matched"] == ["C6H12NO2-"]


def test_a_scan_belongs_to_the_nearer_isomer(tmp_path: Path) -> None:
    isoleucine = replace(LEUCINE, ion_id="Lac-Ile [M-H]-", target_id="Lac-Ile")
    peaks_s = {"Lac-Ile": around(56.0), "Lac-Leu": around(62.0)}

    rows = evidence_of(
        tmp_path, triggered(57.0), triggered(61.0), triggered(63.0),
        ions=(isoleucine, LEUCINE), peaks_s=peaks_s,
    )  # fmt: skip

    assert (rows["Lac-Ile"]["n_scans"], rows["Lac-Leu"]["n_scans"]) == (1, 2)


def test_a_scan_between_the_borders_of_a_peak_belongs_to_it_not_to_the_nearer_apex(
    tmp_path: Path,
) -> None:
    isoleucine = replace(LEUCINE, ion_id="Lac-Ile [M-H]-", target_id="Lac-Ile")
    tailing = {"Lac-Ile": (50.0, 52.0, 58.0), "Lac-Leu": (58.0, 59.0, 66.0)}

    rows = evidence_of(tmp_path, triggered(57.5), ions=(isoleucine, LEUCINE), peaks_s=tailing)

    assert (rows["Lac-Ile"]["n_scans"], rows["Lac-Leu"]["n_scans"]) == (1, 0)


def test_a_library_spectrum_of_the_precursor_is_compared(tmp_path: Path) -> None:
    entries = [("Lac-Leu", 202.1085, "130.0874 1000\n88.0404 200"), ("other", 300.1, "88.0404 9")]
    (tmp_path / "own.mgf").write_text(
        "".join(
            f"BEGIN IONS\nTITLE={name}\nPEPMASS={mz}\n{peaks}\nEND IONS\n"
            for name, mz, peaks in entries
        ),
        encoding="utf-8",
    )

    row = evidence_of(tmp_path, triggered(), library=str(tmp_path / "own.mgf"))["Lac-Leu"]

    assert (row["library_name"], row["n_library_peaks"]) == ("Lac-Leu", 2)
    assert row["cosine"] == pytest.approx(1.0, abs=1e-6)
    assert row["entropy_similarity"] == pytest.approx(1.0, abs=1e-6)


def test_without_a_peak_there_is_no_evidence_and_none_is_known_of_a_failed_run(
    tmp_path: Path,
) -> None:
    unseen = evidence_of(tmp_path, triggered(), peaks_s={"x": around(1.0)})["Lac-Leu"]
    failed = evidence_of(tmp_path, triggered(), status="failed")["Lac-Leu"]

    assert unseen["n_scans"] == 0
    assert failed["n_scans"] is None


def test_the_products_of_the_sheet_are_used_instead_of_the_computed_ones() -> None:
    product = replace(
        LEUCINE, ion_id="x", product="C8H14NO2-", product_mz=156.1030, role=IonRole.QUALIFIER
    )
    acetyl = replace(LEUCINE, target_id="Ac-Leu", ion_id="Ac-Leu")

    of_sheet, without = compounds_of((LEUCINE, product, acetyl))

    assert of_sheet.products == (("C8H14NO2-", 156.1030),)
    assert without.products == ()


BOTH_LEVELS = Wanted(frozenset({1, 2}))
OTHER = triggered(70.0, precursor_mz=300.1)


def test_only_the_scans_of_the_precursors_are_noted_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.mzML"
    write_mzml(path, [SURVEY, triggered(), OTHER, triggered(80.0)], polarity=-1)

    offsets = offsets_in(path)

    assert offsets is not None
    assert offsets.file_bytes == path.stat().st_size
    text = path.read_bytes()
    for scan in offsets.scans:
        assert text[scan.begin : scan.end].lstrip().startswith(b"<spectrum ")
        assert text[scan.survey_begin : scan.survey_end].endswith(b"</spectrum>")
    assert read_scans_at(path, Passing, offsets, BOTH_LEVELS).times_s == [60.0, 80.0]


@pytest.mark.parametrize(
    "written",
    [
        b'name="selected ion m/z" value="2.0211e02"',
        b'name="selected ion m/z" value="202"',
        b'value="202.11" name="other"',
    ],
)
def test_a_precursor_is_noted_however_it_is_written(tmp_path: Path, written: bytes) -> None:
    path = tmp_path / "a.mzML"
    write_mzml(path, [SURVEY, triggered()], polarity=-1)
    usual = re.compile(rb'(?<="MS:1000744" )name="selected ion m/z" value="[^"]*"')
    text, n_replaced = usual.subn(written, path.read_bytes())
    path.write_bytes(text)

    offsets = offsets_in(path)

    assert n_replaced == 1
    assert offsets is not None
    assert len(offsets.scans) == 1


def test_nothing_is_noted_in_a_gzipped_run(tmp_path: Path) -> None:
    write_mzml(tmp_path / "a.mzML", [SURVEY, triggered()], polarity=-1)
    packed = tmp_path / "b.mzML.gz"
    packed.write_bytes(gzip.compress((tmp_path / "a.mzML").read_bytes()))

    assert offsets_in(packed) is None


@pytest.mark.parametrize("size", ["other", "same"])
def test_a_file_that_is_another_now_is_read_from_its_start(tmp_path: Path, size: str) -> None:
    path = tmp_path / "a.mzML"
    write_mzml(path, [SURVEY, OTHER, triggered()], polarity=-1)
    offsets = offsets_in(path)
    assert offsets is not None
    write_mzml(path, [SURVEY, triggered(), OTHER, triggered(80.0)], polarity=-1)
    if size == "same":
        offsets = replace(offsets, file_bytes=path.stat().st_size)

    times_s = read_scans_at(path, Passing, offsets, BOTH_LEVELS).times_s

    assert times_s == [60.0, 70.0, 80.0]


def test_a_wider_tolerance_than_that_of_the_notes_reads_from_the_start(tmp_path: Path) -> None:
    far = triggered(precursor_mz=202.4)

    assert evidence_of(tmp_path, far, precursor_tolerance_mz=0.5)["Lac-Leu"]["n_scans"] == 1
