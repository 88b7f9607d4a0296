"""How surely a peak is the compound: the levels of the Metabolomics Standards Initiative.

References
----------
Sumner et al., Metabolomics 3 (2007) 211, https://doi.org/10.1007/s11306-007-0082-2: level 1 asks
for two independent properties that agree with those of a standard, measured in the same way.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Floats, IdentificationReason

_LONGEST_S: Final = 6.0  # 0.1 min
_WIDTHS: Final = 0.5
_DEUTERATED_WIDTHS: Final = 1.0


@dataclass(frozen=True)
class PeakEvidence:
    """What is known of the peak of a compound in one run.

    Times in seconds. `time_s` is its time less the shift of the run, `standard_s` the median of
    the same over the calibrators and quality controls of the batch, NaN without any.
    `copy_difference_s` is its time less that of the labelled copy which is its internal
    standard, NaN without one. `products` and `isotope` tell whether the ion ratio and the
    isotope ratio are as expected, None where that is not known. `is_contradicted` says that
    one of them is not, or that it elutes out of order. `is_sum` says that its area is not told
    from that of an isomer, `may_hold_isomer` that an isomer has no peak of its own.
    """

    is_timed: bool
    fwhm_s: float
    time_s: float
    standard_s: float
    copy_difference_s: float
    is_copy_deuterated: bool
    products: bool | None
    isotope: bool | None
    is_contradicted: bool
    is_sum: bool
    may_hold_isomer: bool
    has_abundant_isobar: bool


def identification(one: PeakEvidence) -> tuple[int, IdentificationReason]:
    """Return the level, and why it is no other.

    1: it elutes with a standard of the same batch (its own calibrators, or its labelled copy in
    the run), and the ion ratio is as expected; where no abundant isobar is known, the isotope
    ratio will do. 2: one of these alone (time of a standard, or ion ratio). 3: the exact mass
    at the listed time; isomers that are not told apart; anything that contradicts. 4: no more
    than a mass. Without a listed time never better than 2.
    """
    at_standard = one.is_timed and (_at_calibrators(one) or _at_copy(one))
    by_isotope = at_standard and one.isotope and not one.has_abundant_isobar
    is_sum = one.is_sum or (one.may_hold_isomer and not at_standard)
    rules = (
        (is_sum, 3, IdentificationReason.ISOMERS_NOT_TOLD_APART),
        (one.is_contradicted and at_standard, 3, IdentificationReason.EVIDENCE_CONTRADICTS),
        (one.is_contradicted, 4, IdentificationReason.EVIDENCE_CONTRADICTS),
        (at_standard and one.products, 1, IdentificationReason.STANDARD_AND_PRODUCTS),
        (by_isotope, 1, IdentificationReason.STANDARD_AND_ISOTOPE),
        (at_standard, 2, IdentificationReason.STANDARD_TIME),
        (one.products, 2, IdentificationReason.PRODUCTS),
        (not one.is_timed, 4, IdentificationReason.TIME_UNKNOWN),
        (one.has_abundant_isobar, 4, IdentificationReason.ISOBAR_ABUNDANT),
        (True, 3, IdentificationReason.LISTED_TIME),
    )
    return next((level, reason) for holds, level, reason in rules if holds)


def _at_calibrators(one: PeakEvidence) -> bool:
    """Tell whether it elutes where the standards do: half a width, at most 0.1 min, off."""
    off_s = abs(one.time_s - one.standard_s)
    return bool(off_s <= min(_WIDTHS * one.fwhm_s, _LONGEST_S))


def _at_copy(one: PeakEvidence) -> bool:
    """Tell whether it elutes with its labelled copy; deuterium may shift that by a width."""
    widths = _DEUTERATED_WIDTHS if one.is_copy_deuterated else _WIDTHS
    return bool(abs(one.copy_difference_s) <= min(widths * one.fwhm_s, _LONGEST_S))


def usual_ratio(ratio: Floats) -> float:
    """Return the median of the ratios of calibrators; NaN without any."""
    known = ratio[np.isfinite(ratio)]
    return float(np.median(known)) if known.size else float("nan")
