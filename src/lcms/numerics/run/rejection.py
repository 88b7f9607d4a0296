"""Why a candidate of a chromatogram is not the peak of a target."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lcms.model import Candidate
from lcms.numerics.peak.source_fragments import is_source_fragment
from lcms.numerics.run.common_time import FARTHEST_SD
from lcms.numerics.run.fitted_peak import SAME_PEAK_WIDTHS


@dataclass(frozen=True)
class PeakChoice:
    """The peak of a target in one run, and what decided that it is this one.

    `apex_s` is the time of its peak, whether it was detected or not; `height` is 0 where it was
    not. `isomers_s` and `neighbours_s` are the times of other compounds that share the
    chromatogram. `listed_s` is the listed time on the time scale of this run, None without one;
    `window_s` is the half-width of the search around it. The m/z limits are those of the
    settings.
    """

    apex_s: float
    height: float
    width_s: float
    expected_s: float
    expected_sd_s: float
    listed_s: float | None
    window_s: float
    isomers_s: Sequence[float]
    neighbours_s: Sequence[float]
    offset_ppm: float
    mz_residual_ppm: float


def rejections(candidates: Sequence[Candidate], choice: PeakChoice) -> list[tuple[Candidate, str]]:
    """Return the candidates that are not the chosen peak, each with the word for the reason.

    The first word that holds counts: `other_mz`, `isomer`, `outside_window`, `other_compound`,
    `weaker`, `other_time`. Without a listed time a candidate that a larger compound may have
    formed in the ion source is `source_fragment`, and every other one that is lower is `weaker`.
    """
    return [
        (candidate, _reason(candidate, choice))
        for candidate in candidates
        if not _is_near(candidate.retention_time_s, [choice.apex_s], choice)
    ]


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
