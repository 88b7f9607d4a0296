"""What other programs and their tests say of real runs, and what the pipeline says of them."""

import math
from pathlib import Path

import pandas as pd
import pytest

from pipeline import ROOT, Key, Row, analyte, by_key, lay_out, read_sheet, run_steps
from real_areas import DATA, MEDIAN_WITHIN, agreement, raw_area, reference_features, with_areas
from real_areas import lay_out as lay_out_mzmine

OPENMS = ROOT / "test_data" / "openms"
NUCLEOSIDES = {  # times in s: OpenMS's result for this file
    "2-O-methylcytidine": 205.5,
    "adenosine": 219.5,
    "deoxyadenosine": 241.5,
    "inosine": 263.3,
    "5-formylcytidine": 269.9,
    "5-methyluridine": 291.2,
}
STANDARDS = "StdH1"
ISOBARS = {"Lac-Gly": ("C5H9NO4", 539), "Lac-Ala": ("C6H11NO4", 280)}
UNNAMED = {"Lac-Pro": ("C8H13NO4", 40), "Lac-Glu": ("C8H13NO6", 236)}


@pytest.fixture(scope="module")
def mzmine_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not DATA.exists():
        pytest.skip(f"the real DDA runs are not there: {DATA}")
    folder = tmp_path_factory.mktemp("mzmine")
    assert run_steps(lay_out_mzmine(folder, reference_features())).code == 0
    return folder / "results"


@pytest.fixture(scope="module")
def features(mzmine_results: Path) -> pd.DataFrame:
    return with_areas(reference_features(), mzmine_results)


def test_areas_agree_with_those_of_mzmine(features: pd.DataFrame) -> None:
    found = agreement(features)

    assert found.n == 240
    assert found.is_asked(), found


def test_chromatograms_are_those_of_mzmine(features: pd.DataFrame) -> None:
    ratio = features["same_borders"]

    assert abs(ratio.median() - 1) <= MEDIAN_WITHIN
    assert (ratio - 1).abs().le(0.1).mean() >= 0.98


def test_ms2_scans_belong_to_the_features_that_mzmine_gives_them_to(
    features: pd.DataFrame, mzmine_results: Path
) -> None:
    evidence = pd.read_parquet(mzmine_results / "ms2_evidence.parquet")
    found = features.merge(evidence, on=["sample_id", "target_id"], validate="1:1")

    same = found["n_scans"] == found["reference_n_scans"]
    triggered = (found["n_scans"] > 0) == (found["reference_n_scans"] > 0)
    assert found["reference_n_scans"].sum() == 273
    assert same.mean() >= 0.95
    assert triggered.mean() >= 0.98
    assert found["purity"].dropna().between(0, 1).all()
    assert found["purity"].median() > 0.95


def test_a_raw_area_is_the_trapezoid_between_its_borders() -> None:
    assert raw_area([0, 1, 2, 3], [0, 2, 2, 9], 1.0, 2.0) == pytest.approx(2.0)


def test_without_borders_there_is_no_raw_area() -> None:
    assert math.isnan(raw_area([0, 1], [1, 1], math.nan, math.nan))


@pytest.fixture(scope="module")
def nucleosides(tmp_path_factory: pytest.TempPathFactory) -> dict[Key, Row]:
    folder = tmp_path_factory.mktemp("openms")
    targets = [
        analyte(row["CompoundName"].replace("'", ""), row["SumFormula"], row["RetentionTime"])
        | {"adduct": "[M+H]+"}
        for row in read_sheet(OPENMS / "FeatureFinderMetaboIdent_1_input.tsv")
    ]
    runs = {"nucleosides": OPENMS / "FeatureFinderMetaboIdent_1_input.mzML.gz"}
    assert run_steps(lay_out(folder, runs, targets)).code == 0
    return by_key(folder / "results", "peaks")


@pytest.mark.parametrize("compound", NUCLEOSIDES)
def test_the_six_compounds_of_the_openms_example_are_found_where_openms_finds_them(
    compound: str, nucleosides: dict[Key, Row]
) -> None:
    peak = nucleosides["nucleosides", compound]

    assert peak["status"] == "quantified"
    assert peak["retention_time_s"] == pytest.approx(NUCLEOSIDES[compound], abs=1.0)
    assert abs(peak["mz_residual_ppm"]) < 1


@pytest.fixture(scope="module")
def standards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("standards")
    runs = {STANDARDS: ROOT / "test_data" / "real" / "HILICNeg15_StdH1.mzML.gz"}
    targets = [analyte(name, formula) for name, (formula, _) in (ISOBARS | UNNAMED).items()]
    assert run_steps(lay_out(folder, runs, targets)).code == 0
    return folder / "results"


@pytest.mark.parametrize("target_id", ISOBARS | UNNAMED)
def test_what_lies_at_the_mass_of_a_lactoyl_in_a_mix_without_any_is_no_identification(
    target_id: str, standards: Path
) -> None:
    peak = by_key(standards, "peaks")[STANDARDS, target_id]
    found = by_key(standards, "concentrations")[STANDARDS, target_id]

    assert peak["retention_time_s"] == pytest.approx((ISOBARS | UNNAMED)[target_id][1], abs=3)
    assert "time_unknown" in peak["flags"]
    assert found["identification_level"] == 4
    assert found["concentration"] is None


@pytest.mark.parametrize("target_id", ISOBARS)
def test_an_abundant_isobar_is_flagged(target_id: str, standards: Path) -> None:
    peak = by_key(standards, "peaks")[STANDARDS, target_id]

    assert "isobar_abundant" in peak["flags"]
