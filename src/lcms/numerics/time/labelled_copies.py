"""Which analytes an internal standard may be a labelled copy of: equal but for the isotopes."""

from collections.abc import Sequence
from typing import Final

from lcms.kinds import TargetKind
from lcms.model import Ion
from lcms.numerics.mass.formulas import parse_formula, unlabelled_formula

_DEUTERIUM: Final = "(2)H"


def labelled_copies(standard: Ion, ions: Sequence[Ion]) -> list[Ion]:
    """Return the analytes of which a standard may be the labelled copy.

    The ions that name it as their internal standard and have its formula but for the isotopes.
    Of several isomers (Lac-Leu, Lac-Ile) one is the compound that was labelled.
    """
    return [
        ion
        for ion in ions
        if ion.internal_standard == standard.target_id
        and standard.kind is TargetKind.INTERNAL_STANDARD
        and are_equal_but_for_isotopes(ion, standard)
    ]


def are_equal_but_for_isotopes(first: Ion, second: Ion) -> bool:
    """Tell whether two ions have the same formula but for isotopes; False if one is unknown."""
    if first.formula is None or second.formula is None:
        return False
    return unlabelled_formula(first.formula) == unlabelled_formula(second.formula)


def is_deuterated(ion: Ion) -> bool:
    """Tell whether an ion contains deuterium: in reversed phase it then elutes earlier."""
    return ion.formula is not None and _DEUTERIUM in parse_formula(ion.formula)
