"""Takes what a reader of mzML hands on, and keeps it."""

import numpy as np

from lcms.model import Need, Scan, SrmChromatogram


class Keeping:
    """Keeps all that it is given, up to an m/z."""

    def __init__(self, highest_mz: float = np.inf) -> None:
        self.scans: list[Scan] = []
        self.chromatograms: list[SrmChromatogram] = []
        self._highest_mz = highest_mz

    def need(self, _: Scan) -> Need:
        return Need(self._highest_mz)

    def take_scan(self, scan: Scan) -> None:
        self.scans.append(scan)

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        self.chromatograms.append(chromatogram)
