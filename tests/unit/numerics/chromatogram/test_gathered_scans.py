"""Which of the gathered scans can hold an ion."""

from dataclasses import replace

import numpy as np
import pytest

from builders import ion
from lcms.kinds import NotAcquired
from lcms.numerics.chromatogram.channels import Channel
from lcms.numerics.chromatogram.gathered_scans import GatheredScans, HeldScans

ION = ion("Lac-Leu", 202.1085, None)  # of negative polarity


def run_of(*scans: tuple[float, int, float, float]) -> GatheredScans:
    """Return MS1 scans (time in s, polarity, lowest and highest m/z) with centroids of ion 1."""
    times_s, polarities, low_mz, high_mz = zip(*scans, strict=True)
    return GatheredScans(
        channels=(Channel(),),
        time_s=np.array(times_s),
        polarity=np.array(polarities),
        mz_range=np.column_stack([low_mz, high_mz]),
        channel=np.zeros(len(scans), dtype=np.int64),
        scan=np.array([0, 2]),
        first_centroid=[0, 0, 2],
        mz=np.array([202.1085, 202.1085]),
        intensity=np.array([5.0, 7.0]),
        detection_threshold=None,
        mz_scatter_ppm=None,
        has_bins=False,
    )


def with_mz(mz: float) -> object:
    run = run_of((1.0, -1, 100.0, 200.0), (2.0, -1, 200.0, 300.0), (3.0, 1, 100.0, 300.0))
    held = run.held([0], replace(ION, precursor_mz=mz))
    return held.why or held.scans.tolist()


@pytest.mark.parametrize(
    ("mz", "expected"),
    [
        (99.9, NotAcquired.OUTSIDE_SCAN_RANGE),
        (100.0, [0]),
        (199.9, [0]),
        (200.0, [0, 1]),  # on the edge of both ranges
        (200.1, [1]),
        (300.0, [1]),
        (300.1, NotAcquired.OUTSIDE_SCAN_RANGE),
    ],
)
def test_a_scan_holds_an_ion_of_its_polarity_within_its_range(mz: float, expected: object) -> None:
    assert with_mz(mz) == expected


def test_ions_between_the_same_edges_have_the_same_scans_and_no_others() -> None:
    run = run_of((1.0, -1, 100.0, 200.0), (2.0, -1, 200.0, 300.0), (3.0, 1, 100.0, 300.0))

    held = run.held([0], ION)

    assert run.held([0], replace(ION, precursor_mz=250.0)) is held
    assert run.held([0], replace(ION, precursor_mz=150.0)).scans.tolist() == [0]
    assert run.held([0], replace(ION, charge=1)).scans.tolist() == [2]
    assert run.held([0], replace(ION, charge=0)).scans.tolist() == [1, 2]
    assert run.held([], ION).why is NotAcquired.NO_SURVEY_SCAN
    assert run.held([], replace(ION, product_mz=210.0)).why is NotAcquired.NO_TRANSITION


def test_scans_within_times_are_counted_both_ends_included() -> None:
    held = HeldScans(np.arange(4), np.array([1.0, 2.0, 2.0, 3.0]))

    assert held.n_within((2.0, 3.0)) == 3
    assert held.n_within((2.1, 2.9)) == 0
    assert held.n_within((-np.inf, np.inf)) == 4


def test_of_scans_of_one_time_the_first_is_taken() -> None:
    held = HeldScans(np.arange(4), np.array([1.0, 2.0, 2.0, 3.0]))

    assert held.time_s[held.first_of_time].tolist() == [1.0, 2.0, 3.0]
    assert np.arange(4)[held.first_of_time].tolist() == [0, 1, 3]


def test_an_ion_has_the_centroids_that_lie_in_the_scans() -> None:
    run = run_of(*((time_s, -1, 100.0, 300.0) for time_s in (1.0, 2.0, 3.0)))

    none = run.centroids(0, ION.mz, np.array([0, 1, 2]))
    some = run.centroids(1, ION.mz, np.array([1, 2]))

    assert [values.size for values in none] == [0, 0, 0]
    assert [values.tolist() for values in some] == [[1], [0.0], [7.0]]
