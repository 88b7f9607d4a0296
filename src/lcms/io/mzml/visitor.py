"""The gate between the readers of mzML and the code that uses the scans.

Every reader hands its scans to this gate, which counts them and refuses wrong ones.
"""

from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from lcms.errors import MzmlError
from lcms.model import WHOLE, Need, RunFacts, Scan, SrmChromatogram, Wanted
from lcms.numerics.chromatogram.profile import looks_profile

# After this many scans the declared kind, profile or centroid, is believed. Chosen by judgement.
_MOST_SCANS_EXAMINED: Final = 200
# Scans of ascending time; in shuffled scans none is that long. Chosen by judgement.
_LONG_STRETCH_SCANS: Final = 10


class Visitor(Protocol):
    """Takes the scans and chromatograms of a run one at a time, in the order of the file."""

    def need(self, head: Scan) -> Need:
        """Return which points of a scan are needed; it is called before they are decoded.

        A scan whose points are not needed is handed on without any.
        """

    def take_scan(self, scan: Scan) -> None:
        """Take a scan."""

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        """Take an SRM chromatogram."""


class Gate:
    """Counts spectra and chromatograms, checks the wanted ones and hands them to a visitor."""

    def __init__(self, path: Path, visitor: Visitor, wanted: Wanted) -> None:
        self._path = path
        self._visitor = visitor
        self._wanted = wanted
        self._order = _Order()
        self._kinds = _Kinds()
        self._is_widened = False  # whether more of the next scan is read than the visitor needs
        self._n_of_level: dict[int, int] = {}
        self._n_chromatograms = 0
        self._polarities: set[int] = set()

    @property
    def bare_unit_s(self) -> float:
        """Return the unit, in seconds, of times without a unit; 0 if such files are refused."""
        return self._wanted.bare_unit_s

    @property
    def precursors_mz(self) -> tuple[float, ...]:
        """Return the precursors (Th) whose MS2 scans have their offsets noted."""
        return self._wanted.precursors_mz

    @property
    def n_spectra(self) -> int:
        """Return the number of spectra so far."""
        return sum(self._n_of_level.values())

    def unit_s(self, has_units: frozenset[bool]) -> float:
        """Return the factor for times that pyOpenMS has read as seconds.

        Parameters
        ----------
        has_units : frozenset of bool
            True: some times have a unit. False: some have none.

        Raises
        ------
        MzmlError
            If times have no unit and none is configured, or only some of them have one.
        """
        if False not in has_units:
            return 1.0
        if not self.bare_unit_s:
            raise MzmlError(
                f"{self._path}: scan start times have no unit (second or minute); convert the raw "
                "file again with a current msconvert or ThermoRawFileParser, or state the unit "
                "in `extraction.unit_of_bare_times`"
            )
        if True in has_units:
            raise MzmlError(f"{self._path}: some times have a unit and some have none")
        return self.bare_unit_s

    def wants_level(self, level: int) -> bool:
        """Count a spectrum of an MS level (0: an optical one); return whether it is wanted."""
        self._n_of_level[level] = self._n_of_level.get(level, 0) + 1
        return level in self._wanted.levels

    def wants_chromatogram(self, *, is_srm: bool) -> bool:
        """Count a chromatogram; return whether it is wanted."""
        self._n_chromatograms += 1
        return is_srm and self._wanted.chromatograms

    def need(self, head: Scan) -> Need:
        """Return which points of a scan are needed: all until its kind has been judged.

        So the file decides whether a scan is profile data, not the ions that are looked for.
        """
        kind = self._kinds.judged(head)
        if kind is not None:
            is_right = kind == head.is_profile
            return self._visitor.need(head if is_right else head._replace(is_profile=kind))
        need = self._visitor.need(head)
        if need.highest_mz == 0 or not self._kinds.can_judge:
            return need
        self._is_widened = True
        return WHOLE

    def take_scan(self, scan: Scan) -> None:
        """Check a scan and hand it on.

        Raises
        ------
        MzmlError
            If it has no time, or has intensities that are no numbers.
        """
        _check_scan(self._path, scan)
        if scan.ms_level == 1:
            self._polarities.add(scan.polarity)
            self._order.see(scan)
        corrected = self._kinds.corrected(scan)
        if self._is_widened:
            self._is_widened = False
            corrected = _needed(corrected, self._visitor.need(corrected))
        self._visitor.take_scan(corrected)

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        """Hand a chromatogram on."""
        self._visitor.take_chromatogram(chromatogram)

    def facts(self, n_declared: int, start_time: str | None, instrument: str | None) -> RunFacts:
        """Return the facts of the run after its end.

        Raises
        ------
        MzmlError
            If spectra are missing, the file holds several runs, or there is nothing to read.
        """
        n_spectra, n_ms1 = self.n_spectra, self._n_of_level.get(1, 0)
        if n_spectra != n_declared:
            raise MzmlError(
                f"{self._path}: declares {n_declared} spectra and holds {n_spectra}; "
                "the file is damaged or was cut short"
            )
        self._order.check(self._path)
        if n_ms1 == 0 and self._n_chromatograms == 0 and not self._has_wanted():
            raise MzmlError(f"{self._path}: holds neither MS1 scans nor chromatograms")
        return RunFacts(
            start_time=start_time,
            instrument=instrument,
            n_ms1=n_ms1,
            n_ms2=n_spectra - n_ms1 - self._n_of_level.get(0, 0),
            n_chromatograms=self._n_chromatograms,
            polarities=frozenset(self._polarities),
        )

    def _has_wanted(self) -> bool:
        return any(self._n_of_level.get(level) for level in self._wanted.levels)


