"""Which SRM chromatograms of a run are those of an ion."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

import numpy as np

from lcms.model import Chromatogram, Ion, NotAcquired, SrmChromatogram

_AS_LISTED_MZ: Final = 0.0005  # a method that tells transitions apart by the third decimal
_CLEARLY_NEARER_MZ: Final = 0.05
_SAME_ENERGY: Final = 0.5  # eV


@dataclass(frozen=True)
class Matched:
    """The chromatogram of an ion in an SRM run, or why there is none.

    `multiplicity` is the number of chromatograms of the run that have its precursor and its
    product within the tolerance, in its polarity; those that were not taken count too.
    """

    chromatogram: Chromatogram | None
    why: NotAcquired | None
    multiplicity: int


def match_transition(
    ion: Ion,
    chromatograms: Sequence[SrmChromatogram],
    tolerance_mz: float,
    bounds_s: tuple[float, float],
) -> Matched:
    """Return what an SRM run holds of an ion.

    Of the chromatograms within the tolerance those count that were acquired in the polarity of
    the ion, with its collision energy where the sheet gives one, and within its time. Those
    whose m/z are as listed go before all others, clearly nearer ones before farther ones. What
    is left is one chromatogram: the segments of a schedule, one after another, or the doubled
    points of one transition. Chromatograms of different transitions or energies that overlap in
    time are not told apart: none is taken.

    Parameters
    ----------
    ion : Ion
        With a product.
    chromatograms : sequence of SrmChromatogram
        Of one run.
    tolerance_mz : float
        Greatest difference in Th of Q1 and of Q3.
    bounds_s : tuple of float
        Where the ion is looked for, in seconds.
    """
    near = [one for one in chromatograms if _distance_mz(ion, one) <= tolerance_mz]
    if not near:
        return Matched(None, NotAcquired.NO_TRANSITION, 0)
    near = [one for one in near if one.polarity * ion.polarity >= 0]
    if not near:
        return Matched(None, NotAcquired.WRONG_POLARITY, 0)
    of_energy = [one for one in near if _has_energy(ion, one.collision_energy)]
    if not of_energy:
        return Matched(None, NotAcquired.NO_TRANSITION, len(near))
    timely = [one for one in of_energy if _n_inside(one, bounds_s)]
    if not timely:
        return Matched(None, NotAcquired.OUTSIDE_RUN_TIME, len(near))
    joined = _joined(_nearest(ion, timely))
    why = NotAcquired.TRANSITION_AMBIGUOUS if joined is None else None
    return Matched(joined, why, len(near))


def lowest_signal(chromatograms: Sequence[SrmChromatogram]) -> float | None:
    """Return the lowest intensity above 0 of a run, counts: that of one ion, where it counts."""
    lowest = [
        float(one.intensity[one.intensity > 0].min())
        for one in chromatograms
        if (one.intensity > 0).any()
    ]
    return min(lowest) if lowest else None


def _distance_mz(ion: Ion, one: SrmChromatogram) -> float:
    """Return the greater of the differences of Q1 and Q3, Th."""
    product_mz = np.inf if ion.product_mz is None else ion.product_mz
    return max(abs(one.precursor_mz - ion.precursor_mz), abs(one.product_mz - product_mz))


def _has_energy(ion: Ion, energy_ev: float | None) -> bool:
    """Tell whether a collision energy may be that of an ion; what is not told may be."""
    if ion.collision_energy is None or energy_ev is None:
        return True
    return abs(energy_ev - ion.collision_energy) <= _SAME_ENERGY


def _n_inside(one: SrmChromatogram, bounds_s: tuple[float, float]) -> int:
    time_s = one.retention_time_s
    return int(np.count_nonzero((time_s >= bounds_s[0]) & (time_s <= bounds_s[1])))


def _nearest(ion: Ion, found: Sequence[SrmChromatogram]) -> list[SrmChromatogram]:
    """Return those with the m/z as listed, else those that none is clearly nearer than."""
    distances_mz = [_distance_mz(ion, one) for one in found]
    least_mz = min(distances_mz)
    limit_mz = _AS_LISTED_MZ if least_mz <= _AS_LISTED_MZ else least_mz + _CLEARLY_NEARER_MZ
    return [one for one, mz in zip(found, distances_mz, strict=True) if mz <= limit_mz]


def _joined(found: Sequence[SrmChromatogram]) -> Chromatogram | None:
    """Return several chromatograms as one; None where that would be a guess."""
    ordered = sorted(found, key=lambda one: float(one.retention_time_s[0]))
    overlap = any(
        before.retention_time_s[-1] >= after.retention_time_s[0]
        for before, after in pairwise(ordered)
    )
    if overlap and not all(_is_doubled(*pair) for pair in combinations(ordered, 2)):
        return None
    time_s = np.concatenate([one.retention_time_s for one in ordered])
    intensity = np.concatenate([one.intensity for one in ordered])
    time_s, once = np.unique(time_s, return_index=True)
    return Chromatogram(
        time_s, intensity[once], np.full(time_s.size, np.nan), np.zeros(time_s.size)
    )


def _is_doubled(first: SrmChromatogram, second: SrmChromatogram) -> bool:
    """Tell whether two chromatograms are of one transition with one collision energy."""
    energies = (first.collision_energy, second.collision_energy)
    return (
        abs(first.precursor_mz - second.precursor_mz) <= _AS_LISTED_MZ
        and abs(first.product_mz - second.product_mz) <= _AS_LISTED_MZ
        and (None in energies or energies[0] == energies[1])
    )
