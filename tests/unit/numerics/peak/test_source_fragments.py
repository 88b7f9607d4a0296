import numpy as np
import pytest

from builders import chromatogram_of, gaussian_chromatogram, peak_at
from lcms.model import Chromatogram
from lcms.numerics.peak.source_fragments import highest_parent, is_source_fragment

HEIGHT = 1e6
PEAK = gaussian_chromatogram(HEIGHT, apex_s=60.0)
BORDERS_S = (52.0, 68.0)


def parent(height: float, apex_s: float = 60.0, sigma_s: float = 3.4) -> Chromatogram:
    return gaussian_chromatogram(height, apex_s, sigma_s)


def test_a_higher_parent_of_the_same_shape_is_found() -> None:
    name, ratio = highest_parent(PEAK, {"Ac-Leu": parent(5e6)}, BORDERS_S, HEIGHT)

    assert name == "Ac-Leu"
    assert ratio == pytest.approx(5, rel=0.1)


@pytest.mark.parametrize(
    "lesser",
    [
        parent(1.5e6),
        parent(5e6, apex_s=64.0),
        parent(5e6, sigma_s=30.0),
        chromatogram_of(np.zeros(120)),
        chromatogram_of(np.empty(0), time_s=np.empty(0)),
    ],
    ids=["not twice as high", "elsewhere", "broad", "zero", "empty"],
)
def test_what_is_lower_or_elutes_otherwise_is_no_parent(lesser: Chromatogram) -> None:
    assert highest_parent(PEAK, {"Ac-Leu": lesser}, BORDERS_S, HEIGHT) == (None, 0.0)


def test_the_highest_of_several_parents_is_named() -> None:
    parents = {"Ac-Leu": parent(5e6), "Lac-Leu": parent(9e6), "BHB-Leu": parent(3e6)}

    assert highest_parent(PEAK, parents, BORDERS_S, HEIGHT)[0] == "Lac-Leu"


def test_three_points_are_too_few_to_correlate() -> None:
    assert highest_parent(PEAK, {"Ac-Leu": parent(5e6)}, (59.0, 61.0), HEIGHT) == (None, 0.0)


def test_a_candidate_is_a_fragment_from_twice_its_height_on() -> None:
    assert is_source_fragment(peak_at(60.0, parent_ratio=2.0))
    assert not is_source_fragment(peak_at(60.0, parent_ratio=1.9))
    assert not is_source_fragment(peak_at(60.0))


def test_a_parent_is_as_high_as_it_stands_above_its_lower_border() -> None:
    falling = np.interp(np.arange(120.0), [0.0, 119.0], [1e6, 0.0])
    high = parent(5e6)

    _, ratio = highest_parent(
        PEAK, {"Ac-Leu": chromatogram_of(high.intensity + falling)}, BORDERS_S, HEIGHT
    )

    at_apex, at_end = (falling + high.intensity)[60], (falling + high.intensity)[68]
    assert ratio == pytest.approx((at_apex - at_end) / HEIGHT)


def test_nothing_elutes_with_a_level_chromatogram_or_a_peak_without_height() -> None:
    level = chromatogram_of(np.full(120, 5e5))

    assert highest_parent(level, {"Ac-Leu": parent(5e6)}, BORDERS_S, HEIGHT) == (None, 0.0)
    assert highest_parent(PEAK, {"Ac-Leu": parent(5e6)}, BORDERS_S, 0.0) == (None, 0.0)
