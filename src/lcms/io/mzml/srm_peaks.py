"""The transitions of an SRM run with their highest points, before anything is integrated."""

import re
from pathlib import Path
from typing import Final, NamedTuple

from lcms.io.mzml.reader import read_run
from lcms.model import NOTHING, Need, Scan, SrmChromatogram, Wanted

_NAME: Final = re.compile(r"\bname=(.+?)(?=\s+\w+=|$)")  # as msconvert writes that of SCIEX


class SrmPeak(NamedTuple):
    """A transition, its name if the file gives one, and its highest point.

    m/z in Th, `height` in counts, `time_s` in seconds.
    """

    precursor_mz: float
    product_mz: float
    polarity: int
    name: str | None
    height: float
    time_s: float


class _Peaks:
    """Notes each chromatogram with its highest point."""

    def __init__(self) -> None:
        self.peaks: list[SrmPeak] = []

    def need(self, head: Scan) -> Need:
        """Need no points of scans."""
        del head
        return NOTHING

    def take_scan(self, scan: Scan) -> None:
        """Ignore scans."""

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        """Note a transition."""
        if not chromatogram.intensity.size:
            return
        apex = int(chromatogram.intensity.argmax())
        name = _NAME.search(chromatogram.native_id)
        self.peaks.append(
            SrmPeak(
                chromatogram.precursor_mz,
                chromatogram.product_mz,
                chromatogram.polarity,
                name[1].strip() if name else None,
                float(chromatogram.intensity[apex]),
                float(chromatogram.retention_time_s[apex]),
            )
        )


def read_srm_peaks(path: Path) -> list[SrmPeak]:
    """Return the transitions of a run in the order of the file.

    Raises
    ------
    MzmlError
        If the run cannot be read.
    """
    _, visitor = read_run(path, _Peaks, Wanted(chromatograms=True, bare_unit_s=1.0))
    return visitor.peaks
