"""Whether a run as a whole can be trusted: its internal standards, and its shifts in time and m/z.

Every run is compared with its batch. The standards of a run are compared with their medians over
the runs to which they were added; those found in less than half of these runs are left out,
because they were not added, or cannot be measured. A shift x_i is compared with the median x̃ of
the batch and its scatter,

    |x_i - x̃| > max(5 · 1.4826 · median |x - x̃|, least).

References
----------
Rousseeuw & Croux, J. Am. Stat. Assoc. 88 (1993) 1273: 1.4826 · median |x - x̃| estimates the
standard deviation of normal values.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.kinds import RunReason, RunVerdict
from lcms.model import Bools, Floats
from lcms.numerics.quantity.response import are_interference, deviating_standards

_LEAST_FOUND_SHARE: Final = 0.5  # of the runs, for a standard by which runs are judged
# Median area of the standards divided by the batch's, below which a run shows nothing: that of
# an interference at the time of a standard (ICH M10, section 3.2.1).
_UNUSABLE_SHARE: Final = 0.05
_SHIFT_SD: Final = 5.0  # robust standard deviations; chosen by judgement
_LEAST_SHIFT_S: Final = 4.0  # half of a usual peak width; chosen by judgement
# Half of the usual m/z window of 5 ppm is still found without loss; chosen by judgement.
_LEAST_SHIFT_PPM: Final = 3.0
_SD_PER_MEDIAN: Final = 1.4826
_USUAL_DETECTED: Final = 3.0  # ions in the median run: with fewer none may be there by chance


@dataclass(frozen=True)
class RunProperties:
    """What is compared over the runs of one batch; arrays of (n,), NaN where it is not known.

    `standard_area` has shape (n_standards, n): count·s, 0 where a standard was not found.
    `has_standard` are the runs to which standards were added; `has_matrix` those in which most
    compounds are expected; `n_detected` counts the compounds found in a run; `has_narrow_window`
    says whether the m/z window is narrower than the scatter of m/z. Polarity and start
    time are texts, "" where they are not known.
    """

    is_read: Bools
    standard_area: Floats
    has_standard: Bools
    has_matrix: Bools
    n_detected: Floats
    shift_s: Floats
    shift_ppm: Floats
    has_narrow_window: Bools
    polarity: tuple[str, ...]
    start_time: tuple[str, ...]
    checksum_differs: Bools


@dataclass(frozen=True)
class JudgedRuns:
    """Verdicts and their reasons by run, and shares of (n,), NaN where none can be told.

    `found_share` is that of the standards found; `area_share` the median of their areas divided
    by their medians in the batch.
    """

    verdicts: tuple[RunVerdict, ...]
    reasons: tuple[tuple[RunReason, ...], ...]
    found_share: Floats
    area_share: Floats


def judge_runs(runs: RunProperties) -> JudgedRuns:
    """Return the verdict of each run of a batch."""
    found_share, area_share, deviates = _standards(runs)
    is_read, n = runs.is_read, runs.is_read.size
    has_none = is_read & ((found_share == 0) | (area_share < _UNUSABLE_SHARE))
    unusable = {
        RunReason.NOT_READ: ~is_read,
        RunReason.NO_STANDARDS: has_none,
        RunReason.NOTHING_DETECTED: is_read & _shows_nothing(runs) & np.isnan(found_share),
    }
    suspect = {
        RunReason.STANDARDS_MISSING: is_read & ~has_none & (found_share < 1),
        RunReason.STANDARDS_DEVIATE: is_read & ~has_none & deviates,
        RunReason.TIME_SHIFT: is_read & are_shifted(runs.shift_s, _LEAST_SHIFT_S),
        RunReason.MZ_SHIFT: is_read & are_shifted(runs.shift_ppm, _LEAST_SHIFT_PPM),
        RunReason.MZ_WINDOW_NARROW: is_read & runs.has_narrow_window,
        RunReason.OTHER_POLARITY: is_read & _are_unusual(runs.polarity),
        RunReason.SAME_START_TIME: _are_repeated(runs.start_time),
        RunReason.CHECKSUM_DIFFERS: is_read & runs.checksum_differs,
    }
    reasons = tuple(
        tuple(word for word, is_set in (unusable | suspect).items() if is_set[k]) for k in range(n)
    )
    verdicts = tuple(_verdict(words, frozenset(unusable)) for words in reasons)
    return JudgedRuns(verdicts, reasons, found_share, area_share)


def _verdict(reasons: tuple[RunReason, ...], unusable: frozenset[RunReason]) -> RunVerdict:
    if unusable.intersection(reasons):
        return RunVerdict.UNUSABLE
    return RunVerdict.SUSPECT if reasons else RunVerdict.OK


def _standards(runs: RunProperties) -> tuple[Floats, Floats, Bools]:
    """Return the share found, the median area share, and where that deviates; (n,) each."""
    expected = runs.has_standard & runs.is_read
    nothing = np.full(expected.size, np.nan)
    areas = [
        area
        for area in runs.standard_area
        if np.sum(expected & (area > 0)) >= max(_LEAST_FOUND_SHARE * expected.sum(), 1)
    ]
    if not areas:
        return nothing, nothing, np.zeros(expected.size, dtype=np.bool_)
    shares = np.array([area / np.median(area[expected & (area > 0)]) for area in areas])
    shows_standard = np.array([(area > 0) & ~are_interference(area, expected) for area in areas])
    area_share = np.where(expected, np.median(np.nan_to_num(shares), axis=0), np.nan)
    deviates = deviating_standards(area_share, expected)
    return np.where(expected, shows_standard.mean(axis=0), np.nan), area_share, deviates


def are_shifted(shift: Floats, least: float) -> Bools:
    """Return where a shift differs from those of the batch (see above); shape (n,)."""
    if not np.isfinite(shift).any():
        return np.zeros(shift.size, dtype=np.bool_)
    deviation = np.abs(shift - np.nanmedian(shift))
    limit = max(_SHIFT_SD * _SD_PER_MEDIAN * float(np.nanmedian(deviation)), least)
    with np.errstate(invalid="ignore"):
        return np.asarray(deviation > limit)


def _shows_nothing(runs: RunProperties) -> Bools:
    """Return where no compound is found although the runs of its kind hold several."""
    of_kind = runs.has_matrix & runs.is_read
    if not of_kind.any():
        return of_kind
    hold_several = np.median(runs.n_detected[of_kind]) >= _USUAL_DETECTED
    return np.asarray(of_kind & (runs.n_detected == 0) & hold_several)


def _are_unusual(words: tuple[str, ...]) -> Bools:
    """Return where a text is known and is not the most frequent one."""
    counts = Counter(word for word in words if word)
    usual = max(counts, key=counts.__getitem__, default="")
    return np.array([word not in ("", usual) for word in words], dtype=np.bool_)


def _are_repeated(words: tuple[str, ...]) -> Bools:
    """Return where a text is that of another run as well."""
    counts = Counter(word for word in words if word)
    return np.array([counts[word] > 1 for word in words], dtype=np.bool_)
