"""The companion ions of a panel: decoys clear of all known ions, and isotopes."""

from collections.abc import Callable, Sequence
from functools import partial

from lcms.config import Extraction
from lcms.io.reference.panel import read_isobars
from lcms.isotopes import isotope_share
from lcms.model import Ion
from lcms.numerics.chromatogram.auxiliary_ions import AuxiliaryIon, companions_of


def read_companions(ions: Sequence[Ion], extraction: Extraction) -> list[AuxiliaryIon]:
    """Return the companions of a panel; the known isobars tell where no decoy may be."""
    share = partial(isotope_share, tolerance_ppm=extraction.mz_tolerance_ppm)
    return _companions(ions, extraction, share)


def read_companion_ions(ions: Sequence[Ion], extraction: Extraction) -> list[Ion]:
    """Return what is cut out beside a panel: all companions, be their isotopes weak or not.

    Which isotopes are too weak takes pyOpenMS to tell, and more time than to cut them out.
    """
    return [one.ion for one in _companions(ions, extraction, lambda *_: 1.0)]


def _companions(
    ions: Sequence[Ion], extraction: Extraction, share: Callable[[Ion, Ion], float]
) -> list[AuxiliaryIon]:
    return companions_of(
        ions,
        (compound.formula for compound in read_isobars()),
        share,
        extraction.gathered_ppm,
    )
