"""pyOpenMS's pickers behind arrays.

Every call is guarded: pyOpenMS answers some inputs with silence and some with a segmentation
fault.
"""

from functools import lru_cache
from typing import Final

import numpy as np
import pyopenms

from lcms.model import Floats, PickedPeak, Scan

_MIN_POINTS: Final = 5
_FLANK_PPM: Final = 60.0
_WHOLE_SCAN: Final = np.array([[0.0, np.inf]])  # Th


def centroid_windows(mz: Floats, intensity: Floats, windows_mz: Floats) -> tuple[Floats, Floats]:
    """Return the centroids of a profile scan in and around the given m/z windows.

    Parameters
    ----------
    mz, intensity : arrays of shape (n,)
        Profile points, m/z in Th, ascending.
    windows_mz : array of shape (k, 2)
        Low and high m/z in Th. Points some widths beyond them are picked too, so that a peak
        at the edge of a window is seen whole.

    Returns
    -------
    tuple of two arrays of shape (m,)
        m/z in Th, ascending, and intensities in counts of the apexes (`PeakPickerHiRes`).
    """
    flank = windows_mz * (_FLANK_PPM * 1e-6)
    starts = np.searchsorted(mz, windows_mz[:, 0] - flank[:, 0], side="left")
    ends = np.searchsorted(mz, windows_mz[:, 1] + flank[:, 1], side="right")
    wanted = np.zeros(mz.size + 1, dtype=np.int64)
    np.add.at(wanted, starts, 1)
    np.add.at(wanted, ends, -1)
    near = np.cumsum(wanted[:-1]) > 0
    if np.count_nonzero(near) < _MIN_POINTS:
        return np.empty(0), np.empty(0)
    spectrum, picked = pyopenms.MSSpectrum(), pyopenms.MSSpectrum()
    spectrum.set_peaks((mz[near], intensity[near].astype(np.float32)))
    pyopenms.PeakPickerHiRes().pick(spectrum, picked)
    picked_mz, picked_intensity = picked.get_peaks()
    return np.asarray(picked_mz, dtype=float), np.asarray(picked_intensity, dtype=float)


def centroided(scan: Scan) -> Scan:
    """Return a profile scan with its centroids instead of its points."""
    mz, intensity = centroid_windows(scan.mz, scan.intensity, _WHOLE_SCAN)
    return scan._replace(mz=mz, intensity=intensity)


def find_candidates(
    retention_time_s: Floats, intensity: Floats, expected_fwhm_s: float
) -> tuple[list[PickedPeak], Floats]:
    """Return the candidate peaks of a chromatogram and its smoothed intensities.

    `PeakPickerChromatogram` smooths by a Gaussian as wide as `expected_fwhm_s` (its own default
    of 50 s merges isomers, Savitzky-Golay splits weak peaks) and cuts at the valleys. It
    loses peaks some sixty times smaller than another of the same chromatogram, so it picks on
    the square root of the intensities.

    Parameters
    ----------
    retention_time_s, intensity : arrays of shape (n,)
        Times in seconds, strictly ascending; intensities in counts, finite.
    expected_fwhm_s : float
        Width of a usual peak at half height, seconds.

    Returns
    -------
    tuple of a list and an array of shape (n,)
        The candidates in order of time (none for fewer than five points or no signal), and
        the smoothed intensities in counts.
    """
    if retention_time_s.size < _MIN_POINTS or not np.any(intensity > 0):
        return [], np.array(intensity, dtype=float)
    picker = _picker(expected_fwhm_s)
    _, smooth = _picked(picker, retention_time_s, intensity)
    picked, _ = _picked(picker, retention_time_s, np.sqrt(np.clip(intensity, 0.0, None)))
    apexes = np.asarray(picked.get_peaks()[0], dtype=float)
    widths = {array.getName(): array.get_data() for array in picked.getFloatDataArrays()}
    borders = zip(apexes, widths["leftWidth"], widths["rightWidth"], strict=True)
    candidates = [PickedPeak(float(a), float(left), float(right)) for a, left, right in borders]
    return sorted(candidates, key=lambda candidate: candidate.apex_s), np.clip(smooth, 0.0, None)


def _picked(
    picker: pyopenms.PeakPickerChromatogram, retention_time_s: Floats, intensity: Floats
) -> tuple[pyopenms.MSChromatogram, Floats]:
    """Return the picked peaks and the smoothed intensities."""
    chromatogram, picked, smoothed = (pyopenms.MSChromatogram() for _ in range(3))
    chromatogram.set_peaks((retention_time_s, intensity.astype(np.float32)))
    picker.pickChromatogram(chromatogram, picked, smoothed)
    return picked, np.asarray(smoothed.get_peaks()[1], dtype=float)


@lru_cache(maxsize=1)
def _picker(expected_fwhm_s: float) -> pyopenms.PeakPickerChromatogram:
    picker = pyopenms.PeakPickerChromatogram()
    settings = picker.getParameters()
    wanted: dict[str, bool | float | str] = {
        "use_gauss": True,
        "gauss_width": float(expected_fwhm_s),
        "signal_to_noise": 0.0,
        "remove_overlapping_peaks": False,
        "method": "corrected",
    }
    for key, value in wanted.items():
        if not settings.exists(key):  # pyOpenMS takes unknown keys with a mere warning
            raise KeyError(key)
        settings.setValue(key, value)
    picker.setParameters(settings)
    return picker
