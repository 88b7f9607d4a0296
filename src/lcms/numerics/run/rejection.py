"""Why a candidate of a chromatogram is not the peak of a target."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Candidate
from lcms.numerics.run.fitted_peak import APART

_OTHER_TIME_SD: Final = 3.0


@dataclass(frozen=True)
class ChosenPeak:
    """What was chosen as the peak of a target in one run, and what it was chosen by.

    `place_s` is the place of its peak, found or not; `height` is 0 where none was found.
    `isomers_s` and `neighbours_s` are the places of other compounds that share the
    chromatogram. `listed_s` is the listed time as it falls in this run, None without one;
    `window_s` the half-width of the search around it. m/z limits as in the settings.
    """

    place_s: float
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


def rejections(candidates: Sequence[Candidate], choice: ChosenPeak) -> list[tuple[Candidate, str]]:
    """Return the candidates that are not the chosen peak, each with the word that says why.

    The first word that holds counts: `other_mz`, `isomer`, `outside_window`, `other_compound`,
    `weaker`, `other_time`. Without a listed time every candidate that is lower is `weaker`.
    """
    return [
        (one, _reason(one, choice))
        for one in candidates
        if not _is_near(one.retention_time_s, [choice.place_s], choice)
    ]


def _reason(candidate: Candidate, choice: ChosenPeak) -> str:
    time_s = candidate.retention_time_s
    residual_ppm = candidate.error_ppm - choice.offset_ppm
    if np.isfinite(residual_ppm) and abs(residual_ppm) > choice.mz_residual_ppm:
        return "other_mz"
    if _is_near(time_s, choice.isomers_s, choice):
        return "isomer"
    if choice.listed_s is None:
        return "weaker" if candidate.height < choice.height else "other_time"
    if abs(time_s - choice.listed_s) > choice.window_s:
        return "outside_window"
    if _is_near(time_s, choice.neighbours_s, choice):
        return "other_compound"
    away_sd = abs(time_s - choice.expected_s) / choice.expected_sd_s
    is_weaker = away_sd <= _OTHER_TIME_SD and candidate.height < choice.height
    return "weaker" if is_weaker else "other_time"


def _is_near(time_s: float, places_s: Sequence[float], choice: ChosenPeak) -> bool:
    return any(abs(time_s - place_s) <= APART * choice.width_s for place_s in places_s)
