from dataclasses import replace

import numpy as np
import pytest

from lcms.kinds import SampleType
from lcms.simulation.injections import drift_progress, injection_slots
from lcms.simulation.plan import PRESETS
from lcms.simulation.simulated_batch import simulated_batch
from simulated import PAIR, STANDARD, truth


def test_the_standard_batch_has_37_runs_with_distinct_names_that_start_with_sim() -> None:
    names = [run.sample_id for run in simulated_batch(STANDARD).injections]

    assert len(names) == len(set(names)) == 37
    assert all(name.startswith("sim_") for name in names)


def test_a_small_batch_can_be_asked_for() -> None:
    plan = replace(
        STANDARD,
        n_unknowns=2,
        n_solvents=0,
        n_blanks=0,
        calibrator_nmol_l=(1.0, 10.0, 100.0, 1000.0),
        n_calibrator_brackets=1,
        n_quality_control_sets=0,
        pooled_qc_every=0,
    )

    kinds = [sample_type.value for sample_type, _ in injection_slots(plan)]

    assert kinds == ["zero", *["calibrator"] * 4, *["unknown"] * 2]


def test_pooled_qcs_open_and_close_the_unknowns_and_come_at_least_every_sixth_time() -> None:
    slots = injection_slots(replace(STANDARD, n_unknowns=50))
    kinds = [sample_type for sample_type, _ in slots]
    pooled = [n for n, kind in enumerate(kinds) if kind is SampleType.POOLED_QC]
    studied = [
        n
        for n, kind in enumerate(kinds)
        if kind in {SampleType.UNKNOWN, SampleType.QUALITY_CONTROL}
    ]

    assert pooled[0] == min(studied) - 1
    assert pooled[-1] == max(studied) + 1
    assert max(np.diff(pooled)) <= 7


def test_a_blank_follows_the_highest_calibrator() -> None:
    slots = injection_slots(STANDARD)

    assert slots[slots.index((SampleType.CALIBRATOR, "cal_1000")) + 1][0] is SampleType.BLANK


def test_blanks_and_solvents_are_empty_and_zeros_hold_the_standards_only() -> None:
    runs = simulated_batch(STANDARD).injections
    held = {run.sample_type: set(run.nmol_l) for run in runs}

    assert held[SampleType.BLANK] == held[SampleType.SOLVENT] == set()
    assert held[SampleType.ZERO] == {"IS-Lac-Val", "IS-Lac-Leu", "IS-Lac-Phe"}


def test_unknowns_alone_carry_group_and_subject() -> None:
    runs = simulated_batch(STANDARD).injections
    unknowns = [run for run in runs if run.sample_type is SampleType.UNKNOWN]

    assert unknowns[0].factors == {"group": "rest", "subject": "S01"}
    assert unknowns[1].factors == {"group": "exercise", "subject": "S01"}
    assert all(not run.factors for run in runs if run.sample_type is not SampleType.UNKNOWN)


def test_drift_rises_smoothly_from_the_first_run_to_the_last() -> None:
    progress = [drift_progress(n, 37) for n in range(37)]

    assert progress[0] == 0.0
    assert progress[-1] == pytest.approx(1.0)
    assert min(np.diff(progress)) > 0.0
    assert drift_progress(0, 1) == 0.0


def test_sensitivity_and_retention_time_drift_by_what_is_asked_for() -> None:
    plan = replace(PRESETS["strong_drift"], retention_jitter_s=0.0)

    runs = simulated_batch(plan).injections

    assert runs[0].conditions.sensitivity == 1.0
    assert runs[-1].conditions.sensitivity == pytest.approx(0.4)
    assert runs[-1].conditions.retention_shift_s == pytest.approx(14.0)


def test_differential_drift_moves_analytes_and_leaves_standards_alone() -> None:
    plan = replace(STANDARD, differential_drift=0.2, matrix_scatter=0.0)

    first, *_, last = simulated_batch(plan).injections
    changes = np.abs(np.array(list(last.gains.values())) - 1.0)

    assert set(first.gains.values()) == {1.0}
    assert len(changes) == 9
    assert changes.min() >= 0.1 - 1e-12
    assert changes.max() <= 0.2 + 1e-12


def test_matrix_scatter_has_the_sd_asked_for() -> None:
    plan = replace(STANDARD, n_unknowns=100, differential_drift=0.0, matrix_scatter=0.05)

    gains = [list(run.gains.values()) for run in simulated_batch(plan).injections]

    assert np.std(np.log(gains)) == pytest.approx(0.05, rel=0.1)


def test_suppression_spares_runs_without_matrix() -> None:
    runs = simulated_batch(STANDARD).injections

    for run in runs:
        assert (run.conditions.suppression == 1.0) == (not run.has_matrix)


def test_suppression_changes_analyte_and_standard_alike() -> None:
    plan = replace(PAIR, suppression_sd=0.5, matrix_scatter=0.0, differential_drift=0.0)
    batch = simulated_batch(plan)
    clean = simulated_batch(replace(plan, suppression_sd=0.0))

    def loss(target_id: str) -> float:
        return truth(batch, 1, target_id).area / truth(clean, 1, target_id).area

    assert loss("Lac-Leu") < 1.0
    assert loss("Lac-Leu") == pytest.approx(loss("IS-Lac-Leu"))


def test_carry_over_is_a_share_of_the_previous_injection() -> None:
    plan = replace(STANDARD, carry_over=0.01, matrix_scatter=0.0, differential_drift=0.0)
    batch = simulated_batch(plan)
    blank = next(n for n, run in enumerate(batch.injections) if "cal_1000" in run.sample_id) + 1
    leucine = next(compound for compound in batch.panel if compound.target_id == "Lac-Leu")

    peak = truth(batch, blank, "Lac-Leu")

    assert not peak.is_present
    sensitivity = batch.injections[blank].conditions.sensitivity
    assert peak.area == pytest.approx(0.01 * 1000.0 * leucine.response * sensitivity)


def test_unknowns_lie_in_their_range_and_lack_the_share_asked_for() -> None:
    plan = replace(STANDARD, n_unknowns=200, absent_fraction=0.3)
    runs = simulated_batch(plan).injections
    unknowns = [run for run in runs if run.sample_type is SampleType.UNKNOWN]
    values = [
        nmol_l
        for run in unknowns
        for target_id, nmol_l in run.nmol_l.items()
        if target_id.startswith("Lac-")
    ]

    assert len(values) / (9 * 200) == pytest.approx(0.7, abs=0.05)
    assert 1.0 <= min(values) < 1.5
    assert 300.0 < max(values) <= 500.0
