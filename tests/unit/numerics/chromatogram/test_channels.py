"""Which kind of MS1 scans an ion is read from."""

from collections.abc import Sequence

import numpy as np
import pytest

from lcms.kinds import ScanKind
from lcms.numerics.chromatogram.channels import Channel, ChannelChoice, chosen_channel

MZ = 202.1
FULL = Channel(windows_mz=((60.0, 900.0),), polarity=-1)


def chosen(
    *channels: Channel, turns: Sequence[int] | None = None, heights: Sequence[float] = ()
) -> ChannelChoice:
    """Return the choice among channels that take turns; `turns` are their indices."""
    order = np.array(turns if turns is not None else list(range(len(channels))) * 20)
    return chosen_channel(
        dict(enumerate(channels)),
        order,
        np.arange(order.size).astype(float),
        lambda time_s: np.ones(time_s.size, dtype=bool),
        MZ,
        lambda indices: max(heights[index] for index in indices),
    )


@pytest.mark.parametrize(
    "other",
    [
        FULL._replace(collision_energy=30.0),
        FULL._replace(kind=ScanKind.SIM),
        FULL._replace(windows_mz=((150.0, 300.0),)),
        FULL._replace(windows_mz=((100.0, 120.0), (200.0, 220.0))),
    ],
)
def test_full_scans_of_low_energy_come_first(other: Channel) -> None:
    assert chosen(FULL, other).indices == [0]
    assert chosen(other, FULL) == ChannelChoice([1], FULL)


def test_rare_reference_scans_come_last() -> None:
    reference = FULL._replace(function=1)
    sample = FULL._replace(function=2)

    choice = chosen(reference, sample, turns=[0, *[1] * 19] * 5)

    assert choice == ChannelChoice([1], sample)


def test_the_voltage_with_the_higher_signal_is_taken() -> None:
    low, high = FULL._replace(voltage_v=-40.0), FULL._replace(voltage_v=-60.0)

    assert chosen(low, high, heights=[1e5, 2e4]).label == low
    assert chosen(low, high, heights=[1e3, 2e4]).label == high


def test_the_function_of_a_voltage_does_not_outweigh_its_signal() -> None:
    low = FULL._replace(voltage_v=-40.0, function=1)
    high = FULL._replace(voltage_v=-60.0, function=2)

    assert chosen(low, high, heights=[1e3, 2e4]) == ChannelChoice([1], high)


@pytest.mark.parametrize(("second", "is_doubtful"), [(9e4, False), (2e4, True)])
def test_functions_that_differ_in_nothing_else_are_doubtful(
    second: float,
    is_doubtful: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    first, last = FULL._replace(function=1), FULL._replace(function=2)

    choice = chosen(first, last, heights=[1e5, second])

    assert choice == ChannelChoice([0], first, is_doubtful)


def test_of_windows_of_one_width_that_with_the_ion_in_its_middle_is_taken() -> None:
    edge = FULL._replace(windows_mz=((201.0, 221.0),))
    middle = FULL._replace(windows_mz=((192.0, 212.0),))

    assert chosen(edge, middle).label == middle


def test_segments_of_a_method_belong_together() -> None:
    later = FULL._replace(windows_mz=((100.0, 500.0),), function=2)

    choice = chosen(FULL, later, turns=[0] * 20 + [1] * 20)

    assert sorted(choice.indices) == [0, 1]


def test_ranges_that_change_from_scan_to_scan_are_no_kinds() -> None:
    ranges = [FULL._replace(windows_mz=((60.0 + n, 900.0 - n),)) for n in range(40)]

    choice = chosen(*ranges, turns=range(40))

    assert choice.indices == list(range(40))
    assert not choice.is_doubtful


@pytest.mark.parametrize(("n_scans", "are_kinds"), [(4, False), (5, True)])
def test_ranges_are_kinds_from_five_scans_of_each_on(n_scans: int, *, are_kinds: bool) -> None:
    ranges = [FULL._replace(windows_mz=((60.0 + n, 900.0 - n),)) for n in range(10)]

    choice = chosen(*ranges, turns=[*range(10)] * n_scans)

    assert len(choice.indices) == (1 if are_kinds else 10)


def test_an_m_z_is_scanned_if_one_window_holds_it() -> None:
    box_car = Channel(windows_mz=((100.0, 120.0), (200.0, 220.0)))

    assert [box_car.scans(mz) for mz in (99.0, 100.0, 150.0, 220.0, 221.0)] == [
        False,
        True,
        False,
        True,
        False,
    ]
    assert Channel().scans(150.0)


def test_a_channel_says_what_distinguishes_it() -> None:
    assert Channel().text() == "MS1"
    assert Channel((201.6, 202.6), 30.0).text() == "MS2 201.6-202.6 Th 30 eV"
    sim = FULL._replace(kind=ScanKind.SIM, voltage_v=-40.0, function=3)
    assert sim.text() == "MS1 SIM negative 60-900 Th -40 V function 3"
