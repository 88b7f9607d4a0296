"""The scans of a run with the centroids near the ions, in order of time."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from lcms.kinds import NotAcquired
from lcms.model import Bools, Floats, Ints, Ion
from lcms.numerics.chromatogram.channels import Channel

NO_SCANS: Final = np.empty(0, dtype=np.int64)
_NOTHING: Final = np.empty(0)


@dataclass(frozen=True)
class HeldScans:
    """The scans of some channels that can hold an ion at any time, or why there are none.

    `scans` (indices) and `time_s` have shape (n,) and ascend; scans may share a time.
    """

    scans: Ints
    time_s: Floats
    why: NotAcquired | None = None

    def n_within(self, bounds_s: tuple[float, float]) -> int:
        """Return the number of scans from a first to a last time, s, both included."""
        first = self.time_s.searchsorted(bounds_s[0], side="left")
        return int(self.time_s.searchsorted(bounds_s[1], side="right") - first)

    @cached_property
    def first_of_time(self) -> Ints | slice:
        """Which of these scans is the first of its time."""
        once = np.unique(self.time_s, return_index=True)[1]
        return slice(None) if once.size == self.time_s.size else once


@dataclass(frozen=True)
class GatheredScans:
    """The gathered scans in order of time: arrays per scan, and per centroid.

    `time_s`, `polarity`, `mz_range` (Th, shape (n, 2)) and `channel` are those of the n scans;
    `channel` is an index into `channels`. `scan` (an index), `mz` (Th) and `intensity` (counts)
    are those of the centroids near an ion, ordered by ion, then by scan: those of ion k lie from
    `first_centroid[k]` to before `first_centroid[k + 1]`. `detection_threshold` is in counts, None
    if no scan was read whole. `mz_scatter_ppm` is the scatter of the m/z of an ion between MS1
    scans, None where it cannot be told. Where `has_bins`, scans are frames of ion mobility: an ion
    has a centroid in each of several bins.
    """

    channels: tuple[Channel, ...]
    time_s: Floats
    polarity: Ints
    mz_range: Floats
    channel: Ints
    scan: Ints
    first_centroid: Sequence[int]
    mz: Floats
    intensity: Floats
    detection_threshold: float | None
    mz_scatter_ppm: float | None
    has_bins: bool

    @cached_property
    def surveys(self) -> dict[int, Channel]:
        """The channels of MS1 scans by their index."""
        return {index: channel for index, channel in enumerate(self.channels) if channel.is_survey}

    @property
    def is_survey(self) -> Bools:
        """Which scans are MS1 scans, shape (n,)."""
        return np.isin(self.channel, list(self.surveys))

    def centroids(self, index: int, mz: float, scans: Ints) -> tuple[Ints, Floats, Floats]:
        """Return the centroids near an ion in some scans.

        Parameters
        ----------
        index : int
            Index of the ion.
        mz : float
            Its m/z, Th.
        scans : array of shape (k,)
            Indices of scans, ascending.

        Returns
        -------
        tuple of three arrays of shape (m,)
            Index into `scans`, m/z error in ppm, intensity in counts.
        """
        of_ion = slice(*self.first_centroid[index : index + 2])
        if of_ion.start == of_ion.stop:
            return NO_SCANS, _NOTHING, _NOTHING
        index_in_scans = np.full(self.time_s.size, -1)
        index_in_scans[scans] = np.arange(scans.size)
        indices = index_in_scans[self.scan[of_ion]]
        inside = indices >= 0
        error_ppm = (self.mz[of_ion][inside] / mz - 1) * 1e6
        return indices[inside], error_ppm, self.intensity[of_ion][inside]

    def held(self, channels: Sequence[int], ion: Ion) -> HeldScans:
        """Return the scans of some channels (indices) that can hold an ion, or why none can.

        Ions alike get the same object: they lie between the same two edges of scan ranges.
        """
        edges_mz = self._range_edges_mz
        between = bisect_left(edges_mz, ion.mz), bisect_right(edges_mz, ion.mz)
        key = tuple(channels), ion.product_mz is None, ion.polarity, between
        if key not in self._held:
            self._held[key] = self._find_held(channels, ion)
        return self._held[key]

    @cached_property
    def _range_edges_mz(self) -> list[float]:
        edges_mz: list[float] = np.unique(self.mz_range).tolist()
        return edges_mz

    @cached_property
    def _held(self) -> dict[object, HeldScans]:
        return {}

    def _find_held(self, channels: Sequence[int], ion: Ion) -> HeldScans:
        is_chosen = np.zeros(len(self.channels), dtype=bool)
        is_chosen[list(channels)] = True
        low, high = self.mz_range.T
        no_channel = NotAcquired.NO_TRANSITION if ion.product_mz else NotAcquired.NO_SURVEY_SCAN
        steps: list[tuple[Bools, NotAcquired]] = [
            (is_chosen[self.channel], no_channel),
            (self.polarity * ion.polarity >= 0, NotAcquired.WRONG_POLARITY),
            ((low <= ion.mz) & (ion.mz <= high), NotAcquired.OUTSIDE_SCAN_RANGE),
        ]
        kept = np.ones(self.time_s.size, dtype=bool)
        for condition, reason in steps:
            kept &= condition
            if not kept.any():
                return HeldScans(NO_SCANS, _NOTHING, reason)
        return HeldScans(np.flatnonzero(kept), self.time_s[kept])
