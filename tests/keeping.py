"""Takes what a reader of mzML hands on, and keeps it."""

import numpy as np

from lcms.model import Floats, Scan, SrmChromatogram


class Keeping:
    """Keeps all that it is given, up to an m/z."""

    def __init__(self, highest_mz: float = np.inf) -> None:
        self.scans: list[Scan] = []
        self.chromatograms: list[SrmChromatogram] = []
        self._highest_mz = highest_mz

    def highest_mz(self, _: Scan) -> float:
        return self._highest_mz

    def needs_intensities(self, _head: Scan, _mz: Floats) -> bool:
        return True

    def take_scan(self, scan: Scan) -> None:
        self.scans.append(scan)

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        self.chromatograms.append(chromatogram)
