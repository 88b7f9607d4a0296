"""Broad, double and tailing peaks at any `expected_fwhm_s`: the setting is a hint."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import exponnorm

from builders import FWHM_PER_SIGMA, SECONDS, gaussian, ion
from integrated import rows_of_chromatogram
from lcms.model import Floats

APEX_S, HEIGHT = 55.0, 1e5
TARGET = ion("X", 260.0, APEX_S, retention_time_window_s=40.0)


def plain(fwhm_s: float) -> Floats:
    return gaussian(SECONDS, APEX_S, fwhm_s / FWHM_PER_SIGMA, HEIGHT)


def double(fwhm_s: float) -> Floats:
    """Two peaks 0.8 widths apart: their sum has no valley."""
    sigma_s = fwhm_s / FWHM_PER_SIGMA
    second = gaussian(SECONDS, APEX_S + 0.8 * fwhm_s, sigma_s, 0.8 * HEIGHT)
    return gaussian(SECONDS, APEX_S, sigma_s, HEIGHT) + second


def tailing(fwhm_s: float) -> Floats:
    sigma_s = 0.6 * fwhm_s / FWHM_PER_SIGMA
    curve = exponnorm.pdf(SECONDS, 3.0, loc=APEX_S - sigma_s, scale=sigma_s)
    return np.asarray(HEIGHT * curve / curve.max())


@pytest.mark.parametrize("expected_fwhm_s", [2.0, 4.0, 8.0, 16.0])
@pytest.mark.parametrize("fwhm_s", [8.0, 20.0])
@pytest.mark.parametrize("shape", [plain, double, tailing])
def test_a_peak_keeps_its_area_at_any_expected_width(
    shape: Callable[[float], Floats], fwhm_s: float, expected_fwhm_s: float, tmp_path: Path
) -> None:
    random, counts = np.random.default_rng(3), shape(fwhm_s)
    noisy = counts * random.normal(1, 0.02, SECONDS.size) + random.normal(300, 60, SECONDS.size)
    settings = {"expected_fwhm_s": expected_fwhm_s}

    row = rows_of_chromatogram(tmp_path, TARGET, noisy.tolist(), integration=settings)

    assert row["status"] == "quantified"
    assert row["area"] == pytest.approx(np.trapezoid(counts, SECONDS), rel=0.03)
