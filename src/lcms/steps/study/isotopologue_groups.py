"""The compounds with a tracer: their isotopologue ions, and the matrix of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.config import Study
from lcms.errors import ChemistryError
from lcms.kinds import IonRole
from lcms.model import Floats, Ion
from lcms.numerics.mass.formulas import (
    formula_text,
    lost_atoms,
    monoisotopic_mass,
    n_labelled_atoms,
    parse_formula,
    product_atoms,
    unlabelled_formula,
)
from lcms.numerics.study.isotopologues import Tracer, correction_matrix, resolution_limit_da

_RESOLUTION_MZ: Final = 200.0


@dataclass(frozen=True)
class Isotopologues:
    """M+0 … M+n of a compound: quantifiers in the order of their labels, and what A is made of.

    `matrix` is None where the products of the ions do not show where the labels are.
    """

    ions: Sequence[Ion]
    matrix: Floats | None


@dataclass(frozen=True)
class _LabelledPart:
    """The atoms whose isotopes tell the ions apart, and whether an Orbitrap resolves them."""

    atoms: Mapping[str, int]
    is_resolved: bool


def isotopologue_groups(ions: Sequence[Ion], study: Study) -> dict[str, Isotopologues]:
    """Return the compounds with a tracer by the target_id of M+0.

    Raises
    ------
    SheetError
        An element without a natural abundance in the table.
    """
    quantifiers = [ion for ion in ions if ion.role is IonRole.QUANTIFIER]
    groups: dict[str, dict[int, Ion]] = {}
    for ion in quantifiers:
        if ion.isotopologue_of is not None:
            groups.setdefault(ion.isotopologue_of, {})[n_labelled_atoms(ion.formula or "")] = ion
    bases = {ion.target_id: ion for ion in quantifiers}
    return {name: _group({0: bases[name], **labelled}, study) for name, labelled in groups.items()}


def _group(by_labels: Mapping[int, Ion], study: Study) -> Isotopologues:
    """Return a compound whose labels are 0 … n, as the target sheet was checked to have."""
    n_labels = max(by_labels)
    ions = [by_labels[k] for k in range(n_labels + 1)]
    heaviest = parse_formula(ions[-1].formula or "")
    isotope, element = next(a for a in heaviest if a.startswith("(")).strip("(").split(")")
    tracer = Tracer(element, int(isotope), study.tracer_purity)
    part = _labelled_part(ions)
    if part is None or part.atoms.get(element, 0) < n_labels:
        return Isotopologues(ions, None)
    limit_da = np.inf
    if study.resolution is not None and part.is_resolved:
        mass_da = monoisotopic_mass(formula_text(part.atoms))
        charge = ions[0].charge or 1
        limit_da = resolution_limit_da(mass_da, charge, study.resolution, _RESOLUTION_MZ)
    return Isotopologues(ions, correction_matrix(part.atoms, tracer, n_labels, limit_da))


def _labelled_part(ions: Sequence[Ion]) -> _LabelledPart | None:
    """Return the whole molecule; of product ions the product, or what the precursor lost.

    Product ions must be formulas of one product that keeps all labels in each ion, or none. A
    quadrupole that isolates the precursors does not resolve isotopes of equal mass number.
    """
    if not any(ion.product for ion in ions):
        return _LabelledPart(unlabelled_formula(ions[0].formula or ""), is_resolved=True)
    products = [product_atoms(ion.product) if ion.product else None for ion in ions]
    formulas = [formula_text(atoms) for atoms in products if atoms]
    kept = unlabelled_formula(formulas[0]) if formulas else {}
    if len(formulas) < len(ions) or any(unlabelled_formula(text) != kept for text in formulas):
        return None
    n_kept = [n_labelled_atoms(text) for text in formulas]
    if n_kept == list(range(len(ions))):
        return _LabelledPart(kept, is_resolved=True)
    return None if any(n_kept) else _lost_part(ions[0])


def _lost_part(base: Ion) -> _LabelledPart | None:
    try:
        atoms = lost_atoms(base.formula or "", base.adduct or "", base.product or "")
    except ChemistryError:
        return None
    return _LabelledPart(atoms, is_resolved=False)
