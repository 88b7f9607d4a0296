"""The detection test at m/z where no target can be: how often chance passes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lcms.model import ChromatogramId, Floats
from lcms.numerics.batch.batch_model import (
    FITTED_WIDTHS,
    KNOT_WIDTHS,
    BatchModel,
    RunTime,
    expected_peaks,
)
from lcms.numerics.chromatogram.window import around
from lcms.numerics.peak.joint_fit import ExpectedPeak, Noise, fit_peaks
from lcms.numerics.peak.noise import quiet_sd
from lcms.numerics.peak.peak_shape import borders_s
from lcms.numerics.run.fitted_peak import FittedPeak
from lcms.numerics.run.run_fit import RunChromatograms, fit_run

_WORTH: Final = 2.5  # area by standard error: below it the whole fit is not worth its time
_LEAST_FLOOR: Final = 1e-6  # counts


@dataclass(frozen=True)
class DecoyPeak:
    """What stands at the time of a target in one of its decoys.

    `score` is area by standard error, NaN where there are too few points to tell; `peak` is the
    peak of the whole fit, None where `score` is so low that it was not made.
    """

    ion_id: str
    expected_s: float
    score: float
    peak: FittedPeak | None


def fit_decoy(
    batch: BatchModel,
    time: RunTime,
    chromatogram_id: ChromatogramId,
    traces: RunChromatograms,
    min_points: int,
) -> list[DecoyPeak]:
    """Return what a decoy of a signal holds where its targets are expected.

    The same fit as for the targets, without neighbours that the batch knows; candidates are
    not picked, so places that only the list knows are searched less.

    Parameters
    ----------
    traces : RunChromatograms
        The chromatogram is that of the decoy, by the signal of its target.
    min_points : int
        Fewer scans with a signal between the borders are no peak.
    """
    targets = [one for one in batch.compounds.get(chromatogram_id, ()) if one.ion_id is not None]
    if chromatogram_id not in traces.chromatograms or not targets:
        return []
    components = expected_peaks(time, targets)
    scores = _quick_scores(batch, chromatogram_id, components, traces, min_points)
    peaks: dict[str, FittedPeak] = {}
    if np.nanmax(scores, initial=0.0) >= _WORTH:
        peaks = fit_run(replace(batch, compounds={chromatogram_id: targets}), time, (), traces)
    return [
        _decoy_peak(str(one.ion_id), component.expected_s, float(score), peaks)
        for one, component, score in zip(targets, components, scores, strict=True)
    ]


def _decoy_peak(
    ion_id: str, expected_s: float, score: float, peaks: Mapping[str, FittedPeak]
) -> DecoyPeak:
    peak = peaks.get(ion_id)
    return DecoyPeak(ion_id, expected_s, score if peak is None else peak.score, peak)


def _quick_scores(
    batch: BatchModel,
    chromatogram_id: ChromatogramId,
    components: Sequence[ExpectedPeak],
    traces: RunChromatograms,
    min_points: int,
) -> Floats:
    """Return area by standard error of one fit; NaN where no place has enough points."""
    places_s = np.array([one.expected_s for one in components])
    trace = around(traces.chromatograms[chromatogram_id], places_s, FITTED_WIDTHS * batch.width_s)
    seen_s = trace.retention_time_s[trace.intensity > 0]
    if all(_n_between(seen_s, one) < min_points for one in components):
        return np.full(places_s.size, np.nan)
    everywhere = np.ones(trace.intensity.size, dtype=bool)
    floor = quiet_sd(trace.intensity, everywhere, traces.detection_threshold)
    noise = Noise(max(floor, _LEAST_FLOOR), batch.gain, batch.relative)
    fit = fit_peaks(
        trace.retention_time_s, trace.intensity, components, noise, KNOT_WIDTHS * batch.width_s
    )
    sd = np.sqrt(np.diag(fit.covariance)) * batch.inflations[chromatogram_id]
    return np.asarray(fit.area / sd)


def _n_between(seen_s: Floats, component: ExpectedPeak) -> int:
    left_s, right_s = borders_s(component.shape)
    away_s = seen_s - component.expected_s
    return int(np.count_nonzero((away_s >= left_s) & (away_s <= right_s)))
