"""The lactoyl signature in product-ion spectra, and the formulas that a precursor may have.

A precursor with the signature is a hypothesis: isomers (N-carboxyethyl amino acids, hydroxyacyl
alanines, O-lactoyl amino acids) may share part of the signature or all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Final

import numpy as np

from lcms.model import Floats
from lcms.numerics.identity.lactoyl import FORMIC_ACID, LACTAMIDE, LACTOYL, LACTOYLGLYCINE
from lcms.numerics.identity.spectra import CLEAR_SHARE, seen_ions
from lcms.numerics.mass.formulas import ion_mz, monoisotopic_mass, product_ion_mz

_LACTOYL_DA: Final = monoisotopic_mass(LACTOYL)
_FORMIC_ACID_DA: Final = monoisotopic_mass(FORMIC_ACID)
_LACTAMIDE_MZ: Final = product_ion_mz(LACTAMIDE)
_LACTATE_MZ: Final = product_ion_mz("C3H5O3-")
_LIGHTEST_DA: Final = 140.0  # below lactoylglycine, 147.05 Da
_HEAVIEST_DA: Final = 500.0  # above it a mass has too many formulas to help; chosen by judgement
_PROTON_DA: Final = ion_mz("H2", "[M+H]+") - monoisotopic_mass("H2")
# Hetero atoms of a conjugate of a dipeptide or of an amino acid with a sugar. By judgement.
_MOST_ATOMS: Final = {"N": 6, "O": 12, "S": 2}


@dataclass(frozen=True)
class PrecursorScan:
    """A scan with the signature of a precursor (Th) at a time (s), and the ions that it holds."""

    precursor_mz: float
    time_s: float
    signature: tuple[str, ...]
    intensity: float


@dataclass(frozen=True)
class PossibleConjugate:
    """The scans with the signature of one precursor in one peak."""

    precursor_mz: float
    time_s: float
    first_s: float
    last_s: float
    n_scans: int
    signature: tuple[str, ...]


def signature(
    precursor_mz: float, mz: Floats, intensity: Floats, polarity: int, tolerance_ppm: float
) -> tuple[str, ...]:
    """Return the ions of the signature of a lactoyl conjugate in a spectrum; () if it has none.

    Negative: the lactamide anion (`lactamide`) and the precursor less 72.0211 (`amino_acid`)
    are both needed; the lactate anion (`lactate`) is named beside them. Positive: the precursor
    less 72.0211 (`amino_acid`) and that less formic acid (`immonium`) are both needed.

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
    seen = seen_ions(mz, intensity, np.array(list(wanted.values())), tolerance_ppm, CLEAR_SHARE)
    words = tuple(word for word, is_seen in zip(wanted, seen, strict=True) if is_seen)
    needed = {"amino_acid", "immonium" if polarity > 0 else "lactamide"}
    is_alanine = polarity < 0 and abs(left_mz / _LACTAMIDE_MZ - 1) * 1e6 <= tolerance_ppm
    return words if needed <= set(words) and not is_alanine else ()


def paired_precursors(
    survey_mz: Floats, mz: Floats, isolation_mz: tuple[float, float], tolerance_ppm: float
) -> Floats:
    """Return the m/z of an isolation window from which a product differs by 72.0211, in Th.

    Parameters
    ----------
    survey_mz : array of shape (n,)
        m/z of the MS1 scan before, Th, ascending.
    mz : array of shape (m,)
        m/z of the clear products, Th.
    isolation_mz : tuple of float
        Edges of the window, Th.
    tolerance_ppm : float
    """
    inside = survey_mz[(survey_mz >= isolation_mz[0]) & (survey_mz <= isolation_mz[1])]
    if not inside.size or not mz.size:
        return np.empty(0)
    away_ppm = np.abs((mz[:, None] + _LACTOYL_DA) / inside - 1) * 1e6
    return np.asarray(inside[(away_ppm <= tolerance_ppm).any(axis=0)])


