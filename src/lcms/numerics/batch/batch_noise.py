"""The noise of a batch: a first estimate beside the candidates, then from what fits leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import ChromatogramId
from lcms.numerics.batch.aligned_batch import AlignedBatch
from lcms.numerics.batch.batch_model import CompoundModel, expected_peaks
from lcms.numerics.batch.residuals import FitResiduals, fit_residuals, mz_scatter_ppm, noise_of
from lcms.numerics.batch.training import MOST_RUNS, strongest_runs
from lcms.numerics.batch_data import BatchData
from lcms.numerics.peak.noise import LEAST_FLOOR_COUNTS, Noise, beside, inflation, quiet_sd

# Runs in which the first noise is measured: a median of so many is good to a few per cent.
_NOISE_RUNS: Final = 3 * MOST_RUNS
# Relative noise that is assumed until it is learned; 3 % is usual for single intensities. By
# judgement.
_FIRST_RELATIVE: Final = 0.03
_UNKNOWN_FLOOR_COUNTS: Final = 1.0  # of a chromatogram that no run has: nothing is fitted with it


@dataclass(frozen=True)
class BatchNoise:
    """The noise that was learned of a batch.

    `floors` in counts and `inflations` by chromatogram_id, `gain` and `relative` of all: as in
    `BatchModel`. `mz_scatter_ppm` is the standard deviation of the m/z of one centroid.
    """

    floors: Mapping[ChromatogramId, float]
    inflations: Mapping[ChromatogramId, float]
    gain: float
    relative: float
    mz_scatter_ppm: float


def first_noise(batch_data: BatchData) -> dict[ChromatogramId, Noise]:
    """Return the noise of each chromatogram that is assumed before any fit.

    The floor is the median over runs of the noise beside the candidates; as gain the floor is
    taken, too. The chromatograms of a run are used together, because they are read together.
    """
    floors: dict[ChromatogramId, list[float]] = {name: [] for name in batch_data.ions_of}
    for run in batch_data.runs[:: max(1, len(batch_data.runs) // _NOISE_RUNS)]:
        for chromatogram_id, of_runs in floors.items():
            of_runs.extend(_floor_beside_candidates(batch_data, run, chromatogram_id))
    return {chromatogram_id: _first_noise(of_runs) for chromatogram_id, of_runs in floors.items()}


def _floor_beside_candidates(
    batch_data: BatchData, run: str, chromatogram_id: ChromatogramId
) -> list[float]:
    """Return the noise beside the candidates of a run, counts; none without a chromatogram."""
    chromatogram = batch_data.chromatogram(run, chromatogram_id)
    if chromatogram is None or chromatogram.intensity.size == 0:
        return []
    candidates = batch_data.candidates.get((run, chromatogram_id), ())
    is_quiet = beside(chromatogram.retention_time_s, candidates)
    return [quiet_sd(chromatogram.intensity, is_quiet, batch_data.thresholds[run])]


def _first_noise(floors: Sequence[float]) -> Noise:
    floor = float(np.median(floors)) if floors else _UNKNOWN_FLOOR_COUNTS
    floor = max(floor, LEAST_FLOOR_COUNTS)
    return Noise(floor, floor, _FIRST_RELATIVE)


def learn_batch_noise(
    batch: AlignedBatch,
    noise: Mapping[ChromatogramId, Noise],
    compounds: Mapping[ChromatogramId, Sequence[CompoundModel]],
) -> BatchNoise:
    """Return the noise of a batch from what the fits of its strongest runs leave.

    Parameters
    ----------
    batch : AlignedBatch
    noise : mapping
        First noise by chromatogram_id.
    compounds : mapping
        What was learned of the compounds, by chromatogram_id.
    """
    residuals = {
        chromatogram_id: _residuals(batch, chromatogram_id, noise[chromatogram_id], peaks)
        for chromatogram_id, peaks in compounds.items()
    }
    floors = {
        chromatogram_id: _floor(residuals.get(chromatogram_id, ()), first.floor)
        for chromatogram_id, first in noise.items()
    }
    usual_floor = float(np.median(list(floors.values()))) if floors else _UNKNOWN_FLOOR_COUNTS
    every_fit = [fit for fits in residuals.values() for fit in fits]
    learned = noise_of(every_fit, usual_floor)
    return BatchNoise(
        floors=floors,
        inflations={
            chromatogram_id: inflation([score for fit in fits for score in fit.null_scores])
            for chromatogram_id, fits in residuals.items()
        },
        gain=learned.gain,
        relative=learned.relative,
        mz_scatter_ppm=mz_scatter_ppm(every_fit),
    )


def _floor(residuals: Sequence[FitResiduals], first: float) -> float:
    """Return the median noise beside the fitted peaks, counts; without a fit the first one."""
    if not residuals:
        return first
    return max(float(np.median([fit.floor for fit in residuals])), LEAST_FLOOR_COUNTS)


def _residuals(
    batch: AlignedBatch,
    chromatogram_id: ChromatogramId,
    noise: Noise,
    compounds: Sequence[CompoundModel],
) -> list[FitResiduals]:
    """Return what the fits of a chromatogram leave in the strongest runs that have it."""
    residuals = []
    for run in strongest_runs(batch.assigned[chromatogram_id]):
        name = batch.data.runs[run]
        chromatogram = batch.data.chromatogram(name, chromatogram_id)
        if chromatogram is not None:
            peaks = expected_peaks(batch.times[name], compounds)
            threshold = batch.data.thresholds[name]
            residuals.append(fit_residuals(chromatogram, peaks, noise, batch.width_s, threshold))
    return residuals
