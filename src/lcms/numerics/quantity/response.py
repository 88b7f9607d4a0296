"""The response of a target: its area, or its ratio to the area of its internal standard."""

from typing import Final

import numpy as np

from lcms.model import Bools, Floats

_CLEAR: Final = 4.0  # standard errors, from which a signal counts as one
_HIGH: Final = 0.3  # of the largest area: what shows carry-over
_LOW: Final = 0.01  # of it: what shows none
_MOST_CARRY_OVER: Final = 0.05  # more is something else
_CARRY_OVER_SPREAD: Final = 0.3  # relative sd between runs: they differ in their matrix effects
_MOST_INTERFERENCE: Final = 0.05  # of an internal standard
STANDARD_LIMITS: Final = (0.5, 1.5)  # of the batch median; general practice, see docs


def area_ratio(
    area: Floats, variance: Floats, standard: Floats, standard_variance: Floats
) -> tuple[Floats, Floats]:
    """Return the ratio of two areas and its variance (first-order propagation).

    Variances are absolute, so the area may be 0 or negative; nothing is divided by it.

    Parameters
    ----------
    area, standard : arrays of one shape
        In count·s; `standard` above 0. NaN gives NaN.
    variance, standard_variance : arrays of that shape
        In (count·s)².
    """
    ratio = area / standard
    return ratio, (variance + ratio**2 * standard_variance) / standard**2


def deviating_standards(area: Floats, expected: Bools) -> Bools:
    """Return where the area of an internal standard is outside 50 to 150 % of its median.

    Parameters
    ----------
    area : array of shape (n,)
        Over the runs of a batch, in count·s; 0 where nothing was found, NaN where that is not
        known. The median is that of what was found; where nothing was, every 0 deviates.
    expected : array of shape (n,)
        The runs that hold the standard; the median is theirs, and only they can deviate.
    """
    low, high = np.array(STANDARD_LIMITS) * _usual_standard(area, expected)
    return np.asarray(expected & np.isfinite(area) & ((area < low) | (area > high)))


def are_interference(area: Floats, expected: Bools) -> Bools:
    """Return where a peak is too small to be the internal standard that was added.

    At most 5 % of the median: another ion may have as much at its place, in a blank too.

    Parameters
    ----------
    area, expected : arrays of shape (n,)
        As for `deviating_standards`.

    References
    ----------
    ICH M10 (2022), selectivity: what a blank may answer at the place of the internal standard.
    """
    return np.asarray(area <= _MOST_INTERFERENCE * _usual_standard(area, expected))


def _usual_standard(area: Floats, expected: Bools) -> float:
    """Return the median of the areas of a standard that were found where it is expected."""
    found = area[expected & np.isfinite(area) & (area > 0)]
    return float(np.median(found)) if found.size else float("inf")


def areas_before(area: Floats, position: Floats) -> Floats:
    """Return the area in the injection before each, 0 for the first; shape (n,)."""
    order = np.argsort(position, kind="stable")
    earlier = np.zeros(area.shape)
    earlier[order[1:]] = area[order[:-1]]
    return earlier


def carry_over_share(area: Floats, variance: Floats, earlier: Floats, is_blank: Bools) -> float:
    """Return which share of an injection shows in the next one; 0 where that is not clear.

    Told by the blanks right after an injection with a large area, less what the blanks after
    nothing show; both kinds are needed.

    Parameters
    ----------
    area, variance : arrays of shape (n,)
        Of the runs of a batch, in count·s and its square; 0 where nothing was detected.
    earlier : array of shape (n,)
        See `areas_before`.
    is_blank : array of shape (n,)
    """
    largest = area.max(initial=0.0)
    after_high = np.flatnonzero(is_blank & (earlier >= _HIGH * largest) & (largest > 0))
    after_none = np.flatnonzero(is_blank & (earlier <= _LOW * largest))
    if after_high.size == 0 or after_none.size == 0:
        return 0.0
    excess = area[after_high].mean() - area[after_none].mean()
    error = np.sqrt(
        variance[after_high].sum() / after_high.size**2
        + variance[after_none].sum() / after_none.size**2
    )
    share = float(excess / earlier[after_high].mean())
    return share if excess > _CLEAR * error and share <= _MOST_CARRY_OVER else 0.0


def carried_over(share: float, earlier: Floats) -> tuple[Floats, Floats]:
    """Return what each injection holds of the one before, in count·s, and its variance."""
    carried = share * earlier
    return carried, (_CARRY_OVER_SPREAD * carried) ** 2


def unlabelled_share(zero_ratio: Floats, zero_variance: Floats) -> float:
    """Return the response of a standard alone: its unlabelled impurity; 0 unless clear.

    Parameters
    ----------
    zero_ratio, zero_variance : arrays of shape (n,)
        Response of each zero sample (standard, but no analyte) and its variance; NaN where
        nothing was detected, which counts as 0.
    """
    if zero_ratio.size == 0:
        return 0.0
    ratio, variance = np.nan_to_num(zero_ratio), np.nan_to_num(zero_variance)
    error = np.sqrt(variance.sum()) / ratio.size
    mean = float(ratio.mean())
    return mean if mean > _CLEAR * error else 0.0


def isotopes_in_standard(
    share: float, area: Floats, borders_s: tuple[Floats, Floats], standard_apex_s: Floats
) -> Floats:
    """Return the area of an analyte's heavy isotopes under its standard, in count·s.

    Counted where the apex of the standard lies between the borders of the analyte's peak; 0
    where either has no peak.

    Parameters
    ----------
    share : float
        Isotopes in the standard's m/z window by the measured ion (`isotopes.isotope_share`).
    area, standard_apex_s : arrays of shape (n,)
    borders_s : two arrays of shape (n,)
        Left and right border of the analyte's peak.
    """
    together = (borders_s[0] <= standard_apex_s) & (standard_apex_s <= borders_s[1])
    return np.where(together, share * np.nan_to_num(area), 0.0)
