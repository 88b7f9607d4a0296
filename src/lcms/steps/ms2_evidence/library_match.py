"""A scan compared with a user's library of spectra."""

from collections.abc import Sequence

from lcms.config import Evidence
from lcms.io.reference.spectral_library import LibrarySpectrum
from lcms.model import Scan
from lcms.numerics.identity.spectra import cosine_similarity, entropy_similarity
from lcms.schemas import Row
from lcms.steps.ms2_evidence.ms2_compounds import Ms2Compound


def library_columns(
    compound: Ms2Compound, scan: Scan, library: Sequence[LibrarySpectrum], evidence: Evidence
) -> Row:
    """Return the columns of the most similar spectrum with the precursor of a compound."""
    tolerance_mz, tolerance_ppm = evidence.precursor_tolerance_mz, evidence.library_tolerance_ppm
    columns = ("entropy_similarity", "cosine", "n_library_peaks", "library_name")
    matches = [
        (*_similarities(scan, spectrum, tolerance_ppm), spectrum.name)
        for spectrum in library
        if any(
            abs(spectrum.precursor_mz - ion.precursor_mz) <= tolerance_mz for ion in compound.ions
        )
    ]
    return dict(zip(columns, max(matches), strict=True)) if matches else {}


def _similarities(
    scan: Scan, spectrum: LibrarySpectrum, tolerance_ppm: float
) -> tuple[float, float, int]:
    """Return entropy similarity, cosine and how many peaks match."""
    pair = (scan.mz, scan.intensity), (spectrum.mz, spectrum.intensity)
    return entropy_similarity(*pair, tolerance_ppm), *cosine_similarity(*pair, tolerance_ppm)
