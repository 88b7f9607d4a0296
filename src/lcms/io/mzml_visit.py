"""What stands between a reader of mzML and who wants the scans: counts, and refuses what is wrong.

Whatever reads the file, what it hands on goes through one gate.
"""

from pathlib import Path
from typing import Protocol

import numpy as np

from lcms.errors import MzmlError
from lcms.model import RunFacts, Scan, SrmChromatogram, Wanted


class Visitor(Protocol):
    """Takes what a run holds, in the order of the file, one scan or chromatogram at a time."""

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
        self._time_s = 0.0
        self._n_of_level: dict[int, int] = {}
        self._n_chromatograms = 0
        self._polarities: set[int] = set()

    @property
    def bare_unit_s(self) -> float:
        """Return the unit in seconds of times that name none, 0 where these are refused."""
        return self._wanted.bare_unit_s

    @property
    def n_spectra(self) -> int:
        """Return how many spectra were seen."""
        return sum(self._n_of_level.values())

    def unit_s(self, has_units: frozenset[bool]) -> float:
        """Return by what times that pyOpenMS took for seconds are multiplied.

        Parameters
        ----------
        has_units : frozenset of bool
            True: some times have a unit. False: some have none.

        Raises
        ------
        MzmlError
            If times have no unit and none is to be assumed, or some do and some do not.
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
        """Count a spectrum of an MS level (0: of light); return whether it is to be handed on."""
        self._n_of_level[level] = self._n_of_level.get(level, 0) + 1
        return level in self._wanted.levels

    def wants_chromatogram(self, *, is_srm: bool) -> bool:
        """Count a chromatogram; return whether it is to be handed on."""
        self._n_chromatograms += 1
        return is_srm and self._wanted.chromatograms

    def highest_mz(self, head: Scan) -> float:
        """Return up to which m/z in Th the points of a scan are needed."""
        return np.inf if self._wanted.highest_mz is None else self._wanted.highest_mz(head)

    def take_scan(self, scan: Scan) -> None:
        """Check a scan and hand it on.

        Raises
        ------
        MzmlError
            If it has no time, goes back in time, or has intensities that are no numbers.
        """
        _check_scan(self._path, scan, self._time_s)
        self._time_s = scan.retention_time_s
        if scan.ms_level == 1:
            self._polarities.add(scan.polarity)
        self._visitor.take_scan(scan)

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        """Hand a chromatogram on."""
        self._visitor.take_chromatogram(chromatogram)

    def facts(self, n_declared: int, start_time: str | None, instrument: str | None) -> RunFacts:
        """Return the facts of the run after its end.

        Raises
        ------
        MzmlError
            If spectra are missing, or there is nothing to read.
        """
        n_spectra, n_ms1 = self.n_spectra, self._n_of_level.get(1, 0)
        if n_spectra != n_declared:
            raise MzmlError(
                f"{self._path}: declares {n_declared} spectra and holds {n_spectra}; "
                "the file is damaged or was cut short"
            )
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


def _check_scan(path: Path, scan: Scan, time_before_s: float) -> None:
    """Raise a MzmlError if a scan has no usable time or intensities."""
    time_s = scan.retention_time_s
    if not 0 <= time_s < np.inf:  # pyOpenMS says -1 where the file says nothing
        raise MzmlError(f"{path}: has MS{scan.ms_level} scans without a scan start time")
    if time_s < time_before_s:
        raise MzmlError(
            f"{path}: scan start times go back from {time_before_s:g} s to {time_s:g} s; "
            "was it merged from several runs?"
        )
    if not np.isfinite(scan.intensity).all():
        raise MzmlError(f"{path}: the scan at {time_s:g} s has intensities that are no numbers")
