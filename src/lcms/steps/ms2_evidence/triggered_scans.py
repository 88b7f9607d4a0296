"""Which MS2 scans were triggered on which compound, inside its peak."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lcms.config import Evidence
from lcms.model import FOUND, NOTHING, WHOLE, Ion, IonRole, Need, Scan, SrmChromatogram
from lcms.numerics.chromatogram.gather import isolation_mz
from lcms.numerics.identity.spectra import purity
from lcms.schemas import Row
from lcms.steps.ms2_evidence.ms2_compounds import Ms2Compound

_BEFORE: Final = 0.25  # widths before the left border that still belong to a peak
_BEHIND: Final = 1.5  # the same of its tail
_LONGEST_CYCLE_S: Final = 10.0  # between two survey scans


@dataclass(frozen=True)
class Elution:
    """When the peak of a compound elutes: its borders and apex (s) and its width (s)."""

    left_s: float
    apex_s: float
    right_s: float
    fwhm_s: float

    @property
    def begin_s(self) -> float:
        """When the first scans that belong to it may be triggered."""
        return self.left_s - _BEFORE * self.fwhm_s

    @property
    def end_s(self) -> float:
        """When the last of its tail may be triggered."""
        return self.right_s + _BEHIND * self.fwhm_s

    def distance(self, time_s: float) -> tuple[bool, float]:
        """Return how far a time is: between the borders goes before any behind them."""
        return not self.left_s <= time_s <= self.right_s, abs(self.apex_s - time_s)


def elutions_of(peaks: Sequence[Row]) -> dict[str, dict[str, Elution]]:
    """Return the peak of each compound that was found in each run, by sample_id and target_id.

    It is that of the quantifier, else of a qualifier.
    """
    found: dict[str, dict[str, Elution]] = defaultdict(dict)
    for row in sorted(peaks, key=lambda row: row["ion_role"] != IonRole.QUANTIFIER):
        if row["status"] in FOUND:
            times_s = (row["left_s"], row["retention_time_s"], row["right_s"])
            elution = Elution(*times_s, row["fwhm_s"])
            found[row["sample_id"]].setdefault(row["target_id"], elution)
    return found


@dataclass(frozen=True)
class Triggered:
    """An MS2 scan of a compound, and the share of its isolation window that the compound has."""

    scan: Scan
    purity: float


@dataclass
class Watch:
    """Takes the MS2 scans that are triggered on a compound inside its peak, if it has one."""

    compounds: Sequence[Ms2Compound]
    peaks: Mapping[str, Elution]
    evidence: Evidence
    found: dict[str, list[Triggered]] = field(default_factory=dict)
    survey: Scan | None = None

    def need(self, head: Scan) -> Need:
        """Return what of a scan is needed: all that is triggered, and the survey before it."""
        if head.ms_level > 1:
            return WHOLE if self._targets(head) else NOTHING
        if head.ms_level == 0 or not self._is_near_peak(head.retention_time_s):
            return NOTHING
        precursors = [ion.precursor_mz for one in self.compounds for ion in one.ions]
        return Need(max(precursors, default=0.0) + 2 * self.evidence.widest_isolation_mz)

    def _is_near_peak(self, time_s: float) -> bool:
        """Return whether a survey scan may be the last before a scan inside a peak."""
        return any(
            peak.begin_s - _LONGEST_CYCLE_S <= time_s <= peak.end_s for peak in self.peaks.values()
        )

    def take_scan(self, scan: Scan) -> None:
        """Keep a scan: the last survey scan, and what is triggered on a compound."""
        if scan.ms_level == 1:
            self.survey = scan
            return
        for compound, ion in self._targets(scan):
            triggered = Triggered(_in_centroids(scan), self._purity(scan, ion))
            self.found.setdefault(compound.target_id, []).append(triggered)

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        """Ignore a chromatogram: none is asked for."""

    def _targets(self, scan: Scan) -> list[tuple[Ms2Compound, Ion]]:
        """Return the compound, of isomers the nearest, in whose peak a scan was triggered."""
        time_s = scan.retention_time_s
        found = [
            (one, ion)
            for one in self.compounds
            if (peak := self.peaks.get(one.target_id)) and peak.begin_s <= time_s <= peak.end_s
            for ion in one.ions
            if self._is_of(scan, ion)
        ]
        found.sort(key=lambda one: self.peaks[one[0].target_id].distance(time_s))
        return found[:1]

    def _is_of(self, scan: Scan, ion: Ion) -> bool:
        window = isolation_mz(scan)
        if scan.precursor_mz is None or window is None or scan.polarity * ion.polarity < 0:
            return False
        return (
            abs(scan.precursor_mz - ion.precursor_mz) <= self.evidence.precursor_tolerance_mz
            and window[1] - window[0] <= self.evidence.widest_isolation_mz
        )

    def _purity(self, scan: Scan, ion: Ion) -> float:
        window = isolation_mz(scan)
        if self.survey is None or window is None:
            return float("nan")
        tolerance_ppm = self.evidence.product_tolerance_ppm
        mz, intensity = self.survey.mz, self.survey.intensity
        return purity(mz, intensity, window, ion.precursor_mz, tolerance_ppm)


def _in_centroids(scan: Scan) -> Scan:
    if not scan.is_profile:
        return scan
    from lcms.picking import centroided  # noqa: PLC0415  (pyOpenMS, for profile data only)

    return centroided(scan)
