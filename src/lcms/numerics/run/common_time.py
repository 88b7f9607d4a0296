"""Where in one run the ions of a compound elute together, by the candidates of all of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from lcms.model import Candidate, ChromatogramId
from lcms.numerics.batch.batch_model import SEARCHED_SD, BatchModel, RunTime, expected_peaks
from lcms.numerics.peak.joint_fit import ExpectedPeak
from lcms.numerics.time.co_elution import clearness

_TOGETHER: Final = 0.25  # of a peak width
_FARTHEST_SD: Final = 3.0

Expected = tuple[ExpectedPeak, Sequence[Candidate]]  # an ion, and the candidates of its signal


def common_times(
    batch: BatchModel, time: RunTime, candidates: Mapping[ChromatogramId, Sequence[Candidate]]
) -> dict[str, float]:
    """Return the place in s of every ion whose place is uncertain, by what elutes with it.

    Where the candidates of all ions of a compound stand out most, the less the farther they
    lie from where they are expected; by ion_id, nothing of ions that no other elutes with.

    Parameters
    ----------
    batch : BatchModel
    time : RunTime
    candidates : mapping
        Of the run, by signal.
    """
    groups: dict[str, dict[str, Expected]] = defaultdict(dict)
    for chromatogram_id, compounds in batch.compounds.items():
        for one, component in zip(compounds, expected_peaks(time, compounds), strict=True):
            if (
                one.ion_id is not None
                and one.together is not None
                and chromatogram_id in candidates
            ):
                groups[one.together][one.ion_id] = component, candidates[chromatogram_id]
    found: dict[str, float] = {}
    for ions in groups.values():
        least_sd_s = max(component.expected_sd_s for component, _ in ions.values())
        if len(ions) > 1 and least_sd_s > SEARCHED_SD * batch.width_s:
            place_s = _clearest_s(list(ions.values()), _TOGETHER * batch.width_s)
            found |= {} if place_s is None else dict.fromkeys(ions, place_s)
    return found


def _clearest_s(ions: Sequence[Expected], together_s: float) -> float | None:
    """Return where ions stand out most, None without a candidate near enough."""
    best, best_s = -np.inf, None
    for place_s in [peak.retention_time_s for _, some in ions for peak in some]:
        away = [(place_s - one.expected_s) / one.expected_sd_s for one, _ in ions]
        far = float(np.mean(np.square(away)))
        clear = clearness([some for _, some in ions], place_s, together_s)
        if far <= _FARTHEST_SD**2 and clear - 0.5 * far > best:
            best, best_s = clear - 0.5 * far, place_s
    return best_s
