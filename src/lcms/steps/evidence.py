"""`lcms evidence`: what MS2 scans triggered inside the peaks of a chunk say of the compounds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from lcms.config import Evidence
from lcms.errors import DataError
from lcms.io.mzml import read_places
from lcms.io.mzml_places import NOTED_WITHIN_MZ
from lcms.io.panel import read_panel
from lcms.io.places import places_of
from lcms.io.spectral_library import LibrarySpectrum, read_library
from lcms.io.tables import read_table
from lcms.model import (
    Bools,
    Floats,
    Ion,
    IonRole,
    PeakStatus,
    Places,
    RunStatus,
    Scan,
    SrmChromatogram,
    Wanted,
)
from lcms.numerics.lactoyl import product_formulas
from lcms.numerics.mass import product_ion_mz
from lcms.numerics.spectra import cosine_similarity, entropy_similarity, purity, seen_ions
from lcms.numerics.traces import isolation_mz
from lcms.schemas import MS2_EVIDENCE, Row

_LEAST_SHARE: Final = 0.01  # of the base peak
_BEFORE: Final = 0.25  # widths before the left border that still belong to a peak
_BEHIND: Final = 1.5  # the same of its tail
_LONGEST_CYCLE_S: Final = 10.0  # between two survey scans
_WHOLE_SCAN: Final = np.array([[0.0, np.inf]])
_FOUND: Final = {PeakStatus.QUANTIFIED, PeakStatus.SATURATED}


@dataclass(frozen=True)
class Compound:
    """A compound as MS2 sees it: precursors (Th), and expected product ions by formula."""

    target_id: str
    ions: tuple[Ion, ...]
    products: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class _Elution:
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


@dataclass(frozen=True)
class _Triggered:
    """An MS2 scan of a compound, and the share of its isolation window that the compound has."""

    scan: Scan
    purity: float


@dataclass
class _Watch:
    """Takes the MS2 scans that are triggered on a compound inside its peak, if it has one."""

    compounds: Sequence[Compound]
    peaks: Mapping[str, _Elution]
    evidence: Evidence
    found: dict[str, list[_Triggered]] = field(default_factory=dict)
    survey: Scan | None = None

    def highest_mz(self, head: Scan) -> float:
        """Return up to which m/z (Th) a scan is needed."""
        if head.ms_level > 1:
            return np.inf if self._targets(head) else 0.0
        if not self._is_near_peak(head.retention_time_s):
            return 0.0
        precursors = [ion.precursor_mz for one in self.compounds for ion in one.ions]
        return max(precursors, default=0.0) + 2 * self.evidence.widest_isolation_mz

    def _is_near_peak(self, time_s: float) -> bool:
        """Return whether a survey scan may be the last before a scan inside a peak."""
        return any(
            peak.begin_s - _LONGEST_CYCLE_S <= time_s <= peak.end_s for peak in self.peaks.values()
        )

    def needs_intensities(self, head: Scan, mz: Floats) -> bool:
        """Tell that every scan with points is needed: what is not has none by `highest_mz`."""
        return bool(mz.size) and head.ms_level > 0

    def take_scan(self, scan: Scan) -> None:
        """Keep a scan: the last survey scan, and what is triggered on a compound."""
        if scan.ms_level == 1:
            self.survey = scan
            return
        for compound, ion in self._targets(scan):
            mz, intensity = scan.mz, scan.intensity
            if scan.is_profile:
                from lcms.picking import centroid_windows  # noqa: PLC0415  (pyOpenMS, if needed)

                mz, intensity = centroid_windows(mz, intensity, _WHOLE_SCAN)
            kept = replace(scan, mz=mz, intensity=intensity)
            triggered = _Triggered(kept, self._purity(scan, ion))
            self.found.setdefault(compound.target_id, []).append(triggered)

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        """Ignore a chromatogram: none is asked for."""

    def _targets(self, scan: Scan) -> list[tuple[Compound, Ion]]:
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


def compounds_of(ions: Sequence[Ion]) -> list[Compound]:
    """Return the compounds of a target sheet with the product ions that they should give.

    Those of the sheet; without any, those that every lactoyl amino acid of the panel gives.
    """
    lactoyl = {one.target_id for one in read_panel() if one.compound_class == "lactoyl"}
    found = []
    for target_id in dict.fromkeys(ion.target_id for ion in ions):
        own = tuple(ion for ion in ions if ion.target_id == target_id)
        products = {
            ion.product: ion.product_mz
            for ion in own
            if ion.product and ion.product_mz is not None
        }
        if not products and target_id in lactoyl and own[0].formula:
            formulas = product_formulas(own[0].formula, own[0].polarity or -1)
            products = {formula: product_ion_mz(formula) for formula in formulas}
        found.append(Compound(target_id, own, tuple(products.items())))
    return found


def evidence_rows(
    runs: Mapping[str, Path],
    parts: Path,
    chunk: str,
    ions: Sequence[Ion],
    evidence: Evidence,
    progress: Callable[[str], None],
) -> list[Row]:
    """Return the rows of `ms2_evidence` of a chunk: one per run and compound.

    Parameters
    ----------
    runs : mapping
        Path of each run by sample_id.
    parts : Path
        Folder of the parts; those of `runs`, `triggered` and `peaks` are read.
    chunk : str
    ions : sequence of Ion
    evidence : Evidence
    progress : callable
        Is told the sample_id of each run when it is done.
    """
    library = read_library(Path(evidence.library)) if evidence.library else ()
    compounds = compounds_of(ions)
    facts = {
        row["sample_id"]: row
        for row in read_table(parts / "runs" / f"{chunk}.parquet").to_pylist()
    }
    places = _places(parts / "triggered" / f"{chunk}.parquet", evidence)
    peaks = read_table(parts / "peaks" / f"{chunk}.parquet").to_pylist()
    rows: list[Row] = []
    for sample_id, path in runs.items():
        found = _elutions([row for row in peaks if row["sample_id"] == sample_id])
        watch = _Watch(compounds, found, evidence)
        is_read = facts[sample_id]["status"] == RunStatus.OK
        if is_read and facts[sample_id]["n_ms2"] and found:
            watch = _watched(path, watch, places[sample_id])
        for one in compounds:
            triggered = watch.found.get(one.target_id, [])
            row = _row(one, triggered, library, evidence) if is_read else {}
            key = {"sample_id": sample_id, "target_id": one.target_id}
            rows.append(dict.fromkeys(MS2_EVIDENCE.names()) | row | key)
        progress(sample_id)
    return rows


def _places(path: Path, evidence: Evidence) -> dict[str, Places | None]:
    """Return where the scans stand that may be wanted of each run."""
    is_noted = evidence.precursor_tolerance_mz <= NOTED_WITHIN_MZ
    rows = read_table(path).to_pylist()
    return {row["sample_id"]: places_of(row) if is_noted else None for row in rows}


def _watched(path: Path, watch: _Watch, places: Places | None) -> _Watch:
    def new() -> _Watch:
        return _Watch(watch.compounds, watch.peaks, watch.evidence)

    try:
        return read_places(path, new, places, Wanted(frozenset({1, 2})))
    except DataError:  # extraction has read it: `samples` tells what is wrong since
        return watch


def _elutions(rows: Sequence[Row]) -> dict[str, _Elution]:
    """Return the peak of each compound that was found: of its quantifier, else of a qualifier."""
    found: dict[str, _Elution] = {}
    for row in sorted(rows, key=lambda row: row["ion_role"] != IonRole.QUANTIFIER):
        if row["status"] in _FOUND:
            times_s = (row["left_s"], row["retention_time_s"], row["right_s"])
            found.setdefault(row["target_id"], _Elution(*times_s, row["fwhm_s"]))
    return found


def _row(
    compound: Compound,
    triggered: Sequence[_Triggered],
    library: Sequence[LibrarySpectrum],
    evidence: Evidence,
) -> Row:
    names = [name for name, _ in compound.products]
    wanted_mz = np.array([mz for _, mz in compound.products])
    row: Row = {"n_scans": len(triggered), "products_expected": names}
    if not triggered:
        return row
    best = max(triggered, key=lambda one: float(one.scan.intensity.sum()))
    seen, missed = _products(triggered, wanted_mz, evidence)
    window = isolation_mz(best.scan) or (None, None)
    purities = [one.purity for one in triggered if np.isfinite(one.purity)]
    return row | {
        "products_matched": [name for name, is_seen in zip(names, seen, strict=True) if is_seen],
        "products_not_scannable": [n for n, is_out in zip(names, missed, strict=True) if is_out],
        "best_scan": best.scan.native_id,
        "best_scan_time_s": best.scan.retention_time_s,
        "collision_energy": best.scan.collision_energy,
        "isolation_low_mz": window[0],
        "isolation_high_mz": window[1],
        "purity": float(np.median(purities)) if purities else None,
        **_library_columns(compound, best.scan, library, evidence),
    }


def _products(
    triggered: Sequence[_Triggered], wanted_mz: Floats, evidence: Evidence
) -> tuple[Bools, Bools]:
    """Return which product ions some scan shows, and which no scan could show."""
    seen = np.zeros(wanted_mz.size, dtype=bool)
    could = np.zeros(wanted_mz.size, dtype=bool)
    for one in triggered:
        low, high = one.scan.mz_range or (0.0, np.inf)
        could |= (wanted_mz >= low) & (wanted_mz <= high)
        seen |= seen_ions(
            one.scan.mz,
            one.scan.intensity,
            wanted_mz,
            evidence.product_tolerance_ppm,
            _LEAST_SHARE,
        )
    return seen, np.asarray(~(could | seen))


def _library_columns(
    compound: Compound, scan: Scan, library: Sequence[LibrarySpectrum], evidence: Evidence
) -> Row:
    """Return the most similar spectrum of the library with the precursor of a compound."""
    spectrum = (scan.mz, scan.intensity)
    found = []
    for one in library:
        if not any(
            abs(one.precursor_mz - ion.precursor_mz) <= evidence.precursor_tolerance_mz
            for ion in compound.ions
        ):
            continue
        other = (one.mz, one.intensity)
        tolerance_ppm = evidence.library_tolerance_ppm
        cosine, n_matched = cosine_similarity(spectrum, other, tolerance_ppm)
        entropy = entropy_similarity(spectrum, other, tolerance_ppm)
        found.append((entropy, cosine, n_matched, one.name))
    if not found:
        return {}
    entropy, cosine, n_matched, name = max(found)
    return {
        "library_name": name,
        "cosine": cosine,
        "entropy_similarity": entropy,
        "n_library_peaks": n_matched,
    }
