"""Which SRM chromatograms of a run hold an ion."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

import numpy as np

from lcms.model import Chromatogram, Ion, NotAcquired, SrmChromatogram
from lcms.numerics.chromatogram.ion_scans import may_have_energy

_AS_LISTED_MZ: Final = 0.0005  # equal to the third decimal, the finest that methods give
_CLEARLY_NEARER_MZ: Final = 0.05  # half of the first decimal, the usual one of SRM methods


@dataclass(frozen=True)
class TransitionMatch:
    """The chromatogram of an ion in an SRM run, or why there is none.

    `multiplicity` is the number of SRM chromatograms of the run with its precursor and product
    m/z within the tolerance, in its polarity, whether they are taken or not.
    """

    chromatogram: Chromatogram | None
    why: NotAcquired | None
    multiplicity: int


def match_transition(
    ion: Ion,
    chromatograms: Sequence[SrmChromatogram],
    tolerance_mz: float,
    bounds_s: tuple[float, float],
) -> TransitionMatch:
    """Return the chromatogram of an ion in an SRM run, or why there is none.

    SRM chromatograms match if their m/z are within the tolerance, and polarity, collision energy
    (where the sheet gives one) and time agree. Those with the listed m/z are preferred, then
    those that are clearly nearer. They are joined to one chromatogram if they are segments of a
    schedule, one after another, or repeat one transition. If chromatograms of different
    transitions or energies overlap in time, the match is ambiguous and none is taken.

    Parameters
    ----------
    ion : Ion
        With a product.
    chromatograms : sequence of SrmChromatogram
        All of one run.
    tolerance_mz : float
        Greatest difference of Q1 and of Q3, Th.
    bounds_s : tuple of float
        First and last time at which the ion is searched, s.
    """
    near = [srm for srm in chromatograms if _distance_mz(ion, srm) <= tolerance_mz]
    if not near:
        return TransitionMatch(None, NotAcquired.NO_TRANSITION, 0)
    near = [srm for srm in near if srm.polarity * ion.polarity >= 0]
    if not near:
        return TransitionMatch(None, NotAcquired.WRONG_POLARITY, 0)
    of_energy = [srm for srm in near if may_have_energy(ion, srm.collision_energy)]
    if not of_energy:
        return TransitionMatch(None, NotAcquired.NO_TRANSITION, len(near))
    timely = [srm for srm in of_energy if _n_inside(srm, bounds_s)]
    if not timely:
        return TransitionMatch(None, NotAcquired.OUTSIDE_RUN_TIME, len(near))
    joined = _joined(_nearest(ion, timely))
    why = NotAcquired.TRANSITION_AMBIGUOUS if joined is None else None
    return TransitionMatch(joined, why, len(near))


def lowest_signal(chromatograms: Sequence[SrmChromatogram]) -> float | None:
    """Return the lowest intensity above 0 of an SRM run, counts; None without any.

    A detector that counts ions gives it for one ion.
    """
    lowest = [
        float(srm.intensity[srm.intensity > 0].min())
        for srm in chromatograms
        if (srm.intensity > 0).any()
    ]
    return min(lowest) if lowest else None


def _distance_mz(ion: Ion, srm: SrmChromatogram) -> float:
    """Return the greater of the differences of Q1 and Q3, Th."""
    product_mz = np.inf if ion.product_mz is None else ion.product_mz
    return max(abs(srm.precursor_mz - ion.precursor_mz), abs(srm.product_mz - product_mz))


def _n_inside(srm: SrmChromatogram, bounds_s: tuple[float, float]) -> int:
    """Return the number of points between two times."""
    time_s = srm.retention_time_s
    return int(np.count_nonzero((time_s >= bounds_s[0]) & (time_s <= bounds_s[1])))


def _nearest(ion: Ion, chromatograms: Sequence[SrmChromatogram]) -> list[SrmChromatogram]:
    """Return those with the listed m/z; without any, the nearest and those hardly farther."""
    distances_mz = [_distance_mz(ion, srm) for srm in chromatograms]
    least_mz = min(distances_mz)
    limit_mz = _AS_LISTED_MZ if least_mz <= _AS_LISTED_MZ else least_mz + _CLEARLY_NEARER_MZ
    pairs = zip(chromatograms, distances_mz, strict=True)
    return [srm for srm, distance_mz in pairs if distance_mz <= limit_mz]


def _joined(chromatograms: Sequence[SrmChromatogram]) -> Chromatogram | None:
    """Return several SRM chromatograms as one; None if different ones overlap in time."""
    ordered = sorted(chromatograms, key=lambda srm: float(srm.retention_time_s[0]))
    overlap = any(
        before.retention_time_s[-1] >= after.retention_time_s[0]
        for before, after in pairwise(ordered)
    )
    if overlap and not all(_is_same_transition(*pair) for pair in combinations(ordered, 2)):
        return None
    time_s = np.concatenate([srm.retention_time_s for srm in ordered])
    intensity = np.concatenate([srm.intensity for srm in ordered])
    time_s, once = np.unique(time_s, return_index=True)
    return Chromatogram(
        time_s, intensity[once], np.full(time_s.size, np.nan), np.zeros(time_s.size)
    )


def _is_same_transition(first: SrmChromatogram, second: SrmChromatogram) -> bool:
    """Return whether two chromatograms are of one transition with one collision energy."""
    energies = (first.collision_energy, second.collision_energy)
    return (
        abs(first.precursor_mz - second.precursor_mz) <= _AS_LISTED_MZ
        and abs(first.product_mz - second.product_mz) <= _AS_LISTED_MZ
        and (None in energies or energies[0] == energies[1])
    )
