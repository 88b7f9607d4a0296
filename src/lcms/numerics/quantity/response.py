"""The response of a target: its area, or its area divided by that of its internal standard.

With the areas A of the analyte and S of the internal standard, whose errors are independent,
first-order propagation (delta method) gives the response R and its variance:

    R = A / S,    Var R = (Var A + R² Var S) / S².

Three contributions are subtracted: carry-over and the natural isotopes of analytes from areas,
unlabelled compound in a labelled standard from responses.
"""

from typing import Final

import numpy as np

from lcms.model import Bools, Floats, Ints

# A mean area or response counts as present from this many of its standard errors: one in 30,000
# batches without carry-over or impurity is corrected by chance. Chosen by judgement.
_CLEAR_SD: Final = 4.0
# The injection before a blank, as a share of the largest area before a blank: at least the first
# share shows carry-over, at most the second shows none. Chosen by judgement.
_HIGH_SHARE: Final = 0.3
_LOW_SHARE: Final = 0.01
# A larger share is not carry-over of an autosampler: the blank holds the analyte. By judgement.
_MOST_CARRY_OVER_SHARE: Final = 0.05
# Runs whose median standard area is the sensitivity of a blank between them; chosen by judgement.
_RUNS_NEAR: Final = 6
# Relative standard deviation of the carry-over between runs, which differ in their matrix
# effects; chosen by judgement.
_CARRY_OVER_SCATTER: Final = 0.3
# Carry-over that an autosampler may have where no blank shows how much; chosen by judgement.
_POSSIBLE_SHARE: Final = 0.01
# Of the area, from which possible carry-over is flagged: ICH M10 (2022), section 3.2.6, accepts
# 20 % of the lower limit of quantification.
_FLAGGED_POSSIBLE_SHARE: Final = 0.2
# Of the usual area of an internal standard; ICH M10 (2022), section 3.2.1 (selectivity), accepts
# interference of this size in a blank at the retention time of the internal standard.
_MOST_INTERFERENCE_SHARE: Final = 0.05
_STANDARD_LIMIT_SHARES: Final = (0.5, 1.5)  # of the median of the batch: general practice


def area_ratio(
    area: Floats, variance: Floats, standard: Floats, standard_variance: Floats
) -> tuple[Floats, Floats]:
    """Return the ratio of two areas and its variance (see above).

    The formula holds the variances themselves and not relative ones, so it is also valid for an
    area of 0 or below.

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
        Over the runs of a batch, in count·s; 0 where it was not detected, NaN where the run
        gives no answer. The median is that of the areas above 0; without any, every 0 deviates.
    expected : array of shape (n,)
        The runs to which the standard was added; the median is over these, and only they can
        deviate.
    """
    low, high = np.array(_STANDARD_LIMIT_SHARES) * _usual_standard(area, expected)
    return np.asarray(expected & np.isfinite(area) & ((area < low) | (area > high)))


def are_interference(area: Floats, expected: Bools) -> Bools:
    """Return where a peak is too small to be the internal standard that was added.

    That is at most 5 % of the median: an interference at the retention time of the standard may
    have such an area, in a blank as well.

    Parameters
    ----------
    area, expected : arrays of shape (n,)
        As for `deviating_standards`.

    References
    ----------
    ICH M10 (2022), section 3.2.1: response of a blank at the retention time of the internal
    standard.
    """
    return np.asarray(area <= _MOST_INTERFERENCE_SHARE * _usual_standard(area, expected))


def _usual_standard(area: Floats, expected: Bools) -> float:
    """Return the median area of a detected standard over the runs where it is expected."""
    detected = area[expected & np.isfinite(area) & (area > 0)]
    return float(np.median(detected)) if detected.size else float("inf")


def run_sensitivity(standard: Floats, position: Floats) -> Floats:
    """Return the area of the internal standard in each run; shape (n,).

    Where it has none (a blank, or a run of which nothing is known), it is the median of the
    nearest runs that have one; 1 where no run has.

    Parameters
    ----------
    standard, position : arrays of shape (n,)
        Areas in count·s, NaN without a peak of the standard; times of injection.
    """
    has_standard = np.flatnonzero(np.isfinite(standard) & (standard > 0))
    sensitivity = np.ones(standard.shape)
    sensitivity[has_standard] = standard[has_standard]
    for run in np.setdiff1d(np.arange(standard.size), has_standard).tolist():
        nearest = np.argsort(np.abs(position[has_standard] - position[run]), kind="stable")
        if has_standard.size:
            among = has_standard[nearest[:_RUNS_NEAR]]
            sensitivity[run] = float(np.median(standard[among]))
    return sensitivity


def areas_before(area: Floats, position: Floats) -> Floats:
    """Return the area in the injection before each, 0 for the first; shape (n,).

    NaN where that area is NaN: not known.
    """
    order = np.argsort(position, kind="stable")
    earlier = np.zeros(area.shape)
    earlier[order[1:]] = area[order[:-1]]
    return earlier


def replicate_means(area: Floats, content: Ints) -> Floats:
    """Return for each run the mean known area of its content; NaN without any.

    Parameters
    ----------
    area : array of shape (n,)
        NaN where it is not known.
    content : array of shape (n,)
        Equal numbers from 0 mark equal contents; -1: no replicates.
    """
    is_known = np.isfinite(area) & (content >= 0)
    counts = np.bincount(content[is_known], minlength=content.max(initial=0) + 1)
    sums = np.bincount(content[is_known], area[is_known], minlength=counts.size)
    means = np.divide(sums, counts, out=np.full(counts.size, np.nan), where=counts > 0)
    return np.where(content >= 0, means[content], np.nan)


