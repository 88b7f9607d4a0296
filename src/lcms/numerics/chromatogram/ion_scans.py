"""Which scans of a run hold an ion, and the chromatogram of the ion in them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lcms.kinds import NotAcquired
from lcms.model import Chromatogram, Floats, Ints, Ion
from lcms.numerics.chromatogram.channels import MIN_SCANS, Channel, chosen_channel
from lcms.numerics.chromatogram.gathered_scans import NO_SCANS, GatheredScans, HeldScans
from lcms.numerics.chromatogram.search_times import around_listed_s, search_bounds_s
from lcms.numerics.chromatogram.window import nearest_centroids, strongest_centroids

_NEIGHBOURS: Final = 3  # scans: of these the middle intensity counts
_SAME_ENERGY_EV: Final = 0.5  # energies are given in whole or tenths of eV


@dataclass(frozen=True)
class IonScans:
    """The scans of a run that hold an ion, or why there are none.

    `held` are those that can hold it at any time; `channel` is the kind of scan. `multiplicity`
    is the number of isolation windows that can hold it, of an ion that is read in MS1 the number
    of scans within its time. `is_doubtful` is true where it is unknown how this kind of scan
    differs from another one that holds the ion.
    """

    held: HeldScans
    channel: Channel
    multiplicity: int
    why: NotAcquired | None
    is_doubtful: bool = False


def scans_of_ion(
    gathered: GatheredScans,
    index: int,
    ion: Ion,
    bounds_s: tuple[float, float],
    n_competing: Callable[[Channel], int],
) -> IonScans:
    """Return the scans of a run that hold an ion.

    An ion without a product is read in one kind of MS1 scans (`chosen_channel`). A product ion
    is read in the MS2 scans of an isolation window that holds its precursor and has at least five
    scans within the time of the ion (windows that DDA triggers do not). Of several windows the
    one with the fewest competing ions is taken, then the one whose centre is nearest to the
    precursor, then the compensation voltage with the highest signal.

    Parameters
    ----------
    gathered : GatheredScans
    index : int
        Index of the ion.
    ion : Ion
    bounds_s : tuple of float
        First and last time at which the ion is searched, s.
    n_competing : callable
        Returns the number of other ions that an isolation window lets into the same
        chromatogram (`competing_ions`).
    """
    if ion.product_mz is None:
        return _survey_scans(gathered, index, ion, bounds_s)
    channels = gathered.channels
    holding = [
        n
        for n, channel in enumerate(channels)
        if channel.holds(ion.precursor_mz) and may_have_energy(ion, channel.collision_energy)
    ]
    monitored = [
        n
        for n in holding
        if _scans_in_channels(gathered, ion, bounds_s, [n]).multiplicity >= MIN_SCANS
    ]
    if not monitored:
        return _scans_in_channels(gathered, ion, bounds_s, holding, NotAcquired.NO_TRANSITION)
    windows = {channels[n].isolation_mz for n in monitored}
    best = min(
        windows,
        key=lambda window: (
            n_competing(Channel(window)),
            abs(sum(window or ()) / 2 - ion.precursor_mz),
        ),
    )
    in_best = [n for n in monitored if channels[n].isolation_mz == best]
    if len({channels[n].collision_energy for n in in_best}) > 1:
        no_scans = HeldScans(NO_SCANS, np.empty(0))
        return IonScans(no_scans, Channel(best), len(windows), NotAcquired.TRANSITION_AMBIGUOUS)
    strongest = max(in_best, key=lambda n: _height(gathered, index, ion, bounds_s, [n]))
    in_window = _scans_in_channels(gathered, ion, bounds_s, [strongest])
    return IonScans(in_window.held, in_window.channel, len(windows), None)


def _survey_scans(
    gathered: GatheredScans, index: int, ion: Ion, bounds_s: tuple[float, float]
) -> IonScans:
    """Return the MS1 scans of one kind that can hold an ion, or why there are none."""
    surveys = gathered.surveys
    holding = [n for n, channel in surveys.items() if channel.scans(ion.mz)]
    in_all = _scans_in_channels(gathered, ion, bounds_s, holding or list(surveys))
    if in_all.why is not None:
        return in_all
    if not holding:  # the ion lies between the scan windows
        return replace(in_all, why=NotAcquired.OUTSIDE_SCAN_RANGE)
    if len(surveys) == 1:
        return in_all
    channel = gathered.channel[in_all.held.scans]
    present = {int(n): surveys[int(n)] for n in np.unique(channel)}
    choice = chosen_channel(
        present,
        channel,
        in_all.held.time_s,
        lambda time_s: (time_s >= bounds_s[0]) & (time_s <= bounds_s[1]),
        ion.mz,
        lambda channels: _height(gathered, index, ion, bounds_s, channels),
    )
    in_kind = _scans_in_channels(gathered, ion, bounds_s, choice.indices)
    return IonScans(
        in_kind.held, choice.label, in_kind.multiplicity, in_kind.why, choice.is_doubtful
    )


def _height(
    gathered: GatheredScans,
    index: int,
    ion: Ion,
    bounds_s: tuple[float, float],
    channels: Sequence[int],
) -> float:
    """Return how high an ion rises above its median in some channels, counts.

    Of three neighbouring scans the middle intensity counts, so that no single point decides.
    """
    held = gathered.held(channels, ion)
    time_s = held.time_s
    scans, error_ppm, intensity = gathered.centroids(index, ion.mz, held.scans)
    heights, _ = strongest_centroids(scans, error_ppm, intensity, time_s.size)
    heights = heights[(time_s >= bounds_s[0]) & (time_s <= bounds_s[1])]
    if heights.size < _NEIGHBOURS:
        return 0.0
    middle = np.median(np.lib.stride_tricks.sliding_window_view(heights, _NEIGHBOURS), axis=1)
    return float(middle.max() - np.median(heights))


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
        rival
        for rival in ions
        if rival.target_id != ion.target_id
        and not _in_one_isomer_group(rival, ion)
        and rival.product_mz is not None
        and channel.holds(rival.precursor_mz)
        and abs(rival.mz / ion.mz - 1) * 1e6 <= tolerance_ppm
        and _overlap(search_bounds_s(rival), around_listed_s(ion, 0.0))
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
    held = gathered.held(channels, ion)
    channel = gathered.channels[channels[0]] if channels else Channel()
    n_inside = held.n_within(bounds_s)
    why = held.why or (otherwise if n_inside else NotAcquired.OUTSIDE_RUN_TIME)
    return IonScans(held, channel, n_inside, why)


def chromatogram_in_scans(
    gathered: GatheredScans,
    index: int,
    ion: Ion,
    ion_scans: IonScans,
    offset_ppm: float,
    tolerance_ppm: float,
) -> Chromatogram:
    """Return the chromatogram of an ion: in each scan the centroid nearest to its m/z.

    In frames of ion mobility it is the sum of the centroids in the m/z window.

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
    held, once = ion_scans.held, ion_scans.held.first_of_time
    time_s = held.time_s[once]  # the picker cannot use a time that occurs twice
    scans, error_ppm, intensity = gathered.centroids(index, ion.mz, held.scans)
    if not scans.size:  # as of most decoys
        n = time_s.size
        return Chromatogram(time_s, np.zeros(n), np.full(n, np.nan), np.zeros(n))
    residual_ppm, n_scans = error_ppm - offset_ppm, held.scans.size
    near = np.abs(residual_ppm) <= tolerance_ppm
    in_scans = _summed_centroids if gathered.has_bins else nearest_centroids
    heights, errors = in_scans(scans[near], residual_ppm[near], intensity[near], n_scans)
    hidden = _hidden(
        scans[~near], residual_ppm[~near], intensity[~near], n_scans, 2 * tolerance_ppm
    )
    hidden[heights > 0] = 0.0
    return Chromatogram(time_s, heights[once], errors[once] + offset_ppm, hidden[once])


