"""The auxiliary ions of a panel: decoys away from all known ions, isotopes, and parents."""

from collections.abc import Callable, Sequence
from functools import partial

from lcms.config import Extraction
from lcms.io.reference.panel import read_isobars, read_source_fragments
from lcms.isotopes import isotope_share
from lcms.model import Ion
from lcms.numerics.chromatogram.auxiliary_ions import AuxiliaryIon, decoys_and_isotopes
from lcms.numerics.chromatogram.source_parents import parents_of


def read_auxiliary_ions(ions: Sequence[Ion], extraction: Extraction) -> list[AuxiliaryIon]:
    """Return the auxiliary ions of a panel; no decoy is near a known isobar.

    A decoy is read at the time of its target: a target without a listed time has none.
    """
    share = partial(isotope_share, tolerance_ppm=extraction.mz_tolerance_ppm)
    return [
        auxiliary
        for auxiliary in _auxiliary_ions(ions, extraction, share)
        if auxiliary.kind != "decoy" or auxiliary.ion.retention_time_s is not None
    ]


def read_all_auxiliary_ions(ions: Sequence[Ion], extraction: Extraction) -> list[Ion]:
    """Return the auxiliary ions to extract, including some that may not be used.

    Isotopes that are too weak: to find them needs pyOpenMS and takes longer than to extract them.
    Decoys of targets without a listed time, so that no run is read again when they get one.
    """
    return [auxiliary.ion for auxiliary in _auxiliary_ions(ions, extraction, lambda *_: 1.0)]


def _auxiliary_ions(
    ions: Sequence[Ion], extraction: Extraction, share: Callable[[Ion, Ion], float]
) -> list[AuxiliaryIon]:
    beside = decoys_and_isotopes(
        ions,
        (compound.formula for compound in read_isobars()),
        share,
        extraction.gathered_ppm,
    )
    return beside + read_parents(ions)


def read_parents(ions: Sequence[Ion]) -> list[AuxiliaryIon]:
    """Return the ions of the compounds that may fall apart into a target in the ion source."""
    return parents_of(ions, read_source_fragments())
