from dataclasses import replace

import numpy as np
import pytest

from builders import gaussian
from lcms.kinds import IonRole, NotAcquired, TargetKind
from lcms.model import Ion, SrmChromatogram
from lcms.numerics.chromatogram.transitions import fits_exactly, lowest_signal, match_transition

SECONDS = np.arange(100.0, 160.0)
ANYTIME = (-np.inf, np.inf)


def ion(
    precursor_mz: float = 202.1085,
    product_mz: float = 130.0874,
    charge: int = -1,
    energy: float | None = None,
) -> Ion:
    return Ion(
        ion_id="i",
        target_id="i",
        name="i",
        kind=TargetKind.ANALYTE,
        role=IonRole.QUANTIFIER,
        precursor_mz=precursor_mz,
        charge=charge,
        product_mz=product_mz,
        retention_time_window_s=30.0,
        collision_energy=energy,
    )


def acquired(
    q1_mz: float = 202.1,
    q3_mz: float = 130.1,
    polarity: int = -1,
    energy: float | None = None,
    start_s: float = 100.0,
    counts: float = 1.0,
) -> SrmChromatogram:
    time_s = SECONDS + start_s - 100.0
    return SrmChromatogram("t", q1_mz, q3_mz, polarity, energy, time_s, np.full(60, counts))


def test_a_transition_is_found_at_unit_resolution_with_null_mz_errors() -> None:
    match = match_transition(ion(), [acquired(), acquired(q3_mz=88.0)], 0.35, ANYTIME)

    assert match.chromatogram is not None
    assert match.multiplicity == 1
    assert np.isnan(match.chromatogram.centroid_error_ppm).all()


@pytest.mark.parametrize(
    ("chromatogram", "why", "multiplicity"),
    [
        (acquired(q1_mz=202.5), NotAcquired.NO_TRANSITION, 0),
        (acquired(q3_mz=130.5), NotAcquired.NO_TRANSITION, 0),
        (acquired(polarity=1), NotAcquired.WRONG_POLARITY, 0),
        (acquired(energy=40.0), NotAcquired.NO_TRANSITION, 1),
        (acquired(start_s=300.0), NotAcquired.OUTSIDE_RUN_TIME, 1),
    ],
)
def test_what_does_not_fit_is_not_acquired_and_says_why(
    chromatogram: SrmChromatogram, why: NotAcquired, multiplicity: int
) -> None:
    match = match_transition(ion(energy=20.0), [chromatogram], 0.35, (90.0, 170.0))

    assert (match.chromatogram, match.why, match.multiplicity) == (None, why, multiplicity)


def test_an_untold_polarity_or_energy_may_be_any() -> None:
    match = match_transition(ion(energy=20.0), [acquired(polarity=0)], 0.35, ANYTIME)

    assert match.why is None


def test_the_segments_of_a_schedule_become_one_chromatogram() -> None:
    segments = [acquired(start_s=300.0, counts=2.0), acquired(start_s=100.0)]

    match = match_transition(ion(), segments, 0.35, ANYTIME)

    assert match.multiplicity == 2
    assert match.chromatogram is not None
    assert match.chromatogram.retention_time_s[[0, -1]].tolist() == [100.0, 359.0]
    assert (np.diff(match.chromatogram.retention_time_s) > 0).all()


def test_the_doubled_points_of_one_transition_are_joined() -> None:
    doubled = [acquired(energy=20.0), acquired(energy=20.0, start_s=100.5)]

    match = match_transition(ion(), doubled, 0.35, ANYTIME)

    assert match.chromatogram is not None
    assert match.chromatogram.retention_time_s.size == 120


@pytest.mark.parametrize("second", [acquired(energy=40.0), acquired(q1_mz=202.12, energy=20.0)])
def test_transitions_that_overlap_in_time_are_not_guessed(second: SrmChromatogram) -> None:
    match = match_transition(ion(), [acquired(energy=20.0), second], 0.35, ANYTIME)

    assert (match.chromatogram, match.why) == (None, NotAcquired.TRANSITION_AMBIGUOUS)
    assert match.multiplicity == 2


