"""When the first and the last scan of a run were acquired."""

from pathlib import Path
from typing import Final, NamedTuple

from lcms.io.mzml.reader import read_run
from lcms.model import NOTHING, Need, Scan, SrmChromatogram, Wanted

_LEVELS: Final = frozenset({1, 2})


class TimeSpan(NamedTuple):
    """The times of the first and the last scan of a run, s."""

    first_s: float
    last_s: float


class _TimeNotes:
    """Notes the times of scans and chromatograms; no point of a scan is decoded for it."""

    def __init__(self) -> None:
        self.seen_s: list[float] = []

    def need(self, head: Scan) -> Need:
        self.seen_s.append(head.retention_time_s)
        return NOTHING

    def take_scan(self, scan: Scan) -> None:
        """Ignore the points."""

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        times_s = chromatogram.retention_time_s
        self.seen_s += [float(times_s[0]), float(times_s[-1])] if times_s.size else []


def read_time_span(path: Path, bare_unit_s: float = 0.0) -> TimeSpan:
    """Return the times of the first and the last scan or chromatogram point of a run.

    Parameters
    ----------
    path : Path
        The whole run is read.
    bare_unit_s : float
        Unit of times for which the file names none, s; 0: such a file is refused.

    Raises
    ------
    MzmlError
        If the run cannot be read, or holds no scan.
    """
    wanted = Wanted(_LEVELS, chromatograms=True, bare_unit_s=bare_unit_s)
    _, times = read_run(path, _TimeNotes, wanted)
    return TimeSpan(min(times.seen_s), max(times.seen_s))
