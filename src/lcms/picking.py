"""pyOpenMS's pickers behind arrays.

Every input is checked first: pyOpenMS ignores some wrong inputs and crashes on others.
"""

from dataclasses import replace
from functools import lru_cache
from itertools import compress
from typing import Final

import numpy as np
import pyopenms

from lcms.model import Floats, PickedPeak, Scan
from lcms.numerics.peak.noise import SMOOTHED_POINTS
from lcms.numerics.peak.picked_borders import BORDER_ROUNDING_S

# The smoothing Gaussian reaches over so many distances of scans, at least: in real DDA runs with
# points 3.4 s apart 13 of 27 clear peaks are lost at 1.5 distances, none at 2.4. The distance is
# that which nine in ten do not exceed.
_LEAST_WIDTH_DISTANCES: Final = 2.5
_COMMON_DISTANCE_SHARE: Final = 0.9
# The smoothing Gaussian has a standard deviation of an eighth of its width; at a width of eight
# distances five points have 98 % of its weight.
_POINTS_PER_DISTANCE: Final = 5 / 8
_WIDTH_DECIMALS: Final = 1  # of the width, s: a picker is made for each
_BEYOND_WIDTHS: Final = 2.0  # of zeros at each end: more than the Gaussian reaches
_MIN_POINTS: Final = 5  # the pickers return nothing for fewer
# By how much each point of a level top is raised, relative to the one before it, up to the middle:
# seen by the picker (float32 has seven digits), and no area of another peak. Chosen by judgement.
_TOP_RISE: Final = 1e-4
_FLANK_PPM: Final = 60.0  # several widths of a centroid at a resolution of 35,000; by judgement
_WHOLE_SCAN_MZ: Final = np.array([[0.0, np.inf]])


def centroid_windows(mz: Floats, intensity: Floats, windows_mz: Floats) -> tuple[Floats, Floats]:
    """Return the centroids of a profile scan in and around the given m/z windows.

    Parameters
    ----------
    mz, intensity : arrays of shape (n,)
        Profile points, m/z in Th, ascending.
    windows_mz : array of shape (k, 2)
        Lowest and highest m/z in Th. Points up to 60 ppm beyond are picked too, so that a peak
        at the edge of a window is whole.

    Returns
    -------
    tuple of two arrays of shape (m,)
        m/z (Th, ascending) and intensities (counts) of the apexes, by `PeakPickerHiRes`, which
        sees none in a level top: of a saturated peak, or of two equal points of whole counts.
    """
    flank = windows_mz * (_FLANK_PPM * 1e-6)
    starts = mz.searchsorted(windows_mz[:, 0] - flank[:, 0], side="left")
    ends = mz.searchsorted(windows_mz[:, 1] + flank[:, 1], side="right")
    is_held = ends > starts
    if np.sum(ends - starts) < _MIN_POINTS:
        return np.empty(0), np.empty(0)
    near = np.zeros(mz.size, dtype=bool)
    for start, end in zip(starts[is_held].tolist(), ends[is_held].tolist(), strict=True):
        near[start:end] = True
    if np.count_nonzero(near) < _MIN_POINTS:
        return np.empty(0), np.empty(0)
    spectrum, picked = pyopenms.MSSpectrum(), pyopenms.MSSpectrum()
    spectrum.set_peaks((mz[near], with_pointed_tops(intensity[near]).astype(np.float32)))
    _centroid_picker().pick(spectrum, picked)
    picked_mz, picked_intensity = picked.get_peaks()
    return np.asarray(picked_mz, dtype=float), np.asarray(picked_intensity, dtype=float)


@lru_cache(maxsize=1)
def _centroid_picker() -> pyopenms.PeakPickerHiRes:
    """Return the picker of centroids; to make one takes as long as to pick a scan."""
    return pyopenms.PeakPickerHiRes()


def centroided(scan: Scan) -> Scan:
    """Return a profile scan with its centroids in place of its points."""
    mz, intensity = centroid_windows(scan.mz, scan.intensity, _WHOLE_SCAN_MZ)
    return scan._replace(mz=mz, intensity=intensity)


def find_peaks(
    retention_time_s: Floats, intensity: Floats, expected_fwhm_s: float
) -> tuple[list[PickedPeak], Floats]:
    """Return the picked peaks of a chromatogram and its smoothed intensities.

    `PeakPickerChromatogram` smooths with a Gaussian of width `expected_fwhm_s` (its default of
    50 s merges isomers, Savitzky-Golay splits weak peaks) and cuts at the valleys. It loses
    peaks about sixty times smaller than another one of the chromatogram. Therefore it picks on
    the square root of the intensities. It sees no peak without a highest point, as where a
    detector is saturated, or where an apex lies midway between two scans.

    Where scans are far apart, the Gaussian is as wide as 2.5 of their distances: in a narrower one
    a point has no neighbour, and the smoothed curve vanishes. The picker sees no peak at an end
    of a chromatogram; therefore it is shown zeros beyond both ends. A peak whose highest point is
    the first or the last of all is a slope without an apex and is left out.

    Parameters
    ----------
    retention_time_s, intensity : arrays of shape (n,)
        Times in seconds, strictly ascending; intensities in counts, finite.
    expected_fwhm_s : float
        Width of a usual peak at half height, seconds.

    Returns
    -------
    tuple of a list and an array of shape (n,)
        The picked peaks in order of time (none for fewer than five points, or without an
        intensity above 0), and the smoothed intensities in counts.
    """
    if retention_time_s.size < _MIN_POINTS or not np.any(intensity > 0):
        return [], np.array(intensity, dtype=float)
    distance_s = _distance_s(retention_time_s)
    width_s = _width_s(distance_s, expected_fwhm_s)
    picker = _picker(round(width_s, _WIDTH_DECIMALS))
    _, smooth = _picked(picker, retention_time_s, intensity)
    root = with_pointed_tops(np.sqrt(np.clip(intensity, 0.0, None)))
    beyond_s = distance_s * np.arange(1, 1 + round(_BEYOND_WIDTHS * width_s / distance_s))
    start_s, end_s = retention_time_s[[0, -1]]
    picked, _ = _picked(
        picker,
        np.concatenate([start_s - beyond_s[::-1], retention_time_s, end_s + beyond_s]),
        np.pad(root, beyond_s.size),
    )
    peaks = [
        replace(peak, left_s=max(peak.left_s, start_s), right_s=min(peak.right_s, end_s))
        for peak in _peaks(picked)
    ]
    has_apex = [_has_apex(peak, retention_time_s, intensity) for peak in peaks]
    return list(compress(peaks, has_apex)), np.clip(smooth, 0.0, None)