def test_the_energy_of_the_sheet_tells_them_apart() -> None:
    both = [acquired(energy=20.0), acquired(energy=40.0, counts=7.0)]

    match = match_transition(ion(energy=40.0), both, 0.35, ANYTIME)

    assert match.chromatogram is not None
    assert set(match.chromatogram.intensity) == {7.0}


def test_m_z_as_listed_in_the_method_goes_before_its_neighbours() -> None:
    neighbours = [acquired(169.0, 97.0), acquired(169.001, 97.0, counts=7.0)]

    match = match_transition(ion(169.001, 97.0), neighbours, 0.35, ANYTIME)

    assert match.chromatogram is not None
    assert set(match.chromatogram.intensity) == {7.0}
    assert match.multiplicity == 2


@pytest.mark.parametrize(
    ("q1_mz", "q3_mz", "n"),
    [
        (202.4, 130.0, 1),
        (202.5, 130.0, 0),
        (201.7, 130.3, 1),
        (202.0, 130.5, 0),
        (201.6, 130.0, 0),
    ],
)
def test_both_m_z_are_within_the_tolerance(q1_mz: float, q3_mz: float, n: int) -> None:
    match = match_transition(ion(202.05, 130.0), [acquired(q1_mz, q3_mz)], 0.36, ANYTIME)

    assert match.multiplicity == n


@pytest.mark.parametrize(
    ("far_mz", "counts"),
    [(0.049, None), (0.051, {1.0})],
)
def test_a_chromatogram_nearer_by_half_a_decimal_is_taken(
    far_mz: float, counts: set[float] | None
) -> None:
    near, far = acquired(202.01, 130.0), acquired(202.01 + far_mz, 130.0, counts=7.0)

    match = match_transition(ion(202.0, 130.0), [far, near], 0.35, ANYTIME)

    taken = None if match.chromatogram is None else set(match.chromatogram.intensity)
    assert taken == counts


