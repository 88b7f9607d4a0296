"""What the MS2 scans of a peak say of its identity, beside those of the standard.

References
----------
Li et al., Nature Methods 18 (2021) 1524, https://doi.org/10.1038/s41592-021-01331-z: from a
spectral entropy similarity of 0.75 on, fewer than 10 % of the matches are wrong.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import numpy as np

from lcms.model import Bools, Floats
from lcms.numerics.identity.spectra import CLEAR_SHARE, entropy_similarity

SIMILAR: Final = 0.75  # Li et al. (2021)
N_FRAGMENTS: Final = 30  # of a spectrum that are kept, the highest; chosen by judgement
_N_REFERENCES: Final = 5  # the most intense scans of standards, one a run, that are compared with
_SAME_ENERGY: Final = 0.5  # in the unit of the file: as for channels of product ions
# Expected intensity of a product divided by the lowest intensity of the scans, from which on its
# absence counts, and divided by that from which it counts as seen. Chosen by judgement.
_ABSENT_LOWEST: Final = 3.0
_ABSENT_CLEAR: Final = 5.0
# Without a scan of a standard: the precursor in the MS1 scan before, and the highest fragment,
# each divided by the lowest intensity of the scans, from which on a scan without any expected
# product contradicts. A tenth of the precursor would be seen there. Chosen by judgement.
_ABSENT_PRECURSOR: Final = 50.0
_ABSENT_FRAGMENT: Final = 10.0
_MIN_PRODUCTS: Final = 2  # of which none is found, without a scan of a standard
_MIN_PURITY: Final = 0.5  # without a scan of a standard; chosen by judgement


@dataclass(frozen=True)
class FragmentSpectrum:
    """The best MS2 scan of a peak without its precursor.

    `mz` in Th, ascending, and `intensity` in counts have one shape, (n,). `lowest` is the lowest
    intensity that the scans of the peak show, `precursor` that of the precursor in the MS1 scan
    before (counts, NaN without one), `purity` its share in the isolation window.
    `matched` are the expected products that any scan of the peak holds, `not_scannable` those
    that none could hold; `energy` is NaN where the file gives none.
    """

    mz: Floats
    intensity: Floats
    lowest: float
    precursor: float = float("nan")
    purity: float = 1.0
    energy: float = float("nan")
    matched: Collection[str] = field(default=())
    not_scannable: Collection[str] = field(default=())


@dataclass(frozen=True)
class Ms2Support:
    """What the MS2 scans of a peak support.

    `similarity` is that to the scans of the standard, NaN without any; `absent` are the products
    that should be there and are not. `is_like_standard`: similar, no product is absent,
    and one at least is there if any is expected.
    `has_products`: all expected products that can be scanned are there, two at least.
    """

    similarity: float = float("nan")
    absent: tuple[str, ...] = ()
    is_like_standard: bool = False
    has_products: bool = False


def intense_first(scans: Mapping[str, FragmentSpectrum]) -> dict[str, FragmentSpectrum]:
    """Return the scans of runs that hold a fragment, the most intense first."""
    total = {run: float(scan.intensity.sum()) for run, scan in scans.items()}
    order = sorted(scans, key=lambda run: -total[run])
    return {run: scans[run] for run in order if total[run] > 0}


def ms2_support(
    spectrum: FragmentSpectrum,
    standards: Iterable[FragmentSpectrum],
    products_mz: Mapping[str, float],
    tolerance_ppm: float,
) -> Ms2Support:
    """Return what the scans of a peak support.

    Parameters
    ----------
    spectrum : FragmentSpectrum
    standards : iterable of FragmentSpectrum
        Of the same compound in calibrators and controls, without the run itself, the most intense
        first (`intense_first`); no more are looked at than are needed.
    products_mz : mapping
        m/z (Th) of the expected products.
    tolerance_ppm : float
        Half-width in which two peaks are one ion.
    """
    references = _references(spectrum, standards)
    scannable = {
        name: mz for name, mz in products_mz.items() if name not in spectrum.not_scannable
    }
    missing = {
        name: mz
        for name, mz in scannable.items()
        if name not in spectrum.matched and not _near(spectrum, mz, tolerance_ppm).any()
    }
    if references:
        absent = _absent(spectrum, references, missing, tolerance_ppm)
    else:
        absent = tuple(missing) if _holds_none(spectrum, scannable, missing) else ()
    similarity = _similarity(spectrum, references, tolerance_ppm)
    has_any = len(missing) < len(scannable) or not products_mz
    return Ms2Support(
        similarity=similarity,
        absent=absent,
        is_like_standard=similarity >= SIMILAR and not absent and has_any,
        has_products=len(scannable) >= _MIN_PRODUCTS and not missing,
    )


def _references(
    spectrum: FragmentSpectrum, standards: Iterable[FragmentSpectrum]
) -> list[FragmentSpectrum]:
    """Return the first scans of the standard at the same collision energy."""
    alike = (
        standard
        for standard in standards
        if not abs(standard.energy - spectrum.energy) > _SAME_ENERGY
    )
    return list(islice(alike, _N_REFERENCES))


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
    """Return the missing products that would be seen if the spectrum were of the standard.

    The expected intensity is that of the precursor times the ratio of product to precursor in the
    spectra of the standard; what else is in the isolation window does not matter.
    """
    base = float(spectrum.intensity.max(initial=0.0))
    visible = max(_ABSENT_LOWEST * spectrum.lowest, _ABSENT_CLEAR * CLEAR_SHARE * base)
    measured = [reference for reference in references if reference.precursor > 0]
    if not measured:
        return ()
    return tuple(
        name
        for name, mz in missing_mz.items()
        if spectrum.precursor
        * float(np.median([_yield(reference, mz, tolerance_ppm) for reference in measured]))
        > visible
    )


def _yield(spectrum: FragmentSpectrum, mz: float, tolerance_ppm: float) -> float:
    """Return the intensity of an ion of a spectrum divided by that of the precursor."""
    near = _near(spectrum, mz, tolerance_ppm)
    return float(spectrum.intensity[near].sum()) / spectrum.precursor


def _near(spectrum: FragmentSpectrum, mz: float, tolerance_ppm: float) -> Bools:
    """Return which peaks of a spectrum are an ion."""
    return np.asarray(np.abs(spectrum.mz / mz - 1) * 1e6 <= tolerance_ppm)


def _holds_none(
    spectrum: FragmentSpectrum, scannable: Collection[str], missing: Collection[str]
) -> bool:
    """Return whether a clear spectrum of the precursor holds no expected product at all."""
    base = float(spectrum.intensity.max(initial=0.0))
    return (
        len(missing) == len(scannable) >= _MIN_PRODUCTS
        and spectrum.purity >= _MIN_PURITY
        and spectrum.precursor >= _ABSENT_PRECURSOR * spectrum.lowest
        and base >= _ABSENT_FRAGMENT * spectrum.lowest
    )


def highest_fragments(
    mz: Floats, intensity: Floats, isolation_mz: tuple[float, float] | None
) -> tuple[Floats, Floats]:
    """Return the highest fragments of a scan, m/z (Th) ascending, and their intensities.

    Peaks inside the isolation window are left out, and those above it: an ion of one charge has
    no fragment there.
    """
    low_mz = isolation_mz[0] if isolation_mz else np.inf
    is_fragment = (intensity > 0) & (mz < low_mz)
    clear = is_fragment & (intensity >= CLEAR_SHARE * intensity[is_fragment].max(initial=0.0))
    indices = np.flatnonzero(clear)
    highest = np.sort(indices[np.argsort(-intensity[indices], kind="stable")[:N_FRAGMENTS]])
    return mz[highest], intensity[highest]
