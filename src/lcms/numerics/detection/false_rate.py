"""How often chance passes for a peak, estimated from decoys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scipy.special import betaincinv

_OUTSIDE: Final = 0.025  # on either side of a 95 % interval


@dataclass(frozen=True)
class FalseDetections:
    """Counts and shares as in the table `detection`; NaN where there is nothing to divide by."""

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

    The share of chance among the detected targets is rate / (1 - rate) x not detected by
    detected: as if every target that was not detected were absent, and as many more as chance
    detected among the absent.
    """
    found, detected = sum(decoys), sum(targets)
    rate = found / len(decoys) if decoys else float("nan")
    low, high = share_limits(found, len(decoys))
    expected = rate / (1.0 - rate) * (len(targets) - detected) if rate < 1.0 else float("nan")
    return FalseDetections(
        n_decoys=len(decoys),
        n_detected=found,
        false_detection_percent=100 * rate,
        false_detection_low_percent=100 * low,
        false_detection_high_percent=100 * high,
        n_targets=len(targets),
        n_targets_detected=detected,
        false_share_percent=100 * min(expected / detected, 1.0) if detected else float("nan"),
    )


def share_limits(n_found: int, n: int) -> tuple[float, float]:
    """Return the 95 % limits of a share that was found in `n_found` of `n` cases.

    References
    ----------
    Clopper and Pearson, Biometrika 26 (1934) 404.
    """
    low = float(betaincinv(n_found, n - n_found + 1, _OUTSIDE)) if n_found else 0.0
    high = float(betaincinv(n_found + 1, n - n_found, 1.0 - _OUTSIDE)) if n_found < n else 1.0
    return low, high