def with_pointed_tops(intensity: Floats) -> Floats:
    """Return intensities with one highest point in each level stretch between lower points.

    Parameters
    ----------
    intensity : array of shape (n,)
        At least 0.
    """
    if not np.any((intensity[1:] == intensity[:-1]) & (intensity[1:] > 0)):
        return intensity  # as nearly always
    starts = np.flatnonzero(np.diff(intensity, prepend=-1.0))
    sizes = np.diff(starts, append=intensity.size)
    rises = np.diff(intensity[starts], prepend=np.inf, append=np.inf) > 0
    is_top = rises[:-1] & ~rises[1:] & (sizes > 1)
    middle = starts + (sizes - 1) // 2
    steps = np.repeat(middle - starts + 1, sizes) - np.abs(
        np.arange(intensity.size) - np.repeat(middle, sizes)
    )
    return np.asarray(intensity * (1.0 + _TOP_RISE * steps * np.repeat(is_top, sizes)))


def points_averaged(retention_time_s: Floats, expected_fwhm_s: float) -> float:
    """Return how many points the smoothing of `find_peaks` averages, about; at most five."""
    if retention_time_s.size < _MIN_POINTS:
        return SMOOTHED_POINTS
    distance_s = _distance_s(retention_time_s)
    distances = _width_s(distance_s, expected_fwhm_s) / distance_s
    return min(SMOOTHED_POINTS, _POINTS_PER_DISTANCE * distances)


def _distance_s(retention_time_s: Floats) -> float:
    return float(np.quantile(np.diff(retention_time_s), _COMMON_DISTANCE_SHARE))


def _width_s(distance_s: float, expected_fwhm_s: float) -> float:
    return max(expected_fwhm_s, _LEAST_WIDTH_DISTANCES * distance_s)


def _peaks(picked: pyopenms.MSChromatogram) -> list[PickedPeak]:
    """Return what a picker returned, in order of time."""
    apexes = np.asarray(picked.get_peaks()[0], dtype=float)
    widths = {array.getName(): array.get_data() for array in picked.getFloatDataArrays()}
    borders = zip(apexes, widths["leftWidth"], widths["rightWidth"], strict=True)
    peaks = [PickedPeak(float(apex), float(left), float(right)) for apex, left, right in borders]
    return sorted(peaks, key=lambda peak: peak.apex_s)


def _has_apex(peak: PickedPeak, retention_time_s: Floats, intensity: Floats) -> bool:
    """Tell whether the highest point of a peak is neither the first nor the last of all."""
    first = int(np.searchsorted(retention_time_s, peak.left_s - BORDER_ROUNDING_S))
    end = int(np.searchsorted(retention_time_s, peak.right_s + BORDER_ROUNDING_S))
    if first >= end:
        return False
    highest = first + int(np.argmax(intensity[first:end]))
    return 0 < highest < retention_time_s.size - 1


def _picked(
    picker: pyopenms.PeakPickerChromatogram, retention_time_s: Floats, intensity: Floats
) -> tuple[pyopenms.MSChromatogram, Floats]:
    """Return the picked peaks and the smoothed intensities, counts."""
    chromatogram, picked, smoothed = (pyopenms.MSChromatogram() for _ in range(3))
    chromatogram.set_peaks((retention_time_s, intensity.astype(np.float32)))
    picker.pickChromatogram(chromatogram, picked, smoothed)
    return picked, np.asarray(smoothed.get_peaks()[1], dtype=float)


@lru_cache(maxsize=64)
def _picker(expected_fwhm_s: float) -> pyopenms.PeakPickerChromatogram:
    picker = pyopenms.PeakPickerChromatogram()
    parameters = picker.getParameters()
    changes: dict[str, bool | float | str] = {
        "use_gauss": True,
        "gauss_width": float(expected_fwhm_s),
        "signal_to_noise": 0.0,
        "remove_overlapping_peaks": False,
        "method": "corrected",
    }
    for key, value in changes.items():
        if not parameters.exists(key):  # pyOpenMS only warns of an unknown key
            raise KeyError(key)
        parameters.setValue(key, value)
    picker.setParameters(parameters)
    return picker
