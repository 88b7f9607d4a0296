"""Kinds of scans in one run, and which of them an ion is read from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from lcms.kinds import ScanKind
from lcms.model import Floats, Ints, Windows

MIN_SCANS: Final = 5  # of a kind within the time of an ion: fewer give no chromatogram
_SPARSE_SHARE: Final = 0.33  # of the scans of the commonest kind: reference scans are rarer
_ALIKE_RATIO: Final = 1.25  # of two signals: scans of one kind differ less; chosen by judgement
_SIGN: Final = {1: "positive", -1: "negative"}


class Channel(NamedTuple):
    """Scans of one kind.

    Of MS2 it is told by isolation window (edges in Th), collision energy and compensation
    voltage; of MS1 (no isolation) by the other fields, which are those of `Scan`. `windows_mz`
    are all scan windows, empty where the file gives none.
    """

    isolation_mz: tuple[float, float] | None = None
    collision_energy: float | None = None
    voltage_v: float | None = None
    kind: ScanKind = ScanKind.FULL
    windows_mz: Windows = ()
    function: int | None = None
    polarity: int = 0

    @property
    def is_survey(self) -> bool:
        """Whether these are MS1 scans."""
        return self.isolation_mz is None

    def holds(self, mz: float) -> bool:
        """Return whether a precursor (Th) is isolated; MS1 isolates nothing."""
        return self.isolation_mz is not None and self.isolation_mz[0] <= mz <= self.isolation_mz[1]

    def scans(self, mz: float) -> bool:
        """Return whether an m/z (Th) lies in a scan window; true where none is known."""
        return not self.windows_mz or any(low <= mz <= high for low, high in self.windows_mz)

    def text(self) -> str:
        """Return what distinguishes these scans, for a table."""
        windows = self.windows_mz if self.isolation_mz is None else (self.isolation_mz,)
        parts = [
            "MS1" if self.is_survey else "MS2",
            "" if self.kind is ScanKind.FULL else self.kind.value,
            _SIGN.get(self.polarity, ""),
            ", ".join(f"{low:g}-{high:g}" for low, high in windows) + " Th" if windows else "",
            "" if self.voltage_v is None else f"{self.voltage_v:g} V",
            "" if self.collision_energy is None else f"{self.collision_energy:g} eV",
            "" if self.function is None else f"function {self.function}",
        ]
        return " ".join(part for part in parts if part)


@dataclass(frozen=True)
class ChannelChoice:
    """The channels (indices) that an ion is read from, and their common label.

    `is_doubtful` is true where only a number distinguishes the channel from another whose signal
    differs.
    """

    indices: list[int]
    label: Channel
    is_doubtful: bool = False


def chosen_channel(
    channels: Mapping[int, Channel],
    channel: Ints,
    time_s: Floats,
    inside: Callable[[Floats], "np.typing.NDArray[np.bool_]"],
    mz: float,
    signal: Callable[[Sequence[int]], float],
) -> ChannelChoice:
    """Return the kind of MS1 scans that an ion is read from.

    Reference scans, which are rarer than a third of the others, come last; then the lowest
    collision energy, full scans, the widest scan windows, and windows with the ion far from an
    edge are preferred. Of kinds that are equal in all that, the voltage (or polarity, where the
    ion has none) with the higher signal is taken, then the lowest function. Kinds of the same
    voltage and energy that follow one another in time belong together.

    Parameters
    ----------
    channels : mapping
        Those that can hold the ion, by index.
    channel, time_s : arrays of shape (n,)
        Of the scans that can hold the ion: channel (index) and time in s.
    inside : callable
        Returns which times lie in the search window of the ion.
    mz : float
        Of the ion, Th.
    signal : callable
        Returns the height of the ion in some channels (indices), counts.
    """
    kinds = _ScanKinds(channels, channel, time_s, inside)
    labels = sorted(kinds.members, key=lambda label: kinds.rank(label, mz))
    best = kinds.rank(labels[0], mz)
    equal = [label for label in labels if kinds.rank(label, mz) == best]
    heights = {label: signal(kinds.members[label]) for label in equal} if len(equal) > 1 else {}
    label = _strongest(equal, heights)
    rivals = [
        rival
        for rival in equal
        if rival._replace(function=None) == label._replace(function=None)
        and kinds.overlap(rival, label)
    ]
    is_doubtful = len(rivals) > 1 and not _alike([heights[rival] for rival in rivals])
    joined = kinds.joined(label, labels)
    return ChannelChoice(
        [index for part in joined for index in kinds.members[part]], label, is_doubtful
    )


def _strongest(equal: Sequence[Channel], heights: Mapping[Channel, float]) -> Channel:
    """Return the lowest function of the voltage and polarity with the highest signal."""
    if len(equal) == 1:
        return equal[0]
    first: dict[tuple[float | None, int], Channel] = {}
    for label in sorted(equal, key=lambda label: label.function or 0):
        first.setdefault((label.voltage_v, label.polarity), label)
    return max(first.values(), key=lambda label: heights[label])


def _alike(heights: Sequence[float]) -> bool:
    return max(heights) <= _ALIKE_RATIO * min(heights)


class _ScanKinds:
    """The kinds of scans that can hold an ion, with their indices, numbers and spans of time."""

    def __init__(
        self,
        channels: Mapping[int, Channel],
        channel: Ints,
        time_s: Floats,
        inside: Callable[[Floats], "np.typing.NDArray[np.bool_]"],
    ) -> None:
        # Some converters write the range of the points of each scan instead of a scan window.
        vary = len(channels) * MIN_SCANS > channel.size
        self.members: dict[Channel, list[int]] = {}
        for index, label in channels.items():
            key = label._replace(windows_mz=()) if vary else label
            self.members.setdefault(key, []).append(index)
        of_kind = {
            label: time_s[np.isin(channel, members)] for label, members in self.members.items()
        }
        self._span = {label: (float(t.min()), float(t.max())) for label, t in of_kind.items()}
        self._n = {label: int(np.count_nonzero(inside(t))) for label, t in of_kind.items()}
        self._most = max(self._n.values())

    def rank(self, label: Channel, mz: float) -> tuple[float, ...]:
        """Return the order of preference of a kind for an m/z (Th); less is better."""
        windows = label.windows_mz
        width_mz = sum(high - low for low, high in windows) if windows else np.inf
        margins_mz = [min(mz - low, high - mz) for low, high in windows]
        return (
            self._n[label] < _SPARSE_SHARE * self._most,
            label.collision_energy or 0.0,
            label.kind is not ScanKind.FULL,
            -width_mz,
            -max(margins_mz, default=np.inf),
        )

    def overlap(self, first: Channel, second: Channel) -> bool:
        """Return whether two kinds overlap in time."""
        (start_s, end_s), (other_start_s, other_end_s) = self._span[first], self._span[second]
        return start_s <= other_end_s and other_start_s <= end_s

    def joined(self, label: Channel, labels: Sequence[Channel]) -> list[Channel]:
        """Return a kind and those before or after it: segments of a method."""
        joined = [label]
        for rival in labels:
            is_same = _setting(rival) == _setting(label)
            if is_same and not any(self.overlap(rival, part) for part in joined):
                joined.append(rival)
        return joined


def _setting(label: Channel) -> tuple[object, ...]:
    return label.collision_energy, label.voltage_v, label.kind, label.polarity
