import numpy as np
import pytest
from numpy.typing import NDArray

from lcms.model import Floats
from lcms.picking import centroid_windows, find_peaks, with_pointed_tops

MZ = 202.10848
PPM = 1e-6
PROFILE_MZ = np.linspace(202.06, 202.14, 41)


def gaussian(x: Floats, center: float, sigma: float, height: float) -> Floats:
    return np.asarray(height * np.exp(-0.5 * ((x - center) / sigma) ** 2))


def profile(*peaks: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return a profile scan with peaks of (m/z, height), 15 points across each, else 0."""
    mz = np.unique(
        np.concatenate([center + center * PPM * np.linspace(-14, 14, 15) for center, _ in peaks])
    )
    heights = [gaussian(mz, center, 4 * center * PPM, height) for center, height in peaks]
    return mz, np.sum(heights, axis=0)


def window(mz: float, tolerance_ppm: float = 10.0) -> Floats:
    return np.array([[mz * (1 - tolerance_ppm * PPM), mz * (1 + tolerance_ppm * PPM)]])


def test_the_centroid_of_a_profile_peak_is_at_its_top() -> None:
    mz, intensity = centroid_windows(*profile((MZ, 1e6)), window(MZ))

    assert mz == pytest.approx([MZ], rel=0.2 * PPM)
    assert intensity == pytest.approx([1e6], rel=0.02)


def test_a_peak_at_the_edge_of_a_window_is_seen_whole() -> None:
    mz, intensity = centroid_windows(*profile((MZ, 1e6)), window(MZ * (1 + 10 * PPM)))

    assert mz == pytest.approx([MZ], rel=0.2 * PPM)
    assert intensity == pytest.approx([1e6], rel=0.02)


def test_only_what_is_near_a_window_is_centroided() -> None:
    scan = profile((MZ, 1e6), (250.0, 1e6), (300.0, 1e6))

    mz, _ = centroid_windows(*scan, np.concatenate([window(MZ), window(300.0)]))

    assert mz == pytest.approx([MZ, 300.0], rel=0.2 * PPM)


def test_windows_may_overlap_and_come_in_any_order() -> None:
    scan = profile((MZ, 1e6), (300.0, 1e6))
    windows = np.concatenate([window(300.0), window(MZ), window(MZ * (1 + 5 * PPM))])

    mz, _ = centroid_windows(*scan, windows)

    assert mz == pytest.approx([MZ, 300.0], rel=0.2 * PPM)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_a_scan_with_next_to_no_points_has_no_centroid(n: int) -> None:
    mz = np.linspace(MZ, MZ * (1 + 5 * PPM), n)

    found_mz, found_intensity = centroid_windows(mz, np.full(n, 1e3), window(MZ))

    assert found_mz.size == found_intensity.size == 0


def test_a_scan_without_points_near_the_windows_has_no_centroid() -> None:
    assert centroid_windows(*profile((MZ, 1e6)), window(400.0))[0].size == 0


TIMES = np.arange(0.0, 120.0, 1.0)


def test_a_chromatographic_peak_is_one_candidate_that_holds_its_apex() -> None:
    candidates, smooth = find_peaks(TIMES, gaussian(TIMES, 60.3, 3.4, 1e6), 8.0)

    assert len(candidates) == 1
    assert candidates[0].apex_s == pytest.approx(60.3, abs=0.5)
    assert candidates[0].left_s < 55
    assert candidates[0].right_s > 66
    assert smooth.shape == TIMES.shape


def test_peaks_two_widths_apart_are_two_candidates_in_order_of_time_whatever_their_height() -> (
    None
):
    intensity = gaussian(TIMES, 50, 3.4, 1e5) + gaussian(TIMES, 70, 3.4, 1e6)

    candidates, _ = find_peaks(TIMES, intensity, 8.0)

    assert [round(candidate.apex_s) for candidate in candidates] == [50, 70]
    assert candidates[0].right_s <= candidates[1].left_s + 1e-3


def test_the_smoothed_intensities_are_never_below_zero() -> None:
    noise = np.random.default_rng(5).normal(0, 100, TIMES.size)

    _, smooth = find_peaks(TIMES, noise, 8.0)

    assert smooth.min() >= 0


@pytest.mark.parametrize("n", [0, 1, 2, 4])
def test_fewer_than_five_points_have_no_candidate_and_stay_as_they_are(n: int) -> None:
    candidates, smooth = find_peaks(TIMES[:n], np.full(n, 7.0), 8.0)

    assert candidates == []
    np.testing.assert_array_equal(smooth, np.full(n, 7.0))


@pytest.mark.parametrize("level", [0.0, 5.0])
def test_a_flat_chromatogram_has_no_candidate(level: float) -> None:
    assert find_peaks(TIMES, np.full(TIMES.size, level), 8.0)[0] == []


def test_the_arrays_that_are_handed_over_are_not_changed() -> None:
    intensity = gaussian(TIMES, 60, 3.4, 1e6)
    before = intensity.copy()

    find_peaks(TIMES, intensity, 8.0)

    np.testing.assert_array_equal(intensity, before)


@pytest.mark.parametrize("begin_s", [56.0, 58.0, 59.0])
def test_a_peak_whose_window_opens_just_before_the_apex_is_picked(begin_s: float) -> None:
    seen = begin_s <= TIMES

    peaks, smooth = find_peaks(TIMES[seen], gaussian(TIMES, 60.3, 3.4, 1e6)[seen], 8.0)

    assert len(peaks) == 1
    assert peaks[0].apex_s == pytest.approx(60.3, abs=1.5)
    assert peaks[0].left_s >= begin_s
    assert smooth.size == np.count_nonzero(seen)


@pytest.mark.parametrize("seen", [TIMES >= 62.0, TIMES <= 58.0], ids=["fall", "rise"])
def test_a_slope_at_an_end_of_the_chromatogram_is_no_peak(seen: NDArray[np.bool_]) -> None:
    assert find_peaks(TIMES[seen], gaussian(TIMES, 60.3, 3.4, 1e6)[seen], 8.0)[0] == []


@pytest.mark.parametrize("start_s", [0.0, 0.9, 1.7, 2.6])
@pytest.mark.parametrize("distance_s", [1.0, 3.4, 6.0])
def test_a_peak_is_picked_however_far_apart_the_points_are(
    distance_s: float, start_s: float
) -> None:
    time_s = np.arange(start_s, 120.0, distance_s)

    peaks, _ = find_peaks(time_s, gaussian(time_s, 60.3, 3.4, 1e6), 5.0)

    assert len(peaks) == 1
    assert peaks[0].apex_s == pytest.approx(60.3, abs=distance_s)


@pytest.mark.parametrize(
    ("intensity", "highest"),
    [
        ([0.0, 0, 3, 3, 1, 5, 5, 5, 0, 0], [2, 6]),
        ([4.0, 4, 4, 4], []),
        ([1.0, 2, 2, 3, 1], [3]),
        ([0.0, 0, 0], []),
        ([], []),
    ],
)
def test_a_level_top_gets_one_highest_point(intensity: list[float], highest: list[int]) -> None:
    pointed = with_pointed_tops(np.array(intensity))

    assert pointed == pytest.approx(np.array(intensity), rel=1e-3)
    tops = np.flatnonzero((pointed[1:-1] > pointed[:-2]) & (pointed[1:-1] > pointed[2:])) + 1
    assert tops.tolist() == highest


@pytest.mark.parametrize("apex_s", [60.0, 60.25, 60.5, 60.75])
@pytest.mark.parametrize("top", [1e6, 5e5, 1e5])
def test_an_apex_between_two_scans_or_a_saturated_one_is_picked(apex_s: float, top: float) -> None:
    intensity = np.minimum(gaussian(TIMES, apex_s, 3.4, 1e6), top)

    (peak,), _ = find_peaks(TIMES, intensity, 8.0)

    assert peak.left_s < apex_s < peak.right_s
    assert peak.apex_s == pytest.approx(apex_s, abs=1.0)


@pytest.mark.parametrize("top", [np.inf, 600.0, 100.0])
@pytest.mark.parametrize("center_mz", [202.1, 202.1005, 202.101])
def test_a_profile_peak_with_a_level_top_has_its_centroid(center_mz: float, top: float) -> None:
    counts = np.minimum(gaussian(PROFILE_MZ, center_mz, 0.005, 1000.0), top)

    (centroid_mz,), _ = centroid_windows(PROFILE_MZ, counts, window(202.1, 60.0))

    assert centroid_mz == pytest.approx(center_mz, abs=2.5e-3)  # points are 2e-3 apart


def test_no_centroid_of_whole_counts_is_lost() -> None:
    random = np.random.default_rng(1)
    counts = random.poisson(gaussian(PROFILE_MZ, 202.1, 0.005, 20.0), (500, 41)).astype(float)

    found = [centroid_windows(PROFILE_MZ, scan, window(202.1, 60.0))[0] for scan in counts]

    assert all(np.any(np.abs(mz - 202.1) < 0.006) for mz in found)
