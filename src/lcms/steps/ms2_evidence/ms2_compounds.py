"""The compounds in MS2: their precursors, and the product ions expected of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from lcms.groups import by_compound
from lcms.io.reference.panel import read_panel
from lcms.model import Ion
from lcms.numerics.identity.lactoyl import product_formulas
from lcms.numerics.mass.formulas import product_ion_mz


@dataclass(frozen=True)
class Ms2Compound:
    """A compound in MS2: its ions, and formula and m/z (Th) of its expected product ions."""

    target_id: str
    ions: tuple[Ion, ...]
    products: tuple[tuple[str, float], ...]


def compounds_of(ions: Sequence[Ion]) -> list[Ms2Compound]:
    """Return the compounds of a target sheet with their expected product ions.

    These are the product ions of the sheet; without any, those of every lactoyl amino acid of
    the packaged panel.
    """
    lactoyl = {
        compound.target_id for compound in read_panel() if compound.compound_class == "lactoyl"
    }
    compounds = []
    for target_id, members in by_compound(ions).items():
        products = _products(members, is_lactoyl=target_id in lactoyl)
        compounds.append(Ms2Compound(target_id, tuple(members), tuple(products.items())))
    return compounds


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
