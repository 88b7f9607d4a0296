"""Centroids in m/z windows, one centroid of each scan, points of a chromatogram by time."""

from collections.abc import Sequence

import numpy as np

from lcms.model import Chromatogram, Floats, Ints


def centroids_in_windows(
    scans: Sequence[tuple[Floats, Floats]], windows_mz: Floats
) -> tuple[Ints, Ints, Floats, Floats]:
    """Return the centroids of scans that lie in the m/z window of an ion.

    Parameters
    ----------
    scans : sequence of two arrays of shape (n,)
        m/z (Th, ascending) and intensities of each scan; at least one.
    windows_mz : array of shape (k, 2)
        Lowest m/z of each ion, and the first above its window; they may overlap.

    Returns
    -------
    tuple of four arrays of shape (m,)
        Index of the scan, index of the ion, m/z (Th), intensity (counts); in this order.
    """
    edges = np.array([mz.searchsorted(windows_mz) for mz, _ in scans])
    sizes = np.array([mz.size for mz, _ in scans])
    counts = edges[..., 1] - edges[..., 0]
    of_scan, ion = counts.nonzero()
    points = edges[of_scan, ion, 0] + (sizes.cumsum() - sizes)[of_scan]
    counts = counts[of_scan, ion]
    if counts.size and counts.max() > 1:
        within = np.arange(counts.sum()) - (counts.cumsum() - counts).repeat(counts)
        points = points.repeat(counts) + within
        of_scan, ion = of_scan.repeat(counts), ion.repeat(counts)
    mz, intensity = map(np.concatenate, zip(*scans, strict=True))
    return of_scan, ion, mz[points], intensity[points]


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
        int(time_s.searchsorted(start_s, side="left")),
        int(time_s.searchsorted(end_s, side="right")),
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
