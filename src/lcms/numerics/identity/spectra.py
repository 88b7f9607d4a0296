"""Product-ion spectra compared: with the m/z of expected ions, and with other spectra."""

from typing import Final

import numpy as np

from lcms.model import Bools, Floats

CLEAR_SHARE: Final = 0.01  # of the base peak: lower peaks are often noise; chosen by judgement
# Li et al. (2021): below 3 nat a spectrum is weighted with the exponent 0.25 + 0.25 entropy.
_LOW_ENTROPY_NAT: Final = 3.0
_LEAST_EXPONENT: Final = 0.25


def seen_ions(
    mz: Floats, intensity: Floats, wanted_mz: Floats, tolerance_ppm: float, least_share: float
) -> Bools:
    """Return which ions a spectrum holds, shape (k,).

    Parameters
    ----------
    mz, intensity : arrays of shape (n,)
        Th, ascending; counts.
    wanted_mz : array of shape (k,)
        Th.
    tolerance_ppm : float
    least_share : float
        Of the base peak: lower peaks do not count.
    """
    clear = mz[intensity >= least_share * intensity.max(initial=0.0)]
    low = np.searchsorted(clear, wanted_mz * (1 - tolerance_ppm * 1e-6), side="left")
    high = np.searchsorted(clear, wanted_mz * (1 + tolerance_ppm * 1e-6), side="right")
    return np.asarray(high > low)


def matched_peaks(
    first_mz: Floats, second_mz: Floats, weight: Floats, tolerance_ppm: float
) -> list[tuple[int, int]]:
    """Return the pairs of peaks of two spectra that are one ion, each peak in one pair at most.

    Greedily, the pair of the highest weight first.

    Parameters
    ----------
    first_mz, second_mz : arrays of shape (n,) and (m,)
        Th.
    weight : array of shape (n, m)
    tolerance_ppm : float
    """
    near = np.abs(first_mz[:, None] / second_mz - 1) * 1e6 <= tolerance_ppm
    pairs = np.argwhere(near)
    order = np.argsort(-weight[near], kind="stable")
    matches: dict[int, int] = {}
    for first, second in pairs[order]:
        if first not in matches and second not in matches.values():
            matches[int(first)] = int(second)
    return list(matches.items())


def cosine_similarity(
    first: tuple[Floats, Floats], second: tuple[Floats, Floats], tolerance_ppm: float
) -> tuple[float, int]:
    """Return the cosine of the square roots of two spectra, and how many peaks match.

    Parameters
    ----------
    first, second : pairs of arrays
        m/z in Th and intensity of each spectrum.
    tolerance_ppm : float

    Returns
    -------
    tuple of float and int
        0 to 1; the number of peaks that both have.

    References
    ----------
    Stein and Scott, J. Am. Soc. Mass Spectrom. 5 (1994) 859,
    https://doi.org/10.1016/1044-0305(94)87009-8.
    """
    (first_mz, first_counts), (second_mz, second_counts) = first, second
    a, b = np.sqrt(first_counts), np.sqrt(second_counts)
    norm = float(np.sqrt(np.sum(a**2) * np.sum(b**2)))
    if norm == 0.0:
        return 0.0, 0
    product = np.outer(a, b)
    pairs = matched_peaks(first_mz, second_mz, product, tolerance_ppm)
    return float(sum(product[pair] for pair in pairs)) / norm, len(pairs)


def entropy_similarity(
    first: tuple[Floats, Floats], second: tuple[Floats, Floats], tolerance_ppm: float
) -> float:
    """Return the spectral entropy similarity of two spectra, 0 to 1; as `cosine_similarity`.

    References
    ----------
    Li et al., Nature Methods 18 (2021) 1524, https://doi.org/10.1038/s41592-021-01331-z.
    """
    (first_mz, first_counts), (second_mz, second_counts) = first, second
    if first_counts.sum() == 0 or second_counts.sum() == 0:
        return 0.0
    a, b = _weighted(first_counts), _weighted(second_counts)
    pairs = matched_peaks(first_mz, second_mz, np.outer(a, b), tolerance_ppm)
    mixed_a, mixed_b = a / 2, b / 2
    for first_peak, second_peak in pairs:
        mixed_a[first_peak] += mixed_b[second_peak]
        mixed_b[second_peak] = 0.0
    mixed = entropy(np.concatenate([mixed_a, mixed_b]))
    return 1.0 - (2.0 * mixed - entropy(a) - entropy(b)) / float(np.log(4.0))


def _weighted(intensity: Floats) -> Floats:
    """Return the shares of the peaks; in a spectrum of low entropy small peaks are raised."""
    share = intensity / intensity.sum()
    nat = entropy(share)
    if nat < _LOW_ENTROPY_NAT:
        share = share ** (_LEAST_EXPONENT + _LEAST_EXPONENT * nat)
        share = share / share.sum()
    return np.asarray(share)


def entropy(share: Floats) -> float:
    """Return the Shannon entropy of shares that add up to 1, in nat."""
    positive = share[share > 0]
    return float(-np.sum(positive * np.log(positive)))


def purity(
    mz: Floats,
    intensity: Floats,
    isolation_mz: tuple[float, float],
    precursor_mz: float,
    tolerance_ppm: float,
) -> float:
    """Return the share of a precursor in the intensity of an isolation window.

    Parameters
    ----------
    mz, intensity : arrays of shape (n,)
        The MS1 scan before; Th and counts.
    isolation_mz : tuple of float
        Edges of the window, Th.
    precursor_mz : float
        Th.
    tolerance_ppm : float
        Half-width of the m/z window of the precursor.

    Returns
    -------
    float
        0 to 1; NaN where the window is empty.
    """
    inside = (mz >= isolation_mz[0]) & (mz <= isolation_mz[1])
    total = float(intensity[inside].sum())
    if total == 0.0:
        return float("nan")
    precursor = inside & (np.abs(mz / precursor_mz - 1) * 1e6 <= tolerance_ppm)
    return float(intensity[precursor].sum()) / total
