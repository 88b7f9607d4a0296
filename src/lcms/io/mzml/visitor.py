"""The gate between the readers of mzML and the code that uses the scans.

Every reader hands its scans to this gate, which counts them and refuses wrong ones.
"""

from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from lcms.errors import MzmlError
from lcms.limits import HIGHEST_MZ, LONGEST_RUN_S
from lcms.model import WHOLE, Floats, Need, RunFacts, Scan, SrmChromatogram, Wanted
from lcms.numerics.chromatogram.profile import looks_profile

# After this many scans the declared kind, profile or centroid, is believed. Chosen by judgement.
_MOST_SCANS_EXAMINED: Final = 200
# Scans of ascending time; in shuffled scans none is that long. Chosen by judgement.
_LONG_STRETCH_SCANS: Final = 10
_OPENMS_UNITS_S: Final = frozenset({1.0, 60.0})  # that pyOpenMS knows
_INFINITE: Final = np.float64(np.inf).view(np.uint64)
_SEVERAL: Final = 3  # scans, or points of a chromatogram, that are not all of one time


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
        self._times = _DistinctTimes()
        self._kinds = _KindCorrection()
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
    def n_chromatograms(self) -> int:
        """Return the number of chromatograms so far."""
        return self._n_chromatograms

    @property
    def n_spectra(self) -> int:
        """Return the number of spectra so far."""
        return sum(self._n_of_level.values())

    def unit_s(self, units_s: frozenset[float | None]) -> float:
        """Return the factor for times that pyOpenMS has read as seconds or minutes.

        Parameters
        ----------
        units_s : frozenset of float
            The units that occur, in s. 0: some times have none. None: some have another one.

        Raises
        ------
        MzmlError
            If times have no unit and none is configured, or they have several that pyOpenMS does
            not distinguish.
        """
        if units_s <= _OPENMS_UNITS_S:
            return 1.0
        if None in units_s:
            raise MzmlError(f"{self._path}: scan start times have a unit that is not one of time")
        if 0.0 in units_s and not self.bare_unit_s:
            raise MzmlError(
                f"{self._path}: scan start times have no unit (second or minute); convert the raw "
                "file again with a current msconvert or ThermoRawFileParser, or state the unit "
                "in `extraction.unit_of_bare_times`"
            )
        if len(units_s) > 1:
            reason = (
                "some times have a unit and some have none"
                if 0.0 in units_s
                else ("times have several units, which pyOpenMS does not distinguish")
            )
            raise MzmlError(f"{self._path}: {reason}")
        (unit_s,) = units_s
        return unit_s or self.bare_unit_s

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

        Raises
        ------
        MzmlError
            If it has no time, or one of its numbers is none.
        """
        _check_head(self._path, head)
        kind = self._kinds.judged(head)
        if kind is not None:
            is_right = kind == head.is_profile
            return self._visitor.need(head if is_right else head._replace(is_profile=kind))
        need = self._visitor.need(head)
        if need.highest_mz == 0 or not self._kinds.can_judge:
            return need
        self._is_widened = True
        return WHOLE

    def check_mz(self, head: Scan, mz: Floats) -> None:
        """Raise a MzmlError if a scan has m/z (Th) that none can have.

        A reader calls it with all m/z of a scan before it cuts them. They ascend, what is no
        number behind all others: so the first and the last one bound them all.
        """
        if mz.size and not (mz.item(0) > 0 and mz.item(-1) <= HIGHEST_MZ):
            raise MzmlError(
                f"{self._path}: the scan at {head.retention_time_s:g} s has m/z that are no "
                f"numbers, or not above 0 and below {HIGHEST_MZ:g}"
            )

    def take_scan(self, scan: Scan) -> None:
        """Check a scan and hand it on.

        Raises
        ------
        MzmlError
            If it has intensities that none can have.
        """
        if not _are_usable(scan.intensity):
            where = f"{self._path}: the scan at {scan.retention_time_s:g} s has"
            raise MzmlError(f"{where} {_reason(scan.intensity)}")
        if scan.ms_level == 1:
            self._polarities.add(scan.polarity)
            self._order.see(scan)
        self._times.see(scan.retention_time_s)
        corrected = self._kinds.corrected(scan)
        if self._is_widened:
            self._is_widened = False
            corrected = _needed(corrected, self._visitor.need(corrected))
        self._visitor.take_scan(corrected)

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        """Check a chromatogram and hand it on, its points in order of time.

        Raises
        ------
        MzmlError
            If it has times or intensities that none can have.
        """
        _check_chromatogram(self._path, chromatogram)
        time_s = chromatogram.retention_time_s
        if np.count_nonzero(time_s[1:] >= time_s[:-1]) < time_s.size - 1:
            order = np.argsort(time_s, kind="stable")
            chromatogram = chromatogram._replace(
                retention_time_s=time_s[order], intensity=chromatogram.intensity[order]
            )
        self._visitor.take_chromatogram(chromatogram)

    def facts(self, n_declared: int, start_time: str | None, instrument: str | None) -> RunFacts:
        """Return the facts of the run after its end.

        Raises
        ------
        MzmlError
            If spectra are missing, the file holds several runs, all scans have one time, or there
            is nothing to read.
        """
        n_spectra, n_ms1 = self.n_spectra, self._n_of_level.get(1, 0)
        if n_spectra != n_declared:
            raise MzmlError(
                f"{self._path}: declares {n_declared} spectra and holds {n_spectra}, although the "
                "file is complete to its end; spectra were taken out, or the count is wrong"
            )
        self._order.check(self._path)
        self._times.check(self._path)
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


def _check_head(path: Path, head: Scan) -> None:
    """Raise a MzmlError if a scan has no usable time, or a number that is none."""
    time_s = head.retention_time_s
    if not 0 <= time_s <= LONGEST_RUN_S:
        reason = "a scan start time"  # pyOpenMS gives -1 where the file names no time
        if time_s not in {-1.0, -60.0}:
            reason = f"a usable scan start time ({time_s:g} s)"
        raise MzmlError(f"{path}: has MS{head.ms_level} scans without {reason}")
    optional = (head.precursor_mz, head.collision_energy, head.voltage_v, head.mobility)
    numbers = [number for number in optional if number is not None]
    if not all(map(isfinite, (*numbers, *(head.isolation_mz or ())))):
        raise MzmlError(
            f"{path}: the scan at {time_s:g} s has a precursor, energy, voltage or mobility that "
            "is no number"
        )


def _are_usable(intensity: Floats) -> bool:
    """Return whether all intensities are numbers and none is negative.

    As unsigned integers, infinity, NaN and what has a sign are above all others; zero may have
    one.
    """
    if not intensity.size or np.maximum.reduce(intensity.view(np.uint64)) < _INFINITE:
        return True
    return bool(np.all(np.isfinite(intensity) & (intensity >= 0)))


def _reason(intensity: Floats) -> str:
    """Return why intensities are not usable."""
    is_number = np.isfinite(intensity).all()
    return "negative intensities" if is_number else "intensities that are no numbers"


def _check_chromatogram(path: Path, chromatogram: SrmChromatogram) -> None:
    """Raise a MzmlError if a chromatogram has times or intensities that none can have."""
    time_s = chromatogram.retention_time_s
    where = f"{path}: the chromatogram `{chromatogram.native_id}` has"
    if not time_s.size:
        return
    if not _are_usable(chromatogram.intensity):
        raise MzmlError(f"{where} {_reason(chromatogram.intensity)}")
    if not (np.min(time_s) >= 0 and np.max(time_s) <= LONGEST_RUN_S):
        raise MzmlError(f"{where} times that are no numbers, negative or too long")
    if time_s.size >= _SEVERAL and np.max(time_s) == np.min(time_s):
        raise MzmlError(f"{where} one time for all its points")
    if not isfinite(chromatogram.precursor_mz + chromatogram.product_mz):
        raise MzmlError(f"{where} a precursor or product that is no number")


def _needed(scan: Scan, need: Need) -> Scan:
    """Return a scan with the points that are needed."""
    n = int(scan.mz.searchsorted(need.highest_mz, side="right"))
    if not need.is_met(scan.mz[:n]):
        n = 0
    return scan._replace(mz=scan.mz[:n], intensity=scan.intensity[:n])


class _KindCorrection:
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


class _DistinctTimes:
    """Distinguishes a run from scans that all have one time: the times were lost."""

    def __init__(self) -> None:
        self._first_s = np.nan
        self._n = 0
        self._are_different = False

    def see(self, time_s: float) -> None:
        """Take note of the time of a scan, s."""
        self._n += 1
        if self._n == 1:
            self._first_s = time_s
        elif time_s != self._first_s:
            self._are_different = True

    def check(self, path: Path) -> None:
        """Raise a MzmlError if there are several scans and one time."""
        if self._n >= _SEVERAL and not self._are_different:
            raise MzmlError(f"{path}: all its scans have the same time, {self._first_s:g} s")


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
