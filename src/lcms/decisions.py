"""Which decisions of reviewers count: the last of each person, unless persons disagree."""

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from lcms.kinds import ReviewAction
from lcms.model import Decision

ON_PEAK: Final = frozenset(
    {
        ReviewAction.ACCEPT,
        ReviewAction.REJECT,
        ReviewAction.BORDERS,
        ReviewAction.CANDIDATE,
        ReviewAction.SWAP,
        ReviewAction.MERGE,
    }
)


class Outcome(StrEnum):
    """What became of a decision."""

    APPLIED = "applied"
    SUPERSEDED = "superseded"
    CONFLICT = "conflict"
    STALE = "stale"
    NOT_POSSIBLE = "not_possible"


def outcomes(decisions: Iterable[Decision]) -> dict[Decision, Outcome]:
    """Return which decisions count (`applied`), before anything is compared with the peaks.

    Of the decisions of one person on one peak the last counts, by time and then by row. If the
    last ones of several persons differ in what they do, none of them counts.
    """
    groups: dict[tuple[str, str, str], list[Decision]] = defaultdict(list)
    for decision in decisions:
        groups[_subject(decision)].append(decision)
    return {
        decision: outcome
        for members in groups.values()
        for decision, outcome in _of_one_subject(members).items()
    }


def _subject(decision: Decision) -> tuple[str, str, str]:
    """Return what a decision is on: a peak, or another thing of its own kind."""
    is_on_peak = decision.action in ON_PEAK
    kind = "peak" if is_on_peak else decision.action.value
    ion_id = "" if decision.action is ReviewAction.EXCLUDE_SAMPLE else decision.ion_id
    if decision.action is ReviewAction.COMMENT:
        kind += f" {decision.number}"  # comments stand beside one another
    return decision.sample_id, ion_id, kind


def _of_one_subject(members: list[Decision]) -> dict[Decision, Outcome]:
    last: dict[str, Decision] = {}
    for decision in sorted(members, key=lambda member: (member.when, member.number)):
        last[decision.who] = decision
    effects = {(chosen.action, chosen.other_ion_id, chosen.new_s) for chosen in last.values()}
    agreed = Outcome.APPLIED if len(effects) == 1 else Outcome.CONFLICT
    counting = min(last.values(), key=lambda chosen: chosen.number)
    found = dict.fromkeys(members, Outcome.SUPERSEDED)
    for chosen in last.values():
        is_counted = chosen is counting or agreed is Outcome.CONFLICT
        found[chosen] = agreed if is_counted else Outcome.SUPERSEDED
    return found
