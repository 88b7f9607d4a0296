"""What of the scans of a run lies near the ions: gathered scan by scan, then cut by ion."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from lcms.model import (
    NOTHING,
    WHOLE,
    Bools,
    Chromatogram,
    Floats,
    Ints,
    Ion,
    Need,
    NotAcquired,
    Scan,
    SrmChromatogram,
)
from lcms.numerics.chromatogram.window import centroids_in_windows, nearest_centroids
from lcms.numerics.mass.formulas import mz_window

_UNTOLD_HALF_WIDTH_MZ: Final = 0.5  # of an isolation window whose edges the file does not tell
_MIN_SCANS: Final = 5  # within the time of an ion, of an isolation window that is monitored
_SAME_ENERGY: Final = 0.5  # eV
_MOST_NEAR: Final = 256
WHOLE_EVERY: Final = 32  # scans: one of so many is read whole, for its faintest point
_TICKS_PER_S: Final = 137.035999  # no time of a file lies on the edge of a tick by its rounding
_TICK_SHIFT: Final = 0.123456
_SPREAD: Final = 2654435761  # Knuth's multiplicative hash

Centroid = Callable[[Floats, Floats, Floats], tuple[Floats, Floats]]


class Channel(NamedTuple):
    """Scans of one kind: MS1, or MS2 of one isolation window (edges in Th) and energy."""

    isolation_mz: tuple[float, float] | None = None
    collision_energy: float | None = None

    def holds(self, mz: float) -> bool:
        """Tell whether a precursor (Th) is isolated; MS1 isolates nothing."""
        return self.isolation_mz is not None and self.isolation_mz[0] <= mz <= self.isolation_mz[1]


_SURVEY: Final = Channel()


@dataclass(frozen=True)
class GatheredScans:
    """The gathered scans in order of time: arrays per scan, and per centroid.

    `scan`, `ion`, `mz` and `intensity` are those of the centroids near an ion, ordered by ion;
    `channel` is an index into `channels`, of which the first is MS1.
    """

    channels: tuple[Channel, ...]
    time_s: Floats
    polarity: Ints
    mz_range: Floats
    channel: Ints
    scan: Ints
    ion: Ints
    mz: Floats
    intensity: Floats
    detection_threshold: float | None

    def centroids(self, index: int, mz: float, scans: Ints) -> tuple[Ints, Floats, Floats]:
        """Return the centroids near an ion in some scans.

        Parameters
        ----------
        index : int
            Of the ion.
        mz : float
            Of the ion, Th.
        scans : array of shape (k,)
            Ascending.

        Returns
        -------
        tuple of three arrays of shape (m,)
            Place in `scans`, m/z error in ppm, intensity in counts.
        """
        place = np.full(self.time_s.size, -1)
        place[scans] = np.arange(scans.size)
        mine = slice(*self.ion.searchsorted([index, index + 1]))
        places = place[self.scan[mine]]
        inside = places >= 0
        error_ppm = (self.mz[mine][inside] / mz - 1) * 1e6
        return places[inside], error_ppm, self.intensity[mine][inside]


@dataclass(frozen=True)
class _Near:
    """Ions that scans of one kind and time may hold, by their indices, and what they need."""

    ions: Ints
    need: Need


class Gatherer:
    """Keeps of each scan what lies near an ion at its time, and all SRM chromatograms."""

    def __init__(
        self,
        ions: Sequence[Ion],
        half_width_ppm: float,
        kept_s: Sequence[tuple[float, float]],
        centroid: Centroid,
        whole_every: int = WHOLE_EVERY,
    ) -> None:
        windows = [mz_window(ion.mz, half_width_ppm) for ion in ions]
        self.chromatograms: list[SrmChromatogram] = []
        self._ions = ions
        self._windows_mz = np.array(windows, dtype=float).reshape(-1, 2)
        self._windows_mz[:, 1] = np.nextafter(self._windows_mz[:, 1], np.inf)  # it is included
        self._kept_s = np.array(kept_s, dtype=float).reshape(-1, 2)
        self._edges_s = sorted(set(self._kept_s.ravel().tolist()))
        self._polarity = np.array([ion.polarity for ion in ions], dtype=np.int64)
        self._survey = np.flatnonzero([ion.product_mz is None for ion in ions])
        self._centroid = centroid
        self._channels: dict[Channel, int] = {_SURVEY: 0}
        self._members: dict[tuple[float, float], Ints] = {}
        self._whole_every = whole_every
        self.n_sampled = 0
        self._near: dict[object, _Near] = {}
        self._scans: list[tuple[float, int, tuple[float, float], int]] = []
        self._lowest: list[float] = []
        self._lowest_of_products: list[float] = []
        self._found: list[tuple[int, Ints, Floats, Floats]] = []

    def need(self, head: Scan) -> Need:
        """Return what of the points of a scan is needed.

        One scan in thirty-two is needed whole: its faintest point tells the detection threshold.
        """
        channel = _channel(head)
        if head.ms_level > 1 and not self._isolated(channel.isolation_mz).size:
            return NOTHING
        if self._is_sampled(head) and not head.is_profile:
            return WHOLE
        need = self._near_ions(head, channel).need
        return Need(need.highest_mz) if head.is_profile else need

    def take_scan(self, scan: Scan) -> None:
        """Keep what of a scan lies near the ions that it may hold."""
        channel = _channel(scan)
        if scan.ms_level > 1 and not self._isolated(channel.isolation_mz).size:
            return
        number = self._channels.setdefault(channel, len(self._channels))
        self._scans.append(
            (scan.retention_time_s, scan.polarity, scan.mz_range or (0.0, np.inf), number)
        )
        near = self._near_ions(scan, channel)
        mz, intensity = scan.mz, scan.intensity
        if scan.is_profile:
            mz, intensity = self._centroid(mz, intensity, near.need.windows_mz)
        if scan.is_profile or self._is_sampled(scan):
            self.n_sampled += 1
            lowest = self._lowest if scan.ms_level == 1 else self._lowest_of_products
            lowest.extend(_lowest_above_zero(intensity))
        if mz.size:
            ion, mz, intensity = centroids_in_windows(mz, intensity, near.need.windows_mz)
            self._found.append((len(self._scans) - 1, near.ions[ion], mz, intensity))

    def _is_sampled(self, scan: Scan) -> bool:
        """Tell whether a scan is read whole: by its time, whatever the order of the file."""
        number = int(scan.retention_time_s * _TICKS_PER_S + _TICK_SHIFT)
        return number * _SPREAD % 2**32 < 2**32 // self._whole_every

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        """Keep an SRM chromatogram that has points."""
        if chromatogram.retention_time_s.size:
            self.chromatograms.append(chromatogram)

    def _near_ions(self, scan: Scan, channel: Channel) -> _Near:
        """Return the ions that a scan may hold; between two edges of time they are the same."""
        time_s = scan.retention_time_s
        segment = bisect_left(self._edges_s, time_s), bisect_right(self._edges_s, time_s)
        isolation = channel.isolation_mz
        key = scan.ms_level == 1, scan.polarity, isolation, segment
        if key not in self._near:
            if len(self._near) > _MOST_NEAR:  # what lies behind is not asked for again
                self._near.clear()
            members = self._survey if scan.ms_level == 1 else self._isolated(isolation)
            start_s, end_s = self._kept_s[members].T
            is_near = (start_s <= time_s) & (time_s <= end_s)
            ions = members[is_near & (self._polarity[members] * scan.polarity >= 0)]
            windows_mz = self._windows_mz[ions]
            self._near[key] = _Near(ions, Need(float(windows_mz.max(initial=0.0)), windows_mz))
        return self._near[key]

    def _isolated(self, window: tuple[float, float] | None) -> Ints:
        """Return the product ions whose precursor an isolation window holds."""
        if window is None:
            return np.empty(0, dtype=np.int64)
        if window not in self._members:
            channel = Channel(window)
            inside = [
                ion.product_mz is not None and channel.holds(ion.precursor_mz)
                for ion in self._ions
            ]
            self._members[window] = np.flatnonzero(inside)
        return self._members[window]

    def traces(self) -> GatheredScans:
        """Return what was gathered, in order of time."""
        time_s = np.array([scan[0] for scan in self._scans], dtype=float)
        order = np.argsort(time_s, kind="stable")
        place = np.empty(order.size, dtype=np.int64)
        place[order] = np.arange(order.size)
        scans = np.array([scan for scan, _, _, _ in self._found], dtype=np.int64)
        sizes = [ion.size for _, ion, _, _ in self._found]
        parts = [
            np.concatenate([found[n] for found in self._found]) for n in (1, 2, 3) if self._found
        ]
        ion, mz, intensity = parts or [np.empty(0, dtype=np.int64), np.empty(0), np.empty(0)]
        lowest = self._lowest or self._lowest_of_products
        by_ion = np.argsort(ion, kind="stable")
        return GatheredScans(
            channels=tuple(self._channels),
            time_s=time_s[order],
            polarity=np.array([scan[1] for scan in self._scans], dtype=np.int64)[order],
            mz_range=np.array([scan[2] for scan in self._scans]).reshape(-1, 2)[order],
            channel=np.array([scan[3] for scan in self._scans], dtype=np.int64)[order],
            scan=np.repeat(place[scans], sizes)[by_ion],
            ion=ion[by_ion],
            mz=mz[by_ion],
            intensity=intensity[by_ion],
            detection_threshold=float(np.median(lowest)) if lowest else None,
        )


def _lowest_above_zero(intensity: Floats) -> list[float]:
    """Return the faintest point of a scan, nothing where there is none."""
    positive = intensity[intensity > 0]
    return [float(positive.min())] if positive.size else []


def _channel(scan: Scan) -> Channel:
    if scan.ms_level == 1:
        return _SURVEY
    isolation = isolation_mz(scan)
    return Channel(isolation, scan.collision_energy if isolation else None)


def isolation_mz(scan: Scan) -> tuple[float, float] | None:
    """Return the edges (Th) of an isolation window; 0.5 Th around a precursor without any."""
    if scan.isolation_mz is not None:
        low, high = scan.isolation_mz
        return round(low, 4), round(high, 4)
    if scan.precursor_mz is None:
        return None
    mz = scan.precursor_mz
    return round(mz - _UNTOLD_HALF_WIDTH_MZ, 4), round(mz + _UNTOLD_HALF_WIDTH_MZ, 4)


@dataclass(frozen=True)
class IonScans:
    """In which scans of a run an ion is read, or why in none.

    `scans` (ascending) are those that can hold it, whatever their time; `multiplicity` is the
    number of isolation windows that do.
    """

    scans: Ints
    channel: Channel
    multiplicity: int
    why: NotAcquired | None


def scans_of_ion(
    traces: GatheredScans,
    ion: Ion,
    bounds_s: tuple[float, float],
    crowd: Callable[[Channel], int],
) -> IonScans:
    """Return where in the scans of a run an ion is read.

    An ion without a product is read in MS1. A product ion is read in the MS2 scans of an
    isolation window that holds the precursor and recurs at least five times within the time of
    the ion (what DDA triggers does not). Of several windows that one is taken in which the
    fewest other ions have the same product, then that whose centre is nearest.

    Parameters
    ----------
    traces : GatheredScans
    ion : Ion
    bounds_s : tuple of float
        Where it is looked for, in seconds.
    crowd : callable
        Returns how many other ions an isolation window would put into the same chromatogram.
    """
    if ion.product_mz is None:
        return _place(traces, ion, bounds_s, [0])
    holding = [
        number
        for number, channel in enumerate(traces.channels)
        if channel.holds(ion.precursor_mz) and _has_energy(ion, channel.collision_energy)
    ]
    monitored = [
        n for n in holding if _place(traces, ion, bounds_s, [n]).multiplicity >= _MIN_SCANS
    ]
    if not monitored:
        return _place(traces, ion, bounds_s, holding, NotAcquired.NO_TRANSITION)
    windows = {traces.channels[n].isolation_mz for n in monitored}
    best = min(
        windows,
        key=lambda window: (
            crowd(Channel(window)),
            abs(sum(window or ()) / 2 - ion.precursor_mz),
        ),
    )
    energies = [n for n in monitored if traces.channels[n].isolation_mz == best]
    if len(energies) > 1:
        nothing = np.empty(0, dtype=np.int64)
        return IonScans(nothing, Channel(best), len(windows), NotAcquired.TRANSITION_AMBIGUOUS)
    found = _place(traces, ion, bounds_s, energies)
    return IonScans(found.scans, found.channel, len(windows), None)


def _has_energy(ion: Ion, energy_ev: float | None) -> bool:
    if ion.collision_energy is None or energy_ev is None:
        return True
    return abs(energy_ev - ion.collision_energy) <= _SAME_ENERGY


def _place(
    traces: GatheredScans,
    ion: Ion,
    bounds_s: tuple[float, float],
    channels: Sequence[int],
    otherwise: NotAcquired | None = None,
) -> IonScans:
    """Return the scans of some channels that can hold an ion; why there are none, if so.

    `multiplicity` is the number of scans within the bounds.
    """
    scans = np.isin(traces.channel, channels)
    low, high = traces.mz_range.T
    inside = (traces.time_s >= bounds_s[0]) & (traces.time_s <= bounds_s[1])
    steps: list[tuple[Bools, NotAcquired]] = [
        (scans, NotAcquired.NO_TRANSITION if ion.product_mz else NotAcquired.NO_SURVEY_SCAN),
        (traces.polarity * ion.polarity >= 0, NotAcquired.WRONG_POLARITY),
        ((low <= ion.mz) & (ion.mz <= high), NotAcquired.OUTSIDE_SCAN_RANGE),
    ]
    kept = np.ones(traces.time_s.size, dtype=bool)
    channel = traces.channels[channels[0]] if channels else Channel()
    for condition, reason in steps:
        kept &= condition
        if not kept.any():
            return IonScans(np.flatnonzero(kept), channel, 0, reason)
    n_inside = int(np.count_nonzero(kept & inside))
    why = otherwise if n_inside else NotAcquired.OUTSIDE_RUN_TIME
    return IonScans(np.flatnonzero(kept), channel, n_inside, why)


def chromatogram_in_scans(
    traces: GatheredScans,
    index: int,
    ion: Ion,
    place: IonScans,
    shift_ppm: float,
    tolerance_ppm: float,
) -> Chromatogram:
    """Return the chromatogram of an ion: in each scan the centroid nearest to its m/z.

    Parameters
    ----------
    traces : GatheredScans
    index : int
        Of the ion.
    ion : Ion
    place : IonScans
        Of the ion.
    shift_ppm : float
        Mass offset of the run.
    tolerance_ppm : float
        Half-width of the m/z window around it.
    """
    scans, error_ppm, intensity = traces.centroids(index, ion.mz, place.scans)
    off_ppm, n_scans = error_ppm - shift_ppm, place.scans.size
    near = np.abs(off_ppm) <= tolerance_ppm
    heights, errors = nearest_centroids(scans[near], off_ppm[near], intensity[near], n_scans)
    hidden = _hidden(scans[~near], off_ppm[~near], intensity[~near], n_scans, 2 * tolerance_ppm)
    hidden[heights > 0] = 0.0
    # The picker loses doubled times.
    time_s, once = np.unique(traces.time_s[place.scans], return_index=True)
    return Chromatogram(time_s, heights[once], errors[once] + shift_ppm, hidden[once])


def _hidden(
    scans: Ints, off_ppm: Floats, intensity: Floats, n_scans: int, resolved_ppm: float
) -> Floats:
    """Return how much of an ion may be merged into the nearest centroid of each scan, counts.

    Two ions that are not resolved make one centroid, at the mean of their m/z weighted by
    intensity. The other ion is nearer than `resolved_ppm`, so the ion has at most one minus the
    distance of the centroid by that.
    """
    nearest, away_ppm = nearest_centroids(scans, off_ppm, intensity, n_scans)
    share = np.clip(1.0 - np.abs(away_ppm) / resolved_ppm, 0.0, 1.0)
    return np.asarray(nearest * np.nan_to_num(share))
