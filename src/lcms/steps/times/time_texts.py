"""What is said of each proposed time, in plain words."""

from collections.abc import Mapping, Sequence
from typing import Final

from lcms.flags import listed
from lcms.numerics.batch.proposed_times import ProposedTime, TimeBasis, TimeDoubt

_BASES: Final[Mapping[TimeBasis, str]] = {
    TimeBasis.ELUTION_ORDER: "by the order in which the isomers elute",
    TimeBasis.DOSES: "its areas follow the nominal concentrations",
    TimeBasis.HEIGHT: "by far the highest peak",
}
_DOUBTS: Final[Mapping[TimeDoubt, str]] = {
    TimeDoubt.NO_PEAK: "no clear peak in these runs; name others with --run",
    TimeDoubt.ISOMERS_ALIKE: "nothing shows which peak is this one and which is {beside}; give "
    "the time of a standard",
    TimeDoubt.SAME_PEAK: "is also the likeliest peak of {beside}, which has the same m/z: give "
    "both one `isomer_group`",
    TimeDoubt.NOT_WITH_COPY: "does not elute with its labelled copy {beside}",
    TimeDoubt.AGAINST_DOSES: "its areas do not follow the nominal concentrations",
    TimeDoubt.OTHER_ION_ELSEWHERE: "{beside} has peaks, but none at this time",
    TimeDoubt.ONE_RUN: "there in one of the runs only",
    TimeDoubt.RIVAL: "nearly as likely: the peak at {rivals} s",
}


def reason_text(proposal: ProposedTime) -> str:
    """Return what supports a proposal, or why it is in doubt."""
    beside = listed(proposal.beside)
    if proposal.doubt is not None:
        rivals = " or ".join(f"{time_s:.1f}" for time_s in proposal.rivals_s)
        return _DOUBTS[proposal.doubt].format(beside=beside, rivals=rivals)
    copies = f"; elutes with {beside}, equal but for isotopes" if beside else ""
    return (_BASES[proposal.basis] if proposal.basis else "") + copies


def proposal_text(proposals: Sequence[ProposedTime], n_runs: int) -> str:
    """Return a table for people."""
    head = ("target", "time s", "runs", "", "why")
    lines = [head, *(_cells(proposal, n_runs) for proposal in proposals)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cells(proposal: ProposedTime, n_runs: int) -> tuple[str, ...]:
    time = "" if proposal.time_s is None else f"{proposal.time_s:.1f}"
    verdict = "proposed" if proposal.doubt is None else "in doubt"
    runs = f"{proposal.n_runs} of {n_runs}"
    return proposal.ion.target_id, time, runs, verdict, reason_text(proposal)