def possible_conjugates(
    scans: Sequence[PrecursorScan], tolerance_ppm: float, gap_s: float, min_scans: int
) -> list[PossibleConjugate]:
    """Return the conjugates that scans show: scans of similar m/z and time are one conjugate.

    Parameters
    ----------
    scans : sequence of PrecursorScan
    tolerance_ppm : float
        Greatest difference between neighbours in m/z.
    gap_s : float
        Longest time between two scans of one peak.
    min_scans : int
        Conjugates with fewer scans are left out.
    """
    by_mz = sorted(scans, key=lambda scan: scan.precursor_mz)
    mz = np.array([scan.precursor_mz for scan in by_mz])
    conjugates: list[PossibleConjugate] = []
    for same_mz in _cut(by_mz, 1e6 * np.diff(mz) / mz[:-1], tolerance_ppm):
        by_time = sorted(same_mz, key=lambda scan: scan.time_s)
        time_s = np.array([scan.time_s for scan in by_time])
        peaks = _cut(by_time, np.diff(time_s), gap_s)
        conjugates += [_conjugate(peak) for peak in peaks if len(peak) >= min_scans]
    return conjugates


def _cut(
    ordered: Sequence[PrecursorScan], gaps: Floats, limit: float
) -> list[Sequence[PrecursorScan]]:
    """Return the stretches of an ordered sequence between the gaps that are over a limit."""
    cuts = [0, *(np.flatnonzero(gaps > limit) + 1).tolist(), len(ordered)]
    return [ordered[start:end] for start, end in pairwise(cuts) if end > start]


def _conjugate(peak: Sequence[PrecursorScan]) -> PossibleConjugate:
    strongest = max(peak, key=lambda scan: scan.intensity)
    words = [word for scan in peak for word in scan.signature]
    return PossibleConjugate(
        precursor_mz=float(np.median([scan.precursor_mz for scan in peak])),
        time_s=strongest.time_s,
        first_s=peak[0].time_s,
        last_s=peak[-1].time_s,
        n_scans=len(peak),
        signature=tuple(dict.fromkeys(words)),
    )


def lactoyl_formulas(precursor_mz: float, polarity: int, tolerance_ppm: float) -> list[str]:
    """Return the CHNOS formulas of lactoyl conjugates of an m/z, the nearest first.

    Neutral formulas of [M-H]- or [M+H]+ with at least the atoms of lactoylglycine, an even
    number of electrons, no more hydrogen than is possible, and at most three hetero
    atoms more than carbon.

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
    light_da = {element: monoisotopic_mass(element) for element in "CHNOS"}
    ranges = (
        range(LACTOYLGLYCINE.get(element, 0), most + 1) for element, most in _MOST_ATOMS.items()
    )
    formulas: list[tuple[float, str]] = []
    for n, o, s in product(*ranges):
        rest_da = mass_da - n * light_da["N"] - o * light_da["O"] - s * light_da["S"]
        for c in range(max(LACTOYLGLYCINE["C"], n + o + s - 3), int(rest_da / light_da["C"]) + 1):
            h = round((rest_da - c * light_da["C"]) / light_da["H"])
            error_ppm = ((rest_da - c * light_da["C"] - h * light_da["H"]) / precursor_mz) * 1e6
            if abs(error_ppm) <= tolerance_ppm and _is_possible(c, h, n):
                atoms = {"C": c, "H": h, "N": n, "O": o, "S": s}
                formulas.append((abs(error_ppm), _text(atoms)))
    return [formula for _, formula in sorted(formulas)]


def _is_possible(c: int, h: int, n: int) -> bool:
    """Return whether a molecule may have so many hydrogens: two carbonyls, even electrons."""
    rings_and_double_bonds = c - h / 2 + n / 2 + 1
    return h >= c / 2 and rings_and_double_bonds >= 2 and rings_and_double_bonds % 1 == 0  # noqa: PLR2004  (the two carbonyls)


def _text(atoms: dict[str, int]) -> str:
    return "".join(f"{element}{n if n > 1 else ''}" for element, n in atoms.items() if n)
