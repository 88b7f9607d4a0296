"""Centroids in m/z windows, one centroid of each scan, points of a chromatogram by time."""

import numpy as np

from lcms.model import Chromatogram, Floats, Ints


def centroids_in_windows(
    mz: Floats, intensity: Floats, windows_mz: Floats
) -> tuple[Ints, Floats, Floats]:
    """Return the centroids of one scan that lie in the m/z window of an ion.

    Parameters
    ----------
    mz, intensity : arrays of shape (n,)
        One scan, m/z in Th, ascending.
    windows_mz : array of shape (k, 2)
        Lowest m/z of each ion, and the first above its window; they may overlap.

    Returns
    -------
    tuple of three arrays of shape (m,)
        Index of the ion, m/z (Th), intensity (counts); ordered by ion, then m/z.
    """
    starts, ends = mz.searchsorted(windows_mz).T
    counts = ends - starts
    (ions,) = counts.nonzero()
    starts, counts = starts[ions], counts[ions]
    points = starts
    if counts.size and counts.max() > 1:
        ions = ions.repeat(counts)
        within = np.arange(ions.size) - (counts.cumsum() - counts).repeat(counts)
        points = starts.repeat(counts) + within
    return ions, mz[points], intensity[points]


def nearest_centroids(
    scans: Ints, error_ppm: Floats, intensity: Floats, n_scans: int
) -> tuple[Floats, Floats]:
    """Return for each scan the centroid with the smallest m/z error.

    Parameters
    ----------
    scans, error_ppm, intensity : arrays of shape (m,)
        Scan index, m/z error in ppm and intensity in counts of the centroids of one ion.
    n_scans : int
        Number of scans of the run.

    Returns
    -------
    tuple of two arrays of shape (n_scans,)
        Intensity in counts, 0 where a scan has none, and m/z error in ppm, NaN there.
    """
    return _one_per_scan(np.abs(error_ppm), scans, error_ppm, intensity, n_scans)


def strongest_centroids(
    scans: Ints, error_ppm: Floats, intensity: Floats, n_scans: int
) -> tuple[Floats, Floats]:
    """Return for each scan the centroid of highest intensity; else as `nearest_centroids`."""
    return _one_per_scan(-intensity, scans, error_ppm, intensity, n_scans)


def _one_per_scan(
    rank: Floats, scans: Ints, error_ppm: Floats, intensity: Floats, n_scans: int
) -> tuple[Floats, Floats]:
    """Return for each scan the centroid of lowest rank; else as `nearest_centroids`."""
    worst_first = np.argsort(-rank, kind="stable")
    heights, errors = np.zeros(n_scans), np.full(n_scans, np.nan)
    heights[scans[worst_first]] = intensity[worst_first]
    errors[scans[worst_first]] = error_ppm[worst_first]
    return heights, errors


def cut(chromatogram: Chromatogram, start_s: float, end_s: float) -> Chromatogram:
    """Return the points with start_s <= time <= end_s, seconds."""
    time_s = chromatogram.retention_time_s
    inside = slice(
        int(np.searchsorted(time_s, start_s, side="left")),
        int(np.searchsorted(time_s, end_s, side="right")),
    )
    return Chromatogram(
        time_s[inside],
        chromatogram.intensity[inside],
        chromatogram.centroid_error_ppm[inside],
        chromatogram.hidden[inside],
    )


def around(chromatogram: Chromatogram, times_s: Floats, reach_s: float) -> Chromatogram:
    """Return the points from `reach_s` before the first to `reach_s` after the last time, s."""
    return cut(chromatogram, float(times_s.min()) - reach_s, float(times_s.max()) + reach_s)
