"""The time at which co-eluting ions elute in one run, from the candidates of all of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from lcms.model import Candidate, ChromatogramId
from lcms.numerics.batch.batch_model import SEARCHED_SD_WIDTHS, BatchModel, RunTime, expected_peaks
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.time.co_elution import TOGETHER_WIDTHS, clearness

# A candidate farther from the expected time is another compound: 0.3 % of the peaks of a normal
# distribution lie outside of three standard deviations.
FARTHEST_SD: Final = 3.0

_Expected = tuple[ExpectedPeak, Sequence[Candidate]]  # of an ion, and its candidates


def common_times(
    batch: BatchModel, time: RunTime, candidates: Mapping[ChromatogramId, Sequence[Candidate]]
) -> dict[str, float]:
    """Return the retention time in s at which co-eluting ions elute in a run, by ion_id.

    Only for compounds whose expected time is uncertain. It is the time at which the candidates
    of all their ions are clearest, less a penalty for its distance from the expected times. Ions
    that co-elute with no other are left out.

    Parameters
    ----------
    batch : BatchModel
    time : RunTime
    candidates : mapping
        Of the run, by chromatogram.
    """
    groups: dict[str, dict[str, _Expected]] = defaultdict(dict)
    for chromatogram_id, compounds in batch.compounds.items():
        is_together = any(compound.co_elution_group is not None for compound in compounds)
        if not is_together or chromatogram_id not in candidates:
            continue
        for compound, peak in zip(compounds, expected_peaks(time, compounds), strict=True):
            if compound.ion_id is not None and compound.co_elution_group is not None:
                groups[compound.co_elution_group][compound.ion_id] = (
                    peak,
                    candidates[chromatogram_id],
                )
    common_s: dict[str, float] = {}
    for ions in groups.values():
        largest_sd_s = max(peak.expected_sd_s for peak, _ in ions.values())
        if len(ions) > 1 and largest_sd_s > SEARCHED_SD_WIDTHS * batch.width_s:
            apex_s = _clearest_s(list(ions.values()), TOGETHER_WIDTHS * batch.width_s)
            common_s |= {} if apex_s is None else dict.fromkeys(ions, apex_s)
    return common_s


def _clearest_s(ions: Sequence[_Expected], together_s: float) -> float | None:
    """Return the time at which ions are clearest; None if no candidate is near enough."""
    highest_worth, clearest_s = -np.inf, None
    for apex_s in [peak.retention_time_s for _, candidates in ions for peak in candidates]:
        away_sd = [(apex_s - peak.expected_s) / peak.expected_sd_s for peak, _ in ions]
        mean_square = float(np.mean(np.square(away_sd)))
        clear = clearness([candidates for _, candidates in ions], apex_s, together_s)
        if mean_square <= FARTHEST_SD**2 and clear - 0.5 * mean_square > highest_worth:
            highest_worth, clearest_s = clear - 0.5 * mean_square, apex_s
    return clearest_s
