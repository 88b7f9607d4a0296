import numpy as np
import pytest

from builders import chromatogram_of
from lcms.numerics.chromatogram.window import (
    centroids_in_windows,
    cut,
    nearest_centroids,
    strongest_centroids,
)

MZ = np.array([100.0, 150.0, 150.001, 200.0])
COUNTS = np.array([1.0, 2.0, 3.0, 4.0])


def test_a_window_holds_the_centroids_from_its_lower_end_to_before_its_upper() -> None:
    _, ions, mz, counts = centroids_in_windows([(MZ, COUNTS)], np.array([[150.0, 200.0]]))

    assert ions.tolist() == [0, 0]
    assert mz.tolist() == [150.0, 150.001]
    assert counts.tolist() == [2.0, 3.0]


def test_a_centroid_belongs_to_every_window_that_it_lies_in() -> None:
    windows = np.array([[149.0, 151.0], [300.0, 301.0], [150.0005, 250.0]])

    _, ions, mz, _ = centroids_in_windows([(MZ, COUNTS)], windows)

    assert ions.tolist() == [0, 0, 2, 2]
    assert mz.tolist() == [150.0, 150.001, 150.001, 200.0]


@pytest.mark.parametrize("n_centroids", [0, 4])
@pytest.mark.parametrize("n_windows", [0, 2])
def test_nothing_in_nothing_out(n_centroids: int, n_windows: int) -> None:
    windows = np.tile([400.0, 500.0], (n_windows, 1))

    centroids = centroids_in_windows([(MZ[:n_centroids], COUNTS[:n_centroids])], windows)

    assert [array.size for array in centroids] == [0, 0, 0, 0]


def test_the_centroids_of_several_scans_come_scan_by_scan_and_ion_by_ion() -> None:
    scans = [(MZ, COUNTS), (MZ[:0], COUNTS[:0]), (MZ[1:2], COUNTS[3:])]
    windows = np.array([[200.0, 201.0], [149.0, 151.0]])

    scan, ions, mz, counts = centroids_in_windows(scans, windows)

    assert scan.tolist() == [0, 0, 0, 2]
    assert ions.tolist() == [0, 1, 1, 1]
    assert mz.tolist() == [200.0, 150.0, 150.001, 150.0]
    assert counts.tolist() == [4.0, 2.0, 3.0, 4.0]


def test_of_two_centroids_in_a_scan_the_one_with_the_smaller_error_counts() -> None:
    scans, errors, counts = np.array([1, 1]), np.array([-2.0, 1.0]), np.array([9.0, 5.0])

    heights, kept = nearest_centroids(scans, errors, counts, 3)

    np.testing.assert_array_equal(heights, [0.0, 5.0, 0.0])
    np.testing.assert_array_equal(kept, [np.nan, 1.0, np.nan])


def test_the_strongest_of_two_centroids_in_a_scan_can_be_asked_for() -> None:
    scans, errors, counts = np.array([1, 1]), np.array([-2.0, 1.0]), np.array([9.0, 5.0])

    heights, kept = strongest_centroids(scans, errors, counts, 2)

    np.testing.assert_array_equal(heights, [0.0, 9.0])
    np.testing.assert_array_equal(kept, [np.nan, -2.0])


def test_the_centroids_may_come_in_any_order_of_scans() -> None:
    scans, errors = np.array([2, 0, 2, 1]), np.array([3.0, 0.1, 0.2, -0.3])

    heights, kept = nearest_centroids(scans, errors, np.array([1.0, 2.0, 3.0, 4.0]), 3)

    assert heights.tolist() == [2.0, 4.0, 3.0]
    assert kept.tolist() == [0.1, -0.3, 0.2]


def test_a_cut_keeps_the_points_between_its_ends_both_included() -> None:
    whole = chromatogram_of(np.arange(10.0), time_s=np.arange(10.0))

    part = cut(whole, 2.0, 4.5)

    assert part.retention_time_s.tolist() == [2.0, 3.0, 4.0]
    assert part.intensity.tolist() == [2.0, 3.0, 4.0]
    assert part.centroid_error_ppm.tolist() == [0.5, 0.5, 0.5]


def test_a_cut_without_ends_keeps_everything_and_one_beside_the_run_nothing() -> None:
    whole = chromatogram_of(np.arange(10.0), time_s=np.arange(10.0))

    assert cut(whole, -np.inf, np.inf).intensity.size == 10
    assert cut(whole, 20.0, 30.0).intensity.size == 0
