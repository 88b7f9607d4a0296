"""The mass offset of a run from its gathered scans."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from lcms.model import Ion
from lcms.numerics.chromatogram.gathered_scans import GatheredScans
from lcms.numerics.chromatogram.ion_scans import IonScans
from lcms.numerics.chromatogram.search_times import search_bounds_s
from lcms.numerics.chromatogram.window import strongest_centroids
from lcms.numerics.mass.mass_offset import anchor_error_ppm, mass_offset_ppm

_MZ_DECIMALS: Final = 6  # ions whose m/z agree to so many decimals are one anchor: isomers


def gathered_offset_ppm(
    gathered: GatheredScans, ions: Sequence[Ion], ion_scans: Sequence[IonScans]
) -> tuple[float | None, int]:
    """Return the mass offset of a run, ppm, and the number of anchors that agree.

    The offset is that of the ions of MS1. If these have none, it is that of the product ions.

    Parameters
    ----------
    gathered : GatheredScans
    ions : sequence of Ion
        The targets, which are the first ions that were gathered.
    ion_scans : sequence of IonScans
        Of each target.
    """
    precursor_errors: dict[float, list[float]] = defaultdict(list)
    product_errors: dict[float, list[float]] = defaultdict(list)
    for index, (ion, scans) in enumerate(zip(ions, ion_scans, strict=True)):
        error_ppm = _anchor_error_ppm(gathered, index, ion, scans)
        if error_ppm is not None:
            errors = precursor_errors if ion.product_mz is None else product_errors
            errors[round(ion.mz, _MZ_DECIMALS)].append(error_ppm)
    by_precursors, by_products = _offset_ppm(precursor_errors), _offset_ppm(product_errors)
    has_only_products = by_precursors[0] is None and by_products[0] is not None
    return by_products if has_only_products else by_precursors


def _anchor_error_ppm(
    gathered: GatheredScans, index: int, ion: Ion, ion_scans: IonScans
) -> float | None:
    """Return the m/z error of an ion within its search window, ppm; None if it is no anchor."""
    time_s = ion_scans.held.time_s
    scans, error_ppm, intensity = gathered.centroids(index, ion.mz, ion_scans.held.scans)
    if not scans.size:
        return None
    heights, errors = strongest_centroids(scans, error_ppm, intensity, time_s.size)
    start_s, end_s = search_bounds_s(ion)
    inside = (time_s >= start_s) & (time_s <= end_s)
    return anchor_error_ppm(heights[inside], errors[inside])


def _offset_ppm(errors: Mapping[float, Sequence[float]]) -> tuple[float | None, int]:
    """Return the mass offset by the median error at each m/z, and the number of anchors."""
    return mass_offset_ppm(np.array([np.median(at_mz) for at_mz in errors.values()]))
