"""What tests are made of: chromatograms, ions and small runs with known truth."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from lcms.config import Settings, parse_settings
from lcms.io.mzml.mzml_writer import write_mzml
from lcms.kinds import IonRole, SampleType, TargetKind
from lcms.model import Candidate, Chromatogram, Floats, Ion, Sample
from lcms.schemas import Table
from lcms.simulation.simulated_scans import SimulatedScan
from lcms.steps.pick import integrated

Row = dict[str, Any]

SECONDS = np.arange(0.0, 120.0, 1.0)
FIVE_MINUTES_S = np.arange(0.0, 300.0, 1.0)
THRESHOLD = 100.0
FWHM_PER_SIGMA = 2 * np.sqrt(2 * np.log(2))
AREA_PER_SIGMA = np.sqrt(2 * np.pi)


def gaussian(x: Floats, center: float, sigma: float, height: float) -> Floats:
    return np.asarray(height * np.exp(-0.5 * ((x - center) / sigma) ** 2))


def chromatogram_of(
    intensity: Floats, *, time_s: Floats = SECONDS, error_ppm: float = 0.5
) -> Chromatogram:
    """Return a chromatogram whose centroids all have one m/z error."""
    errors = np.where(intensity > 0, error_ppm, np.nan)
    return Chromatogram(time_s, intensity, errors, np.zeros(intensity.size))


def gaussian_chromatogram(
    height: float = 1e6,
    apex_s: float = 60.0,
    sigma_s: float = 3.4,
    *,
    time_s: Floats = SECONDS,
    error_ppm: float = 0.5,
) -> Chromatogram:
    """Return a Gaussian peak without noise; below the threshold there is no centroid."""
    intensity = gaussian(time_s, apex_s, sigma_s, height)
    intensity[intensity < THRESHOLD] = 0.0
    return chromatogram_of(intensity, time_s=time_s, error_ppm=error_ppm)


def peaks_in(
    chromatogram: Chromatogram, *, threshold: float = THRESHOLD, expected_fwhm_s: float = 8.0
) -> list[Candidate]:
    """Return every integrated candidate, as `lcms pick` finds them."""
    return integrated(chromatogram, expected_fwhm_s, threshold, 0.0)


def noisy_chromatogram(intensity: Floats, sd: float, seed: int = 3) -> Chromatogram:
    """Return a chromatogram with noise that does not let intensities be negative."""
    noise = np.random.default_rng(seed).normal(0, sd, intensity.size)
    return chromatogram_of(
        np.clip(intensity + noise, 0, None), time_s=FIVE_MINUTES_S[: intensity.size]
    )


def only_peak(chromatogram: Chromatogram) -> Candidate:
    """Return the peak of a chromatogram that has one."""
    (peak,) = peaks_in(chromatogram)
    return peak


def tailed_gaussian(time_s: Floats, apex_s: float, sigma_s: float, tau_s: float) -> Floats:
    """Return a Gaussian that an exponential decay smears, with an area of 1."""
    fine = np.arange(time_s[0], time_s[-1], 0.05)
    decay = np.exp(-np.arange(0, 30 * tau_s, 0.05) / tau_s)
    smeared = np.convolve(gaussian(fine, apex_s, sigma_s, 1.0), decay)[: fine.size]
    return np.asarray(np.interp(time_s, fine, smeared / (smeared.sum() * 0.05)))


def peak_at(time_s: float, **changes: float) -> Candidate:
    """Return a clear peak at a time."""
    values: dict[str, Any] = {
        "retention_time_s": time_s,
        "left_s": time_s - 10,
        "right_s": time_s + 10,
        "area": 8e6,
        "area_sd": 1e4,
        "height": 1e6,
        "signal_to_noise": 100.0,
        "fwhm_s": 8.0,
        "tailing": 1.0,
        "error_ppm": 0.5,
        "n_points": 20,
        "shape": 0.99,
    }
    return Candidate(**values | changes)


def ion(
    target_id: str,
    precursor_mz: float = 202.10848,
    retention_time_s: float | None = 60.0,
    **changes: Any,  # noqa: ANN401  (fields of Ion)
) -> Ion:
    """Return a quantifier of an analyte in negative mode."""
    values: dict[str, Any] = {
        "ion_id": target_id,
        "target_id": target_id,
        "name": target_id,
        "kind": TargetKind.ANALYTE,
        "role": IonRole.QUANTIFIER,
        "precursor_mz": precursor_mz,
        "charge": -1,
        "retention_time_s": retention_time_s,
        "retention_time_window_s": 20.0,
    }
    return Ion(**values | changes)


def standard(target_id: str, precursor_mz: float, retention_time_s: float = 60.0) -> Ion:
    """Return a quantifier of an internal standard in negative mode."""
    return ion(target_id, precursor_mz, retention_time_s, kind=TargetKind.INTERNAL_STANDARD)


def sample(sample_id: str, kind: str = "unknown", **changes: Any) -> Sample:  # noqa: ANN401
    return Sample(sample_id, f"mzml/{sample_id}.mzML", SampleType(kind), **changes)


@dataclass(frozen=True)
class Eluting:
    """A Gaussian peak in a run: m/z in Th, times in seconds, height in counts."""

    mz: float
    apex_s: float = 60.0
    height: float = 1e6
    sigma_s: float = 3.4
    error_ppm: float = 0.0


def write_run(  # noqa: PLR0913  (what is in it, and how it was acquired)
    path: Path,
    eluting: Iterable[Eluting],
    *,
    time_s: Floats = SECONDS,
    polarity: int = -1,
    start_time: datetime | None = None,
    seed: int | None = None,
    mz_scatter_ppm: float = 0.3,
) -> Path:
    """Write a centroid run; peaks of peak m/z add up, and no scan is empty.

    A seed adds 3 % of scatter to every intensity and `mz_scatter_ppm` to every m/z.
    """
    summed: dict[float, Floats] = {450.0: np.full(time_s.size, THRESHOLD)}
    for peak in eluting:
        mz = peak.mz * (1 + peak.error_ppm * 1e-6)
        before = summed.get(mz, np.zeros(time_s.size))
        summed[mz] = before + gaussian(time_s, peak.apex_s, peak.sigma_s, peak.height)
    all_mz = np.array(sorted(summed))
    counts = np.array([summed[mz] for mz in all_mz]).T
    scan_mz = np.tile(all_mz, (time_s.size, 1))
    if seed is not None:
        random = np.random.default_rng(seed)
        counts = counts * random.normal(1, 0.03, counts.shape)
        scan_mz = scan_mz * (1 + random.normal(0, mz_scatter_ppm * 1e-6, scan_mz.shape))
        counts[:, all_mz == 450.0] = THRESHOLD
    scans = [
        SimulatedScan(float(t), at[seen], scan[seen])
        for t, at, scan in zip(time_s, scan_mz, counts, strict=True)
        if (seen := scan >= THRESHOLD).any()
    ]
    write_mzml(path, scans, polarity=polarity, start_time=start_time)
    return path


def settings_of(**sections: Mapping[str, Any]) -> Settings:
    """Return the default settings with some of a section changed."""
    return parse_settings(sections, "test")


def row(table: Table, **values: Any) -> Row:  # noqa: ANN401  (cells of a table)
    return dict.fromkeys(table.names()) | values
