"""Which ions co-elute (those of a compound and its labelled copies), and how clearly they show."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from lcms.kinds import TargetKind
from lcms.model import Candidate, Ion
from lcms.numerics.time.labelled_copies import is_deuterated, labelled_copies

LEAST_SIGNAL_TO_NOISE: Final = 3.0  # of a candidate: the usual limit of detection (ICH Q2)
# The apexes of co-eluting ions differ by less than this, in widths at half height. Chosen by
# judgement: a weak apex is picked to about a tenth of its width, isomers are farther apart.
TOGETHER_WIDTHS: Final = 0.25
# Without formulas, a standard and its only user are one compound if their listed times differ by
# no more than this share of the half-width of the search. Chosen by judgement.
_SAME_LISTED_WINDOWS: Final = 0.25


def co_eluting_ions(ions_of: Mapping[str, Sequence[Ion]]) -> list[list[Ion]]:
    """Return the ions of a target sheet in groups that co-elute; every ion is in one group.

    Isotopologues of a tracer elute with the compound without its label. An ion of isomers that
    share a chromatogram is a group of its own: which peak is whose is decided later
    (`assignment`). So is a labelled copy with deuterium, which elutes earlier.

    Parameters
    ----------
    ions_of : mapping
        The ions of each chromatogram_id.
    """
    groups: dict[str, list[Ion]] = {}
    single = [ions[0] for ions in ions_of.values() if len(ions) == 1]
    standard_of = _standards(single)
    for ions in ions_of.values():
        for ion in ions:
            name = ion.isotopologue_of or ion.target_id
            compound = standard_of.get(name, name)
            key = compound if len(ions) == 1 else ion.ion_id
            groups.setdefault(key, []).append(ion)
    return list(groups.values())


def _standards(ions: Sequence[Ion]) -> dict[str, str]:
    """Return the target_id of the standard that is the labelled copy of a target, by target_id."""
    users: dict[str, list[Ion]] = defaultdict(list)
    for ion in ions:
        if ion.internal_standard is not None:
            users[ion.internal_standard].append(ion)
    standard_of = {}
    for standard in ions:
        is_copy = standard.kind is TargetKind.INTERNAL_STANDARD and not is_deuterated(standard)
        copied = _copied(standard, users[standard.target_id]) if is_copy else []
        if len({ion.target_id for ion in copied}) == 1:
            standard_of[copied[0].target_id] = standard.target_id
    return standard_of


def _copied(standard: Ion, users: Sequence[Ion]) -> list[Ion]:
    """Return the ions of which a standard is the labelled copy.

    By formula. A standard without one is the copy of the only target that names it, if their
    listed times are equal.
    """
    if standard.formula is not None:
        return labelled_copies(standard, users)
    if len({ion.target_id for ion in users}) != 1:
        return []
    times_s = [ion.retention_time_s for ion in (standard, *users)]
    listed_s = [time_s for time_s in times_s if time_s is not None]
    reach_s = _SAME_LISTED_WINDOWS * standard.retention_time_window_s
    is_same = len(listed_s) == len(times_s) and max(listed_s) - min(listed_s) <= reach_s
    return list(users) if is_same else []


def clearness(candidates: Sequence[Sequence[Candidate]], time_s: float, reach_s: float) -> float:
    """Return how clearly several ions show at a time: a sum over the ions, at least 0.

    Of each ion the logarithm of the largest signal-to-noise of its candidates there, divided by
    the least that counts.

    Parameters
    ----------
    candidates : sequence of sequences of Candidate
        Of each ion.
    time_s : float
    reach_s : float
        Largest distance of a candidate from that time, s.
    """
    return sum(
        max(
            (
                float(np.log(max(candidate.signal_to_noise / LEAST_SIGNAL_TO_NOISE, 1.0)))
                for candidate in of_ion
                if abs(candidate.retention_time_s - time_s) <= reach_s
            ),
            default=0.0,
        )
        for of_ion in candidates
    )
