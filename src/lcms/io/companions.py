"""The companion ions of a panel: decoys clear of all known ions, and isotopes."""

from collections.abc import Sequence
from functools import partial

from lcms.config import Extraction
from lcms.io.panel import read_isobars
from lcms.isotopes import isotope_share
from lcms.model import Ion
from lcms.numerics.companions import Companion, companions_of


def read_companions(ions: Sequence[Ion], extraction: Extraction) -> list[Companion]:
    """Return the companions of a panel; the known isobars tell where no decoy may be."""
    return companions_of(
        ions,
        (compound.formula for compound in read_isobars()),
        partial(isotope_share, tolerance_ppm=extraction.mz_tolerance_ppm),
        extraction.gathered_ppm,
        extraction.retention_time_window_s,
    )
