"""The compounds as MS2 sees them: precursors, and the product ions that they should give."""

from collections.abc import Sequence
from dataclasses import dataclass

from lcms.io.panel import read_panel
from lcms.model import Ion
from lcms.numerics.lactoyl import product_formulas
from lcms.numerics.mass import product_ion_mz


@dataclass(frozen=True)
class Compound:
    """A compound as MS2 sees it: precursors (Th), and expected product ions by formula."""

    target_id: str
    ions: tuple[Ion, ...]
    products: tuple[tuple[str, float], ...]


def compounds_of(ions: Sequence[Ion]) -> list[Compound]:
    """Return the compounds of a target sheet with the product ions that they should give.

    Those of the sheet; without any, those that every lactoyl amino acid of the panel gives.
    """
    lactoyl = {one.target_id for one in read_panel() if one.compound_class == "lactoyl"}
    found = []
    for target_id in dict.fromkeys(ion.target_id for ion in ions):
        own = tuple(ion for ion in ions if ion.target_id == target_id)
        products = {
            ion.product: ion.product_mz
            for ion in own
            if ion.product and ion.product_mz is not None
        }
        if not products and target_id in lactoyl and own[0].formula:
            formulas = product_formulas(own[0].formula, own[0].polarity or -1)
            products = {formula: product_ion_mz(formula) for formula in formulas}
        found.append(Compound(target_id, own, tuple(products.items())))
    return found
