"""Simulated batches of product ions, from mzML to concentrations, beside their truth."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from lcms.simulation.plan import PRESETS, Acquisition, Plan
from lcms.steps.simulate import simulate
from pipeline import run_steps

SMALL = replace(
    PRESETS["standard"],
    seed=11,
    n_unknowns=5,
    n_blanks=1,
    n_quality_control_sets=0,
    pooled_qc_every=0,
    n_calibrator_brackets=1,
    n_background_ions=10,
    run_length_s=360.0,
)
LEAST_NMOL_L = 3.0
DISTURBING = 100.0


def measured(folder: Path, plan: Plan) -> pd.DataFrame:
    """Return the concentrations of a batch beside the truth, unknowns from 3 nmol/L on."""
    simulate(folder, plan)
    assert run_steps(folder / "config.yaml").code == 0
    truth = pd.read_csv(folder / "truth.tsv", sep="\t")
    truth = truth.rename(columns={"concentration": "true_nmol_l"})
    found = pd.read_parquet(folder / "results" / "concentrations.parquet")
    pairs = found.merge(
        truth[["sample_id", "target_id", "true_nmol_l"]],
        on=["sample_id", "target_id"],
        validate="1:1",
    )
    is_asked = (pairs["sample_type"] == "unknown") & (pairs["true_nmol_l"] >= LEAST_NMOL_L)
    return pairs[is_asked & ~pairs["target_id"].str.startswith("IS-")]


def share_within(pairs: pd.DataFrame) -> float:
    return float(((pairs["concentration"] / pairs["true_nmol_l"] - 1).abs() <= 0.2).mean())


@pytest.fixture(scope="module")
def srm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("srm")


@pytest.fixture(scope="module")
def srm_pairs(srm: Path) -> pd.DataFrame:
    plan = replace(SMALL, acquisition=Acquisition.SRM, product_interference=DISTURBING)
    return measured(srm, plan)


def test_srm_concentrations_are_near_the_truth_isomers_of_one_transition_too(
    srm_pairs: pd.DataFrame,
) -> None:
    isomers = srm_pairs[srm_pairs["target_id"].isin(["Lac-Ile", "Lac-Leu"])]

    assert len(srm_pairs) > 30
    assert share_within(srm_pairs) >= 0.95
    assert share_within(isomers) >= 0.85


def test_a_product_ion_that_is_disturbed_is_dropped_and_no_other(
    srm_pairs: pd.DataFrame, srm: Path
) -> None:
    ions = pd.read_parquet(srm / "results" / "ions.parquet")
    phe = srm_pairs[srm_pairs["target_id"] == "Lac-Phe"]

    dropped = ions[ions["use"] == "dropped"]
    assert dropped["ion_id"].tolist() == ["Lac-Phe [M-H]- > C9H10NO2-"]
    assert dropped["reason"].tolist() == ["interfered"]
    assert (ions["use"] == "quantifies").sum() == ions["target_id"].nunique()
    assert phe["flags"].map(lambda words: "quantifier_replaced" in words).all()
    assert share_within(phe) == 1.0


def test_srm_chromatograms_have_no_mass_error_and_say_where_they_are_from(
    srm_pairs: pd.DataFrame, srm: Path
) -> None:
    chromatograms = pd.read_parquet(srm / "results" / "chromatograms.parquet")
    peaks = pd.read_parquet(srm / "results" / "peaks.parquet")
    samples = pd.read_parquet(srm / "results" / "samples.parquet")

    assert not srm_pairs.empty
    assert (chromatograms["source"] == "srm").all()
    assert (chromatograms["multiplicity"] == 1).all()
    assert peaks["mz_observed"].isna().all()
    assert samples["mz_error_ppm"].isna().all()
    assert (samples["polarity"] == "-").all()


@pytest.mark.slow
@pytest.mark.parametrize("acquisition", [Acquisition.PRM, Acquisition.DIA])
def test_concentrations_from_product_ion_scans_are_near_the_truth(
    acquisition: Acquisition, tmp_path: Path
) -> None:
    pairs = measured(tmp_path, replace(SMALL, acquisition=acquisition))
    chromatograms = pd.read_parquet(tmp_path / "results" / "chromatograms.parquet")
    phe = chromatograms[chromatograms["ion_id"] == "Lac-Phe [M-H]- > C3H6NO2-"]

    assert share_within(pairs) >= 0.9
    assert set(chromatograms["source"]) == {"ms1", "ms2"}
    # In DIA the window that holds no labelled Lac-Phe, which gives the same product, is taken.
    assert (phe["isolation_high_mz"] < 241).all()
