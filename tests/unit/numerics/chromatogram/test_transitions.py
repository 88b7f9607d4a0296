import numpy as np
import pytest

from lcms.model import Ion, IonRole, NotAcquired, SrmChromatogram, TargetKind
from lcms.numerics.chromatogram.transitions import match_transition

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
