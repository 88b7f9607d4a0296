"""Which ions must elute together, those of one compound and of its labelled copies, and where."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from lcms.model import Candidate, Ion, TargetKind
from lcms.numerics.time.labelled_copies import is_deuterated, labelled_copies

LEAST_SIGNAL_TO_NOISE: Final = 3.0  # of a candidate that tells something
# The apexes of co-eluting ions differ by less than this, in widths at half height. Chosen by
# judgement: a weak apex is picked to about a tenth of its width, isomers are farther apart.
TOGETHER_WIDTHS: Final = 0.25
_SAME_LISTED_S: Final = 5.0


def co_eluting_ions(ions_of: Mapping[str, Sequence[Ion]]) -> list[list[Ion]]:
    """Return the ions of a target sheet by what elutes at one time; every ion is in one list.

    Ions of isomers that share a signal stay alone: which peak is whose is another question. A
    labelled copy with deuterium elutes earlier and stays alone, too.

    Parameters
    ----------
    ions_of : mapping
        The ions of each signal.
    """
    groups: dict[str, list[Ion]] = {}
    own = [ions[0] for ions in ions_of.values() if len(ions) == 1]
    standard_of = _standards(own)
    for ions in ions_of.values():
        for ion in ions:
            compound = standard_of.get(ion.target_id, ion.target_id)
            key = compound if len(ions) == 1 else ion.ion_id
            groups.setdefault(key, []).append(ion)
    return list(groups.values())


def _standards(ions: Sequence[Ion]) -> dict[str, str]:
    """Return by target the standard that is its labelled copy."""
    users: dict[str, list[Ion]] = defaultdict(list)
    for ion in ions:
        if ion.internal_standard is not None:
            users[ion.internal_standard].append(ion)
    found = {}
    for standard in ions:
        is_copy = standard.kind is TargetKind.INTERNAL_STANDARD and not is_deuterated(standard)
        copied = _copied(standard, users[standard.target_id]) if is_copy else []
        if len({ion.target_id for ion in copied}) == 1:
            found[copied[0].target_id] = standard.target_id
    return found


def _copied(standard: Ion, users: Sequence[Ion]) -> list[Ion]:
    """Return the ions whose labelled copy a standard is.

    By formula; where none is given it is the only target that names the standard, listed at
    its time.
    """
    if standard.formula is not None:
        return labelled_copies(standard, users)
    if len({ion.target_id for ion in users}) != 1:
        return []
    times_s = [ion.retention_time_s for ion in (standard, *users)]
    known_s = [time_s for time_s in times_s if time_s is not None]
    is_same = len(known_s) == len(times_s) and max(known_s) - min(known_s) <= _SAME_LISTED_S
    return list(users) if is_same else []


def clearness(
    candidates: Sequence[Sequence[Candidate]], place_s: float, together_s: float
) -> float:
    """Return how clearly several ions show at a place: the sum of what each tells, at least 0.

    The logarithm of the signal-to-noise of its highest candidate there by the least that
    counts.

    Parameters
    ----------
    candidates : sequence of sequences of Candidate
        Of each ion.
    place_s : float
    together_s : float
        How far from the place a candidate may lie.
    """
    return sum(
        max(
            (
                float(np.log(max(peak.signal_to_noise / LEAST_SIGNAL_TO_NOISE, 1.0)))
                for peak in of_ion
                if abs(peak.retention_time_s - place_s) <= together_s
            ),
            default=0.0,
        )
        for of_ion in candidates
    )
