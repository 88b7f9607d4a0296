"""What the MS2 scans of a peak say of its identity, beside those of the standard.

References
----------
Li et al., Nature Methods 18 (2021) 1524, https://doi.org/10.1038/s41592-021-01331-z: from a
spectral entropy similarity of 0.75 on, fewer than 10 % of the matches are wrong.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from lcms.model import Floats
from lcms.numerics.identity.spectra import CLEAR_SHARE, entropy_similarity

SIMILAR: Final = 0.75  # Li et al. (2021)
N_FRAGMENTS: Final = 30  # of a spectrum that are kept, the highest; chosen by judgement
_N_REFERENCES: Final = 5  # the most intense scans of standards, one a run, that are compared with
_SAME_ENERGY: Final = 0.5  # in the unit of the file: as for channels of product ions
# Expected intensity of a product divided by the lowest intensity of the scan, from which on its
# absence counts, and divided by that from which it counts as seen. Chosen by judgement.
_ABSENT_LOWEST: Final = 2.0
_ABSENT_CLEAR: Final = 5.0
# Without a scan of a standard: the highest fragment divided by the lowest intensity of the scan,
# from which on a scan that holds no expected product contradicts. Chosen by judgement.
_ABSENT_UNKNOWN: Final = 10.0
_MIN_PRODUCTS: Final = 2  # of which none is found, without a scan of a standard
_MIN_PURITY: Final = 0.5  # without a scan of a standard; chosen by judgement


@dataclass(frozen=True)
class FragmentSpectrum:
    """The best MS2 scan of a peak without its precursor.

    `mz` in Th, ascending, and `intensity` in counts have one shape, (n,). `lowest` is the lowest
    intensity of the whole scan, `purity` the share of the precursor in its isolation window.
    `matched` are the expected products that any scan of the peak holds, `not_scannable` those
    that none could hold; `energy` is NaN where the file gives none.
    """

    mz: Floats
    intensity: Floats
    lowest: float
    purity: float = 1.0
    energy: float = float("nan")
    matched: Collection[str] = field(default=())
    not_scannable: Collection[str] = field(default=())

    @property
    def total(self) -> float:
        """The intensity of all fragments, counts."""
        return float(self.intensity.sum())


@dataclass(frozen=True)
class Ms2Support:
    """What the MS2 scans of a peak support.

    `similarity` is that to the scans of the standard, NaN without any; `absent` are the products
    that should be there and are not. `is_like_standard`: similar, and no product is absent.
    `has_products`: all expected products that can be scanned are there, two at least.
    """

    similarity: float = float("nan")
    absent: tuple[str, ...] = ()
    is_like_standard: bool = False
    has_products: bool = False


def ms2_support(
    spectrum: FragmentSpectrum,
    standards: Sequence[FragmentSpectrum],
    products_mz: Mapping[str, float],
    tolerance_ppm: float,
) -> Ms2Support:
    """Return what the scans of a peak support.

    Parameters
    ----------
    spectrum : FragmentSpectrum
    standards : sequence of FragmentSpectrum
        Of the same compound in calibrators and controls, without the run itself.
    products_mz : mapping
        m/z (Th) of the expected products.
    tolerance_ppm : float
        Half-width in which two peaks are one ion.
    """
    references = _references(spectrum, standards)
    scannable = {
        name: mz for name, mz in products_mz.items() if name not in spectrum.not_scannable
    }
    missing = {name: mz for name, mz in scannable.items() if name not in spectrum.matched}
    if references:
        absent = _absent(spectrum, references, missing, tolerance_ppm)
    else:
        absent = tuple(missing) if _holds_none(spectrum, scannable, missing) else ()
    similarity = _similarity(spectrum, references, tolerance_ppm)
    return Ms2Support(
        similarity=similarity,
        absent=absent,
        is_like_standard=similarity >= SIMILAR and not absent,
        has_products=len(scannable) >= _MIN_PRODUCTS and not missing,
    )


def _references(
    spectrum: FragmentSpectrum, standards: Sequence[FragmentSpectrum]
) -> list[FragmentSpectrum]:
    """Return the most intense scans of the standard at the same collision energy."""
    alike = [
        standard
        for standard in standards
        if standard.total > 0 and not abs(standard.energy - spectrum.energy) > _SAME_ENERGY
    ]
    return sorted(alike, key=lambda standard: -standard.total)[:_N_REFERENCES]


def _similarity(
    spectrum: FragmentSpectrum, references: Sequence[FragmentSpectrum], tolerance_ppm: float
) -> float:
    """Return the median similarity to the references, NaN without any."""
    similarities = [
        entropy_similarity(
            (spectrum.mz, spectrum.intensity), (reference.mz, reference.intensity), tolerance_ppm
        )
        for reference in references
    ]
    return float(np.median(similarities)) if similarities else float("nan")


def _absent(
    spectrum: FragmentSpectrum,
    references: Sequence[FragmentSpectrum],
    missing_mz: Mapping[str, float],
    tolerance_ppm: float,
) -> tuple[str, ...]:
    """Return the missing products that would be seen if the spectrum were of the standard."""
    base = float(spectrum.intensity.max(initial=0.0))
    visible = max(_ABSENT_LOWEST * spectrum.lowest, _ABSENT_CLEAR * CLEAR_SHARE * base)
    return tuple(
        name
        for name, mz in missing_mz.items()
        if spectrum.purity
        * spectrum.total
        * float(np.median([_share(reference, mz, tolerance_ppm) for reference in references]))
        > visible
    )


def _share(spectrum: FragmentSpectrum, mz: float, tolerance_ppm: float) -> float:
    """Return the share of an ion in the intensity of a spectrum."""
    near = np.abs(spectrum.mz / mz - 1) * 1e6 <= tolerance_ppm
    return float(spectrum.intensity[near].sum()) / spectrum.total


def _holds_none(
    spectrum: FragmentSpectrum, scannable: Collection[str], missing: Collection[str]
) -> bool:
    """Return whether a clear spectrum of the precursor holds no expected product at all."""
    base = float(spectrum.intensity.max(initial=0.0))
    return (
        len(missing) == len(scannable) >= _MIN_PRODUCTS
        and spectrum.purity >= _MIN_PURITY
        and base >= _ABSENT_UNKNOWN * spectrum.lowest
    )


def highest_fragments(
    mz: Floats, intensity: Floats, isolation_mz: tuple[float, float] | None
) -> tuple[Floats, Floats]:
    """Return the highest fragments of a scan, m/z (Th) ascending, and their intensities.

    Peaks inside the isolation window are left out: the precursor and what was isolated with it.
    """
    low_mz, high_mz = isolation_mz or (np.inf, -np.inf)
    is_fragment = (intensity > 0) & ~((mz >= low_mz) & (mz <= high_mz))
    clear = is_fragment & (intensity >= CLEAR_SHARE * intensity[is_fragment].max(initial=0.0))
    indices = np.flatnonzero(clear)
    highest = np.sort(indices[np.argsort(-intensity[indices], kind="stable")[:N_FRAGMENTS]])
    return mz[highest], intensity[highest]
