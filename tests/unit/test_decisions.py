from lcms.decisions import Outcome, outcomes
from lcms.kinds import ReviewAction
from lcms.model import Decision

ACCEPT, REJECT, COMMENT = ReviewAction.ACCEPT, ReviewAction.REJECT, ReviewAction.COMMENT


def decided(
    number: int, who: str, action: ReviewAction, *, ion_id: str = "Leu", when: str = "2026-01-01"
) -> Decision:
    return Decision(number, "s1", ion_id, action, who=who, when=when)


def words_of(*decisions: Decision) -> list[str]:
    found = outcomes(decisions)
    return [found[decision].value for decision in decisions]


def test_a_single_decision_counts() -> None:
    assert words_of(decided(1, "Ada", REJECT)) == ["applied"]


def test_of_one_person_the_last_decision_on_a_peak_counts_by_time_and_then_by_row() -> None:
    later, earlier = decided(1, "Ada", REJECT, when="2026-01-02"), decided(2, "Ada", ACCEPT)
    assert words_of(later, earlier) == ["applied", "superseded"]

    first, second = decided(1, "Ada", REJECT), decided(2, "Ada", ACCEPT)
    assert words_of(first, second) == ["superseded", "applied"]


def test_two_persons_who_disagree_are_both_not_followed() -> None:
    assert words_of(decided(1, "Ada", REJECT), decided(2, "Grace", ACCEPT)) == ["conflict"] * 2


def test_two_persons_who_agree_are_followed_once() -> None:
    both = decided(1, "Ada", REJECT), decided(2, "Grace", REJECT)

    assert words_of(*both) == ["applied", "superseded"]


def test_what_was_superseded_makes_no_conflict() -> None:
    changed_mind = decided(1, "Ada", ACCEPT), decided(2, "Ada", REJECT, when="2026-01-02")

    assert words_of(*changed_mind, decided(3, "Grace", REJECT)) == [
        "superseded", "applied", "superseded",
    ]  # fmt: skip


def test_decisions_on_other_peaks_and_comments_stand_beside_one_another() -> None:
    others = decided(1, "Ada", REJECT), decided(2, "Grace", ACCEPT, ion_id="Ile")
    comments = decided(3, "Ada", COMMENT), decided(4, "Ada", COMMENT)

    assert words_of(*others, *comments) == ["applied"] * 4


def test_a_sample_is_excluded_once_on_whatever_ion() -> None:
    twice = [
        decided(n, "Ada", ReviewAction.EXCLUDE_SAMPLE, ion_id=ion_id)
        for n, ion_id in enumerate(["Leu", "Ile"], 1)
    ]

    assert Outcome.SUPERSEDED.value in words_of(*twice)
