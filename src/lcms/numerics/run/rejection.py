"""Why a candidate of a chromatogram is not the peak of a target."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Candidate
from lcms.numerics.assignment.assignment import RESOLVED_WIDTHS
from lcms.numerics.assignment.track_costs import LISTED_SD_WINDOWS_OF_PRODUCT
from lcms.numerics.peak.source_fragments import is_source_fragment
from lcms.numerics.run.chromatogram_fit.common_time import FARTHEST_SD
from lcms.numerics.run.chromatogram_fit.fitted_chromatogram import SAME_PEAK_WIDTHS
from lcms.numerics.time.alignment import far_cost

# A rejected candidate so many times as high as the chosen peak is the likelier peak of an unknown
# sample, and more so many times for each nat of its distance. Chosen by judgement: the areas of
# isomers in one sample often differ by less.
_STRONGER: Final = 10.0
_SEEN_NOISE: Final = 3.0  # a peak that was not detected is less high than so many times the noise
# From so few runs the scatter of a retention time is not known: in real batches of three runs a
# compound elutes most of a peak width later in one of them. Chosen by judgement.
_FEW_RUNS: Final = 5


@dataclass(frozen=True)
class PeakChoice:
    """The peak of a target in one run, and what decided that it is this one.

    `apex_s` is the time of its peak, whether it was detected or not; `height` is 0 where it was
    not. `isomers_s` and `neighbours_s` are the times of other compounds that share the
    chromatogram. `listed_s` is the listed time on the time scale of this run, None without one;
    `window_s` is the half-width of the search around it; `n_runs_seen` is the number of runs of
    the batch that showed the time of the target. `offset_ppm` is NaN where the mass offset of the
    run is not known. The m/z limits are those of the settings.
    """

    apex_s: float
    height: float
    width_s: float
    expected_s: float
    expected_sd_s: float
    listed_s: float | None
    window_s: float
    n_runs_seen: int
    isomers_s: Sequence[float]
    neighbours_s: Sequence[float]
    offset_ppm: float
    mz_residual_ppm: float


def rejections(candidates: Sequence[Candidate], choice: PeakChoice) -> list[tuple[Candidate, str]]:
    """Return the candidates that are not the chosen peak, each with the word for the reason.

    Where no peak was detected, a candidate at its time is none either: the fit has it as another
    one. The first word that holds counts: `other_mz`, `isomer`, `outside_window`,
    `other_compound`, `weaker`, `other_time`. Without a listed time a candidate that a larger
    compound may have formed in the ion source is `source_fragment`, and every other one that is
    lower is `weaker`.
    """
    return [
        (candidate, _reason(candidate, choice))
        for candidate in candidates
        if choice.height == 0.0 or not is_at_peak(candidate, choice)
    ]


def is_at_peak(candidate: Candidate, choice: PeakChoice) -> bool:
    """Return whether a candidate lies at the time of the chosen peak."""
    return _is_near(candidate.retention_time_s, [choice.apex_s], choice)


def stronger_candidate(
    possible: Sequence[Candidate], choice: PeakChoice, noise_sd: float
) -> Candidate | None:
    """Return the rejected candidate that is far stronger than the chosen peak, None without one.

    It is ten times as high as the chosen peak, or as what would be seen where none was detected;
    higher still by the likelihood ratio of their distances from the listed time. Where no run of
    the batch shows the target, its listed time may be wrong by any amount: no candidate is too
    far then.

    Parameters
    ----------
    possible : sequence of Candidate
        The rejected ones that may be the target.
    choice : PeakChoice
    noise_sd : float
        Standard deviation of the noise beside the peaks, counts.
    """
    least = _STRONGER * max(choice.height, _SEEN_NOISE * noise_sd)
    is_nowhere = choice.height == 0.0 and choice.n_runs_seen == 0
    log_excess = {
        candidate: float(np.log(candidate.height / least))
        - (0.0 if is_nowhere else _farther_cost(candidate.retention_time_s, choice))
        for candidate in possible
        if candidate.height > least
    }
    strongest = max(log_excess, key=lambda candidate: log_excess[candidate], default=None)
    return strongest if strongest is not None and log_excess[strongest] > 0.0 else None


def peak_of_flank(
    candidates: Sequence[Candidate], possible: Sequence[Candidate], choice: PeakChoice
) -> Candidate | None:
    """Return the candidate whose flank was fitted as the chosen peak, None without one.

    The run has no candidate at the chosen peak, but a higher one so near that two equal peaks
    would not be picked apart. Where few runs showed the time of the target, a run in which it
    elutes a little later is likelier than one with another compound there.

    Parameters
    ----------
    candidates : sequence of Candidate
        All of the chromatogram.
    possible : sequence of Candidate
        The rejected ones that may be the target.
    choice : PeakChoice
    """
    times_s = [candidate.retention_time_s for candidate in candidates]
    if choice.n_runs_seen > _FEW_RUNS or _is_near(choice.apex_s, times_s, choice):
        return None
    reach_s = RESOLVED_WIDTHS * choice.width_s
    higher = [
        candidate
        for candidate in possible
        if abs(candidate.retention_time_s - choice.apex_s) <= reach_s
        and candidate.height > choice.height
    ]
    return max(higher, key=lambda candidate: candidate.height, default=None)


def _farther_cost(time_s: float, choice: PeakChoice) -> float:
    return _time_cost(time_s, choice) - _time_cost(choice.apex_s, choice)


def _time_cost(time_s: float, choice: PeakChoice) -> float:
    """Return the cost of a time by its distance from the listed one; 0 without a listed time."""
    if choice.listed_s is None:
        return 0.0
    sd_s = LISTED_SD_WINDOWS_OF_PRODUCT * choice.window_s  # the wider one: it only gives a flag
    return float(far_cost((time_s - choice.listed_s) / sd_s))


def _reason(candidate: Candidate, choice: PeakChoice) -> str:
    time_s = candidate.retention_time_s
    residual_ppm = candidate.error_ppm - choice.offset_ppm
    if np.isfinite(residual_ppm) and abs(residual_ppm) > choice.mz_residual_ppm:
        return "other_mz"
    if _is_near(time_s, choice.isomers_s, choice):
        return "isomer"
    if choice.listed_s is None:
        return _untimed_reason(candidate, choice)
    if abs(time_s - choice.listed_s) > choice.window_s:
        return "outside_window"
    if _is_near(time_s, choice.neighbours_s, choice):
        return "other_compound"
    away_sd = abs(time_s - choice.expected_s) / choice.expected_sd_s
    is_weaker = away_sd <= FARTHEST_SD and candidate.height < choice.height
    return "weaker" if is_weaker else "other_time"


def _untimed_reason(candidate: Candidate, choice: PeakChoice) -> str:
    if is_source_fragment(candidate):
        return "source_fragment"
    return "weaker" if candidate.height < choice.height else "other_time"


def _is_near(time_s: float, apexes_s: Sequence[float], choice: PeakChoice) -> bool:
    return any(abs(time_s - apex_s) <= SAME_PEAK_WIDTHS * choice.width_s for apex_s in apexes_s)
