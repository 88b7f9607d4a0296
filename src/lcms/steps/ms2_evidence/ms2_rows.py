"""The columns of `ms2_evidence` that the scans of a compound fill."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from lcms.config import Evidence
from lcms.io.reference.spectral_library import LibrarySpectrum
from lcms.model import Bools, Floats
from lcms.numerics.chromatogram.gather import isolation_mz
from lcms.numerics.identity.spectra import seen_ions
from lcms.schemas import MS2_EVIDENCE, Row
from lcms.steps.ms2_evidence.library_match import library_columns
from lcms.steps.ms2_evidence.ms2_compounds import Ms2Compound
from lcms.steps.ms2_evidence.triggered_scans import Triggered

_LEAST_SHARE: Final = 0.01  # of the base peak


def evidence_row(
    compound: Ms2Compound,
    triggered: Sequence[Triggered] | None,
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
        **library_columns(compound, best.scan, library, evidence),
    }


def _products(
    triggered: Sequence[Triggered], wanted_mz: Floats, evidence: Evidence
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
