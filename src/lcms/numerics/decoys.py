"""The detection test at m/z where no target can be: how often chance passes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lcms.model import Floats
from lcms.numerics.batch import (
    FITTED_WIDTHS,
    KNOT_WIDTHS,
    BatchModel,
    RunTime,
    Signal,
    components_in_run,
)
from lcms.numerics.chromatogram import around
from lcms.numerics.fitted_peak import FittedPeak
from lcms.numerics.joint_fit import Component, Noise, fit_peaks
from lcms.numerics.noise import quiet_sd
from lcms.numerics.peak_shape import borders_s
from lcms.numerics.run_fit import RunTraces, fit_run

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
    batch: BatchModel, time: RunTime, signal: Signal, traces: RunTraces, min_points: int
) -> list[DecoyPeak]:
    """Return what a decoy of a signal holds where its targets are expected.

    The same fit as for the targets, without neighbours that the batch knows; candidates are
    not picked, so places that only the list knows are searched less.

    Parameters
    ----------
    traces : RunTraces
        The chromatogram is that of the decoy, by the signal of its target.
    min_points : int
        Fewer scans with a signal between the borders are no peak.
    """
    targets = [one for one in batch.compounds.get(signal, ()) if one.ion_id is not None]
    if signal not in traces.chromatograms or not targets:
        return []
    components = components_in_run(time, targets)
    scores = _quick_scores(batch, signal, components, traces, min_points)
    peaks: dict[str, FittedPeak] = {}
    if np.nanmax(scores, initial=0.0) >= _WORTH:
        peaks = fit_run(replace(batch, compounds={signal: targets}), time, (), traces)
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
    signal: Signal,
    components: Sequence[Component],
    traces: RunTraces,
    min_points: int,
) -> Floats:
    """Return area by standard error of one fit; NaN where no place has enough points."""
    places_s = np.array([one.expected_s for one in components])
    trace = around(traces.chromatograms[signal], places_s, FITTED_WIDTHS * batch.width_s)
    seen_s = trace.retention_time_s[trace.intensity > 0]
    if all(_n_between(seen_s, one) < min_points for one in components):
        return np.full(places_s.size, np.nan)
    everywhere = np.ones(trace.intensity.size, dtype=bool)
    floor = quiet_sd(trace.intensity, everywhere, traces.detection_threshold)
    noise = Noise(max(floor, _LEAST_FLOOR), batch.gain, batch.relative)
    fit = fit_peaks(
        trace.retention_time_s, trace.intensity, components, noise, KNOT_WIDTHS * batch.width_s
    )
    sd = np.sqrt(np.diag(fit.covariance)) * batch.inflations[signal]
    return np.asarray(fit.area / sd)


def _n_between(seen_s: Floats, component: Component) -> int:
    left_s, right_s = borders_s(component.shape)
    away_s = seen_s - component.expected_s
    return int(np.count_nonzero((away_s >= left_s) & (away_s <= right_s)))
