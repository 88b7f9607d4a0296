"""The equilibrium constant of the formation, A + B ⇌ P, from the plateaus of both directions.

K = [P] / ([A] · [B]) in L/mol; water counts as 1. At the plateau of the formation P is what was
made; where P is split, both halves are, and what is left of P is in the numerator.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from lcms.model import Floats

_NMOL_PER_MOL = 1e9


@dataclass(frozen=True)
class Equilibrium:
    """K in L/mol, and the standard deviation of ln K."""

    constant_l_mol: float
    log_sd: float


def equilibrium_constant_l_mol(
    product_nmol_l: float, reactant_a_nmol_l: float, reactant_b_nmol_l: float
) -> float:
    """Return K_eq = Γ at the plateau, [product] / ([A] · [B]), in L/mol."""
    return product_nmol_l / (reactant_a_nmol_l * reactant_b_nmol_l) * _NMOL_PER_MOL


def of_formation(made_nmol_l: float, made_sd: float, reactants: Floats) -> Equilibrium | None:
    """Return K by a plateau of the product; None unless some of both reactants is left.

    Parameters
    ----------
    made_nmol_l, made_sd : float
        Product at the plateau, with its standard deviation.
    reactants : array of shape (2,)
        At the start, nmol/L.
    """
    left = reactants - made_nmol_l
    if not (np.isfinite(left).all() and (left > 0).all()):
        return None
    constant = equilibrium_constant_l_mol(made_nmol_l, float(left[0]), float(left[1]))
    gain = 1 + float(np.sum(made_nmol_l / left))  # d ln K / d ln made
    return Equilibrium(constant, gain * made_sd / made_nmol_l)


def of_splitting(made_nmol_l: float, made_sd: float, start_nmol_l: float) -> Equilibrium | None:
    """Return K by a plateau of one half of what is split; None unless some of it is left.

    Parameters
    ----------
    made_nmol_l, made_sd : float
        One half at the plateau, with its standard deviation; there is as much of the other.
    start_nmol_l : float
        Of the compound that is split.
    """
    left = start_nmol_l - made_nmol_l
    if not left > 0:
        return None
    constant = equilibrium_constant_l_mol(left, made_nmol_l, made_nmol_l)
    gain = 2 + made_nmol_l / left
    return Equilibrium(constant, gain * made_sd / made_nmol_l)


def geometric_mean(equilibria: list[Equilibrium]) -> Equilibrium:
    """Return the mean of ln K over wells; its SD by theirs, or by their scatter if that is larger.

    NaN without any.
    """
    if not equilibria:
        return Equilibrium(np.nan, np.nan)
    logs = np.log([each.constant_l_mol for each in equilibria])
    n = logs.size
    expected = np.sum(np.square([each.log_sd for each in equilibria])) / n**2
    seen = float(np.var(logs, ddof=1)) / n if n > 1 else 0.0
    return Equilibrium(float(np.exp(logs.mean())), float(np.sqrt(max(float(expected), seen))))


def agreement_p(
    forward: float, forward_log_sd: float, reverse: float, reverse_log_sd: float
) -> float:
    """Return the p-value that the constants from both sides are equal; normal ln K."""
    gap = np.log(forward / reverse) / np.hypot(forward_log_sd, reverse_log_sd)
    return float(2 * stats.norm.sf(abs(gap)))
