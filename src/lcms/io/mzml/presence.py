"""Whether a run holds ions of given m/z at all, at any time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from lcms.io.mzml.reader import read_run
from lcms.model import Need, Scan, SrmChromatogram, Wanted

# Scans in turn that show an ion: noise hits a window of some ppm seldom twice. By judgement.
_LEAST_SCANS: Final = 5


class _Stretches:
    """Counts for each m/z window the scans in turn that hold an ion in it."""

    def __init__(self, windows_mz: np.ndarray) -> None:
        self._windows_mz = windows_mz
        self._length = np.zeros(len(windows_mz), dtype=np.int64)
        self.longest = self._length.copy()

    def need(self, head: Scan) -> Need:
        """Need the windows of every MS1 scan."""
        del head
        return Need(float(self._windows_mz.max()), self._windows_mz)

    def take_scan(self, scan: Scan) -> None:
        """Note which windows hold an intensity."""
        mz = scan.mz[scan.intensity > 0] if scan.intensity.size == scan.mz.size else scan.mz[:0]
        starts, ends = mz.searchsorted(self._windows_mz).T
        self._length = np.where(ends > starts, self._length + 1, 0)
        self.longest = np.maximum(self.longest, self._length)

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        """Ignore SRM."""


def are_present(path: Path, mz: Sequence[float], tolerance_ppm: float) -> list[bool]:
    """Return for each m/z (Th) whether MS1 scans in turn show an ion there.

    Raises
    ------
    MzmlError
        If the run cannot be read.
    """
    centres = np.array(mz)
    windows_mz = np.outer(centres, [1 - tolerance_ppm * 1e-6, 1 + tolerance_ppm * 1e-6])
    order = np.argsort(centres)
    _, stretches = read_run(path, lambda: _Stretches(windows_mz[order]), Wanted(bare_unit_s=1.0))
    present = np.empty(len(centres), dtype=bool)
    present[order] = stretches.longest >= _LEAST_SCANS
    return [bool(one) for one in present]
