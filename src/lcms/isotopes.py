"""The natural isotopes of a compound, by pyOpenMS behind plain numbers."""

from functools import lru_cache
from typing import Final

import numpy as np

from lcms.model import Ion
from lcms.numerics.mass.formulas import parse_formula

_LEAST_SHARE: Final = 1e-9  # of all molecules: rarer isotopologues change no area
_MOST_FORMULAS: Final = 16_384  # remembered; more than a panel has


def isotope_share(analyte: Ion, standard: Ion, tolerance_ppm: float) -> float:
    """Return the intensity of an analyte in the m/z window of a standard, as a ratio.

    It is the abundance of the natural isotopes of the analyte (13C, 15N, 18O, …) within the
    tolerance of the m/z of the standard, divided by that of the measured ion of the analyte. It
    is 0 if the analyte has no formula, if the charges differ, or if an ion is read in MS2 (a
    fragment keeps only a part of the isotopes).

    Parameters
    ----------
    analyte, standard : Ion
    tolerance_ppm : float
        Half-width of the m/z window, ppm. Isotopes outside of it that the analyser does not
        separate from one inside are not counted.

    References
    ----------
    Lacki et al., Anal. Chem. 92 (2020) 9472 (IsoSpec2, in pyOpenMS).
    """
    if analyte.formula is None or analyte.charge == 0 or analyte.charge != standard.charge:
        return 0.0
    if analyte.product is not None or standard.product is not None:
        return 0.0
    above_th, share = _isotopes(analyte.formula)
    mz = analyte.precursor_mz + above_th / abs(analyte.charge)
    inside = np.abs(mz - standard.precursor_mz) <= tolerance_ppm * 1e-6 * standard.precursor_mz
    return float(share[inside].sum())


@lru_cache(maxsize=_MOST_FORMULAS)
def _isotopes(formula: str) -> tuple["np.ndarray[tuple[int], np.dtype[np.float64]]", ...]:
    """Return the isotopologues: mass above the stated one (Da), and abundance divided by its."""
    import pyopenms as oms  # noqa: PLC0415  (slow to start, where needed only)

    plain = "".join(f"{kind}{count}" for kind, count in parse_formula(formula).items())
    compound = oms.EmpiricalFormula(plain)
    generator = oms.FineIsotopePatternGenerator(_LEAST_SHARE, False, True)  # noqa: FBT003  (C++)
    peaks = compound.getIsotopeDistribution(generator).getContainer()
    above_da = np.array([peak.getMZ() for peak in peaks]) - compound.getMonoWeight()
    abundance = np.array([peak.getIntensity() for peak in peaks], dtype=np.float64)
    return above_da, abundance / abundance[np.argmin(np.abs(above_da))]
