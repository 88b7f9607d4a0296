"""Isotopologues of a 13C tracer: natural isotopes and impurity taken off, enrichment, rates.

The measured areas y of M+0 … M+n are A · m: column j of A holds what a molecule with j tracer
atoms shows in each channel, by the natural isotopes of its other atoms and by the impurity of
the tracer.

References
----------
Millard et al., Bioinformatics 28 (2012) 1294; 35 (2019) 4484 (IsoCor). Su et al., Anal. Chem.
89 (2017) 5940 (limit of resolution).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import nnls
from scipy.stats import binom

from lcms.errors import SheetError
from lcms.model import Floats, Ints
from lcms.numerics.mass.formulas import ISOTOPE_MASSES_DA

# Mole fractions of the isotopes: Berglund & Wieser, Pure Appl. Chem. 83 (2011) 397.
NATURAL_ABUNDANCES: Final[Mapping[str, Mapping[int, float]]] = {
    "H": {1: 0.999885, 2: 0.000115},
    "C": {12: 0.9893, 13: 0.0107},
    "N": {14: 0.99636, 15: 0.00364},
    "O": {16: 0.99757, 17: 0.00038, 18: 0.00205},
    "P": {31: 1.0},
    "S": {32: 0.9499, 33: 0.0075, 34: 0.0425, 36: 0.0001},
    "Si": {28: 0.92223, 29: 0.04685, 30: 0.03092},
}
_RAREST: Final = 1e-10  # fractions below it are left out of the fine structure
_PEAK_WIDTHS: Final = 1.66  # two peaks are told apart from there on: Su et al. 2017


@dataclass(frozen=True)
class Tracer:
    """The labelled element, its heavy isotope, and the fraction of heavy atoms in the label."""

    element: str = "C"
    isotope: int = 13
    purity: float = 0.99

    @property
    def shift_da(self) -> float:
        """Return by how much one label raises the mass, in Da."""
        masses = ISOTOPE_MASSES_DA[self.element]
        return masses[self.isotope] - next(iter(masses.values()))

    @property
    def abundance(self) -> float:
        """Return the natural abundance of the heavy isotope."""
        return NATURAL_ABUNDANCES[self.element][self.isotope]


@dataclass(frozen=True)
class MassDistribution:
    """Fractions of M+0 … M+n, shape (n + 1,), and the mean share of labelled atoms.

    `residual` is what the fit leaves of each area, by the sum of the areas. NaN where the sum of
    the areas is not above 0 or one is missing.
    """

    fraction: Floats
    enrichment: float
    residual: Floats


def resolution_limit_da(mass_da: float, charge: int, resolution: float, at_mz: float) -> float:
    """Return how far two peaks of an Orbitrap must be apart to be told apart, in Da.

    1.66 · (m/z)^1.5 / (R √(m/z)_R) · z; the resolution R falls with the root of m/z.
    """
    mz = mass_da / abs(charge)
    return float(_PEAK_WIDTHS * mz**1.5 / (resolution * np.sqrt(at_mz)) * abs(charge))


def other_isotopes(atoms: Mapping[str, int], tracer: Tracer, limit_da: float) -> Floats:
    """Return what the atoms other than the tracer's add to M+0, M+1, …; sums to 1 at most.

    Parameters
    ----------
    atoms : mapping
        Counts as `parse_formula` gives them. Atoms of a stated isotope add nothing.
    limit_da : float
        Isotopologues further from the tracer's m/z than this are resolved and not in its
        channel; infinite for a quadrupole.

    Raises
    ------
    SheetError
        An element without a natural abundance in the table.
    """
    peaks: dict[tuple[int, float], float] = {(0, 0.0): 1.0}
    for element, count in atoms.items():
        if element != tracer.element and not element.startswith("("):
            for _ in range(count):
                peaks = _with_atom(peaks, element)
    highest = max(shift for shift, _ in peaks)
    pattern = np.zeros(highest + 1)
    for (shift, mass), share in peaks.items():
        if np.isinf(limit_da) or abs(mass - shift * tracer.shift_da) <= limit_da:
            pattern[shift] += share
    return pattern


def _with_atom(
    peaks: Mapping[tuple[int, float], float], element: str
) -> dict[tuple[int, float], float]:
    """Return the fine structure with one more atom: (neutrons, Da above the lightest) -> share."""
    if element not in NATURAL_ABUNDANCES:
        raise SheetError(f"element {element!r}: its natural isotopes are not in the table")
    masses, lightest = ISOTOPE_MASSES_DA[element], min(NATURAL_ABUNDANCES[element])
    grown: dict[tuple[int, float], float] = {}
    for (shift, mass), share in peaks.items():
        for isotope, abundance in NATURAL_ABUNDANCES[element].items():
            if share * abundance >= _RAREST:
                heavier = round(mass + masses[isotope] - masses[lightest], 9)
                key = (shift + isotope - lightest, heavier)
                grown[key] = grown.get(key, 0.0) + share * abundance
    return grown


def correction_matrix(
    atoms: Mapping[str, int], tracer: Tracer, n_labels: int, limit_da: float = np.inf
) -> Floats:
    """Return A of shape (n_labels + 1, n_labels + 1): areas = A · fractions.

    Parameters
    ----------
    atoms : mapping
        The unlabelled molecule; where product ions are read, the part of it with the labels: the
        product, or what it lost. The other part then stays at its lightest isotopes in all
        channels, which multiplies all areas by the same factor.
    n_labels : int
        Most tracer atoms; not more than the molecule has of the element. Atoms of the element
        beyond it carry natural isotopes.

    Raises
    ------
    SheetError
        More labels than atoms, or an element without a natural abundance in the table.
    """
    n_atoms = atoms.get(tracer.element, 0)
    if not 0 <= n_labels <= n_atoms:
        raise SheetError(
            f"{n_labels} labels of {tracer.element}, but the formula has {n_atoms} such atoms"
        )
    others = other_isotopes(atoms, tracer, limit_da)
    columns = []
    for labels in range(n_labels + 1):
        pure = binom.pmf(np.arange(labels + 1), labels, tracer.purity)
        rest = n_atoms - labels
        natural = binom.pmf(np.arange(rest + 1), rest, tracer.abundance)
        pattern = np.convolve(np.convolve(others, pure), natural)
        columns.append(np.pad(pattern, (0, n_labels + 1))[: n_labels + 1])
    return np.column_stack(columns)


def mass_distribution(area: Floats, matrix: Floats) -> MassDistribution:
    """Return argmin ‖A · m - y‖ with m ≥ 0, as fractions m / Σm.

    Lawson & Hanson's non-negative least squares. The enrichment is Σ i · m_i / n.

    Parameters
    ----------
    area : array of shape (n + 1,)
        Of M+0 … M+n; 0 for a channel without a peak.
    matrix : array of shape (n + 1, n + 1)
        Of `correction_matrix`.
    """
    total = float(area.sum())
    nothing = np.full(area.size, np.nan)
    if not np.isfinite(total) or total <= 0:
        return MassDistribution(nothing, np.nan, nothing)
    amounts, _ = nnls(matrix, area / total)
    fraction = amounts / amounts.sum()
    labels = np.arange(area.size)
    enrichment = float(labels @ fraction) / max(area.size - 1, 1)
    return MassDistribution(fraction, enrichment, area / total - matrix @ amounts)


def unbounded_fractions(area: Floats, matrix: Floats) -> Floats:
    """Return A⁻¹ y as fractions of their sum: without bias, but some may be below 0; (n + 1,).

    Differences and means of fractions are made of them. The bound m ≥ 0 moves the mean of a
    fraction that is about 0 upwards. Areas may be below 0, as a fit gives them.
    """
    amounts = np.linalg.solve(matrix, area)
    total = float(amounts.sum())
    return np.asarray(amounts / total) if total > 0 else np.full(area.size, np.nan)


def with_hidden(area: Floats, limit: Floats, matrix: Floats) -> Floats:
    """Return areas in which hidden ones are those of molecules with fewer labels; (n + 1,).

    Of a peak that the threshold of the instrument hides it is known that its area is at most the
    limit of detection. As 0 it would take the natural isotopes of M+0 off the label.

    Parameters
    ----------
    area : array of shape (n + 1,)
        NaN where it is hidden.
    limit : array of shape (n + 1,)
        Limit of detection of each, in the unit of the areas.
    """
    is_hidden = np.isnan(area)
    if not is_hidden.any() or is_hidden.all():
        return area
    seen = ~is_hidden
    amounts = np.linalg.solve(matrix[np.ix_(seen, seen)], area[seen])
    made = matrix[np.ix_(is_hidden, seen)] @ amounts
    filled = area.copy()
    filled[is_hidden] = np.clip(made, 0.0, limit[is_hidden])
    return filled


def mass_distribution_variance(area_variance: Floats, area: Floats, matrix: Floats) -> Floats:
    """Return the variance of each fraction by those of the areas; shape (n + 1,).

    First order, of `unbounded_fractions`.
    """
    inverse = np.linalg.inv(matrix)
    amounts = inverse @ area
    total = float(amounts.sum())
    gradient = (inverse - np.outer(amounts / total, inverse.sum(axis=0))) / total
    return np.asarray(gradient**2 @ area_variance)


def labelled_mz(mz: float, n_labels: int, tracer: Tracer, charge: int = 1) -> float:
    """Return the m/z (Th) of an ion with so many labels.

    Of a product ion, only labels that the fragment keeps count.
    """
    return mz + n_labels * tracer.shift_da / abs(charge)


def equal_ions(standard_mz: Floats, isotopologue_mz: Floats, tolerance_ppm: float) -> Ints:
    """Return pairs (standard, isotopologue) that share an m/z; shape (k, 2), of positions.

    An internal standard such as [13C3]lactoyl-leucine is itself M+3 of a 13C3-lactate tracer:
    its peak then cannot be told from what the body made.
    """
    gap = np.abs(standard_mz[:, None] - isotopologue_mz)
    return np.asarray(np.argwhere(gap <= tolerance_ppm * 1e-6 * isotopologue_mz), dtype=np.int64)


def precursor_product_ratio(product_fraction: Floats, precursor_fraction: Floats) -> Floats:
    """Return E(product) / E(precursor): the share of the product made from the tracer's pool."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(precursor_fraction > 0, product_fraction / precursor_fraction, np.nan)


