"""The disturbances of a run: ion statistics, saturation, chemical noise, background."""

from typing import Final

import numpy as np
from scipy.signal import lfilter
from scipy.special import ndtr, ndtri

from lcms.model import Floats
from lcms.simulation.plan import Plan

# Standard deviations of the logarithm of an intensity: between sources of chemical noise, between
# background ions, and between runs. These and the waves are chosen by judgement.
_CHEMICAL_LOG_SD: Final = 0.5
_BACKGROUND_LOG_SD: Final = 1.2
_BACKGROUND_RUN_LOG_SD: Final = 0.1
_WAVE_AMPLITUDE_SHARE: Final = 0.3  # of the mean intensity of a background ion
_WAVE_PERIODS_S: Final = (200.0, 800.0)  # longer than a peak, about a run


def point_noise_counts(intensity: Floats | float, plan: Plan) -> Floats:
    """Return the standard deviation of one recorded intensity, in counts.

    The variance is gain · y + (ion_noise · y)² + (scan_noise · y)².

    Parameters
    ----------
    intensity : Floats or float
        True intensity y in counts, >= 0, any shape.
    plan : Plan
    """
    counting = plan.counting_gain_counts * np.asarray(intensity)
    relative = np.hypot(plan.ion_noise, plan.scan_noise) * np.asarray(intensity)
    return np.asarray(np.sqrt(counting + relative**2))


def noisy(intensity: Floats, plan: Plan, draws: np.random.Generator) -> Floats:
    """Return intensities as recorded, never below zero.

    Parameters
    ----------
    intensity : Floats
        True intensities in counts, shape (n_scans, n_ions).
    plan : Plan
    draws : np.random.Generator
        For one factor per scan, then one relative and one counting error per value.
    """
    n_scans, _ = intensity.shape
    scan_factors = 1.0 + plan.scan_noise * draws.standard_normal((n_scans, 1))
    ion_factors = 1.0 + plan.ion_noise * draws.standard_normal(intensity.shape)
    counting = np.sqrt(plan.counting_gain_counts * intensity)
    values = intensity * scan_factors * ion_factors
    values += counting * draws.standard_normal(intensity.shape)
    return np.asarray(np.maximum(values, 0.0))


def saturated(intensity: Floats, ceiling_counts: float, sharpness: float) -> Floats:
    """Return the intensity that a detector with a ceiling records, both in counts.

    Parameters
    ----------
    intensity : Floats
        In counts, >= 0, any shape.
    ceiling_counts : float
        Never exceeded; `inf` for a detector without one.
    sharpness : float
        `inf` clips; 4 loses 16 % at the ceiling itself and 1.5 % at half of it.
    """
    if np.isinf(ceiling_counts):
        return intensity
    if np.isinf(sharpness):
        return np.minimum(intensity, ceiling_counts)
    load = intensity / ceiling_counts
    return np.asarray(intensity / (1.0 + load**sharpness) ** (1.0 / sharpness))


def autoregressive(
    shape: tuple[int, int], correlation_steps: float, draws: np.random.Generator
) -> Floats:
    """Return series of standard normal numbers whose correlation falls exponentially.

    Parameters
    ----------
    shape : tuple[int, int]
        Steps, series.
    correlation_steps : float
        Steps after which the correlation is 1/e; 0 is white noise.
    draws : np.random.Generator

    Returns
    -------
    Floats
        Stationary AR(1) series along the first axis.
    """
    white = draws.standard_normal(shape)
    if correlation_steps == 0.0:
        return white
    kept = np.exp(-1.0 / correlation_steps)
    start = kept * draws.standard_normal((1, shape[1]))
    fresh = np.sqrt(1.0 - kept**2) * white
    return np.asarray(lfilter([1.0], [1.0, -kept], fresh, axis=0, zi=start)[0])


def chemical_noise(
    target_mz: Floats, n_scans: int, plan: Plan, draws: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return irregular ions around each target m/z.

    Each source appears in some scans only, at any m/z within the width of the channel, with a
    log-normal intensity. With a correlation time all three change slowly, so that the noise has
    bumps as wide as a peak.

    Parameters
    ----------
    target_mz : Floats
        In Th, shape (n_targets,).
    n_scans : int
    plan : Plan
    draws : np.random.Generator

    Returns
    -------
    mz, intensity : Floats
        In Th and counts, shape (n_scans, n_targets · sources); intensity 0 where a source
        is absent.
    """
    centres = np.repeat(target_mz, plan.n_chemical_noise_sources)
    shape = (n_scans, len(centres))
    correlation_steps = plan.chemical_noise_correlation_s / plan.scan_interval_s
    position, presence, level = (autoregressive(shape, correlation_steps, draws) for _ in range(3))
    offsets_ppm = plan.chemical_noise_width_ppm * (2.0 * ndtr(position) - 1.0)
    is_present = presence < ndtri(plan.chemical_noise_density)
    intensity = plan.chemical_noise_counts * np.exp(_CHEMICAL_LOG_SD * level) * is_present
    return centres * (1.0 + 1e-6 * offsets_ppm), intensity


def background(
    time_s: Floats, plan: Plan, batch_draws: np.random.Generator, run_draws: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return ions that are present all the time, with slowly changing intensities.

    Parameters
    ----------
    time_s : Floats
        Scan times, shape (n_scans,).
    plan : Plan
    batch_draws : np.random.Generator
        For m/z and mean intensities, which are the same in all runs.
    run_draws : np.random.Generator
        For the differences between runs.

    Returns
    -------
    mz, intensity : Floats
        In Th, shape (n_ions,), and in counts, shape (n_scans, n_ions).
    """
    n_ions = plan.n_background_ions
    mz = batch_draws.uniform(plan.mz_low, plan.mz_high, n_ions)
    mean = plan.background_counts * np.exp(
        _BACKGROUND_LOG_SD * batch_draws.standard_normal(n_ions)
    )
    mean = mean * np.exp(_BACKGROUND_RUN_LOG_SD * run_draws.standard_normal(n_ions))
    period_s = run_draws.uniform(*_WAVE_PERIODS_S, n_ions)
    phase = run_draws.uniform(0.0, 2.0 * np.pi, n_ions)
    wave = np.sin(2.0 * np.pi * time_s[:, None] / period_s + phase)
    return mz, mean * (1.0 + _WAVE_AMPLITUDE_SHARE * wave)
