"""How far clear peaks are from their shapes and times, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from fitted_by_hand import AREAS, FLOOR, SD, TIME_S, curve, fitted, joint_fit
from lcms.numerics.run.fitted_peak import FittedPeak, peak_of_fit
from lcms.numerics.run.run_misfit import shape_misfit, time_misfit_s

HEIGHT = AREAS[0] * float(curve(60.0).max())


def leaving(residual: np.ndarray) -> FittedPeak:
    """Return the peak at 60 s of a fit that leaves a residual."""
    return peak_of_fit(fitted(joint_fit(residual=residual), targets=[0]), 0)


def noise_left() -> float:
    """Return the variance that noise leaves of an average over half a width, by the height."""
    n_mean = round(0.5 * leaving(np.zeros(TIME_S.size)).fwhm_s)  # points are 1 s apart
    return SD**2 / n_mean / HEIGHT**2


@pytest.mark.parametrize("share", [0.02, -0.05])
def test_a_constant_residual_is_the_misfit_less_what_noise_leaves(share: float) -> None:
    peak = leaving(np.full(TIME_S.size, share * HEIGHT))

    assert shape_misfit([peak]) == pytest.approx(np.sqrt(share**2 - noise_left()))


def test_noise_is_no_misfit() -> None:
    alternating = np.where(np.arange(TIME_S.size) % 2 == 0, SD, -SD)

    assert shape_misfit([leaving(alternating)]) == 0.0


def test_peaks_count_by_how_well_they_show_it_and_unclear_ones_not_at_all() -> None:
    clear = leaving(np.full(TIME_S.size, 0.05 * HEIGHT))
    exact = leaving(np.zeros(TIME_S.size))
    unclear = replace(clear, height=19.0 * FLOOR)

    assert shape_misfit([]) == shape_misfit([unclear]) == 0.0
    assert shape_misfit([clear, unclear]) == shape_misfit([clear])
    mean = shape_misfit([clear, exact])
    assert mean == pytest.approx(np.sqrt(0.05**2 / 2 - noise_left()))


@pytest.mark.parametrize("area", [0.0, 1e-200, -1e5])
def test_a_picked_peak_that_is_no_part_of_the_fit_shows_no_misfit(area: float) -> None:
    """A real run ended in a division by zero: its fit overlooked a high candidate."""
    none = joint_fit(curves=np.array([of * curve(60.0) for of in (area, 0.0, 0.0)]))
    picked = replace(peak_of_fit(fitted(none, targets=[0]), 0), height=1e6, is_fitted=False)

    assert shape_misfit([picked]) == 0.0
    clear = leaving(np.full(TIME_S.size, 0.05 * HEIGHT))
    assert shape_misfit([picked, clear]) == shape_misfit([clear])


@pytest.mark.parametrize("apart_s", [(-0.8, 0.5, 1.2), (0.9, 0.9, 0.9)])
def test_times_scatter_by_the_median_distance(apart_s: tuple[float, ...]) -> None:
    exact = leaving(np.zeros(TIME_S.size))
    peaks = [replace(exact, expected_s=exact.fitted_s + off_s) for off_s in apart_s]

    median_s = float(np.median(np.abs(apart_s)))
    assert time_misfit_s(peaks) == pytest.approx(1.4826 * median_s)
    assert time_misfit_s(peaks[:2]) == 0.0  # too few
    unclear = replace(exact, height=19.0 * FLOOR, expected_s=0.0)
    assert time_misfit_s([*peaks, unclear]) == time_misfit_s(peaks)