@pytest.mark.parametrize(
    ("bounds_s", "is_inside"),
    [
        ((159.0, 170.0), True),
        ((159.1, 170.0), False),
        ((90.0, 100.0), True),
        ((90.0, 99.9), False),
    ],
)
def test_one_point_inside_the_bounds_is_enough(
    bounds_s: tuple[float, float],
    is_inside: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    match = match_transition(ion(), [acquired()], 0.35, bounds_s)

    assert (match.why is None) == is_inside


@pytest.mark.parametrize(("start_s", "is_joined"), [(159.0, False), (160.0, True)])
def test_segments_of_different_transitions_may_not_share_a_time(
    start_s: float,
    is_joined: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    segments = [acquired(energy=20.0), acquired(energy=40.0, start_s=start_s)]

    match = match_transition(ion(), segments, 0.35, ANYTIME)

    assert (match.chromatogram is not None) == is_joined


@pytest.mark.parametrize(
    ("q1_mz", "q3_mz", "energy", "is_one"),
    [
        (202.1004, 130.1, 20.0, True),
        (202.1006, 130.1, 20.0, False),
        (202.1, 130.1004, 20.0, True),
        (202.1, 130.1006, 20.0, False),
        (202.1, 130.1, None, True),
    ],
)
def test_one_transition_is_equal_to_the_third_decimal_and_in_its_energy(
    q1_mz: float,
    q3_mz: float,
    energy: float | None,
    is_one: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    both = [acquired(energy=20.0), acquired(q1_mz, q3_mz, energy=energy)]

    match = match_transition(ion(), both, 0.35, ANYTIME)

    assert (match.chromatogram is not None) == is_one


def test_a_joined_chromatogram_has_each_time_once_and_its_intensity() -> None:
    both = [acquired(counts=2.0), acquired(start_s=130.0, counts=5.0)]

    match = match_transition(ion(), both, 0.35, ANYTIME)

    assert match.chromatogram is not None
    assert match.chromatogram.retention_time_s.tolist() == np.arange(100.0, 190.0).tolist()
    assert match.chromatogram.intensity.tolist() == [2.0] * 60 + [5.0] * 30
    assert not match.chromatogram.hidden.any()


def test_the_lowest_signal_is_above_zero() -> None:
    runs = [acquired(counts=3.0), acquired(counts=0.5), acquired(counts=0.0)]

    assert lowest_signal(runs) == 0.5
    assert lowest_signal(runs[2:]) is None
    assert lowest_signal([]) is None


def peaked(
    height: float, *, start_s: float = 100.0, seed: int = 1, **how: float
) -> SrmChromatogram:
    """Return a chromatogram with a peak at 130 s on noise of 100 counts."""
    srm = acquired(start_s=start_s, **how)  # type: ignore[arg-type]
    counts = gaussian(srm.retention_time_s, 130.0, 3.0, height)
    noise = np.random.default_rng(seed).normal(200.0, 100.0, counts.size).clip(0)
    return srm._replace(intensity=counts + noise)


@pytest.mark.parametrize(
    ("first", "second", "is_joined"),
    [
        (1e5, 1e5, True),
        (1e5, 9.3e4, True),
        (1e5, 3e4, False),
        (1e3, 3e2, False),
        (0.0, 0.0, True),
    ],
)
def test_one_transition_in_two_experiments_is_joined_where_the_areas_agree(
    first: float,
    second: float,
    is_joined: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    twice = [peaked(first), peaked(second, start_s=100.5, seed=2)]

    match = match_transition(ion(), twice, 0.35, ANYTIME)

    assert (match.chromatogram is not None) == is_joined
    assert match.why is (None if is_joined else NotAcquired.TRANSITION_AMBIGUOUS)


def test_areas_are_compared_up_to_the_last_point_of_both() -> None:
    first, second = peaked(1e5), peaked(1e5, start_s=100.5, seed=2)
    spike = first.intensity.copy()
    spike[-1] += 1e6

    match = match_transition(ion(), [first._replace(intensity=spike), second], 0.35, ANYTIME)

    assert match.why is NotAcquired.TRANSITION_AMBIGUOUS


def test_areas_are_compared_within_the_times_of_the_search() -> None:
    first, second = peaked(1e5), peaked(1e5, start_s=100.5, seed=2)
    spike = first.intensity.copy()
    spike[first.retention_time_s == 150.0] += 1e6
    twice = [first._replace(intensity=spike), second]

    assert match_transition(ion(), twice, 0.35, (110.0, 145.0)).why is None
    assert match_transition(ion(), twice, 0.35, (110.0, 155.0)).why is not None


WINDOWS = [acquired(172.000, start_s=100.0), acquired(172.001, start_s=200.0)]


@pytest.mark.parametrize(
    ("listed_s", "start_s"),
    [(130.0, 100.0), (230.0, 200.0), (159.0, 100.0), (200.0, 200.0)],
    ids=["first", "second", "last point of the first", "first point of the second"],
)
@pytest.mark.parametrize("q1_mz", [172.000, 172.001])
def test_of_two_windows_of_a_transition_that_of_the_listed_time_is_read(
    q1_mz: float, listed_s: float, start_s: float
) -> None:
    target = replace(ion(q1_mz, 130.1), retention_time_s=listed_s)

    match = match_transition(target, WINDOWS, 0.35, (0.0, 400.0))

    assert match.chromatogram is not None
    assert match.chromatogram.retention_time_s[0] == start_s
    assert match.channel == f"SRM {171.999 + start_s / 1e5:.7g} > 130.1"


@pytest.mark.parametrize("listed_s", [None, 180.0])
def test_without_a_time_inside_of_a_window_the_transition_is_ambiguous(
    listed_s: float | None,
) -> None:
    target = replace(ion(172.0, 130.1), retention_time_s=listed_s)

    match = match_transition(target, WINDOWS, 0.35, ANYTIME)

    assert match.why is NotAcquired.TRANSITION_AMBIGUOUS


def test_a_chromatogram_fits_exactly_to_a_thousandth() -> None:
    assert fits_exactly(ion(202.1, 130.1), [acquired()])
    assert not fits_exactly(ion(202.1, 130.11), [acquired()])
