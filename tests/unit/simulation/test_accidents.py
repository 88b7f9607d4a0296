from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lcms.errors import ConfigError
from lcms.io.mzml.reader import read_start_time
from lcms.kinds import SampleType
from lcms.simulation.accidents import ACCIDENTS, AccidentBatch, with_accidents
from lcms.simulation.plan import PRESETS
from lcms.simulation.simulated_batch import (
    SimulatedBatch,
    simulated_batch,
    simulated_scans,
    true_peaks,
)
from lcms.steps.simulate import simulate

PLAN = replace(PRESETS["plain"], n_unknowns=4, run_length_s=330.0)
BATCH = simulated_batch(PLAN)


def happened(name: str) -> AccidentBatch:
    return with_accidents(BATCH, [name])


def areas(batch: SimulatedBatch, sample_id: str) -> list[float]:
    names = [run.sample_id for run in batch.injections]
    return [peak.area for peak in true_peaks(batch, names.index(sample_id))]


@pytest.mark.parametrize("name", ACCIDENTS)
def test_an_accident_touches_its_victims_only(name: str) -> None:
    after = happened(name)

    assert after.victims
    if name == "blank_after_failed":  # 1 % is carried over in the whole batch
        return
    before = dict(zip((run.sample_id for run in BATCH.injections), BATCH.injections, strict=True))
    for run in after.batch.injections:
        if run.sample_id not in after.victims:
            assert run == before[run.sample_id]


@pytest.mark.parametrize(
    ("name", "share"),
    [("failed_injection", 1 / 2000), ("half_injected", 0.5), ("injected_twice", 2.0)],
)
def test_another_volume_changes_all_areas_and_not_the_truth(name: str, share: float) -> None:
    after = happened(name)
    (victim,) = after.victims

    assert areas(after.batch, victim) == pytest.approx(
        [share * area for area in areas(BATCH, victim)]
    )


def test_the_vials_of_two_levels_of_the_last_curve_are_exchanged() -> None:
    after = happened("swapped_vials")

    exchanged = [run for run in after.batch.injections if run.sample_id in after.victims]
    assert [(run.level, run.nmol_l["Lac-Phe"]) for run in exchanged] == [
        ("cal_10", 100.0),
        ("cal_100", 10.0),
    ]


def test_a_spray_that_fails_leaves_no_ion_for_four_seconds() -> None:
    after = happened("spray_gap")
    (victim,) = after.victims
    index = [run.sample_id for run in BATCH.injections].index(victim)
    start_s, end_s = after.batch.injections[index].conditions.spray_gap_s or (0.0, 0.0)

    inside = [
        scan.mz.size
        for scan in simulated_scans(after.batch, index)
        if start_s <= scan.time_s <= end_s
    ]
    assert end_s - start_s == pytest.approx(4.0)
    assert sum(inside) == 0


def test_an_isobar_is_in_one_run_only() -> None:
    after = happened("isobar_in_one")
    (victim,) = after.victims

    isobar = after.batch.interferences[-1]
    holding = [run.sample_id for run in after.batch.injections if run.holds(isobar)]
    assert holding == [victim]


def test_the_files_and_the_sheet_have_the_accidents(tmp_path: Path) -> None:
    small = replace(
        PLAN, calibrator_nmol_l=(10.0,), n_calibrator_brackets=1, run_length_s=60.0, n_unknowns=2
    )
    simulate(tmp_path, small, ["unreadable_run", "one_file_twice", "levels_as_pooled"])

    rows = [
        line.split("\t")
        for line in (tmp_path / "samples.tsv").read_text(encoding="utf-8").splitlines()
    ]
    header, cells = rows[0], rows[1:]
    by_type = [row[header.index("sample_type")] for row in cells]
    assert SampleType.QUALITY_CONTROL not in by_type
    assert {row[header.index("injection_order")] for row in cells} == {""}
    files = [row[header.index("mzml")] for row in cells]
    assert len(files) == len(set(files)) + 1
    cut = min((tmp_path / "mzml").glob("*_unknown.mzML"), key=lambda path: path.stat().st_size)
    assert b"</mzML>" not in cut.read_bytes()
    assert read_start_time(cut) is not None
    assert "Accident unreadable_run: " in (tmp_path / "README.txt").read_text(encoding="utf-8")


def test_an_unknown_accident_and_one_without_its_injections_are_refused() -> None:
    with pytest.raises(ConfigError, match="`flood` is not one of swapped_vials"):
        happened("flood")
    without = simulated_batch(replace(PLAN, n_unknowns=0))
    with pytest.raises(ConfigError, match="the batch has no unknown"):
        with_accidents(without, ["half_injected"])


def test_without_an_accident_the_batch_is_the_same() -> None:
    assert with_accidents(BATCH, []).batch is BATCH
    assert np.isfinite(areas(BATCH, BATCH.injections[0].sample_id)).all()
