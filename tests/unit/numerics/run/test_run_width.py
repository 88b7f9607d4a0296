"""The width of a run by its standards: by hand, and in a run that is integrated."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builders import AREA_PER_SIGMA, Eluting, ion, standard, write_run
from fitted_by_hand import APEXES_S, AREAS, SD, SHAPE, TIME_S, fitted, joint_fit
from integrated import peak_rows
from lcms.numerics.peak.peak_shape import borders_s, density_gradient
from lcms.numerics.run.fitted_peak import FittedPeak, peak_of_fit
from lcms.numerics.run.run_width import log_width

FWHM_PER_SIGMA = 2.3548
SIGMA_S = 3.4
STANDARDS = (standard("IS1", 200.1, 40.0), standard("IS2", 240.1, 120.0))
ANALYTE = ion("A1", 190.1, 80.0)
HEIGHT, NEIGHBOUR_HEIGHT, NEIGHBOUR_S = 1e5, 3e5, 13.0


@pytest.mark.parametrize("wide_sigma_s", [4.0, 4.8])
def test_a_run_that_is_wider_than_its_batch_keeps_the_area_of_an_overlapped_peak(
    wide_sigma_s: float, tmp_path: Path
) -> None:
    """Its standards show the width; the analyte lies at the foot of another compound."""
    runs = {}
    for number in range(8):
        sigma_s = wide_sigma_s if number == 3 else SIGMA_S
        eluting = [
            *(Eluting(mz, time_s, 1e6, sigma_s) for mz, time_s in ((200.1, 40.0), (240.1, 120.0))),
            Eluting(190.1, 80.0, HEIGHT * SIGMA_S / sigma_s, sigma_s),
            Eluting(190.1, 80.0 + NEIGHBOUR_S, NEIGHBOUR_HEIGHT * SIGMA_S / sigma_s, sigma_s),
        ]
        path = tmp_path / f"s{number}.mzML"
        runs[f"s{number}"] = write_run(path, eluting, time_s=np.arange(0.0, 160.0), seed=number)

    rows = peak_rows(tmp_path, runs, [*STANDARDS, ANALYTE])

    for run in runs:
        sigma_s = wide_sigma_s if run == "s3" else SIGMA_S
        for target in (*STANDARDS, ANALYTE):
            width_s = rows[run, target.ion_id]["fwhm_s"]
            assert width_s == pytest.approx(FWHM_PER_SIGMA * sigma_s, rel=0.04)
        assert rows[run, "A1"]["area"] == pytest.approx(
            HEIGHT * SIGMA_S * AREA_PER_SIGMA, rel=0.05
        )


def widened(growth: float) -> FittedPeak:
    """Return a peak of which the fit has left what a width that has grown by exp(growth) adds."""
    _, _, by_parameter = density_gradient(TIME_S - APEXES_S[0], SHAPE)
    residual = AREAS[0] * by_parameter[:, 0] * growth
    return peak_of_fit(fitted(joint_fit(residual=residual), targets=[0]), 0)


def variance_of_log_width() -> float:
    """Return the variance of the logarithm of the width by the inverse of the information."""
    left_s, right_s = borders_s(SHAPE)
    time_s = TIME_S - APEXES_S[0]
    time_s = time_s[(time_s >= left_s) & (time_s <= right_s)]
    value, slope, by_parameter = density_gradient(time_s, SHAPE)
    design = np.column_stack([value, -AREAS[0] * slope, AREAS[0] * by_parameter[:, 0]]) / SD
    return float(np.linalg.inv(design.T @ design)[2, 2])


@pytest.mark.parametrize("growth", [0.06, -0.06])
@pytest.mark.parametrize("n_peaks", [1, 3])
def test_the_width_of_a_run_is_the_mean_of_its_standards_shrunk_to_that_of_the_batch(
    growth: float, n_peaks: int
) -> None:
    peaks = [widened(growth + 0.01 * (n - (n_peaks - 1) / 2)) for n in range(n_peaks)]

    # one compound scatters by 2 %, a run by 10 %
    weight = n_peaks / (variance_of_log_width() + 0.02**2)
    assert log_width(peaks) == pytest.approx(growth * weight / (weight + 0.1**-2), rel=1e-3)


@pytest.mark.parametrize(("standard_errors", "is_wider"), [(2.01, True), (1.99, False)])
def test_a_run_is_wider_from_two_standard_errors_on(
    standard_errors: float, *, is_wider: bool
) -> None:
    weight = 1.0 / (variance_of_log_width() + 0.02**2)
    mean = standard_errors / np.sqrt(weight + 0.1**-2)

    wider = log_width([widened(mean * (weight + 0.1**-2) / weight)])

    assert wider == pytest.approx(mean if is_wider else 0.0, rel=1e-3)


@pytest.mark.parametrize(("heights_of_noise", "is_clear"), [(20.0, True), (19.9, False)])
def test_a_peak_shows_its_width_from_twenty_times_the_noise_on(
    heights_of_noise: float, *, is_clear: bool
) -> None:
    """However large its error is: that of a fit with a wrong width is large."""
    peak = replace(widened(0.06), score=1.0)
    peak = replace(peak, height=heights_of_noise * peak.noise_sd)

    assert (log_width([peak]) > 0.0) == is_clear


def test_one_peak_that_another_compound_widens_hardly_moves_the_width_of_a_run() -> None:
    alike = [log_width([widened(0.06)] * n) for n in (4, 5)]

    assert log_width([*[widened(0.06)] * 4, widened(0.4)]) == pytest.approx(alike[1], rel=0.2)


def test_isomers_and_runs_without_a_clear_standard_show_no_width() -> None:
    assert log_width([]) == 0.0
    with_isomer = replace(widened(0.06), separation=peak_of_fit(fitted(), 0).separation)
    assert log_width([with_isomer]) == 0.0


def test_a_batch_of_one_run_has_no_other_width_than_that_which_it_has_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its peaks leave of the shapes that were learned from them."""
    eluting = [
        Eluting(mz, time_s) for mz, time_s in ((200.1, 40.0), (240.1, 120.0), (190.1, 80.0))
    ]
    runs = {"s0": write_run(tmp_path / "s0.mzML", eluting, time_s=np.arange(0.0, 160.0))}
    rows = peak_rows(tmp_path, runs, [*STANDARDS, ANALYTE])

    monkeypatch.setattr("lcms.numerics.run.run_fit.log_width", lambda _: 0.2)

    assert peak_rows(tmp_path, runs, [*STANDARDS, ANALYTE]) == rows
