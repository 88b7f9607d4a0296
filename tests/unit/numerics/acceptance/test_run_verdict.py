from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from lcms.kinds import RunReason, RunVerdict
from lcms.model import Floats
from lcms.numerics.acceptance.run_verdict import (
    JudgedRuns,
    RunProperties,
    are_shifted,
    judge_runs,
)

N = 6


def judged(**changes: Any) -> JudgedRuns:  # noqa: ANN401  (fields of RunProperties)
    """Judge six runs with two standards, of which nothing is unusual but the changes."""
    properties: dict[str, Any] = {
        "is_read": np.ones(N, dtype=np.bool_),
        "standard_area": np.full((2, N), 100.0),
        "has_standard": np.ones(N, dtype=np.bool_),
        "has_matrix": np.ones(N, dtype=np.bool_),
        "n_detected": np.full(N, 9.0),
        "shift_s": np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5]),
        "shift_ppm": np.array([1.0, 1.1, 0.9, 1.2, 0.8, 1.0]),
        "has_narrow_window": np.zeros(N, dtype=np.bool_),
        "polarity": ("-",) * N,
        "start_time": tuple(f"2026-01-01T0{k}:00:00" for k in range(N)),
        "checksum_differs": np.zeros(N, dtype=np.bool_),
    }
    return judge_runs(RunProperties(**properties | changes))


def areas(first: Sequence[float], second: Sequence[float]) -> Floats:
    return np.array([first, second], dtype=np.float64)


def test_an_ordinary_batch_is_ok() -> None:
    runs = judged()

    assert set(runs.verdicts) == {"ok"}
    assert runs.found_share.tolist() == [1.0] * N
    assert runs.area_share.tolist() == [1.0] * N


@pytest.mark.parametrize(
    ("first", "second", "verdict", "reasons", "found", "area"),
    [
        (0.0, 0.0, "unusable", ("no_standards",), 0.0, 0.0),
        (0.05, 0.04, "unusable", ("no_standards",), 0.0, 0.00045),
        (0.0, 100.0, "suspect", ("standards_missing",), 0.5, 0.5),
        (45.0, 47.0, "suspect", ("standards_deviate",), 1.0, 0.46),
        (160.0, 170.0, "suspect", ("standards_deviate",), 1.0, 1.65),
    ],
)
def test_a_run_is_judged_by_its_standards(
    first: float, second: float, verdict: str, reasons: tuple[str], found: float, area: float
) -> None:
    standards = areas([100] * 5 + [first], [100] * 5 + [second])

    runs = judged(standard_area=standards)

    assert runs.verdicts == ("ok",) * 5 + (verdict,)
    assert runs.reasons[-1] == reasons
    assert runs.found_share[-1] == pytest.approx(found)
    assert runs.area_share[-1] == pytest.approx(area)


def test_a_blank_needs_no_standard() -> None:
    expected = np.array([1, 1, 1, 1, 1, 0], dtype=np.bool_)

    runs = judged(standard_area=areas([100] * 5 + [0], [100] * 5 + [0]), has_standard=expected)

    assert set(runs.verdicts) == {"ok"}
    assert np.isnan(runs.found_share[-1])


def test_a_standard_that_is_found_nowhere_condemns_no_run() -> None:
    runs = judged(standard_area=areas([100] * 6, [0] * 6))

    assert set(runs.verdicts) == {"ok"}


def test_without_standards_a_run_in_which_nothing_is_found_is_unusable() -> None:
    detected = np.array([9, 9, 8, 9, 0, 0], dtype=np.float64)
    kinds = np.array([1, 1, 1, 1, 1, 0], dtype=np.bool_)

    runs = judged(standard_area=np.zeros((0, N)), n_detected=detected, has_matrix=kinds)

    assert runs.verdicts == ("ok",) * 4 + ("unusable", "ok")
    assert runs.reasons[4] == ("nothing_detected",)


def test_unusual_times_masses_polarities_and_start_times_are_suspect() -> None:
    late = np.array([0, 0.1, 0.2, 0.3, 0.4, 9.0])
    heavy = np.array([1.0, 1.1, 0.9, 1.2, 0.8, 8.0])
    times = tuple(f"2026-01-01T0{k}:00:00" for k in (0, 1, 2, 3, 4, 4))

    assert judged(shift_s=late).reasons[-1] == ("time_shift",)
    assert judged(shift_ppm=heavy).reasons[-1] == ("mz_shift",)
    assert judged(polarity=("-",) * 5 + ("+",)).reasons[-1] == ("other_polarity",)
    assert [*judged(start_time=times).reasons] == [(), (), (), ()] + [("same_start_time",)] * 2


def test_m_z_are_shifted_from_3_ppm_and_times_from_4_s_on() -> None:
    steady_ppm, steady_s = np.full(N, 1.0), np.full(N, 2.0)

    def reasons(name: str, values: Floats, last: float) -> tuple[RunReason, ...]:
        return judged(**{name: np.r_[values[:-1], last]}).reasons[-1]

    assert reasons("shift_ppm", steady_ppm, 1.0 + 2.9) == ()
    assert reasons("shift_ppm", steady_ppm, 1.0 + 3.1) == (RunReason.MZ_SHIFT,)
    assert reasons("shift_s", steady_s, 2.0 - 3.9) == ()
    assert reasons("shift_s", steady_s, 2.0 - 4.1) == (RunReason.TIME_SHIFT,)


def test_a_run_that_was_not_read_is_unusable_and_its_shifts_are_not_judged() -> None:
    runs = judged(is_read=np.array([0, 1, 1, 1, 1, 1], dtype=np.bool_))

    assert runs.verdicts[0] == "unusable"
    assert runs.reasons[0] == ("not_read",)


def test_a_steady_drift_of_the_times_is_no_shift() -> None:
    assert not are_shifted(np.linspace(0, 14, 40), 4.0).any()
    assert not are_shifted(np.full(3, np.nan), 4.0).any()


def test_a_run_whose_m_z_scatter_more_than_the_window_allows_is_suspect() -> None:
    is_narrow = np.zeros(N, dtype=np.bool_)
    is_narrow[2] = True

    runs = judged(has_narrow_window=is_narrow)

    assert runs.reasons[2] == (RunReason.MZ_WINDOW_NARROW,)
    assert [k for k, verdict in enumerate(runs.verdicts) if verdict != RunVerdict.OK] == [2]


def test_a_run_whose_checksum_differs_is_suspect() -> None:
    runs = judged(checksum_differs=np.arange(N) == 2)

    assert runs.reasons[2] == (RunReason.CHECKSUM_DIFFERS,)
    assert [verdict is RunVerdict.SUSPECT for verdict in runs.verdicts] == [
        k == 2 for k in range(N)
    ]


def test_where_no_run_holds_the_matrix_no_run_shows_nothing() -> None:
    no_runs = np.zeros(N, dtype=np.bool_)

    runs = judged(standard_area=np.zeros((0, N)), n_detected=np.zeros(N), has_matrix=no_runs)

    assert set(runs.verdicts) == {"ok"}
