"""Which analytes an internal standard may be the labelled copy of."""

from collections.abc import Sequence
from typing import Final

from lcms.model import Ion, TargetKind
from lcms.numerics.mass.formulas import parse_formula, unlabelled_formula

_DEUTERIUM: Final = "(2)H"


def labelled_copies(standard: Ion, ions: Sequence[Ion]) -> list[Ion]:
    """Return the analytes that a standard may be the labelled copy of.

    Those that name it as their internal standard and whose formula is equal but for the
    isotopes: one, or several isomers (Lac-Leu, Lac-Ile) of which one is the copy.
    """
    return [
        ion
        for ion in ions
        if ion.internal_standard == standard.target_id
        and standard.kind is TargetKind.INTERNAL_STANDARD
        and are_equal_but_for_isotopes(ion, standard)
    ]


def are_equal_but_for_isotopes(one: Ion, other: Ion) -> bool:
    """Tell whether two compounds have the same atoms; False where a formula is not known."""
    if one.formula is None or other.formula is None:
        return False
    return unlabelled_formula(one.formula) == unlabelled_formula(other.formula)


def is_deuterated(ion: Ion) -> bool:
    """Tell whether an ion holds deuterium, which makes it elute earlier in reversed phase."""
    return ion.formula is not None and _DEUTERIUM in parse_formula(ion.formula)
