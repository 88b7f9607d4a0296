"""The packaged acceptance rules: profiles of clauses with their limits."""

from lcms.io.reference.packaged import read_packaged
from lcms.numerics.acceptance.acceptance_rules import Relation, Rule, Scope, Weight


def read_rules() -> tuple[Rule, ...]:
    """Return the rules of all profiles, in the order of their table."""
    return tuple(
        Rule(
            profile=row["profile"],
            scope=Scope(row["scope"]),
            metric=row["rule"],
            clause=row["clause"],
            is_checked={"yes": True, "no": False, "": None}[row["checked"]],
            weight=Weight(row["weight"]),
            relation=Relation(row["relation"]),
            limit=float(row["limit"]),
            tolerance_percent=_number(row["tolerance_percent"]),
            tolerance_lloq_percent=_number(row["tolerance_lloq_percent"]),
        )
        for row in read_packaged("rules.tsv")
    )


def _number(text: str) -> float:
    return float(text) if text else float("nan")
