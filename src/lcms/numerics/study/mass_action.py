"""The mass-action ratio of lactoyl amino acid formation, lactate + X ⇌ Lac-X + H2O.

Γ = [Lac-X] / ([lactate] · [X]) in L/mol; water counts as 1.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lcms.model import Bools, Floats

GAS_CONSTANT_J_MOL_K: Final = 8.31446261815324  # exact since the SI of 2019 (CODATA 2022)
_J_PER_KJ: Final = 1e3
_NMOL_PER_MOL: Final = 1e9


@dataclass(frozen=True)
class Reactants:
    """Concentrations in nmol/L of product, lactate and amino acid; arrays of shape (n,).

    A censored one holds its limit; `is_censored` has shape (3, n), in the same order. `cv` of
    shape (3, n) are the relative standard deviations.
    """

    product_nmol_l: Floats
    lactate_nmol_l: Floats
    amino_acid_nmol_l: Floats
    cv: Floats
    is_censored: Bools


@dataclass(frozen=True)
class MassActionRatio:
    """Γ in L/mol, the standard deviation of ln Γ, and `=`, `<=`, `>=` or `` (no answer); (n,)."""

    ratio_l_mol: Floats
    log_sd: Floats
    bound: NDArray[np.str_]


def mass_action_ratio(reactants: Reactants) -> MassActionRatio:
    """Return Γ, with what is censored as a bound.

    A product below its limit makes Γ an upper bound, a reactant below its limit a lower one;
    both together say nothing, and Γ is NaN. A bound has no standard deviation.
    """
    gamma = (
        reactants.product_nmol_l
        / (reactants.lactate_nmol_l * reactants.amino_acid_nmol_l)
        * _NMOL_PER_MOL
    )
    above, below = reactants.is_censored[0], reactants.is_censored[1:].any(axis=0)
    is_finite = np.isfinite(gamma) & (gamma > 0) & ~(above & below)
    bound = np.select([~is_finite, above, below], ["", "<=", ">="], "=")
    log_sd = np.sqrt(np.sum(reactants.cv**2, axis=0))
    return MassActionRatio(
        np.where(is_finite, gamma, np.nan), np.where(bound == "=", log_sd, np.nan), bound
    )


def hydrolysis_energy_kj_mol(
    ratio_l_mol: Floats, equilibrium_l_mol: float, temperature_k: float
) -> Floats:
    """Return ΔG' = -RT ln(Γ / K_eq) in kJ/mol, with K_eq of the formation in L/mol.

    The Gibbs energy of the hydrolysis of the product, that is, the negative of its formation:
    above 0 the reaction forms the product, below 0 it splits it.

    References
    ----------
    Alberty, Thermodynamics of Biochemical Reactions (2003), chapter 1.
    """
    scale = GAS_CONSTANT_J_MOL_K * temperature_k / _J_PER_KJ
    return np.asarray(-scale * np.log(ratio_l_mol / equilibrium_l_mol))
