"""Expected against observed retention times: the shift of a run, the choice of a candidate."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from lcms.model import Floats, Peak

_MIN_ANCHORS = 2
_HALF_SIGNAL = 5.0


def retention_shift_s(deviations_s: Floats) -> float | None:
    """Return the median of observed minus expected times of the anchors, seconds.

    None for fewer than two anchors: one peak cannot tell its own error from the run's.
    """
    return float(np.median(deviations_s)) if deviations_s.size >= _MIN_ANCHORS else None


def time_score(peak: Peak, expected_s: float | None, window_s: float) -> float:
    """Return 1 at the expected time, 0.61 at half the window, 0 outside; 1 without a time."""
    if expected_s is None:
        return 1.0
    deviation = abs(peak.retention_time_s - expected_s) / window_s
    return float(np.exp(-0.5 * (2 * deviation) ** 2)) if deviation <= 1 else 0.0


def time_preference(peak: Peak, expected_s: float, scatter_s: float) -> float:
    """Return the Gaussian weight of a deviation from the expected time, 1 for none."""
    return float(np.exp(-0.5 * ((peak.retention_time_s - expected_s) / scatter_s) ** 2))


def signal_score(peak: Peak) -> float:
    """Return S/N / (S/N + 5): a strong peak counts no more than a clear one."""
    return peak.signal_to_noise / (peak.signal_to_noise + _HALF_SIGNAL)


def assign(scores: Floats) -> list[int | None]:
    """Return for each member of a group the index of its candidate, None for none.

    Parameters
    ----------
    scores : array of shape (members, candidates)
        0 where a candidate is not admitted. No candidate serves two members; the sum of the
        scores is greatest.
    """
    chosen: list[int | None] = [None] * scores.shape[0]
    if scores.size == 0:
        return chosen
    rows, columns = linear_sum_assignment(scores, maximize=True)
    for row, column in zip(rows, columns, strict=True):
        if scores[row, column] > 0:
            chosen[row] = int(column)
    return chosen


def quality(scores: Sequence[float]) -> float:
    """Return the geometric mean of scores between 0 and 1."""
    return float(np.prod(scores) ** (1 / len(scores)))
