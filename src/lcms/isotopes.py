"""The natural isotopes of a compound, by pyOpenMS behind plain numbers."""

from functools import lru_cache

import numpy as np

from lcms.model import Ion
from lcms.numerics.mass.formulas import parse_formula

_LEAST_SHARE = 1e-9


def isotope_share(analyte: Ion, standard: Ion, tolerance_ppm: float) -> float:
    """Return how much of an analyte shows in the m/z window of a standard, by its own peak.

    The natural isotopes of the analyte (13C, 15N, 18O, …) that lie within the tolerance of the
    standard's m/z, by the abundance of the ion that is measured; 0 where a formula is not
    known, the charges differ, or the ion is read in MS2 (a fragment keeps some isotopes only).

    Parameters
    ----------
    tolerance_ppm : float
        Half-width of the m/z window. Peaks that the analyser does not separate from one in the
        window are not seen.

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


@lru_cache(maxsize=16_384)  # more than a panel has
def _isotopes(formula: str) -> tuple["np.ndarray[tuple[int], np.dtype[np.float64]]", ...]:
    """Return the masses (Da) above the stated isotopes' and the abundances by theirs."""
    import pyopenms as oms  # noqa: PLC0415  (slow to start, where needed only)

    plain = "".join(f"{kind}{count}" for kind, count in parse_formula(formula).items())
    compound = oms.EmpiricalFormula(plain)
    generator = oms.FineIsotopePatternGenerator(_LEAST_SHARE, False, True)  # noqa: FBT003  (C++)
    peaks = compound.getIsotopeDistribution(generator).getContainer()
    above_da = np.array([peak.getMZ() for peak in peaks]) - compound.getMonoWeight()
    abundance = np.array([peak.getIntensity() for peak in peaks], dtype=np.float64)
    return above_da, abundance / abundance[np.argmin(np.abs(above_da))]
