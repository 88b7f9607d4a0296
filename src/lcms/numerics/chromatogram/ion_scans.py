"""Which scans of a run hold an ion, and the chromatogram of the ion in them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, Chromatogram, Floats, Ints, Ion, NotAcquired
from lcms.numerics.chromatogram.gather import Channel, GatheredScans
from lcms.numerics.chromatogram.window import nearest_centroids

_MIN_SCANS: Final = 5  # of a monitored window within the time of an ion: DDA rarely has so many
_SAME_ENERGY_EV: Final = 0.5  # energies are given in whole or tenths of eV


@dataclass(frozen=True)
class IonScans:
    """The scans of a run that hold an ion, or why there are none.

    `scans` (indices, ascending) are those that can hold it at any time; `channel` is the kind of
    scan. `multiplicity` is the number of isolation windows that can hold it, of an ion that is
    read in MS1 the number of scans within its time.
    """

    scans: Ints
    channel: Channel
    multiplicity: int
    why: NotAcquired | None


def search_bounds_s(ion: Ion, margin_s: float = 0.0) -> tuple[float, float]:
    """Return the first and last time at which an ion is searched, s, with a margin on each side.

    They are infinite for an ion without a listed retention time.
    """
    return _around_listed_s(ion, ion.retention_time_window_s + margin_s)


def _around_listed_s(ion: Ion, half_width_s: float) -> tuple[float, float]:
    if ion.retention_time_s is None:
        return -np.inf, np.inf
    return ion.retention_time_s - half_width_s, ion.retention_time_s + half_width_s


def scans_of_ion(
    gathered: GatheredScans,
    ion: Ion,
    bounds_s: tuple[float, float],
    n_competing: Callable[[Channel], int],
) -> IonScans:
    """Return the scans of a run that hold an ion.

    An ion without a product is read in MS1. A product ion is read in the MS2 scans of an
    isolation window that holds its precursor and has at least five scans within the time of the
    ion (windows that DDA triggers do not). Of several windows the one with the fewest competing
    ions is taken, then the one whose centre is nearest to the precursor.

    Parameters
    ----------
    gathered : GatheredScans
    ion : Ion
    bounds_s : tuple of float
        First and last time at which the ion is searched, s.
    n_competing : callable
        Returns the number of other ions that an isolation window lets into the same
        chromatogram (`competing_ions`).
    """
    if ion.product_mz is None:
        return _scans_in_channels(gathered, ion, bounds_s, [0])
    holding = [
        index
        for index, channel in enumerate(gathered.channels)
        if channel.holds(ion.precursor_mz) and may_have_energy(ion, channel.collision_energy)
    ]
    monitored = [
        index
        for index in holding
        if _scans_in_channels(gathered, ion, bounds_s, [index]).multiplicity >= _MIN_SCANS
    ]
    if not monitored:
        return _scans_in_channels(gathered, ion, bounds_s, holding, NotAcquired.NO_TRANSITION)
    windows = {gathered.channels[index].isolation_mz for index in monitored}
    best = min(
        windows,
        key=lambda window: (
            n_competing(Channel(window)),
            abs(sum(window or ()) / 2 - ion.precursor_mz),
        ),
    )
    energies = [index for index in monitored if gathered.channels[index].isolation_mz == best]
    if len(energies) > 1:
        no_scans = np.empty(0, dtype=np.int64)
        return IonScans(no_scans, Channel(best), len(windows), NotAcquired.TRANSITION_AMBIGUOUS)
    in_window = _scans_in_channels(gathered, ion, bounds_s, energies)
    return IonScans(in_window.scans, in_window.channel, len(windows), None)


def competing_ions(
    ion: Ion, channel: Channel, ions: Iterable[Ion], tolerance_ppm: float
) -> list[Ion]:
    """Return the ions of other compounds that share the chromatogram of a product ion.

    A competing ion has its precursor in the isolation window, the same product m/z within the
    tolerance, and may elute at the listed time of the ion. Isomers of one group do not compete.

    Parameters
    ----------
    ion : Ion
    channel : Channel
        The isolation window.
    ions : iterable of Ion
        All ions that are read in the run.
    tolerance_ppm : float
        Half-width of the m/z window, ppm.
    """
    return [
        other
        for other in ions
        if other.target_id != ion.target_id
        and not _in_one_isomer_group(other, ion)
        and other.product_mz is not None
        and channel.holds(other.precursor_mz)
        and abs(other.mz / ion.mz - 1) * 1e6 <= tolerance_ppm
        and _overlap(search_bounds_s(other), _around_listed_s(ion, 0.0))
    ]


def _in_one_isomer_group(first: Ion, second: Ion) -> bool:
    return first.isomer_group is not None and first.isomer_group == second.isomer_group


def _overlap(first_s: tuple[float, float], second_s: tuple[float, float]) -> bool:
    return first_s[0] <= second_s[1] and second_s[0] <= first_s[1]


def may_have_energy(ion: Ion, energy_ev: float | None) -> bool:
    """Return whether a collision energy (eV) can be that of an ion: equal, or not given."""
    if ion.collision_energy is None or energy_ev is None:
        return True
    return abs(energy_ev - ion.collision_energy) <= _SAME_ENERGY_EV


def _scans_in_channels(
    gathered: GatheredScans,
    ion: Ion,
    bounds_s: tuple[float, float],
    channels: Sequence[int],
    otherwise: NotAcquired | None = None,
) -> IonScans:
    """Return the scans of some channels that can hold an ion, or why there are none.

    `multiplicity` is the number of scans within the bounds; `otherwise` the reason that is given
    if there are some.
    """
    scans = np.isin(gathered.channel, channels)
    low, high = gathered.mz_range.T
    inside = (gathered.time_s >= bounds_s[0]) & (gathered.time_s <= bounds_s[1])
    steps: list[tuple[Bools, NotAcquired]] = [
        (scans, NotAcquired.NO_TRANSITION if ion.product_mz else NotAcquired.NO_SURVEY_SCAN),
        (gathered.polarity * ion.polarity >= 0, NotAcquired.WRONG_POLARITY),
        ((low <= ion.mz) & (ion.mz <= high), NotAcquired.OUTSIDE_SCAN_RANGE),
    ]
    kept = np.ones(gathered.time_s.size, dtype=bool)
    channel = gathered.channels[channels[0]] if channels else Channel()
    for condition, reason in steps:
        kept &= condition
        if not kept.any():
            return IonScans(np.flatnonzero(kept), channel, 0, reason)
    n_inside = int(np.count_nonzero(kept & inside))
    why = otherwise if n_inside else NotAcquired.OUTSIDE_RUN_TIME
    return IonScans(np.flatnonzero(kept), channel, n_inside, why)


def chromatogram_in_scans(
    gathered: GatheredScans,
    index: int,
    ion: Ion,
    ion_scans: IonScans,
    offset_ppm: float,
    tolerance_ppm: float,
) -> Chromatogram:
    """Return the chromatogram of an ion: in each scan the centroid nearest to its m/z.

    Parameters
    ----------
    gathered : GatheredScans
    index : int
        Index of the ion.
    ion : Ion
    ion_scans : IonScans
        The scans that hold it.
    offset_ppm : float
        Mass offset of the run, ppm.
    tolerance_ppm : float
        Half-width of the m/z window around the shifted m/z, ppm.
    """
    scans, error_ppm, intensity = gathered.centroids(index, ion.mz, ion_scans.scans)
    residual_ppm, n_scans = error_ppm - offset_ppm, ion_scans.scans.size
    near = np.abs(residual_ppm) <= tolerance_ppm
    heights, errors = nearest_centroids(scans[near], residual_ppm[near], intensity[near], n_scans)
    hidden = _hidden(
        scans[~near], residual_ppm[~near], intensity[~near], n_scans, 2 * tolerance_ppm
    )
    hidden[heights > 0] = 0.0
    # The picker cannot use a time that occurs twice.
    time_s, once = np.unique(gathered.time_s[ion_scans.scans], return_index=True)
    return Chromatogram(time_s, heights[once], errors[once] + offset_ppm, hidden[once])


def _hidden(
    scans: Ints, residual_ppm: Floats, intensity: Floats, n_scans: int, resolved_ppm: float
) -> Floats:
    """Return how much of an ion may be merged into the nearest centroid of each scan, counts.

    Two ions that are not resolved make one centroid, at the mean of their m/z weighted by
    intensity. The other ion is nearer than `resolved_ppm`, so the share of the ion is at most
    1 - distance of the centroid / `resolved_ppm`.
    """
    nearest, distance_ppm = nearest_centroids(scans, residual_ppm, intensity, n_scans)
    share = np.clip(1.0 - np.abs(distance_ppm) / resolved_ppm, 0.0, 1.0)
    return np.asarray(nearest * np.nan_to_num(share))
