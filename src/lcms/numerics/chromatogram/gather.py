"""The centroids of a run near the ions: gathered scan by scan, then ordered by ion."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from lcms.kinds import ScanKind
from lcms.model import NOTHING, WHOLE, Floats, Ints, Ion, Need, Scan, SrmChromatogram
from lcms.numerics.chromatogram.channels import Channel
from lcms.numerics.chromatogram.gathered_scans import GatheredScans
from lcms.numerics.chromatogram.srm_scans import SrmScans, has_listed_mz
from lcms.numerics.chromatogram.window import centroids_in_windows
from lcms.numerics.mass.formulas import mz_window
from lcms.numerics.mass.mz_scatter import MzScatter

_BARE_HALF_WIDTH_MZ: Final = 0.5  # of an isolation window without edges in the file: unit mass
_MZ_DECIMALS: Final = 4  # of isolation edges: a window that recurs has the same edges
_MOST_REMEMBERED: Final = 256  # sets of ions, one for each kind of scan and stretch of time
_SEVERAL_SCANS: Final = 3  # read whole, before their m/z are judged
_SEVERAL_BINS: Final = 3  # different mobilities in a run
WHOLE_EVERY: Final = 32  # scans: one of so many is read whole, for its faintest point; judgement
_WAITING: Final = 1 << 16  # points and windows that are searched at once; chosen by judgement
_TICKS_PER_S: Final = 137.035999  # irrational beside scan rates: no time lies on an edge
_TICK_SHIFT: Final = 0.123456  # of a tick, for the same reason
_HASH_FACTOR: Final = 2654435761  # Knuth's multiplicative hash, The Art of Programming 3, 6.4
_HASH_RANGE: Final = 2**32  # of that hash

Centroid = Callable[[Floats, Floats, Floats], tuple[Floats, Floats]]


@dataclass
class _Near:
    """Indices of the ions that scans of one kind and time may hold, and the points they need.

    `waiting` are index, m/z and intensities of the scans that have not been searched yet,
    `n_waiting` their points and windows.
    """

    ions: Ints
    need: Need
    waiting: list[tuple[int, Floats, Floats]] = field(default_factory=list)
    n_waiting: int = 0


class Gatherer:
    """Keeps the centroids of each scan near an ion of its time, and all SRM chromatograms.

    Parameters
    ----------
    ions : sequence of Ion
    half_width_ppm : float
        Centroids so near to the m/z of an ion are kept.
    kept_s : sequence of tuple of float
        First and last time at which each ion is kept, s.
    centroid : callable
        Returns the centroids (Th, counts) of a profile scan in m/z windows.
    whole_every : int
        One scan in so many is read whole.
    srm_spectra : bool
        Whether MS2 scans are SRM spectra, also where the file does not say so.
    """

    def __init__(
        self,
        ions: Sequence[Ion],
        half_width_ppm: float,
        kept_s: Sequence[tuple[float, float]],
        centroid: Centroid,
        whole_every: int = WHOLE_EVERY,
        *,
        srm_spectra: bool = False,
    ) -> None:
        windows = [mz_window(ion.mz, half_width_ppm) for ion in ions]
        self._chromatograms: list[SrmChromatogram] = []
        self._srm_scans = SrmScans()
        self._reads_srm = srm_spectra
        self._n_of_resolution = {
            True: 0,
            False: 0,
        }  # sampled MS2 scans: of unit resolution, or not
        self._mobilities: set[float] = set()
        self._has_bins = False
        self._ions = ions
        self._windows_mz = np.array(windows, dtype=float).reshape(-1, 2)
        self._windows_mz[:, 1] = np.nextafter(self._windows_mz[:, 1], np.inf)  # included
        self._kept_s = np.array(kept_s, dtype=float).reshape(-1, 2)
        self._edges_s = sorted(set(self._kept_s.ravel().tolist()))
        self._polarity = np.array([ion.polarity for ion in ions], dtype=np.int64)
        self._survey = np.flatnonzero([ion.product_mz is None for ion in ions])
        self._centroid = centroid
        self._channels: dict[Channel, int] = {}
        self._indices: dict[int, int] = {}  # by the identity of a channel in `_surveys`
        self._surveys: dict[object, Channel] = {}
        self._members: dict[tuple[float, float], Ints] = {}
        self._whole_every = whole_every
        self.n_sampled = 0
        self._near: dict[object, _Near] = {}
        self._scans: list[tuple[float, int, tuple[float, float], int]] = []  # as GatheredScans
        self._mz_scatter = MzScatter()
        self._lowest: list[float] = []
        self._lowest_of_products: list[float] = []
        self._centroids: list[tuple[Ints, Ints, Floats, Floats]] = []  # scan, ion, m/z, intensity

    def need(self, head: Scan) -> Need:
        """Return which points of a scan are needed.

        One scan in thirty-two is needed whole: the detection threshold is the median of the
        faintest points of these scans.
        """
        if self._is_srm(head):
            return WHOLE
        channel = self._channel(head)
        if head.ms_level > 1 and not self._isolated(channel.isolation_mz).size:
            return NOTHING
        if self._is_sampled(head) and not head.is_profile:
            return WHOLE
        need = self._near_ions(head, channel).need
        return Need(need.highest_mz) if head.is_profile else need

    def take_scan(self, scan: Scan) -> None:
        """Keep the centroids of a scan near the ions that it may hold."""
        if self._is_srm(scan):
            self._srm_scans.take(scan)
            return
        channel = self._channel(scan)
        if scan.ms_level > 1 and not self._isolated(channel.isolation_mz).size:
            return
        index = self._index_of(channel)
        self._scans.append(
            (scan.retention_time_s, scan.polarity, scan.mz_range or (0.0, np.inf), index)
        )
        if scan.mobility is not None or scan.has_mobility_array:
            self._has_bins = True
            self._mobilities.add(scan.mobility or 0.0)
        near = self._near_ions(scan, channel)
        mz, intensity = scan.mz, scan.intensity
        if scan.is_profile:
            mz, intensity = self._centroid(mz, intensity, near.need.windows_mz)
        if scan.is_profile or self._is_sampled(scan):
            self._sample(scan, index, mz, intensity)
        if mz.size:
            near.waiting.append((len(self._scans) - 1, mz, intensity))
            near.n_waiting += mz.size + near.ions.size
            if near.n_waiting > _WAITING:
                self._search(near)

    def _search(self, near: _Near) -> None:
        """Keep the centroids near an ion of the scans that wait for it."""
        if near.waiting:
            scans = np.array([scan for scan, _, _ in near.waiting])
            points = [(mz, intensity) for _, mz, intensity in near.waiting]
            scan, ion, mz, intensity = centroids_in_windows(points, near.need.windows_mz)
            self._centroids.append((scans[scan], near.ions[ion], mz, intensity))
            near.waiting, near.n_waiting = [], 0

    def _sample(self, scan: Scan, channel: int, mz: Floats, intensity: Floats) -> None:
        """Note what a scan that was read whole shows: its faintest point, how steady m/z are."""
        self.n_sampled += 1
        lowest = self._lowest if scan.ms_level == 1 else self._lowest_of_products
        lowest.extend(_lowest_above_zero(intensity))
        if scan.ms_level > 1 and mz.size:
            self._n_of_resolution[has_listed_mz(mz)] += 1
        if scan.ms_level == 1 and not scan.is_profile:
            self._mz_scatter.see(channel, mz, intensity)

    def _channel(self, scan: Scan) -> Channel:
        """Return the kind of a scan; equal MS1 scans have the same object."""
        if scan.ms_level > 1:
            isolation = isolation_mz(scan)
            return Channel(isolation, scan.collision_energy if isolation else None, scan.voltage_v)
        key = (
            scan.mz_range,
            scan.polarity,
            scan.kind,
            scan.windows_mz,
            scan.voltage_v,
            scan.function,
            scan.collision_energy,
        )
        channel = self._surveys.get(key)
        if channel is None:
            channel = self._surveys[key] = _survey_channel(scan)
            self._indices[id(channel)] = self._channels.setdefault(channel, len(self._channels))
        return channel

    def _index_of(self, channel: Channel) -> int:
        """Return the index of a channel, a new one for a new channel."""
        if channel.isolation_mz is None:
            return self._indices[id(channel)]
        return self._channels.setdefault(channel, len(self._channels))

    def _is_srm(self, scan: Scan) -> bool:
        return scan.ms_level > 1 and (self._reads_srm or scan.kind is ScanKind.SRM)

    @property
    def looks_srm(self) -> bool:
        """Whether all MS2 scans that were read whole have m/z as a method lists them."""
        n_listed, n_measured = self._n_of_resolution[True], self._n_of_resolution[False]
        return n_listed >= _SEVERAL_SCANS and n_measured == 0

    def _is_sampled(self, scan: Scan) -> bool:
        """Return whether a scan is read whole: by its time, in any order of the file."""
        tick = int(scan.retention_time_s * _TICKS_PER_S + _TICK_SHIFT)
        return tick * _HASH_FACTOR % _HASH_RANGE < _HASH_RANGE // self._whole_every

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        """Keep an SRM chromatogram that has points."""
        if chromatogram.retention_time_s.size:
            self._chromatograms.append(chromatogram)

    @property
    def chromatograms(self) -> list[SrmChromatogram]:
        """The SRM chromatograms of the run, those of SRM spectra too."""
        return [*self._chromatograms, *self._srm_scans.chromatograms()]

    @property
    def has_bins_of_own_time(self) -> bool:
        """Whether the bins of a mobility frame have different times: frames cannot be summed."""
        n_times = len({scan[0] for scan in self._scans})
        return len(self._mobilities) >= _SEVERAL_BINS and 2 * n_times > len(self._scans)

    def _near_ions(self, scan: Scan, channel: Channel) -> _Near:
        """Return the ions that a scan may hold; between two edges of time they are the same."""
        time_s = scan.retention_time_s
        segment = bisect_left(self._edges_s, time_s), bisect_right(self._edges_s, time_s)
        isolation = channel.isolation_mz
        key = scan.ms_level == 1, scan.polarity, isolation, segment
        if key not in self._near:
            if len(self._near) > _MOST_REMEMBERED:  # times ascend: earlier sets are not used again
                self._search_all()
                self._near.clear()
            members = self._survey if scan.ms_level == 1 else self._isolated(isolation)
            start_s, end_s = self._kept_s[members].T
            is_near = (start_s <= time_s) & (time_s <= end_s)
            ions = members[is_near & (self._polarity[members] * scan.polarity >= 0)]
            windows_mz = self._windows_mz[ions]
            self._near[key] = _Near(ions, Need(float(windows_mz.max(initial=0.0)), windows_mz))
        return self._near[key]

    def _search_all(self) -> None:
        for near in self._near.values():
            self._search(near)

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

    def gathered(self) -> GatheredScans:
        """Return the gathered scans in order of time."""
        time_s = np.array([scan[0] for scan in self._scans], dtype=float)
        channel = np.array([scan[3] for scan in self._scans], dtype=np.int64)
        order = (
            np.lexsort((channel, time_s)) if self._has_bins else np.argsort(time_s, kind="stable")
        )
        rank = np.empty(order.size, dtype=np.int64)
        rank[order] = np.arange(order.size)
        if self._has_bins:  # one scan for all bins of a frame
            is_first = np.ones(order.size, dtype=bool)
            is_first[1:] = (np.diff(time_s[order]) > 0) | (np.diff(channel[order]) != 0)
            rank = (np.cumsum(is_first) - 1)[rank]
            order = order[is_first]
        self._search_all()
        nothing = (
            np.empty(0, dtype=np.int64),
            np.empty(0, dtype=np.int64),
            np.empty(0),
            np.empty(0),
        )
        scan, ion, mz, intensity = map(np.concatenate, zip(nothing, *self._centroids, strict=True))
        by_ion = np.lexsort((scan, ion))
        lowest = self._lowest or self._lowest_of_products
        return GatheredScans(
            channels=tuple(self._channels),
            time_s=time_s[order],
            polarity=np.array([scan[1] for scan in self._scans], dtype=np.int64)[order],
            mz_range=np.array([scan[2] for scan in self._scans]).reshape(-1, 2)[order],
            channel=channel[order],
            scan=rank[scan][by_ion],
            first_centroid=ion[by_ion].searchsorted(np.arange(len(self._ions) + 1)).tolist(),
            mz=mz[by_ion],
            intensity=intensity[by_ion],
            detection_threshold=float(np.median(lowest)) if lowest else None,
            mz_scatter_ppm=None if self._has_bins else self._mz_scatter.sd_ppm(),
            has_bins=self._has_bins,
        )


def _lowest_above_zero(intensity: Floats) -> list[float]:
    """Return the lowest intensity above 0 of a scan, counts; an empty list without any."""
    positive = intensity[intensity > 0]
    return [float(positive.min())] if positive.size else []


def _survey_channel(scan: Scan) -> Channel:
    windows_mz = scan.windows_mz or ((scan.mz_range,) if scan.mz_range else ())
    return Channel(
        collision_energy=scan.collision_energy,
        voltage_v=scan.voltage_v,
        kind=scan.kind,
        windows_mz=windows_mz,
        function=scan.function,
        polarity=scan.polarity,
    )


def isolation_mz(scan: Scan) -> tuple[float, float] | None:
    """Return the edges of the isolation window of a scan, Th.

    Without edges in the file it is 0.5 Th on either side of the precursor; None without one.
    """
    if scan.isolation_mz is not None:
        low, high = scan.isolation_mz
        return round(low, _MZ_DECIMALS), round(high, _MZ_DECIMALS)
    if scan.precursor_mz is None:
        return None
    mz = scan.precursor_mz
    low, high = mz - _BARE_HALF_WIDTH_MZ, mz + _BARE_HALF_WIDTH_MZ
    return round(low, _MZ_DECIMALS), round(high, _MZ_DECIMALS)
