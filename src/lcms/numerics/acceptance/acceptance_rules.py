"""Rules that limit the metrics of a compound (`metrics`), and what they decide together.

A rule names its metric, so the limits are data (`data/rules.tsv`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lcms.numerics.quantity.calibrators import ROUNDING

ALL_BATCHES: Final = "*"  # as `batch` of what is judged over all batches


class Weight(StrEnum):
    """What a rule means for the acceptance of a compound in a batch.

    Without the value of a `required` rule nothing is accepted. A `required` or `decisive` rule
    that fails rejects, an `informative` one does not.
    """

    REQUIRED = "required"
    DECISIVE = "decisive"
    INFORMATIVE = "informative"


class Scope(StrEnum):
    """What a rule judges: a batch, or all batches of the study together."""

    BATCH = "batch"
    STUDY = "study"


class Acceptance(StrEnum):
    """The result of all rules together."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_JUDGED = "not_judged"


class Relation(StrEnum):
    """The side of the limit on which a value passes; a value equal to the limit passes."""

    AT_MOST = "at_most"
    AT_LEAST = "at_least"


@dataclass(frozen=True)
class Rule:
    """A clause of a profile.

    `is_checked`: the clause was compared with the text of its source; None where there is none.
    `tolerance_percent` is the largest accepted deviation of an accuracy from 100 %,
    `tolerance_lloq_percent` the same at the lower limit of quantification; NaN for metrics that
    do not depend on accuracies.
    """

    profile: str
    scope: Scope
    metric: str
    clause: str
    is_checked: bool | None
    weight: Weight
    relation: Relation
    limit: float
    tolerance_percent: float
    tolerance_lloq_percent: float


def passes(value: float, rule: Rule) -> bool | None:
    """Return whether a value is within the limit of a rule; None where there is no value."""
    if math.isnan(value):
        return None
    if rule.relation is Relation.AT_MOST:
        return value <= rule.limit + ROUNDING
    return value >= rule.limit - ROUNDING


def acceptance(outcomes: Sequence[tuple[Rule, bool | None]]) -> tuple[Acceptance, list[str]]:
    """Return the result of all rules of a profile, and the metrics that cause it.

    Parameters
    ----------
    outcomes : sequence of (Rule, bool or None)
        Each rule, and whether it passes; None: not judged.
    """
    failed = [
        rule.metric
        for rule, outcome in outcomes
        if outcome is False and rule.weight is not Weight.INFORMATIVE
    ]
    missing = [
        rule.metric
        for rule, outcome in outcomes
        if outcome is None and rule.weight is Weight.REQUIRED
    ]
    if failed:
        return Acceptance.REJECTED, failed
    if missing or not outcomes:
        return Acceptance.NOT_JUDGED, missing
    return Acceptance.ACCEPTED, []
