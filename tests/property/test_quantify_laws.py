from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import Row
from lcms.io.sheets.inputs import Inputs
from lcms.kinds import TargetKind
from true_areas import Key, TrueAreas, quantified, true_areas

NUMBERS = ("concentration", "concentration_low", "concentration_high")
BATCH = true_areas("standard", 1)
few = settings(max_examples=5, deadline=None)


def found(inputs: Inputs, peaks: list[Row]) -> dict[Key, Row]:
    with TemporaryDirectory() as folder:
        return quantified(Path(folder), inputs, peaks)


BEFORE = found(BATCH.inputs, BATCH.peaks)


def scaled(batch: TrueAreas, factor: float, only: str | None = None) -> list[Row]:
    """Multiply the areas of all compounds, or of one."""
    return [
        peak
        | {
            name: factor * peak[name]
            for name in ("area", "area_sd", "area_lod")
            if peak[name] is not None and only in {None, peak["target_id"]}
        }
        for peak in batch.peaks
    ]


def check_same(one: Row, other: Row) -> None:
    assert one["status"] == other["status"]
    for name in NUMBERS:
        if one[name] is None:
            assert other[name] is None
        else:
            assert one[name] == pytest.approx(other[name], rel=1e-5, abs=1e-6), name


@few
@given(st.floats(1e-3, 1e3))
def test_the_unit_of_the_areas_changes_no_concentration(factor: float) -> None:
    after = found(BATCH.inputs, scaled(BATCH, factor))

    for key, row in BEFORE.items():
        check_same(row, after[key])


@few
@given(st.floats(0.1, 10), st.sampled_from(["Lac-Ala", "IS-Lac-Leu"]))
def test_the_response_factor_of_a_compound_changes_no_concentration(
    factor: float, only: str
) -> None:
    after = found(BATCH.inputs, scaled(BATCH, factor, only))

    for key, row in BEFORE.items():
        check_same(row, after[key])


@few
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_sheets_changes_no_row(random: Random) -> None:
    samples, ions = list(BATCH.inputs.samples), list(BATCH.inputs.ions)
    random.shuffle(samples)
    random.shuffle(ions)

    after = found(Inputs(tuple(samples), BATCH.inputs.levels, tuple(ions)), BATCH.peaks)

    for key, row in BEFORE.items():
        check_same(row, after[key])


@few
@given(st.sampled_from([run.sample_id for run in BATCH.inputs.samples if run.level is None]))
def test_a_run_that_could_not_be_read_changes_no_calibrator(sample_id: str) -> None:
    broken = [
        peak | {"status": "failed", "area": None, "area_sd": None, "area_lod": None}
        if peak["sample_id"] == sample_id and "pooled" not in sample_id
        else peak
        for peak in BATCH.peaks
    ]

    after = found(BATCH.inputs, broken)

    levels = {run.sample_id for run in BATCH.inputs.samples if run.level is not None}
    near = pytest.approx
    for (run, target), row in BEFORE.items():
        if run in levels and row["concentration"] is not None and row["concentration"] > 5:
            assert after[run, target]["concentration"] == near(row["concentration"], rel=0.01)


def test_every_analyte_of_every_run_has_a_row() -> None:
    kinds = {ion.target_id: ion.kind for ion in BATCH.inputs.ions}

    assert set(kinds.values()) == {TargetKind.ANALYTE, TargetKind.INTERNAL_STANDARD}
    assert set(BEFORE) == {
        (run, target) for run, target in BATCH.nmol_l if kinds[target] is TargetKind.ANALYTE
    }
