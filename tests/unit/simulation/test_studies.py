from dataclasses import replace

import numpy as np
import pytest

from lcms.errors import ConfigError
from lcms.kinds import SampleType
from lcms.numerics.study.isotopologues import Tracer, correction_matrix, mass_distribution
from lcms.simulation.injections import Injection
from lcms.simulation.plan import PRESETS, Acquisition
from lcms.simulation.studies import STUDIES, SimulatedStudy, simulated_study

PLAN = PRESETS["plain"]


def unknowns(kind: str, n_subjects: int) -> tuple[list[Injection], SimulatedStudy]:
    batch, study = simulated_study(kind, PLAN, n_subjects)
    runs = [run for run in batch.injections if run.sample_type is SampleType.UNKNOWN]
    return runs, study


def truth(study: SimulatedStudy, target_id: str, key: str) -> float:
    (value,) = (t.value for t in study.truths if (t.target_id, t.key) == (target_id, key))
    return value


@pytest.mark.parametrize("kind", list(STUDIES))
def test_the_unknowns_of_a_batch_are_the_samples_of_the_study(kind: str) -> None:
    runs, study = unknowns(kind, 2)

    assert [run.sample_id for run in runs] == [sample.sample_id for sample in study.samples]
    assert runs[0].factors == study.samples[0].factors
    assert runs[0].nmol_l["IS-Lac-Leu"] == PLAN.internal_standard_nmol_l


def test_the_exercise_has_its_effects_over_many_subjects() -> None:
    runs, study = unknowns("exercise", 300)

    logs = np.log([run.nmol_l["Lac-Phe"] for run in runs]).reshape(-1, 4)
    measured = np.exp((logs[:, 1:] - logs[:, :1]).mean(axis=0))
    expected = [truth(study, "Lac-Phe", f"{time_s} s / baseline") for time_s in (900, 1800, 3600)]
    assert measured == pytest.approx(expected, rel=0.03)
    assert [run.factors["is_baseline"] for run in runs[:4]] == ["true", "false", "false", "false"]


def test_the_crossover_is_balanced_and_has_its_effect() -> None:
    runs, study = unknowns("crossover", 300)

    by_treatment = {
        treatment: np.log(
            [run.nmol_l["Lac-Val"] for run in runs if run.factors["treatment"] == treatment]
        )
        for treatment in ("drug", "placebo")
    }
    ratio = np.exp(by_treatment["drug"].mean() - by_treatment["placebo"].mean())
    assert ratio == pytest.approx(truth(study, "Lac-Val", "drug / placebo"), rel=0.03)
    assert [run.factors["sequence"] for run in runs].count("DP") == len(runs) / 2


def test_an_assay_makes_its_product_by_michaelis_and_menten() -> None:
    runs, study = unknowns("kinetics", 1)
    values = {t.column: t.value for t in study.truths}

    wells = {(run.factors["well"], run.factors["time_s"]): run for run in runs}
    substrate = float(wells["w20", "240"].factors["substrate_a"])
    enzyme = float(wells["w20", "240"].factors["enzyme_nmol_l"])
    made = wells["w20", "240"].nmol_l["Lac-Phe"] - wells["c2", "240"].nmol_l["Lac-Phe"]
    rate = enzyme * values["kcat"] * substrate / (values["k_a"] + substrate)
    assert made / 240 == pytest.approx(rate, rel=0.1)


def test_a_tracer_shows_the_natural_isotopes_and_the_label_of_its_products() -> None:
    batch, study = simulated_study("tracer", PLAN, 1)
    last = next(run for run in batch.injections if run.sample_id == "S01_120min")

    areas = np.array([last.nmol_l[n] for n in ("Lac-Phe", *(f"Lac-Phe M+{k}" for k in (1, 2, 3)))])
    matrix = correction_matrix({"C": 12, "H": 15, "N": 1, "O": 4}, Tracer(), 3)
    fraction = mass_distribution(areas, matrix).fraction
    assert fraction[3] == pytest.approx(truth(study, "Lac-Phe", "S01_120min M+3"))
    assert truth(study, "Lac-Phe", "S01 0 to 7200 s") == pytest.approx(fraction[3] / 0.12 / 2)
    assert last.gains["Lac-Phe M+3"] == last.gains["Lac-Phe"]
    heavy = next(c for c in batch.panel if c.target_id == "Lac-Phe M+3")
    assert (heavy.formula, heavy.isotopologue_of) == ("(13)C3C9H15N1O4", "Lac-Phe")


def test_what_cannot_be_simulated_is_refused() -> None:
    with pytest.raises(ConfigError, match="`sport` is not one of exercise, crossover"):
        simulated_study("sport", PLAN)
    with pytest.raises(ConfigError, match="full scans only"):
        simulated_study("tracer", replace(PLAN, acquisition=Acquisition.PRM))