@dataclass(frozen=True)
class LabelledPool:
    """The share of the molecules that carry all labels, with its SD, at each time; (n,)."""

    fraction: Floats
    sd: Floats

    def of(self, chosen: slice) -> "LabelledPool":
        """Return some of the times."""
        return LabelledPool(self.fraction[chosen], self.sd[chosen])


@dataclass(frozen=True)
class SynthesisRate:
    """The share of a pool that is made anew per hour, with its SD, and what it is made of."""

    rate_per_h: float
    sd_per_h: float
    product_change: float
    precursor_mean: float


def fractional_synthesis(
    time_h: Floats, precursor: LabelledPool, product: LabelledPool
) -> SynthesisRate:
    """Return ΔE_product / (mean E_precursor · Δt), from the first time to the last.

    The mean of the precursor is that over time, by trapezoids. NaN where it is not above 0 or
    anything is missing. Variances are of first order.

    References
    ----------
    Wolfe & Chinkes, Isotope Tracers in Metabolic Research, 2nd ed. (2005), chapter 10.
    """
    step = np.diff(time_h)
    interval_h = float(step.sum())
    weight = (np.append(step, 0.0) + np.append(0.0, step)) / 2 / interval_h
    mean = float(weight @ precursor.fraction)
    change = float(product.fraction[-1] - product.fraction[0])
    if not mean > 0:
        return SynthesisRate(np.nan, np.nan, change, mean)
    rate = change / (mean * interval_h)
    change_sd = np.hypot(product.sd[0], product.sd[-1]) / (mean * interval_h)
    mean_sd = rate * np.sqrt(np.sum((weight * precursor.sd) ** 2)) / mean
    return SynthesisRate(rate, float(np.hypot(change_sd, mean_sd)), change, mean)
