"""How sure the identity of a peak is: the levels of the Metabolomics Standards Initiative.

References
----------
Sumner et al., Metabolomics 3 (2007) 211, https://doi.org/10.1007/s11306-007-0082-2: level 1
needs two independent properties that agree with those of a standard, measured in the same way.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.kinds import IdentificationReason
from lcms.model import Floats
from lcms.numerics.identity.elution_order import SAME_TIME_WIDTHS

# Absolute time: 0.1 min, the tolerance of SANTE/11312/2021 between analyte and standard.
_LARGEST_DIFFERENCE_S: Final = 6.0
# Of the width at half height: a copy with deuterium elutes earlier on reversed phase, by less than
# this. Chosen by judgement.
_DEUTERATED_WIDTHS: Final = 1.0


@dataclass(frozen=True)
class IdentitySupport:
    """What supports or contradicts the identity of a peak in one run.

    Times in seconds. `is_timed`: the sheet lists a retention time. `time_s` is the time of the
    peak less the shift of the run, `standard_s` the median of the same over the calibrators and
    quality controls of the batch, NaN without any. `copy_difference_s` is its time less that of
    the labelled copy which is its internal standard, NaN without one. `products` and `isotope`:
    whether the ion ratio and the isotope ratio are as expected, None where that is not known.
    `ms2_like_standard`: its MS2 scans are similar to those of the calibrators; `ms2_products`:
    they hold all expected products. `is_contradicted`: something is not as expected, or the peak
    elutes out of order. `is_sum`: its area is
    not separated from that of an isomer; `may_hold_isomer`: an isomer has no peak of its own.
    """

    is_timed: bool
    fwhm_s: float
    time_s: float
    standard_s: float
    copy_difference_s: float
    is_copy_deuterated: bool
    products: bool | None
    isotope: bool | None
    ms2_like_standard: bool
    ms2_products: bool
    is_contradicted: bool
    is_sum: bool
    may_hold_isomer: bool
    has_abundant_isobar: bool


def identification(support: IdentitySupport) -> tuple[int, IdentificationReason]:
    """Return the identification level, and the reason for it.

    1: the peak elutes with a standard of the same batch (its own calibrators, or its labelled
    copy in the run), and the ion ratio is as expected, or the MS2 scans are like those of the
    calibrators. 2: one of these alone; the isotope ratio adds nothing, since isomers share it. 3:
    the exact mass at the listed time; isomers that are not separated; a contradiction. 4: no more
    than a mass. Without a listed time never better than 2.
    """
    at_standard = support.is_timed and (_at_calibrators(support) or _at_copy(support))
    by_isotope = at_standard and support.isotope and not support.has_abundant_isobar
    by_products = support.products or support.ms2_like_standard or support.ms2_products
    is_sum = support.is_sum or (support.may_hold_isomer and not at_standard)
    rules = (
        (is_sum, 3, IdentificationReason.ISOMERS_NOT_TOLD_APART),
        (support.is_contradicted and at_standard, 3, IdentificationReason.EVIDENCE_CONTRADICTS),
        (support.is_contradicted, 4, IdentificationReason.EVIDENCE_CONTRADICTS),
        (at_standard and support.products, 1, IdentificationReason.STANDARD_AND_PRODUCTS),
        (at_standard and support.ms2_like_standard, 1, IdentificationReason.STANDARD_AND_MS2),
        (by_isotope, 2, IdentificationReason.STANDARD_AND_ISOTOPE),
        (at_standard, 2, IdentificationReason.STANDARD_TIME),
        (by_products, 2, IdentificationReason.PRODUCTS),
        (not support.is_timed, 4, IdentificationReason.TIME_UNKNOWN),
        (support.has_abundant_isobar, 4, IdentificationReason.ISOBAR_ABUNDANT),
        (True, 3, IdentificationReason.LISTED_TIME),
    )
    return next((level, reason) for holds, level, reason in rules if holds)


def _at_calibrators(support: IdentitySupport) -> bool:
    """Return whether it elutes with the standards: half a width, at most 0.1 min, off."""
    off_s = abs(support.time_s - support.standard_s)
    return bool(off_s <= min(SAME_TIME_WIDTHS * support.fwhm_s, _LARGEST_DIFFERENCE_S))


def _at_copy(support: IdentitySupport) -> bool:
    """Return whether it elutes with its labelled copy; deuterium may shift that by a width."""
    widths = _DEUTERATED_WIDTHS if support.is_copy_deuterated else SAME_TIME_WIDTHS
    return bool(
        abs(support.copy_difference_s) <= min(widths * support.fwhm_s, _LARGEST_DIFFERENCE_S)
    )


def usual_ratio(ratio: Floats) -> float:
    """Return the median of the ratios of calibrators; NaN without any."""
    measured = ratio[np.isfinite(ratio)]
    return float(np.median(measured)) if measured.size else float("nan")
