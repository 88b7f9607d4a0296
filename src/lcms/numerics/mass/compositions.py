"""Simple compositions of C, H, N, O and S that a compound of a nominal mass may have."""

from functools import lru_cache
from typing import Final

import numpy as np

from lcms.model import Floats, Ints
from lcms.numerics.mass.formulas import ELECTRON_MASS_DA, ISOTOPE_MASSES_DA

_ELEMENTS: Final = {"C": 12, "H": 1, "N": 14, "O": 16, "S": 32}  # mass numbers
_MASS_DA: Final = np.array([ISOTOPE_MASSES_DA[name][number] for name, number in _ELEMENTS.items()])
# Atoms per carbon that natural compounds have, and how many of N and S a simple one has: the
# ranges of 99.7 % of formulas in Kind and Fiehn, BMC Bioinformatics 8 (2007) 105, table 2, and
# what peptides of up to five residues have.
_HYDROGEN_PER_CARBON: Final = (0.2, 3.1)
_OXYGEN_PER_CARBON: Final = 1.2
_MOST_NITROGEN: Final = 5
_MOST_SULFUR: Final = 1
_NOMINAL_PER_DA: Final = 1.0005  # mass divided by mass number of organic compounds below 600 Da
_PROTON_DA: Final = _MASS_DA[1] - ELECTRON_MASS_DA
_MOST_REMEMBERED: Final = 4096  # nominal masses; more than a panel has


def possible_ions(mz: float, polarity: int) -> Floats:
    """Return the m/z (Th) of [M+H]+ or [M-H]- of each composition of the same nominal mass.

    Parameters
    ----------
    mz : float
        Of a singly charged ion, Th.
    polarity : int
        1 or -1.

    Returns
    -------
    Floats
        Shape (compositions,); those with the fewest atoms of N and S first, then the nearest.
    """
    masses_da, n_hetero = _possible(round(mz / _NOMINAL_PER_DA) - polarity)
    all_mz = masses_da + polarity * _PROTON_DA
    return np.asarray(all_mz[np.lexsort((np.abs(all_mz - mz), n_hetero))])


@lru_cache(maxsize=_MOST_REMEMBERED)
def _possible(nominal: int) -> tuple[Floats, Ints]:
    """Return the masses (Da) and the numbers of N and S atoms of the possible compositions."""
    atoms = possible_compositions(nominal)
    return atoms @ _MASS_DA, atoms[:, 2] + atoms[:, 4]


def possible_compositions(nominal: int) -> Ints:
    """Return the numbers of C, H, N, O and S atoms of neutral compounds, shape (n, 5).

    Rings and double bonds are whole and not negative, and the atoms per carbon are those of
    natural compounds.

    Parameters
    ----------
    nominal : int
        Sum of the mass numbers of the atoms.
    """
    most = (nominal // 12, _MOST_NITROGEN, nominal // 16, _MOST_SULFUR)
    carbon, nitrogen, oxygen, sulfur = np.ogrid[tuple(slice(n + 1) for n in most)]
    hydrogen = nominal - 12 * carbon - (14 * nitrogen + 16 * oxygen + 32 * sulfur)
    least_hydrogen, most_hydrogen = (share * carbon for share in _HYDROGEN_PER_CARBON)
    twice_unsaturation = 2 * carbon + 2 + nitrogen - hydrogen
    is_possible = (
        (carbon > 0)
        & (least_hydrogen <= hydrogen)
        & (hydrogen <= most_hydrogen)
        & (oxygen <= _OXYGEN_PER_CARBON * carbon)
        & (twice_unsaturation >= 0)
        & (twice_unsaturation % 2 == 0)
    )
    n_carbon, n_nitrogen, n_oxygen, n_sulfur = np.nonzero(is_possible)
    atoms = [n_carbon, hydrogen[is_possible], n_nitrogen, n_oxygen, n_sulfur]
    return np.stack(atoms, axis=1, dtype=np.int64)
