"""Which SRM chromatograms of a run hold an ion."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

import numpy as np

from lcms.kinds import NotAcquired
from lcms.model import Chromatogram, Ion, SrmChromatogram
from lcms.numerics.chromatogram.ion_scans import may_have_energy
from lcms.numerics.robust import robust_sd

_AS_LISTED_MZ: Final = 0.0005  # equal to the third decimal, the finest that methods give
# Methods give one transition a Q1 or Q3 that differs in the third decimal to scan it in two
# windows of time.
_ONE_TRANSITION_MZ: Final = 0.0015
AS_EXACT_MZ: Final = 0.001  # a chromatogram that fits so well is the one the sheet means
_ALIKE_SHARE: Final = 0.1  # areas of one transition in two experiments; chosen by judgement
_SURE_SD: Final = 2.0  # of the difference of two areas: below it they may be equal
_CLEARLY_NEARER_MZ: Final = 0.05  # half of the first decimal, the usual one of SRM methods
# The standard error of the lower quartile of n normal values is 1.36 sd / sqrt(n), that of their
# mean 1; the errors of baseline and sum add up to sqrt(1 + 1.36²).
_WITH_BASELINE: Final = 1.69
_MIN_OVERLAP_POINTS: Final = 3  # fewer have no second difference


@dataclass(frozen=True)
class TransitionMatch:
    """The chromatogram of an ion in an SRM run, or why there is none.

    `multiplicity` is the number of SRM chromatograms of the run with its precursor and product
    m/z within the tolerance, in its polarity, whether they are taken or not. `channel` names the
    transitions that are taken.
    """

    chromatogram: Chromatogram | None
    why: NotAcquired | None
    multiplicity: int
    channel: str | None = None


def match_transition(
    ion: Ion,
    chromatograms: Sequence[SrmChromatogram],
    tolerance_mz: float,
    bounds_s: tuple[float, float],
) -> TransitionMatch:
    """Return the chromatogram of an ion in an SRM run, or why there is none.

    SRM chromatograms match if their m/z are within the tolerance, and polarity, collision energy
    (where the sheet gives one) and time agree. Those with the listed m/z are preferred, then
    those that are clearly nearer. Where m/z that differ in the third decimal only name the time
    windows of one transition, the window that covers the listed time is preferred; if none does,
    the match is ambiguous. Chromatograms are joined to one if they are segments of a schedule,
    one after another, or repeat one transition with the same intensity. If chromatograms of
    different transitions, energies or intensities overlap in time, the match is ambiguous and
    none is taken.

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
    nearest = _nearest(ion, timely)
    chosen = _covering(ion, nearest, timely)
    joined = _joined(chosen, bounds_s) if chosen else None
    if joined is None:
        return TransitionMatch(None, NotAcquired.TRANSITION_AMBIGUOUS, len(near))
    return TransitionMatch(joined, None, len(near), ", ".join(sorted({_text(s) for s in chosen})))


def fits_exactly(ion: Ion, chromatograms: Sequence[SrmChromatogram]) -> bool:
    """Return whether an SRM chromatogram has the m/z of an ion to 0.001 Th."""
    return any(_distance_mz(ion, srm) <= AS_EXACT_MZ for srm in chromatograms)


def _text(srm: SrmChromatogram) -> str:
    energy = "" if srm.collision_energy is None else f" {srm.collision_energy:g} eV"
    return f"SRM {srm.precursor_mz:.7g} > {srm.product_mz:.7g}{energy}"


def _covering(
    ion: Ion, nearest: Sequence[SrmChromatogram], timely: Sequence[SrmChromatogram]
) -> Sequence[SrmChromatogram]:
    """Return the nearest, or the time windows of their transition that cover the listed time.

    Nothing is returned if the windows of a transition do not overlap and none covers it.
    """
    first = nearest[0]
    windows = [srm for srm in timely if _differ_mz(srm, first) <= _ONE_TRANSITION_MZ]
    others = [srm for srm in windows if not any(srm is near for near in nearest)]
    if not others or any(_overlap(first, srm) for srm in others):
        return nearest
    listed_s = ion.retention_time_s
    if listed_s is None:
        return ()
    covering = [
        srm for srm in windows if srm.retention_time_s[0] <= listed_s <= srm.retention_time_s[-1]
    ]
    return _nearest(ion, covering) if covering else ()


def _differ_mz(first: SrmChromatogram, second: SrmChromatogram) -> float:
    """Return the greater of the differences of Q1 and Q3 between two chromatograms, Th."""
    return max(
        abs(first.precursor_mz - second.precursor_mz), abs(first.product_mz - second.product_mz)
    )


def _overlap(first: SrmChromatogram, second: SrmChromatogram) -> bool:
    """Return whether two chromatograms overlap in time."""
    return bool(
        first.retention_time_s[0] <= second.retention_time_s[-1]
        and second.retention_time_s[0] <= first.retention_time_s[-1]
    )


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


def _joined(
    chromatograms: Sequence[SrmChromatogram], bounds_s: tuple[float, float]
) -> Chromatogram | None:
    """Return several SRM chromatograms as one; None if different ones overlap in time."""
    ordered = sorted(chromatograms, key=lambda srm: float(srm.retention_time_s[0]))
    if any(_overlap(*pair) for pair in pairwise(ordered)) and not all(
        _is_same_transition(*pair) and _are_alike(*pair, bounds_s)
        for pair in combinations(ordered, 2)
    ):
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
        _differ_mz(first, second) <= _AS_LISTED_MZ
        and (None in energies or energies[0] == energies[1])
        and first.polarity * second.polarity >= 0
    )


def _are_alike(
    first: SrmChromatogram, second: SrmChromatogram, bounds_s: tuple[float, float]
) -> bool:
    """Return whether two chromatograms have the same area where both have points, or may have.

    The areas are those above the lower quartile, within the times of the search.
    """
    start_s = max(first.retention_time_s[0], second.retention_time_s[0], bounds_s[0])
    end_s = min(first.retention_time_s[-1], second.retention_time_s[-1], bounds_s[1])
    areas, sds = zip(*(_area(srm, start_s, end_s) for srm in (first, second)), strict=True)
    limit = max(_ALIKE_SHARE * max(areas), _SURE_SD * float(np.hypot(*sds)))
    return bool(abs(areas[0] - areas[1]) <= limit)


def _area(srm: SrmChromatogram, start_s: float, end_s: float) -> tuple[float, float]:
    """Return the area between two times in s, and its SD by the scatter of neighbouring points.

    Of three points on a line the middle one is the mean of the others, so the second difference
    of white noise has the variance of six points.
    """
    inside = (srm.retention_time_s >= start_s) & (srm.retention_time_s <= end_s)
    time_s, intensity = srm.retention_time_s[inside], srm.intensity[inside]
    if time_s.size < _MIN_OVERLAP_POINTS:
        return 0.0, 0.0
    noise_sd = robust_sd(np.diff(intensity, 2)) / np.sqrt(6.0)
    step_s = (time_s[-1] - time_s[0]) / (time_s.size - 1)
    area = float(np.trapezoid(intensity - np.quantile(intensity, 0.25), time_s))
    return area, _WITH_BASELINE * noise_sd * float(step_s) * np.sqrt(time_s.size)
