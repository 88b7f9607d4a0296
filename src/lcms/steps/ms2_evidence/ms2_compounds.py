"""The compounds as MS2 sees them: precursors, and the product ions that they should give."""

from collections.abc import Sequence
from dataclasses import dataclass

from lcms.groups import by_compound
from lcms.io.reference.panel import read_panel
from lcms.model import Ion
from lcms.numerics.identity.lactoyl import product_formulas
from lcms.numerics.mass.formulas import product_ion_mz


@dataclass(frozen=True)
class Ms2Compound:
    """A compound as MS2 sees it: precursors (Th), and expected product ions by formula."""

    target_id: str
    ions: tuple[Ion, ...]
    products: tuple[tuple[str, float], ...]


def compounds_of(ions: Sequence[Ion]) -> list[Ms2Compound]:
    """Return the compounds of a target sheet with the product ions that they should give.

    Those of the sheet; without any, those that every lactoyl amino acid of the panel gives.
    """
    lactoyl = {one.target_id for one in read_panel() if one.compound_class == "lactoyl"}
    found = []
    for target_id, own in by_compound(ions).items():
        products = _products(own, is_lactoyl=target_id in lactoyl)
        found.append(Ms2Compound(target_id, tuple(own), tuple(products.items())))
    return found


def _products(ions: Sequence[Ion], *, is_lactoyl: bool) -> dict[str, float]:
    """Return the m/z (Th) of the product ions of a compound by their formulas."""
    listed = {
        ion.product: ion.product_mz for ion in ions if ion.product and ion.product_mz is not None
    }
    first = ions[0]
    if listed or not is_lactoyl or not first.formula:
        return listed
    formulas = product_formulas(first.formula, first.polarity or -1)
    return {formula: product_ion_mz(formula) for formula in formulas}
