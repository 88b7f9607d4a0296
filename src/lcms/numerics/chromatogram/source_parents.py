"""The parents of a panel: compounds that may fall apart into a target in the ion source."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from lcms.groups import by_chromatogram
from lcms.model import Ion
from lcms.numerics.chromatogram.auxiliary_ions import AuxiliaryIon, renamed, whole_window
from lcms.numerics.mass.formulas import adduct_charge, ion_mz, parse_formula

_ADDUCTS: Final = ("[M-H]-", "[M+H]+")  # of a target that a fragment can look like


@dataclass(frozen=True)
class SourceFragment:
    """A compound whose ion is also a fragment of a larger one, its parent.

    `formula` is the neutral compound that the fragment looks like, `parent_formula` the larger
    compound, `polarity` where the parent is known to lose the rest.
    """

    fragment: str
    formula: str
    parent: str
    parent_formula: str
    polarity: Literal["+", "-", "both"]


def parents_of(ions: Sequence[Ion], fragments: Iterable[SourceFragment]) -> list[AuxiliaryIon]:
    """Return the ions of the parents of every target of a panel that is read in MS1.

    Parents of one formula have one ion; it is read where the target is.

    Parameters
    ----------
    ions : sequence of Ion
        The panel.
    fragments : iterable of SourceFragment
        The packaged table, see `lcms.io.reference.panel.read_source_fragments`.
    """
    by_atoms: dict[frozenset[tuple[str, int]], list[SourceFragment]] = defaultdict(list)
    for fragment in fragments:
        by_atoms[_atoms(fragment.formula)].append(fragment)
    parents = []
    surveyed = by_chromatogram(ion for ion in ions if ion.product_mz is None)
    for chromatogram_id, members in surveyed.items():
        base = whole_window(members)
        if base.formula is None or base.adduct not in _ADDUCTS:
            continue
        sign = "+" if adduct_charge(base.adduct) > 0 else "-"
        names: dict[str, str] = {}
        for fragment in by_atoms.get(_atoms(base.formula), ()):
            if fragment.polarity in {"both", sign}:
                names.setdefault(fragment.parent_formula, fragment.parent)
        for formula, name in names.items():
            mz = ion_mz(formula, base.adduct)
            ion = renamed(base, f"{chromatogram_id} parent {name}", mz)
            parents.append(AuxiliaryIon(chromatogram_id, "parent", ion, compound=name))
    return parents


def _atoms(formula: str) -> frozenset[tuple[str, int]]:
    return frozenset(parse_formula(formula).items())
