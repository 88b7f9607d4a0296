"""The lactoyl signature in product-ion spectra, and the formulas that a precursor may have.

What is found is a hypothesis: isomers (N-carboxyethyl amino acids, hydroxyacyl alanines, O-lactoyl
amino acids) may share part of the signature or all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Final

import numpy as np

from lcms.model import Floats
from lcms.numerics.identity.spectra import seen_ions
from lcms.numerics.mass.formulas import ion_mz, monoisotopic_mass, product_ion_mz

_LACTOYL_DA: Final = monoisotopic_mass("C3H4O2")
_FORMIC_ACID_DA: Final = monoisotopic_mass("CH2O2")
_LACTAMIDE_MZ: Final = product_ion_mz("C3H6NO2-")
_LACTATE_MZ: Final = product_ion_mz("C3H5O3-")
_LEAST_SHARE: Final = 0.01  # of the base peak
_LIGHTEST_DA: Final = 140.0  # below lactoylglycine
_HEAVIEST_DA: Final = 500.0
_PROTON_DA: Final = ion_mz("H2", "[M+H]+") - monoisotopic_mass("H2")
_MOST: Final = {"N": 6, "O": 12, "S": 2}
_LEAST: Final = {"C": 5, "N": 1, "O": 4}


@dataclass(frozen=True)
class PrecursorScan:
    """A scan that shows the signature of a precursor (Th): at a time (s), by which ions."""

    precursor_mz: float
    time_s: float
    evidence: tuple[str, ...]
    intensity: float


@dataclass(frozen=True)
class PossibleConjugate:
    """Sightings of one precursor in one peak."""

    precursor_mz: float
    time_s: float
    first_s: float
    last_s: float
    n_scans: int
    evidence: tuple[str, ...]


def signature(
    precursor_mz: float, mz: Floats, intensity: Floats, polarity: int, tolerance_ppm: float
) -> tuple[str, ...]:
    """Return by which ions a spectrum has the signature of a lactoyl conjugate; () if it has not.

    Negative: the lactamide anion (`lactamide`) and what is left after the loss of 72.0211
    (`amino_acid`) together; the lactate anion (`lactate`) only adds to them. Positive: the loss
    of 72.0211 (`amino_acid`) and that of formic acid besides (`immonium`) together.

    Parameters
    ----------
    precursor_mz : float
        Th.
    mz, intensity : arrays of shape (n,)
        Th, ascending; counts.
    polarity : int
        +1 or -1.
    tolerance_ppm : float
    """
    left_mz = precursor_mz - _LACTOYL_DA
    if polarity > 0:
        wanted = {"amino_acid": left_mz, "immonium": left_mz - _FORMIC_ACID_DA}
    else:
        wanted = {"amino_acid": left_mz, "lactamide": _LACTAMIDE_MZ, "lactate": _LACTATE_MZ}
    seen = seen_ions(mz, intensity, np.array(list(wanted.values())), tolerance_ppm, _LEAST_SHARE)
    words = tuple(word for word, is_seen in zip(wanted, seen, strict=True) if is_seen)
    needed = {"amino_acid", "immonium" if polarity > 0 else "lactamide"}
    is_alanine = polarity < 0 and abs(left_mz / _LACTAMIDE_MZ - 1) * 1e6 <= tolerance_ppm
    return words if needed <= set(words) and not is_alanine else ()


def paired_precursors(
    survey_mz: Floats, mz: Floats, isolation_mz: tuple[float, float], tolerance_ppm: float
) -> Floats:
    """Return the precursors in a wide isolation window that a product is 72.0211 lighter than.

    Parameters
    ----------
    survey_mz : array of shape (n,)
        Of the MS1 scan before, Th, ascending.
    mz : array of shape (m,)
        Of the clear products, Th.
    isolation_mz : tuple of float
        Edges of the window, Th.
    tolerance_ppm : float
    """
    inside = survey_mz[(survey_mz >= isolation_mz[0]) & (survey_mz <= isolation_mz[1])]
    if not inside.size or not mz.size:
        return np.empty(0)
    away_ppm = np.abs((mz[:, None] + _LACTOYL_DA) / inside - 1) * 1e6
    return np.asarray(inside[(away_ppm <= tolerance_ppm).any(axis=0)])


def grouped(
    sightings: Sequence[PrecursorScan], tolerance_ppm: float, gap_s: float, least_scans: int
) -> list[PossibleConjugate]:
    """Return the sightings of one precursor that follow each other as one, by m/z and time.

    Parameters
    ----------
    sightings : sequence of PrecursorScan
    tolerance_ppm : float
        Greatest difference between neighbours in m/z.
    gap_s : float
        Longest time between two sightings of one peak.
    least_scans : int
        What was seen less often is left out.
    """
    by_mz = sorted(sightings, key=lambda one: one.precursor_mz)
    mz = np.array([one.precursor_mz for one in by_mz])
    found: list[PossibleConjugate] = []
    for same_mz in _cut(by_mz, 1e6 * np.diff(mz) / mz[:-1], tolerance_ppm):
        by_time = sorted(same_mz, key=lambda one: one.time_s)
        time_s = np.array([one.time_s for one in by_time])
        peaks = _cut(by_time, np.diff(time_s), gap_s)
        found += [_found(peak) for peak in peaks if len(peak) >= least_scans]
    return found


def _cut(
    ordered: Sequence[PrecursorScan], gaps: Floats, limit: float
) -> list[Sequence[PrecursorScan]]:
    """Return the stretches of an ordered sequence between the gaps that are over a limit."""
    cuts = [0, *(np.flatnonzero(gaps > limit) + 1).tolist(), len(ordered)]
    return [ordered[start:end] for start, end in pairwise(cuts) if end > start]


def _found(peak: Sequence[PrecursorScan]) -> PossibleConjugate:
    best = max(peak, key=lambda one: one.intensity)
    words = [word for one in peak for word in one.evidence]
    return PossibleConjugate(
        precursor_mz=float(np.median([one.precursor_mz for one in peak])),
        time_s=best.time_s,
        first_s=peak[0].time_s,
        last_s=peak[-1].time_s,
        n_scans=len(peak),
        evidence=tuple(dict.fromkeys(words)),
    )


def lactoyl_formulas(precursor_mz: float, polarity: int, tolerance_ppm: float) -> list[str]:
    """Return the CHNOS formulas of lactoyl conjugates with an m/z, the nearest first.

    Neutral formulas of [M-H]- or [M+H]+ with at least the atoms of lactoylglycine, an even
    number of electrons, no more hydrogen than is possible, and at most as many hetero atoms as
    carbon.

    Parameters
    ----------
    precursor_mz : float
        Th.
    polarity : int
        +1 or -1.
    tolerance_ppm : float
    """
    mass_da = precursor_mz - polarity * _PROTON_DA
    if not _LIGHTEST_DA <= mass_da <= _HEAVIEST_DA:
        return []
    light = {one: monoisotopic_mass(one) for one in "CHNOS"}
    ranges = (range(_LEAST.get(one, 0), _MOST[one] + 1) for one in ("N", "O", "S"))
    found: list[tuple[float, str]] = []
    for n, o, s in product(*ranges):
        rest_da = mass_da - n * light["N"] - o * light["O"] - s * light["S"]
        for c in range(max(_LEAST["C"], n + o + s - 3), int(rest_da / light["C"]) + 1):
            h = round((rest_da - c * light["C"]) / light["H"])
            error_ppm = ((rest_da - c * light["C"] - h * light["H"]) / precursor_mz) * 1e6
            if abs(error_ppm) <= tolerance_ppm and _is_possible(c, h, n):
                found.append((abs(error_ppm), _formula({"C": c, "H": h, "N": n, "O": o, "S": s})))
    return [formula for _, formula in sorted(found)]


def _is_possible(c: int, h: int, n: int) -> bool:
    """Tell whether a molecule may have so many hydrogens: two acid carbonyls, even electrons."""
    rings_and_double_bonds = c - h / 2 + n / 2 + 1
    return h >= c / 2 and rings_and_double_bonds >= 2 and rings_and_double_bonds % 1 == 0  # noqa: PLR2004  (the two carbonyls)


def _formula(atoms: dict[str, int]) -> str:
    return "".join(f"{one}{n if n > 1 else ''}" for one, n in atoms.items() if n)
