"""The columns of `ms2_evidence` that the scans of a compound fill."""

from collections.abc import Sequence
from itertools import compress

import numpy as np

from lcms.config import Evidence
from lcms.io.reference.spectral_library import LibrarySpectrum
from lcms.model import Bools, Floats, Scan
from lcms.numerics.chromatogram.gather import isolation_mz
from lcms.numerics.identity.ms2_support import highest_fragments
from lcms.numerics.identity.spectra import CLEAR_SHARE, seen_ions
from lcms.schemas import MS2_EVIDENCE, Row
from lcms.steps.ms2_evidence.library_match import library_columns
from lcms.steps.ms2_evidence.ms2_compounds import Ms2Compound
from lcms.steps.ms2_evidence.triggered_scans import TriggeredScan


def evidence_row(
    compound: Ms2Compound,
    triggered: Sequence[TriggeredScan] | None,
    library: Sequence[LibrarySpectrum],
    evidence: Evidence,
) -> Row:
    """Return the row of a compound in a run, but for its sample_id; None: the run was not read."""
    row = dict.fromkeys(MS2_EVIDENCE.names()) | {"target_id": compound.target_id}
    if triggered is None:
        return row
    names = [name for name, _ in compound.products]
    wanted_mz = np.array([mz for _, mz in compound.products])
    row |= {"n_scans": len(triggered), "products_expected": names}
    if not triggered:
        return row
    best_triggered = max(triggered, key=_brightness)
    best = best_triggered.scan
    is_seen, is_missed = _products(triggered, wanted_mz, evidence)
    lowest = [_lowest(member.scan) for member in triggered]
    window = isolation_mz(best) or (None, None)
    purities = [member.purity for member in triggered if np.isfinite(member.purity)]
    return row | {
        "products_matched": list(compress(names, is_seen)),
        "products_not_scannable": list(compress(names, is_missed)),
        "best_scan": best.native_id,
        "best_scan_time_s": best.retention_time_s,
        "collision_energy": best.collision_energy,
        "isolation_low_mz": window[0],
        "isolation_high_mz": window[1],
        "purity": float(np.median(purities)) if purities else None,
        "precursor_intensity": best_triggered.precursor,
        **_fragments(best),
        "lowest_intensity": min(_lowest(best), float(np.median(lowest))),
        **library_columns(compound, best, library, evidence),
    }


def _brightness(triggered: TriggeredScan) -> tuple[float, float]:
    """Return by what scans are compared: their precursor, then the sum of their intensities."""
    precursor = triggered.precursor if np.isfinite(triggered.precursor) else 0.0
    return precursor, float(triggered.scan.intensity.sum())


def _fragments(best: Scan) -> Row:
    """Return the columns of the fragments of the best scan."""
    mz, intensity = highest_fragments(best.mz, best.intensity, isolation_mz(best))
    return {"fragment_mz": mz, "fragment_intensity": intensity}


def _lowest(scan: Scan) -> float:
    """Return the lowest intensity above 0, counts; 0 of an empty scan."""
    above_zero = scan.intensity[scan.intensity > 0]
    return float(above_zero.min()) if above_zero.size else 0.0


def _products(
    triggered: Sequence[TriggeredScan], wanted_mz: Floats, evidence: Evidence
) -> tuple[Bools, Bools]:
    """Return which product ions some scan holds, and which no scan could hold."""
    is_seen = np.zeros(wanted_mz.size, dtype=bool)
    is_scanned = np.zeros(wanted_mz.size, dtype=bool)
    for member in triggered:
        scan = member.scan
        low_mz, high_mz = scan.mz_range or (0.0, np.inf)
        is_scanned |= (wanted_mz >= low_mz) & (wanted_mz <= high_mz)
        is_seen |= seen_ions(
            scan.mz,
            scan.intensity,
            wanted_mz,
            evidence.product_tolerance_ppm,
            CLEAR_SHARE,
        )
    return is_seen, np.asarray(~(is_scanned | is_seen))
