"""How often chance passes the detection test, estimated from decoys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scipy.special import betaincinv

_OUTSIDE: Final = 0.025  # probability on either side of a 95 % interval


@dataclass(frozen=True)
class FalseDetections:
    """Counts and shares as in the table `detection`; NaN where the divisor is 0."""

    n_decoys: int
    n_detected: int
    false_detection_percent: float
    false_detection_low_percent: float
    false_detection_high_percent: float
    n_targets: int
    n_targets_detected: int
    false_share_percent: float


def false_detections(decoys: Sequence[bool], targets: Sequence[bool]) -> FalseDetections:
    """Return the false-detection rate of a batch from which decoys and targets were detected.

    The share of chance among the detected targets is

        rate / (1 - rate) · (targets not detected) / (targets detected)

    as if all targets that were not detected were absent: these are the share 1 - rate of the
    absent targets, and chance detected the rest of them.
    """
    n_detected, n_targets_detected = sum(decoys), sum(targets)
    n_missed = len(targets) - n_targets_detected
    rate = n_detected / len(decoys) if decoys else float("nan")
    low, high = share_limits(n_detected, len(decoys))
    n_by_chance = rate / (1.0 - rate) * n_missed if rate < 1.0 else float("nan")
    share = min(n_by_chance / n_targets_detected, 1.0) if n_targets_detected else float("nan")
    return FalseDetections(
        n_decoys=len(decoys),
        n_detected=n_detected,
        false_detection_percent=100 * rate,
        false_detection_low_percent=100 * low,
        false_detection_high_percent=100 * high,
        n_targets=len(targets),
        n_targets_detected=n_targets_detected,
        false_share_percent=100 * share,
    )


def share_limits(n_positive: int, n: int) -> tuple[float, float]:
    """Return the 95 % limits of the share of `n_positive` of `n` cases.

    References
    ----------
    Clopper and Pearson, Biometrika 26 (1934) 404.
    """
    low = float(betaincinv(n_positive, n - n_positive + 1, _OUTSIDE)) if n_positive else 0.0
    high = (
        float(betaincinv(n_positive + 1, n - n_positive, 1.0 - _OUTSIDE))
        if n_positive < n
        else 1.0
    )
    return low, high
