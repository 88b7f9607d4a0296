"""Which peak is taken where lists are wrong, runs jump, and a batch has little to learn from."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builders import Row, ion, settings_of, standard, write_run
from integrated import AREA, elutes, peak_rows
from lcms.model import Ion

TIMES_S = np.arange(20.0, 450.0)
STANDARDS = (standard("IS1", 200.1, 100.0), standard("IS2", 240.1, 260.0))
ANALYTES = (ion("A1", 190.1, 120.0), ion("A2", 230.1, 195.0), ion("A3", 270.1, 345.0))


def with_window(ions: Sequence[Ion], window_s: float) -> list[Ion]:
    return [replace(target, retention_time_window_s=window_s) for target in ions]


def rows_by_run(
    folder: Path, ions: Sequence[Ion], late_s: Sequence[float]
) -> list[dict[str, Row]]:
    """Return the rows of runs that are late by so many seconds, by ion_id."""
    runs = {
        f"s{number}": write_run(
            folder / f"s{number}.mzML",
            [elutes(target, (target.retention_time_s or 0.0) + by_s) for target in ions],
            time_s=TIMES_S,
            seed=number,
        )
        for number, by_s in enumerate(late_s)
    }
    rows = peak_rows(folder, runs, ions)
    return [{target.ion_id: rows[run, target.ion_id] for target in ions} for run in runs]


@pytest.mark.parametrize("n_standards", [1, 2])
@pytest.mark.parametrize("jump_s", [14.0, -25.0])
def test_a_run_whose_times_have_jumped_beyond_the_windows_is_found_by_its_standards(
    tmp_path: Path, jump_s: float, n_standards: int
) -> None:
    """Two standards suffice; with one, the analytes must have jumped with it."""
    ions = with_window([*STANDARDS[:n_standards], *ANALYTES], 10.0)

    _, jumped, _ = rows_by_run(tmp_path, ions, [0.2, jump_s, -0.2])

    for target in ions:
        peak = jumped[target.ion_id]
        assert peak["status"] == "quantified"
        assert peak["flags"] == []
        assert target.retention_time_s is not None
        assert peak["retention_time_s"] == pytest.approx(target.retention_time_s + jump_s, abs=0.5)
        assert peak["area"] == pytest.approx(AREA, rel=0.05)


def test_one_standard_alone_explains_no_jump(tmp_path: Path) -> None:
    ions = with_window([STANDARDS[0]], 10.0)

    _, jumped, _ = rows_by_run(tmp_path, ions, [0.2, 14.0, -0.2])

    assert jumped["IS1"]["status"] == "not_detected"


def test_a_compound_that_elutes_elsewhere_in_one_run_alone_is_found_there_and_flagged(
    tmp_path: Path,
) -> None:
    ions = with_window([*STANDARDS, *ANALYTES], 30.0)
    moved = ions[3]  # A2
    runs = {}
    for number in range(4):
        by_s = {moved.ion_id: 10.0} if number == 2 else {}
        eluting = [
            elutes(target, (target.retention_time_s or 0.0) + by_s.get(target.ion_id, 0.0))
            for target in ions
        ]
        path = tmp_path / f"s{number}.mzML"
        runs[f"s{number}"] = write_run(path, eluting, time_s=TIMES_S, seed=number)

    rows = peak_rows(tmp_path, runs, ions)

    for (run, ion_id), peak in rows.items():
        is_moved = (run, ion_id) == ("s2", "A2")
        assert peak["status"] == "quantified"
        assert peak["area"] == pytest.approx(AREA, rel=0.05)
        assert ("time_moved" in peak["flags"]) is is_moved
        assert (peak["quality"] == 0.0) is is_moved
    assert rows["s2", "A2"]["retention_time_s"] == pytest.approx(205.0, abs=0.3)
    assert rows["s2", "A2"]["expected_time_s"] == pytest.approx(195.0, abs=0.5)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("n_rows", [1, 2, 6, 14])
def test_more_rows_never_make_a_clear_peak_vanish(tmp_path: Path, seed: int, n_rows: int) -> None:
    """A batch of one run; all times of the list are off, also those of internal standards."""
    random = np.random.default_rng(seed)
    apexes_s = 60.0 + 24.0 * np.arange(n_rows) + random.uniform(-3, 3, n_rows)
    true = [
        (standard if number % 3 == 1 else ion)(f"T{number}", 150.1 + 13.03 * number, apex_s)
        for number, apex_s in enumerate(apexes_s)
    ]
    run = write_run(
        tmp_path / "s.mzML",
        [
            peak
            for target, apex_s in zip(true, apexes_s, strict=True)
            for peak in (elutes(target), elutes(target, apex_s + 18, 2e4))
        ],
        time_s=TIMES_S,
        seed=seed,
    )
    listed = [
        replace(target, retention_time_s=apex_s + random.uniform(-18, 18))
        for target, apex_s in zip(true, apexes_s, strict=True)
    ]

    rows = peak_rows(tmp_path, {"s": run}, with_window(listed, 40.0))

    for target, apex_s in zip(true, apexes_s, strict=True):
        peak = rows["s", target.ion_id]
        assert peak["status"] == "quantified"
        assert peak["retention_time_s"] == pytest.approx(apex_s, abs=1.0)


def test_a_standard_of_odd_shape_moves_no_compound_far_away(tmp_path: Path) -> None:
    """Its highest point is not where the fitted shape has its apex."""
    early, odd = ion("Early", 190.1, 60.0), standard("Odd", 240.1, 404.0)
    standards = [standard("IS1", 200.1, 380.0), odd, standard("IS3", 270.1, 425.0)]
    eluting = [elutes(target) for target in (early, standards[0], standards[2])]
    eluting += [elutes(odd, 404.0, 1e6), elutes(odd, 412.0, 8.5e5), elutes(odd, 419.0, 4e5)]
    run = write_run(tmp_path / "s.mzML", eluting, time_s=np.arange(20.0, 520.0), seed=1)

    rows = peak_rows(tmp_path, {"s": run}, [early, *standards], settings_of())

    assert rows["s", "Early"]["status"] == "quantified"
    assert rows["s", "Early"]["expected_time_s"] == pytest.approx(60.0, abs=0.5)


def test_a_far_stronger_candidate_at_another_time_is_a_flag_and_ends_the_quality(
    tmp_path: Path,
) -> None:
    """Two runs show the compound at 60 s; the third shows little there and much at 74 s."""
    target = ion("A1", 190.1, 60.0)
    others = [ion("B", 210.1, 30.0), ion("C", 230.1, 90.0)]
    heights = {"s1": (1e6, 0.0), "s2": (1e6, 0.0), "s3": (1e4, 1e6)}
    runs = {
        name: write_run(
            tmp_path / f"{name}.mzML",
            [*map(elutes, others), elutes(target, 60.0, here), elutes(target, 74.0, there)],
            seed=number,
        )
        for number, (name, (here, there)) in enumerate(heights.items())
    }

    rows = peak_rows(tmp_path, runs, [target, *others])

    for key, peak in rows.items():
        is_doubted = key == ("s3", "A1")
        assert ("stronger_candidate" in peak["flags"]) is is_doubted
        assert (peak["quality"] == 0.0) is is_doubted
    assert rows["s3", "A1"]["retention_time_s"] == pytest.approx(60.0, abs=0.3)


def test_a_run_of_another_method_has_its_own_peak_where_the_batch_has_none_and_a_flag(
    tmp_path: Path,
) -> None:
    """Without a listed time a compound has one time in the batch."""
    target = ion("A1", 190.1, None)
    timed = [ion("B", 210.1, 30.0), ion("C", 230.1, 200.0)]
    apexes_s = {"s1": 60.0, "s2": 60.0, "s3": 60.0, "other": 130.0}
    runs = {
        name: write_run(
            tmp_path / f"{name}.mzML",
            [*map(elutes, timed), elutes(target, apex_s)],
            time_s=TIMES_S[:300],
            seed=number,
        )
        for number, (name, apex_s) in enumerate(apexes_s.items())
    }

    rows = peak_rows(tmp_path, runs, [target, *timed])

    assert rows["s1", "A1"]["flags"] == ["time_unknown"]
    assert rows["other", "A1"]["status"] == "quantified"
    assert rows["other", "A1"]["flags"] == ["time_unknown", "time_moved"]
    assert rows["other", "A1"]["quality"] == 0.0
    assert rows["other", "A1"]["retention_time_s"] == pytest.approx(130.0, abs=0.3)
    assert rows["other", "A1"]["area"] == pytest.approx(AREA, rel=0.05)