def _summed_centroids(
    scans: Ints, error_ppm: Floats, intensity: Floats, n_scans: int
) -> tuple[Floats, Floats]:
    """Return for each scan the sum of its centroids: else as `nearest_centroids`."""
    heights = np.bincount(scans, intensity, n_scans).astype(float)
    weighted = np.bincount(scans, intensity * error_ppm, n_scans).astype(float)
    errors = np.full(n_scans, np.nan)
    np.divide(weighted, heights, out=errors, where=heights > 0)
    return heights, errors


def _hidden(
    scans: Ints, residual_ppm: Floats, intensity: Floats, n_scans: int, resolved_ppm: float
) -> Floats:
    """Return how much of an ion may be merged into the nearest centroid of each scan, counts.

    Two ions that are not resolved make one centroid, at the mean of their m/z weighted by
    intensity. The other ion is nearer than `resolved_ppm`, so the share of the ion is at most
    1 - distance of the centroid / `resolved_ppm`.
    """
    if not scans.size:
        return np.zeros(n_scans)
    nearest, distance_ppm = nearest_centroids(scans, residual_ppm, intensity, n_scans)
    share = np.clip(1.0 - np.abs(distance_ppm) / resolved_ppm, 0.0, 1.0)
    return np.asarray(nearest * np.nan_to_num(share))
