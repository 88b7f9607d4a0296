from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builders import ion, sample
from lcms.kinds import IonRole
from quantified import (
    ALA,
    CALIBRATORS,
    MANY,
    MANY_CALIBRATORS,
    MANY_LEVELS,
    TRUE_LINE,
    on_a_line,
    quantified,
)


def test_each_batch_has_a_line_of_its_own(tmp_path: Path) -> None:
    second = [replace(run, sample_id=f"{run.sample_id}_b", batch="2") for run in CALIBRATORS]
    twice = {f"{name}_b": 2 * area for name, area in TRUE_LINE.items()}
    unknowns = [sample("u1"), sample("u2", batch="2"), sample("u3", batch="3")]
    areas = {"LacAla": TRUE_LINE | twice | {"u1": 450.0, "u2": 900.0, "u3": 450.0}}

    tables = quantified(tmp_path, areas, [*unknowns, *CALIBRATORS, *second])

    assert tables.concentrations["u1", "LacAla"]["concentration"] == pytest.approx(4.0)
    assert tables.concentrations["u2", "LacAla"]["concentration"] == pytest.approx(4.0)
    assert tables.concentrations["u3", "LacAla"]["status"] == "no_calibration"


def test_the_rows_come_in_the_order_of_both_sheets(tmp_path: Path) -> None:
    samples = [sample("u2", batch="2"), sample("u1"), sample("u3", batch="2")]
    val = ion("LacVal", 188.0928)
    areas = {name: {"u1": 1.0, "u2": 2.0, "u3": 3.0} for name in ("LacVal", "LacAla")}

    tables = quantified(tmp_path, areas, samples, (val, ALA))

    assert tables.order == [
        (run, target) for run in ("u2", "u1", "u3") for target in ("LacVal", "LacAla")
    ]


def test_a_qualifier_does_not_change_the_amount(tmp_path: Path) -> None:
    qualifier = replace(ALA, ion_id="LacAla_q", role=IonRole.QUALIFIER)
    areas = {"LacAla": TRUE_LINE, "LacAla_q": dict.fromkeys(TRUE_LINE, 7.0)}

    tables = quantified(tmp_path, areas, CALIBRATORS, (qualifier, ALA))

    assert tables.calibration["1", "LacAla"]["slope"] == pytest.approx(100.0)
    assert len(tables.concentrations) == 4


def test_drift_of_the_pooled_qcs_and_brackets_is_corrected(tmp_path: Path) -> None:
    """The response grows by 20 % from the first bracket to the last."""
    first = MANY_CALIBRATORS
    last = [replace(run, sample_id=f"{run.sample_id}_b") for run in first]
    between = [sample(f"p{k}", "pooled_qc") for k in range(7)] + [sample("u1")]
    runs = [*first, *between, *last]
    contents = {run.sample_id: MANY[int(str(run.level)[1:])] for run in [*first, *last]}
    contents |= {run.sample_id: 30.0 for run in between}
    gains = np.exp(np.linspace(0, np.log(1.2), len(runs)))
    areas = {
        run.sample_id: 100 * contents[run.sample_id] * gain
        for run, gain in zip(runs, gains.tolist(), strict=True)
    }

    tables = quantified(tmp_path, {"LacAla": areas}, runs, levels=MANY_LEVELS)

    line = tables.calibration["1", "LacAla"]
    assert line["drift"] in {"linear", "smooth"}
    assert line["drift_percent"] == pytest.approx(20, rel=0.05)
    assert line["drift_probability"] > 0.99
    corrected = [tables.concentrations[run.sample_id, "LacAla"] for run in between]
    values = [row["response_corrected"] for row in corrected]
    assert np.ptp(values) / np.mean(values) < 0.01
    assert [row["response"] for row in corrected] == pytest.approx(
        [areas[run.sample_id] for run in between]
    )


def test_calibrators_injected_once_take_part_in_drift_and_scatter(tmp_path: Path) -> None:
    pooled = [sample(f"p{k}", "pooled_qc") for k in range(7)]
    errors = 1 + 0.03 * np.random.default_rng(3).standard_normal(14)
    areas = on_a_line(100.0) | {run.sample_id: 3000.0 for run in pooled}
    areas = dict(zip(areas, (np.array([*areas.values()]) * errors).tolist(), strict=True))

    tables = quantified(
        tmp_path, {"LacAla": areas}, [*MANY_CALIBRATORS, *pooled], levels=MANY_LEVELS
    )

    # seven calibrators with two coefficients, seven pooled QCs with one level
    line = tables.calibration["1", "LacAla"]
    assert line["drift"] == "none"
    assert 10 < line["scatter_degrees_of_freedom"] <= 11


def test_runs_between_which_the_response_steps_are_flagged(tmp_path: Path) -> None:
    """It falls by a third between the fourth and the fifth pooled QC; where is not known."""
    order = ["u0", "p0", "p1", "p2", "p3", "u1", "u2", "u3", "p4", "p5", "p6", "p7", "u4"]
    runs = [sample(name, "pooled_qc" if name[0] == "p" else "unknown") for name in order]
    errors = 1 + 0.02 * np.random.default_rng(1).standard_normal(len(runs))
    areas = {
        run.sample_id: 3000 * (2 / 3 if k >= 7 else 1) * error
        for k, (run, error) in enumerate(zip(runs, errors.tolist(), strict=True))
    }

    tables = quantified(
        tmp_path,
        {"LacAla": on_a_line(100.0) | areas},
        [*MANY_CALIBRATORS, *runs],
        levels=MANY_LEVELS,
    )

    assert tables.calibration["1", "LacAla"]["drift"] == "stepped"
    flagged = {
        name
        for name in order
        if "drift_uncertain" in tables.concentrations[name, "LacAla"]["flags"]
    }
    assert flagged == {"u1", "u2", "u3"}
    for name in ("u0", "u1", "u2", "u3", "u4"):
        row = tables.concentrations[name, "LacAla"]
        assert row["concentration_low"] < 30 < row["concentration_high"]


def test_runs_behind_the_last_replicate_are_flagged_for_no_interval_holds_a_step(
    tmp_path: Path,
) -> None:
    """The response falls by a third behind the last pooled QC: 30 is read as 20, with its flag."""
    order = ["p0", "u0", "p1", "u1", "p2", "u2", "p3", "u3", "u4"]
    runs = [sample(name, "pooled_qc" if name[0] == "p" else "unknown") for name in order]
    areas = dict.fromkeys(order, 3000.0) | {"u3": 2000.0, "u4": 2000.0}

    tables = quantified(
        tmp_path,
        {"LacAla": on_a_line(100.0) | areas},
        [*MANY_CALIBRATORS, *runs],
        levels=MANY_LEVELS,
    )

    rows = {name: tables.concentrations[name, "LacAla"] for name in order}
    flagged = {name for name, row in rows.items() if "outside_replicates" in row["flags"]}
    assert flagged == {"u3", "u4"}
    assert rows["u3"]["concentration"] == pytest.approx(20.0, rel=0.05)
