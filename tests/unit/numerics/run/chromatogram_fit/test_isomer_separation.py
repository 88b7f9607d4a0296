"""The separation of isomers, worked by hand."""

import numpy as np
import pytest

from fitted_by_hand import AREAS, FLOOR, SD, TIME_S, curve, fitted, joint_fit
from lcms.kinds import IsomerBasis
from lcms.numerics.peak.joint_fit import JointFit
from lcms.numerics.peak.peak_shape import fwhm_s
from lcms.numerics.run.chromatogram_fit.isomer_separation import separation
from lcms.numerics.run.fitted_peak import peak_of_fit

WIDTH_S = fwhm_s(fitted().expected[0].shape)


def test_a_target_alone_has_no_separation() -> None:
    assert separation(fitted(targets=[0]), 0) is None


def test_the_resolution_is_that_of_the_nearest_isomer() -> None:
    # 12 s and 38 s apart; USP <621>: 1.18 times the distance by the sum of the widths
    for k, distance_s in ((0, 12.0), (1, 12.0), (2, 38.0)):
        of_peak = separation(fitted(targets=[0, 1, 2]), k)
        assert of_peak is not None
        assert of_peak.resolution == pytest.approx(1.18 * distance_s / (2 * WIDTH_S))


def test_the_valley_is_the_lowest_point_between_by_the_smaller_apex() -> None:
    of_peak = separation(fitted(), 1)

    assert of_peak is not None
    both = AREAS[0] * curve(60.0) + AREAS[1] * curve(72.0)
    lowest = both[(TIME_S >= 60.0) & (TIME_S <= 72.0)].min()
    assert of_peak.valley == pytest.approx(lowest / (AREAS[1] * curve(72.0)).max())
    assert 0.05 < of_peak.valley < 0.9


@pytest.mark.parametrize(
    "changes",
    [
        {"retention_time_s": np.array([60.2, 60.8, 110.0])},  # no scan between
        {"curves": np.array([curve(60.0), -curve(72.0), curve(110.0)])},
        {"curves": np.array([curve(60.0), 0.0 * curve(72.0), curve(110.0)])},
        {  # the smaller one lies within the larger one
            "retention_time_s": np.array([60.0, 62.0, 110.0]),
            "curves": np.array([curve(60.0), 0.5 * curve(62.0), curve(110.0)]),
        },
    ],
)
def test_without_a_valley_it_is_1(changes: dict[str, np.ndarray]) -> None:
    of_peak = separation(fitted(joint_fit(**changes)), 0)

    assert of_peak is not None
    assert of_peak.valley == 1.0


def test_a_sum_of_isomers_has_no_resolution_no_valley_and_opposite_errors() -> None:
    of_peak = separation(fitted(isomer_bases=[IsomerBasis.SUM, IsomerBasis.SUM, None]), 0)

    assert of_peak is not None
    assert (of_peak.resolution, of_peak.valley, of_peak.correlation) == (0.0, 1.0, -1.0)


def test_the_sum_of_the_group_has_both_variances_and_twice_the_covariance() -> None:
    covariance = np.array([[1e8, -1.4e8, 0.0], [-1.4e8, 4e8, 0.0], [0.0, 0.0, 9e8]])
    residual = np.full(TIME_S.size, 1.2 * SD)

    of_peak = separation(fitted(joint_fit(covariance=covariance, residual=residual)), 0)

    assert of_peak is not None
    error = 1.2 * np.sqrt(1e8 + 4e8 - 2 * 1.4e8)
    assert of_peak.correlation == pytest.approx(-1.4e8 / (1e4 * 2e4))
    assert of_peak.group_area == pytest.approx(AREAS[0] + AREAS[1])
    assert of_peak.group_score == pytest.approx((AREAS[0] + AREAS[1]) / error)
    assert of_peak.group_area_sd == pytest.approx(1.25 * error)
    # without a peak: both errors of white noise are widened as those of the fit are
    nulls = FLOOR / SD * np.array([1e4, 2e4])
    variance = nulls @ nulls + 2 * of_peak.correlation * nulls.prod()
    assert of_peak.group_null_sd == pytest.approx(1.25 * np.sqrt(variance))


def by_shape(*changes: tuple[float, float]) -> list[JointFit]:
    """Return fits whose areas differ from those of the fit by hand, count·s."""
    return [joint_fit(area=np.add(AREAS, [first, second, 0.0])) for first, second in changes]


def test_the_errors_of_shapes_are_a_part_of_the_error_of_an_area_and_of_the_sum() -> None:
    changes = ((3e4, -2.5e4), (-1e4, 1e4), (0.0, 2e4))
    without, with_errors = fitted(), fitted(by_shape=by_shape(*changes))

    for k in (0, 1):
        added = np.sqrt(sum(change[k] ** 2 for change in changes))
        alone = peak_of_fit(without, k).area_sd
        assert peak_of_fit(with_errors, k).area_sd == pytest.approx(np.hypot(alone, added))
        assert peak_of_fit(with_errors, k).score == peak_of_fit(without, k).score
    of_sum, alone_sum = separation(with_errors, 0), separation(without, 0)
    assert of_sum is not None
    assert alone_sum is not None
    added = np.sqrt((3e4 - 2.5e4) ** 2 + 0.0 + 2e4**2)
    assert of_sum.group_area_sd == pytest.approx(np.hypot(alone_sum.group_area_sd, added))
