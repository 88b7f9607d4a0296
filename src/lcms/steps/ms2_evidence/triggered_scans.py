"""The MS2 scans that were triggered on a compound inside its peak."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

from lcms.config import Evidence
from lcms.kinds import FOUND, IonRole
from lcms.model import NOTHING, WHOLE, Ion, Need, Scan, SrmChromatogram
from lcms.numerics.chromatogram.gather import isolation_mz
from lcms.numerics.identity.spectra import purity as isolated_share
from lcms.numerics.mass.formulas import mz_window
from lcms.schemas import Row
from lcms.steps.ms2_evidence.ms2_compounds import Ms2Compound

# In widths at half height: scans so long before the left border and behind the right one still
# belong to a peak, whose borders are narrow and whose tail is long. Chosen by judgement: with them
# the scans of 95.4 % of 240 features of two DDA runs are as many as mzmine 4 assigns to them.
_BEFORE_WIDTHS: Final = 0.25
_BEHIND_WIDTHS: Final = 1.5
# Absolute time: longer than any cycle of a DDA method. An MS1 scan up to so long before a peak may
# be the last before an MS2 scan of it. Chosen by judgement.
_LONGEST_CYCLE_S: Final = 10.0

_Target = tuple[float, int, Ms2Compound, Ion]  # precursor m/z, place in the sheet, and of what


@dataclass(frozen=True)
class Elution:
    """When the peak of a compound elutes: its borders, apex and width at half height, s."""

    left_s: float
    apex_s: float
    right_s: float
    fwhm_s: float

    @property
    def begin_s(self) -> float:
        """The earliest time of a scan that belongs to it, s."""
        return self.left_s - _BEFORE_WIDTHS * self.fwhm_s

    @property
    def end_s(self) -> float:
        """The latest time of a scan that belongs to it, s."""
        return self.right_s + _BEHIND_WIDTHS * self.fwhm_s

    def distance(self, time_s: float) -> tuple[bool, float]:
        """Return how far a time is, to be compared: outside of the borders is farther, then s."""
        return not self.left_s <= time_s <= self.right_s, abs(self.apex_s - time_s)


def elutions_of(peaks: Sequence[Row]) -> dict[str, dict[str, Elution]]:
    """Return the detected peak of each compound of each run, by sample_id and target_id.

    It is that of the quantifier, else of a qualifier.
    """
    elutions: dict[str, dict[str, Elution]] = defaultdict(dict)
    for row in sorted(peaks, key=lambda row: row["ion_role"] != IonRole.QUANTIFIER):
        if row["status"] in FOUND:
            times_s = (row["left_s"], row["retention_time_s"], row["right_s"])
            elution = Elution(*times_s, row["fwhm_s"])
            elutions[row["sample_id"]].setdefault(row["target_id"], elution)
    return elutions


@dataclass(frozen=True)
class TriggeredScan:
    """An MS2 scan of a compound.

    `purity` is the share of the compound in its isolation window and `precursor` its intensity
    in counts, both in the MS1 scan before; NaN without one.
    """

    scan: Scan
    purity: float
    precursor: float = float("nan")


@dataclass
class TriggeredSearch:
    """Takes the scans of a run and keeps those triggered on a compound inside its peak.

    `elutions` and the `triggered` scans by target_id; `survey` is the last MS1 scan.
    """

    compounds: Sequence[Ms2Compound]
    elutions: Mapping[str, Elution]
    evidence: Evidence
    triggered: dict[str, list[TriggeredScan]] = field(default_factory=dict)
    survey: Scan | None = None
    _highest_mz: float = field(init=False)
    _by_mz: list[_Target] = field(init=False)

    def __post_init__(self) -> None:
        """Sort the ions of the compounds that elute: a scan is of few of thousands."""
        ions = [(compound, ion) for compound in self.compounds for ion in compound.ions]
        self._highest_mz = max((ion.precursor_mz for _, ion in ions), default=0.0)
        self._by_mz = sorted(
            (
                (ion.precursor_mz, place, compound, ion)
                for place, (compound, ion) in enumerate(ions)
                if compound.target_id in self.elutions
            ),
            key=itemgetter(0),
        )

    def need(self, head: Scan) -> Need:
        """Return what of a scan is needed: all if it is triggered, else what purity needs."""
        if head.ms_level > 1:
            return WHOLE if self._target(head) else NOTHING
        if head.ms_level == 0 or not self._is_near_peak(head.retention_time_s):
            return NOTHING
        return Need(self._highest_mz + 2 * self.evidence.widest_isolation_mz)

    def _is_near_peak(self, time_s: float) -> bool:
        """Return whether a survey scan may be the last before a scan inside a peak."""
        return any(
            elution.begin_s - _LONGEST_CYCLE_S <= time_s <= elution.end_s
            for elution in self.elutions.values()
        )

    def take_scan(self, scan: Scan) -> None:
        """Keep a scan if it is a survey scan, the last one, or triggered on a compound."""
        if scan.ms_level == 1:
            self.survey = scan
            return
        if (target := self._target(scan)) is None:
            return
        compound, ion = target
        purity, precursor = self._purity(scan, ion), self._precursor(ion)
        triggered = TriggeredScan(_in_centroids(scan), purity, precursor)
        self.triggered.setdefault(compound.target_id, []).append(triggered)

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        """Ignore a chromatogram: none is asked for."""

    def _target(self, scan: Scan) -> tuple[Ms2Compound, Ion] | None:
        """Return the compound, of isomers the nearest, in whose peak a scan was triggered."""
        time_s = scan.retention_time_s
        targets = [
            (elution.distance(time_s), place, compound, ion)
            for _, place, compound, ion in self._near_precursor(scan)
            if (elution := self.elutions[compound.target_id]).begin_s <= time_s <= elution.end_s
            and self._is_of(scan, ion)
        ]
        nearest = min(targets, key=itemgetter(0, 1), default=None)
        return nearest and nearest[2:]

    def _near_precursor(self, scan: Scan) -> list[_Target]:
        """Return the ions within twice the tolerance of the precursor of a scan."""
        if scan.precursor_mz is None:
            return []
        reach_mz = 2 * self.evidence.precursor_tolerance_mz
        first = bisect_left(self._by_mz, scan.precursor_mz - reach_mz, key=itemgetter(0))
        after = bisect_right(self._by_mz, scan.precursor_mz + reach_mz, key=itemgetter(0))
        return self._by_mz[first:after]

    def _is_of(self, scan: Scan, ion: Ion) -> bool:
        window = isolation_mz(scan)
        if scan.precursor_mz is None or window is None or scan.polarity * ion.polarity < 0:
            return False
        return (
            abs(scan.precursor_mz - ion.precursor_mz) <= self.evidence.precursor_tolerance_mz
            and window[1] - window[0] <= self.evidence.widest_isolation_mz
        )

    def _precursor(self, ion: Ion) -> float:
        """Return the intensity of an ion in the last survey scan, counts; NaN without one."""
        if self.survey is None:
            return float("nan")
        low_mz, high_mz = mz_window(ion.precursor_mz, self.evidence.product_tolerance_ppm)
        start, end = self.survey.mz.searchsorted([low_mz, high_mz])
        return float(self.survey.intensity[start:end].sum())

    def _purity(self, scan: Scan, ion: Ion) -> float:
        window = isolation_mz(scan)
        if self.survey is None or window is None:
            return float("nan")
        tolerance_ppm = self.evidence.product_tolerance_ppm
        mz, intensity = self.survey.mz, self.survey.intensity
        return isolated_share(mz, intensity, window, ion.precursor_mz, tolerance_ppm)


def _in_centroids(scan: Scan) -> Scan:
    if not scan.is_profile:
        return scan
    from lcms.picking import centroided  # noqa: PLC0415  (pyOpenMS, for profile data only)

    return centroided(scan)
