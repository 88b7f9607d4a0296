from dataclasses import replace

import pytest

from builders import peak_at
from lcms.numerics.run.rejection import PeakChoice, rejections

CHOICE = PeakChoice(
    apex_s=60.0,
    height=1e6,
    width_s=8.0,
    expected_s=60.5,
    expected_sd_s=0.5,
    listed_s=62.0,
    window_s=20.0,
    isomers_s=(71.0,),
    neighbours_s=(45.0, 33.0),
    offset_ppm=0.5,
    mz_residual_ppm=2.0,
)


def test_the_chosen_candidate_is_not_rejected() -> None:
    assert rejections([peak_at(60.0), peak_at(63.0)], CHOICE) == []


@pytest.mark.parametrize(
    ("time_s", "changes", "reason"),
    [
        (71.5, {}, "isomer"),
        (44.0, {}, "other_compound"),
        (90.0, {}, "outside_window"),
        (32.0, {}, "outside_window"),
        (79.0, {}, "other_time"),
        (71.5, {"error_ppm": 2.6}, "other_mz"),
        (71.5, {"error_ppm": 2.4}, "isomer"),
        (71.5, {"error_ppm": float("nan")}, "isomer"),
    ],
)
def test_every_other_candidate_has_its_reason(
    time_s: float, changes: dict[str, float], reason: str
) -> None:
    candidate = peak_at(time_s, **changes)

    assert rejections([candidate], CHOICE) == [(candidate, reason)]


@pytest.mark.parametrize(("height", "reason"), [(9e5, "weaker"), (2e6, "other_time")])
def test_without_a_listed_time_a_rival_is_weaker_or_where_other_runs_have_none(
    height: float, reason: str
) -> None:
    rival = peak_at(300.0, height=height)

    assert rejections([rival], replace(CHOICE, listed_s=None)) == [(rival, reason)]


@pytest.mark.parametrize(
    ("listed_s", "reason"), [(None, "source_fragment"), (62.0, "outside_window")]
)
def test_without_a_listed_time_a_fragment_of_a_larger_compound_is_named(
    listed_s: float | None, reason: str
) -> None:
    rival = peak_at(300.0, height=2e6, parent_ratio=5.0)

    assert rejections([rival], replace(CHOICE, listed_s=listed_s)) == [(rival, reason)]


def test_a_candidate_that_fits_the_time_as_well_is_weaker() -> None:
    rival, choice = peak_at(66.0, height=9e5), replace(CHOICE, expected_sd_s=5.0)

    assert rejections([rival], choice) == [(rival, "weaker")]
