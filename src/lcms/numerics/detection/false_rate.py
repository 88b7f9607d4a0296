"""How often chance passes the detection test, estimated from decoys."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from scipy.special import betaincinv

# Decoys without a signal cannot fail: they show that m/z space is empty. Of so many with one, none
# is detected once in twenty if the rate is 14 %. Chosen by judgement.
_LEAST_WITH_SIGNAL: Final = 20
_OUTSIDE: Final = 0.025  # probability on either side of a 95 % interval


class DecoyOutcome(NamedTuple):
    """The outcome of a decoy in one run, or in several; `decoy` is the same in all runs."""

    decoy: Hashable
    holds_signal: bool
    is_detected: bool
    n_runs: int = 1


@dataclass(frozen=True)
class FalseDetections:
    """Counts and shares as in the table `detection`; NaN where they are not known."""

    n_decoys: int
    n_with_signal: int
    n_detected: int
    false_detection_percent: float
    false_detection_low_percent: float
    false_detection_high_percent: float
    n_targets: int
    n_targets_detected: int
    false_share_percent: float


def false_detections(decoys: Sequence[DecoyOutcome], targets: Sequence[bool]) -> FalseDetections:
    """Return the false-detection rate of a batch from which decoys and targets were detected.

    The rate is the share of all decoys that are detected; NaN where fewer than 20 hold a signal.
    A compound that passes in one run passes in most: the limits are those of as many decoys as
    differ in more than the run.

    The share of chance among the detected targets is

        rate / (1 - rate) · (targets not detected) / (targets detected)

    as if all targets that were not detected were absent: these are the share 1 - rate of the
    absent targets, and chance detected the rest of them.
    """
    n_decoys = sum(decoy.n_runs for decoy in decoys)
    n_with_signal = sum(decoy.n_runs for decoy in decoys if decoy.holds_signal)
    n_detected = sum(decoy.n_runs for decoy in decoys if decoy.is_detected)
    is_known = n_with_signal >= _LEAST_WITH_SIGNAL
    rate = n_detected / n_decoys if is_known else float("nan")
    n_different = len({decoy.decoy for decoy in decoys})
    low, high = share_limits(rate * n_different, n_different) if is_known else (rate, rate)
    return FalseDetections(
        n_decoys=n_decoys,
        n_with_signal=n_with_signal,
        n_detected=n_detected,
        false_detection_percent=100 * rate,
        false_detection_low_percent=100 * low,
        false_detection_high_percent=100 * high,
        n_targets=len(targets),
        n_targets_detected=sum(targets),
        false_share_percent=100 * _share_of_chance(rate, targets),
    )


def _share_of_chance(rate: float, targets: Sequence[bool]) -> float:
    """Return the share of chance among the detected targets, at most 1; NaN without any."""
    n_detected = sum(targets)
    if n_detected == 0 or not rate < 1.0:
        return float("nan")
    return min(rate / (1.0 - rate) * (len(targets) - n_detected) / n_detected, 1.0)


def share_limits(n_positive: float, n: int) -> tuple[float, float]:
    """Return the 95 % limits of the share of `n_positive` of `n` cases.

    The number of positive cases may be a fraction: a mean over repetitions.

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