def _check_scan(path: Path, scan: Scan) -> None:
    """Raise a MzmlError if a scan has no usable time or intensities."""
    time_s = scan.retention_time_s
    if not 0 <= time_s < np.inf:  # pyOpenMS gives -1 where the file names no time
        raise MzmlError(f"{path}: has MS{scan.ms_level} scans without a scan start time")
    if scan.intensity.size and not isfinite(np.add.reduce(scan.intensity)):
        raise MzmlError(f"{path}: the scan at {time_s:g} s has intensities that are no numbers")


def _needed(scan: Scan, need: Need) -> Scan:
    """Return a scan with the points that are needed."""
    n = int(scan.mz.searchsorted(need.highest_mz, side="right"))
    if not need.is_met(scan.mz[:n]):
        n = 0
    return scan._replace(mz=scan.mz[:n], intensity=scan.intensity[:n])


class _Kinds:
    """Corrects the flag of profile and centroid scans by the first scan that shows its kind."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int, bool], bool | None] = {}
        self._n_left = _MOST_SCANS_EXAMINED

    @property
    def can_judge(self) -> bool:
        """Whether further scans are examined."""
        return self._n_left > 0

    def judged(self, head: Scan) -> bool | None:
        """Return whether scans of this level, polarity and flag are profile, None: not judged."""
        return self._seen.get((head.ms_level, head.polarity, head.is_profile))

    def corrected(self, scan: Scan) -> Scan:
        """Return the scan with the kind that scans of its level, polarity and flag have."""
        key = scan.ms_level, scan.polarity, scan.is_profile
        is_profile = self._seen.get(key)
        if is_profile is None and self._n_left:
            self._n_left -= 1
            is_profile = self._seen[key] = looks_profile(scan.mz, scan.intensity)
        if is_profile is None or is_profile == scan.is_profile:
            return scan
        return scan._replace(is_profile=is_profile)


class _Order:
    """Distinguishes scans out of order, which are sorted later, from several runs in one file.

    In several runs, long stretches of ascending time overlap.
    """

    def __init__(self) -> None:
        self._stretches: dict[object, list[list[float]]] = {}

    def see(self, scan: Scan) -> None:
        """Take note of the time of a scan, among those of its polarity and range."""
        stretches = self._stretches.setdefault((scan.polarity, scan.mz_range), [])
        time_s = scan.retention_time_s
        if stretches and time_s >= stretches[-1][1]:
            stretches[-1][1] = time_s
            stretches[-1][2] += 1
            return
        if stretches and stretches[-1][2] < _LONG_STRETCH_SCANS:
            stretches.pop()
        stretches.append([time_s, time_s, 1])

    def check(self, path: Path) -> None:
        """Raise a MzmlError if there are several runs."""
        for stretches in self._stretches.values():
            long = sorted(stretch for stretch in stretches if stretch[2] >= _LONG_STRETCH_SCANS)
            for (start_s, end_s, _), (next_s, next_end_s, _) in pairwise(long):
                if end_s - next_s > min(end_s - start_s, next_end_s - next_s) / 2:
                    raise MzmlError(
                        f"{path}: scan start times begin again at {next_s:g} s; "
                        "was it merged from several runs?"
                    )
