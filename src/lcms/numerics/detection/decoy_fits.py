"""The detection test where no target can be: at another m/z, or at an impossible time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lcms.model import ChromatogramId, Floats
from lcms.numerics.batch.batch_model import (
    FITTED_WIDTHS,
    KNOT_WIDTHS,
    BatchModel,
    CompoundModel,
    RunTime,
    expected_peaks,
)
from lcms.numerics.chromatogram.window import around
from lcms.numerics.peak.expected_peak import ExpectedPeak
from lcms.numerics.peak.joint_fit import fit_peaks
from lcms.numerics.peak.noise import LEAST_FLOOR_COUNTS, Noise, quiet_sd
from lcms.numerics.peak.peak_shape import borders_s
from lcms.numerics.run.chromatogram_fit.unfitted_chromatogram import RunChromatograms
from lcms.numerics.run.fitted_peak import FittedPeak
from lcms.numerics.run.run_fit import fit_run

# Area divided by its standard error. Below it the whole fit, which takes some ten times as long,
# would not reach the default `detection_score` of 3 either; chosen by judgement.
_WORTH_A_FIT_SCORE: Final = 2.5


# A decoy in time is so many peak widths from each target and from the ends of the chromatogram. A
# Gaussian falls to 0.2 % in 1.5 widths; of a longer tail the fit takes account.
_CLEAR_WIDTHS: Final = 1.5
_DECOY: Final = "decoy"  # ion_id in a fit; no ion of a sheet has it, all end with their adduct


@dataclass(frozen=True)
class DecoyPeak:
    """The fitted peak of a decoy at the expected time of a target, or at an impossible one.

    `score` is the area divided by its standard error, NaN with too few points; `peak` is None
    where a first score is so low that the whole fit was not made.
    """

    ion_id: str
    expected_s: float
    score: float
    peak: FittedPeak | None

    @property
    def holds_signal(self) -> bool:
        """Whether there are points enough for a peak."""
        return bool(np.isfinite(self.score))


def fit_decoy(
    batch: BatchModel,
    time: RunTime,
    chromatogram_id: ChromatogramId,
    run: RunChromatograms,
    min_points: int,
) -> list[DecoyPeak]:
    """Return the peaks of the decoy of a chromatogram where its targets are expected.

    The fit is that of the targets, without the neighbours that the batch has. Candidates of a
    decoy are not picked, so that a compound of which only the listed time is known is searched
    in a narrower window than in the target.

    Parameters
    ----------
    batch : BatchModel
    time : RunTime
    chromatogram_id : ChromatogramId
        Of the targets.
    run : RunChromatograms
        With the chromatogram of the decoy in place of that of its targets.
    min_points : int
        A peak has at least so many scans with an intensity between its borders.
    """
    targets = [
        compound
        for compound in batch.compounds.get(chromatogram_id, ())
        if compound.ion_id is not None
    ]
    if chromatogram_id not in run.chromatograms or not targets:
        return []
    expected = expected_peaks(time, targets)
    scores = _first_scores(batch, chromatogram_id, expected, run, min_points)
    peaks: dict[str, FittedPeak] = {}
    if (scores >= _WORTH_A_FIT_SCORE).any():
        peaks = fit_run(replace(batch, compounds={chromatogram_id: targets}), time, (), run)
    return [
        _decoy_peak(str(target.ion_id), peak.expected_s, float(score), peaks)
        for target, peak, score in zip(targets, expected, scores, strict=True)
    ]


def fit_at_impossible_times(
    batch: BatchModel,
    time: RunTime,
    chromatogram_id: ChromatogramId,
    searched_s: tuple[float, float],
    run: RunChromatograms,
    min_points: int,
) -> list[DecoyPeak]:
    """Return the peaks in the chromatogram of targets at times at which these cannot elute.

    One before and one after the search, halfway to the ends of the chromatogram, where there is
    room. The fit is that of the first target beside all of them; a peak there that the batch
    knows as a neighbour counts as one that a target at this time would be taken for.

    Parameters
    ----------
    searched_s : tuple of float
        Times in the run between which the targets are searched, s.
    run : RunChromatograms
        With the chromatogram of the targets and its candidates.
    """
    compounds = batch.compounds.get(chromatogram_id, ())
    targets = [compound for compound in compounds if compound.ion_id is not None]
    chromatogram = run.chromatograms.get(chromatogram_id)
    if chromatogram is None or not targets or chromatogram.retention_time_s.size == 0:
        return []
    expected = expected_peaks(time, targets)
    times_s = _impossible_times_s(chromatogram.retention_time_s, searched_s, expected, batch)
    delays_s = [time_s - expected[0].expected_s for time_s in times_s]
    return [
        _fit_beside(batch, time, chromatogram_id, delay_s, targets, run, min_points)
        for delay_s in delays_s
    ]


def _moved(target: CompoundModel, by_s: float) -> CompoundModel:
    """Return the compound of a decoy: that of a target, which elutes later."""
    learned = target.time_and_shape
    mean = learned.mean + np.array([by_s, *np.zeros(learned.mean.size - 1)])
    return CompoundModel(_DECOY, replace(learned, mean=mean), target.n_runs, target.jitter_s)


def _fit_beside(  # noqa: PLR0913, PLR0917  (what is fitted, in what, and by which model)
    batch: BatchModel,
    time: RunTime,
    chromatogram_id: ChromatogramId,
    delay_s: float,
    targets: Sequence[CompoundModel],
    run: RunChromatograms,
    min_points: int,
) -> DecoyPeak:
    """Return the peak of a decoy, which elutes `delay_s` after the first target, beside all."""
    ion_id, learned = str(targets[0].ion_id), targets[0].time_and_shape
    (peak,) = expected_peaks(time, targets[:1])
    expected = replace(peak, expected_s=time.expected_s(learned.time_s + delay_s))
    score = float(_first_scores(batch, chromatogram_id, [expected], run, min_points)[0])
    peaks: dict[str, FittedPeak] = {}
    if score >= _WORTH_A_FIT_SCORE:
        decoy = _moved(targets[0], delay_s)
        with_decoy = replace(batch, compounds={chromatogram_id: [*targets, decoy]})
        fitted = fit_run(with_decoy, time, (), run)
        peaks = {ion_id: fitted[_DECOY]} if _DECOY in fitted else {}
    return _decoy_peak(ion_id, expected.expected_s, score, peaks)


def _impossible_times_s(
    time_s: Floats,
    searched_s: tuple[float, float],
    expected: Sequence[ExpectedPeak],
    batch: BatchModel,
) -> list[float]:
    """Return the times halfway from the search to either end that are clear of the targets."""
    clear_s = _CLEAR_WIDTHS * batch.width_s
    edges_s = ((float(time_s[0]), searched_s[0]), (searched_s[1], float(time_s[-1])))
    middles_s = [(start_s + end_s) / 2 for start_s, end_s in edges_s if end_s - start_s > clear_s]
    return [
        middle_s
        for middle_s in middles_s
        if min(middle_s - time_s[0], time_s[-1] - middle_s) > clear_s
        and all(abs(middle_s - peak.expected_s) > clear_s for peak in expected)
    ]


def _decoy_peak(
    ion_id: str, expected_s: float, score: float, peaks: Mapping[str, FittedPeak]
) -> DecoyPeak:
    peak = peaks.get(ion_id)
    return DecoyPeak(ion_id, expected_s, score if peak is None else peak.score, peak)


def _first_scores(
    batch: BatchModel,
    chromatogram_id: ChromatogramId,
    expected: Sequence[ExpectedPeak],
    run: RunChromatograms,
    min_points: int,
) -> Floats:
    """Return the area divided by its standard error after one fit, shape (targets,).

    NaN for all if none of the expected peaks has enough points.
    """
    whole = run.chromatograms[chromatogram_id]
    signals_s = whole.retention_time_s[whole.intensity > 0]
    if all(_n_between(signals_s, peak) < min_points for peak in expected):
        return np.full(len(expected), np.nan)
    times_s = np.array([peak.expected_s for peak in expected])
    chromatogram = around(whole, times_s, FITTED_WIDTHS * batch.width_s)
    time_s, intensity = chromatogram.retention_time_s, chromatogram.intensity
    everywhere = np.ones(intensity.size, dtype=bool)
    floor = quiet_sd(intensity, everywhere, run.detection_threshold)
    noise = Noise(max(floor, LEAST_FLOOR_COUNTS), batch.gain, batch.relative)
    fit = fit_peaks(time_s, intensity, expected, noise, KNOT_WIDTHS * batch.width_s)
    sd = np.sqrt(np.diag(fit.covariance)) * batch.inflations[chromatogram_id]
    return np.asarray(fit.area / sd)


def _n_between(time_s: Floats, peak: ExpectedPeak) -> int:
    """Return how many times (s) lie between the borders of an expected peak."""
    if time_s.size == 0:
        return 0
    left_s, right_s = borders_s(peak.shape)
    away_s = time_s - peak.expected_s
    return int(np.count_nonzero((away_s >= left_s) & (away_s <= right_s)))
