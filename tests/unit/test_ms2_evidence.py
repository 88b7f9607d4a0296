"""What `lcms evidence` says of MS2 scans that were triggered in a peak."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lcms.config import Evidence
from lcms.io.mzml_writer import write_mzml
from lcms.io.tables import write_rows
from lcms.model import Ion, IonRole, TargetKind
from lcms.numerics.simulation.scans import SimulatedScan
from lcms.schemas import MS2_EVIDENCE, PEAKS, RUNS
from lcms.steps.evidence import compounds_of, evidence_rows

LEUCINE = Ion(
    ion_id="Lac-Leu [M-H]-",
    target_id="Lac-Leu",
    name="Lac-Leu",
    kind=TargetKind.ANALYTE,
    role=IonRole.QUANTIFIER,
    precursor_mz=202.10848,
    charge=-1,
    formula="C9H17NO4",
)
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
    **settings: str,
) -> dict[str, dict[str, Any]]:
    """Return the rows of a run by compound; `peaks_s` has left border, apex and right border."""
    write_mzml(folder / "a.mzML", [SURVEY, *scans], polarity=-1)
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
    rows = evidence_rows(
        {"a": folder / "a.mzML"}, folder, "1_0001", ions, Evidence(**settings), lambda _: None
    )
    write_rows(folder / "out.parquet", MS2_EVIDENCE, rows, {})
    return {row["target_id"]: row for row in rows}


def test_a_scan_triggered_in_the_peak_shows_its_product_ions(tmp_path: Path) -> None:
    found = evidence_of(tmp_path, triggered(), triggered(61.0))["Lac-Leu"]

    assert found["n_scans"] == 2
    assert found["products_expected"] == ["C6H12NO2-", "C3H6NO2-"]
    assert found["products_matched"] == ["C6H12NO2-", "C3H6NO2-"]
    assert found["products_not_scannable"] == []
    assert found["purity"] == pytest.approx(0.75)
    assert found["best_scan"].endswith("scan=2")


def test_a_scan_elsewhere_is_no_evidence(tmp_path: Path) -> None:
    late, other, wide = (
        triggered(90.0),
        triggered(precursor_mz=202.2),
        triggered(isolation_half_width_mz=12.5),
    )

    found = evidence_of(tmp_path, other, wide, late)["Lac-Leu"]

    assert found["n_scans"] == 0
    assert found["products_matched"] is None


def test_a_scan_of_the_other_polarity_is_none_either(tmp_path: Path) -> None:
    assert evidence_of(tmp_path, triggered(polarity=1))["Lac-Leu"]["n_scans"] == 0


def test_what_a_scan_could_not_see_it_does_not_deny(tmp_path: Path) -> None:
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

    found = evidence_of(
        tmp_path, triggered(57.0), triggered(61.0), triggered(63.0),
        ions=(isoleucine, LEUCINE), peaks_s=peaks_s,
    )  # fmt: skip

    assert (found["Lac-Ile"]["n_scans"], found["Lac-Leu"]["n_scans"]) == (1, 2)


def test_a_scan_between_the_borders_of_a_peak_belongs_to_it_not_to_the_nearer_apex(
    tmp_path: Path,
) -> None:
    isoleucine = replace(LEUCINE, ion_id="Lac-Ile [M-H]-", target_id="Lac-Ile")
    tailing = {"Lac-Ile": (50.0, 52.0, 58.0), "Lac-Leu": (58.0, 59.0, 66.0)}

    found = evidence_of(tmp_path, triggered(57.5), ions=(isoleucine, LEUCINE), peaks_s=tailing)

    assert (found["Lac-Ile"]["n_scans"], found["Lac-Leu"]["n_scans"]) == (1, 0)


def test_a_library_spectrum_of_the_precursor_is_compared(tmp_path: Path) -> None:
    entries = [("Lac-Leu", 202.1085, "130.0874 1000\n88.0404 200"), ("other", 300.1, "88.0404 9")]
    (tmp_path / "own.mgf").write_text(
        "".join(
            f"BEGIN IONS\nTITLE={name}\nPEPMASS={mz}\n{peaks}\nEND IONS\n"
            for name, mz, peaks in entries
        ),
        encoding="utf-8",
    )

    found = evidence_of(tmp_path, triggered(), library=str(tmp_path / "own.mgf"))["Lac-Leu"]

    assert (found["library_name"], found["n_library_peaks"]) == ("Lac-Leu", 2)
    assert found["cosine"] == pytest.approx(1.0, abs=1e-6)
    assert found["entropy_similarity"] == pytest.approx(1.0, abs=1e-6)


def test_without_a_peak_there_is_no_evidence_and_a_failed_run_knows_nothing(
    tmp_path: Path,
) -> None:
    unseen = evidence_of(tmp_path, triggered(), peaks_s={"x": around(1.0)})["Lac-Leu"]
    failed = evidence_of(tmp_path, triggered(), status="failed")["Lac-Leu"]

    assert unseen["n_scans"] == 0
    assert failed["n_scans"] is None


def test_the_products_of_the_sheet_go_before_those_that_are_computed() -> None:
    product = replace(
        LEUCINE, ion_id="x", product="C8H14NO2-", product_mz=156.1030, role=IonRole.QUALIFIER
    )
    other = replace(LEUCINE, target_id="Ac-Leu", ion_id="Ac-Leu")

    of_sheet, without = compounds_of((LEUCINE, product, other))

    assert of_sheet.products == (("C8H14NO2-", 156.1030),)
    assert without.products == ()
