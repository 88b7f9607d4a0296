"""What rules decide, by limits and outcomes that a test has made up."""

from dataclasses import replace

import pytest

from lcms.io.reference.rules import read_rules
from lcms.numerics.acceptance.acceptance_rules import Acceptance, Relation, acceptance, passes

RULES = read_rules()


@pytest.mark.parametrize(
    ("outcomes", "result", "why"),
    [
        ({}, Acceptance.ACCEPTED, []),
        ({"qc_count": None, "qc_accepted_percent": None}, Acceptance.NOT_JUDGED,
         ["qc_accepted_percent", "qc_count"]),
        ({"qc_count": None, "zero_percent": False}, Acceptance.REJECTED, ["zero_percent"]),
        ({"zero_percent": None}, Acceptance.ACCEPTED, []),
        ({"standard_deviant_percent": False}, Acceptance.ACCEPTED, []),
        ({"calibrator_levels": False}, Acceptance.REJECTED, ["calibrator_levels"]),
    ],
)  # fmt: skip
def test_a_batch_is_accepted_if_every_required_rule_is_judged_and_none_fails(
    outcomes: dict[str, bool | None], result: Acceptance, why: list[str]
) -> None:
    rules = [rule for rule in RULES if rule.profile == "ich_m10"]

    assert acceptance([(rule, outcomes.get(rule.metric, True)) for rule in rules]) == (result, why)


def test_without_rules_nothing_is_judged() -> None:
    assert acceptance([]) == (Acceptance.NOT_JUDGED, [])


@pytest.mark.parametrize(
    ("relation", "passed"), [(Relation.AT_MOST, [True, True, False]),
                             (Relation.AT_LEAST, [False, True, True])]
)  # fmt: skip
def test_the_limit_itself_passes(relation: Relation, passed: list[bool]) -> None:
    rule = replace(RULES[0], relation=relation, limit=20.0)

    assert [passes(value, rule) for value in (19.0, 20.0, 21.0)] == passed


def test_an_equal_value_passes_but_for_rounding_and_no_other() -> None:
    at_most = replace(RULES[0], relation=Relation.AT_MOST, limit=20.0)
    at_least = replace(at_most, relation=Relation.AT_LEAST)

    assert passes(20.0 + 1e-10, at_most)
    assert passes(20.0 - 1e-10, at_least)
    assert not passes(20.0 + 1e-6, at_most)
    assert not passes(20.0 - 1e-6, at_least)