def carry_over_share(area: Floats, variance: Floats, earlier: Floats, is_blank: Bools) -> float:
    """Return the carry-over as a fraction of the injection before; 0 where it is not clear.

    It is estimated from the blanks injected right after a large area (high) and those injected
    after next to none (low):

        share = (mean area of blanks after high - mean area of blanks after low)
                / mean area of the injections before the former.

    Both kinds of blanks are needed. High and low are shares of the largest area that precedes a
    blank. Blanks whose area, or the area before which, is not known are left out. The share is 0
    unless the difference is above four of its standard errors and the share at most 5 %.

    Parameters
    ----------
    area, variance : arrays of shape (n,)
        Of the runs of a batch, in count·s and its square; 0 where nothing was detected, NaN
        where the run does not show it.
    earlier : array of shape (n,)
        See `areas_before`.
    is_blank : array of shape (n,)
    """
    after_high, after_low = _blanks_after(area, earlier, is_blank)
    if after_high.size == 0 or after_low.size == 0:
        return 0.0
    excess = area[after_high].mean() - area[after_low].mean()
    error = np.sqrt(
        variance[after_high].sum() / after_high.size**2
        + variance[after_low].sum() / after_low.size**2
    )
    share = float(excess / earlier[after_high].mean())
    is_clear = excess > _CLEAR_SD * error and share <= _MOST_CARRY_OVER_SHARE
    return share if is_clear else 0.0


def _blanks_after(area: Floats, earlier: Floats, is_blank: Bools) -> tuple[Ints, Ints]:
    """Return the indices of the blanks after a large area, and of those after next to none."""
    is_usable = is_blank & np.isfinite(area) & np.isfinite(earlier)
    largest = earlier[is_usable].max(initial=0.0)
    after_high = is_usable & (earlier >= _HIGH_SHARE * largest) & (largest > 0)
    after_low = is_usable & (earlier <= _LOW_SHARE * largest)
    return np.flatnonzero(after_high), np.flatnonzero(after_low)


def possible_carry_over_share(
    share: float, highest_area: Floats, earlier: Floats, is_blank: Bools
) -> float:
    """Return the carry-over that may be, as a fraction of the injection before.

    A clear share may be larger by two of its standard deviations between runs. Otherwise it is at
    most what the blanks after a large area hold, and at most 1 % where none shows less.

    Parameters
    ----------
    share : float
        See `carry_over_share`.
    highest_area : array of shape (n,)
        The largest area that each run may hold, in count·s: two standard deviations above that of
        its peak, or its limit of detection; NaN where it is not known.
    earlier, is_blank : arrays of shape (n,)
        As for `carry_over_share`.
    """
    if share > 0:
        return share * (1 + 2 * _CARRY_OVER_SCATTER)
    after_high, _ = _blanks_after(highest_area, earlier, is_blank)
    if after_high.size == 0:
        return _POSSIBLE_SHARE
    seen = float(highest_area[after_high].mean() / earlier[after_high].mean())
    return min(seen, _POSSIBLE_SHARE)


def may_be_carried_over(possible_share: float, area: Floats, earlier: Floats) -> Bools:
    """Return where more than 20 % of an area may be carry-over.

    After an injection of which nothing is known, the largest area of the batch counts.

    Parameters
    ----------
    area, earlier : arrays of shape (n,)
        In count·s; NaN where it is not known. An area that is not above 0 is not flagged.
    """
    largest = np.nanmax(area, initial=0.0)
    before = np.where(np.isnan(earlier), largest, earlier)
    with np.errstate(invalid="ignore"):
        return np.asarray((area > 0) & (possible_share * before > _FLAGGED_POSSIBLE_SHARE * area))


def carried_over(share: float, earlier: Floats) -> tuple[Floats, Floats]:
    """Return the area that each injection has from the one before, in count·s, and its variance.

    The share is assumed to vary between runs by 30 % (one standard deviation). Nothing is
    carried over from an injection of which nothing is known.
    """
    carried = share * np.nan_to_num(earlier)
    return carried, (_CARRY_OVER_SCATTER * carried) ** 2


def unlabelled_share(zero_ratio: Floats, zero_variance: Floats) -> float:
    """Return the response of the unlabelled impurity of a standard; 0 unless it is clear.

    It is the mean response of the zero samples, if that is above four of its standard errors.

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
    return mean if mean > _CLEAR_SD * error else 0.0


def isotopes_in_standard(
    share: float, area: Floats, borders_s: tuple[Floats, Floats], standard_apex_s: Floats
) -> Floats:
    """Return the area of the natural isotopes of an analyte under its standard, in count·s.

    They are counted where the apex of the standard lies between the borders of the analyte's
    peak; 0 where either has no peak.

    Parameters
    ----------
    share : float
        Abundance of the isotopes in the m/z window of the standard, divided by that of the
        measured ion (`isotopes.isotope_share`).
    area, standard_apex_s : arrays of shape (n,)
    borders_s : two arrays of shape (n,)
        Left and right border of the analyte's peak.
    """
    is_overlapping = (borders_s[0] <= standard_apex_s) & (standard_apex_s <= borders_s[1])
    return np.where(is_overlapping, share * np.nan_to_num(area), 0.0)
