"""Draws the figures of `docs/method.md` from a simulated batch.

    python docs/figures.py [NAME ...]

Every figure is drawn with the functions of the project that it explains. The bytes are the same
every time with the versions of `requirements.txt`. With `--png FOLDER` the figures are written
there as PNG instead, to look at them.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figure_batch import FigureBatch, figure_batch
from lcms.kinds import SampleType, TargetKind
from lcms.model import Floats, PickedPeak
from lcms.numerics.assignment.chromatogram_tracks import ChromatogramTracks, tracks_of_chromatogram
from lcms.numerics.batch.batch_model import RunTime
from lcms.numerics.chromatogram.ion_scans import chromatogram_in_scans, scans_of_ion
from lcms.numerics.chromatogram.window import cut, strongest_centroids
from lcms.numerics.identity.ion_ratios import isotope_ratio
from lcms.numerics.mass.mass_offset import anchor_error_ppm, mass_offset_ppm
from lcms.numerics.peak.candidate_baseline import baselines
from lcms.numerics.peak.candidates import integrate
from lcms.numerics.peak.least_squares import HUBER_SD
from lcms.numerics.peak.noise import noise_sd
from lcms.numerics.peak.peak_shape import PeakShape, fwhm_s, height_per_area, unit_peak
from lcms.numerics.peak.picked_borders import merge_shoulders, settle_borders
from lcms.numerics.quantity.calibrators import (
    Calibrators,
    Limits,
    accept_calibrators,
    fit_calibrators,
)
from lcms.numerics.quantity.curve import concentrations, predict_response
from lcms.numerics.quantity.drift import estimate_drifts, log_drift
from lcms.numerics.quantity.replicates import Replicates, find_replicates
from lcms.numerics.quantity.response import area_ratio
from lcms.numerics.time.alignment import time_maps
from lcms.numerics.time.anchors import learn_time_maps
from lcms.picking import find_peaks
from lcms.simulation.elution import density as true_density

FOLDER: Final = Path(__file__).parent / "figures"
SAID: Final = "simulated data"

# Okabe & Ito (2008): told apart with every kind of colour vision.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#8C8C8C"

_STYLE: Final = Path(__file__).with_suffix(".mplstyle")
_WIDTH_IN: Final = 7.4


def titled_figure(title: str, height_in: float = 3.0) -> Figure:
    """Return an empty figure that says what it shows, and that its data are simulated."""
    figure = Figure(figsize=(_WIDTH_IN, height_in), layout="constrained")
    figure.suptitle(f"{title} ({SAID})", fontsize=10)
    return figure


def mass(batch: FigureBatch) -> Figure:
    """Return the m/z errors of the anchors of a run, and its offset."""
    figure = titled_figure("m/z errors around the apexes of one run, and its mass offset")
    axes = figure.subplots()
    names: list[str] = []
    anchors: list[float] = []
    for index, ion in enumerate(batch.inputs.ions):
        if ion.chromatogram_id in names:
            continue
        times_s = batch.scans.time_s
        near = np.flatnonzero(np.abs(times_s - (ion.retention_time_s or 0.0)) <= _SEARCHED_S)
        scans, error_ppm, intensity = batch.scans.centroids(index, ion.mz, near)
        heights, errors = strongest_centroids(scans, error_ppm, intensity, near.size)
        row, top = len(names), heights >= heights.max() / 2
        names.append(ion.chromatogram_id)
        axes.plot(errors[top], np.full(np.count_nonzero(top), row), ".", color=GREY, ms=4)
        anchor = anchor_error_ppm(heights, errors)
        if anchor is not None:
            anchors.append(anchor)
            axes.plot(anchor, row, "D", color=BLUE, ms=5)
    offset_ppm, n_anchors = mass_offset_ppm(np.array(anchors))
    axes.plot([], [], ".", color=GREY, label="one centroid above half height")
    axes.plot([], [], "D", color=BLUE, label="anchor: their weighted mean")
    label = f"mass offset: {offset_ppm:.2f} ppm, median of {n_anchors} anchors"
    axes.axvline(offset_ppm or 0.0, color=VERMILION, label=label)
    axes.set_yticks(range(len(names)), [name.removesuffix(" [M-H]-") for name in names])
    axes.set_xlim(-11, 11)
    axes.set_xlabel("m/z error (ppm)")
    axes.legend(loc="lower left", fontsize=7)
    return figure


_SEARCHED_S: Final = 20.0


_PHE_S: Final = (240.0, 330.0)


def chromatogram(batch: FigureBatch) -> Figure:
    """Return the gathered centroids of an ion, the m/z window and the chromatogram."""
    figure = titled_figure("Lac-Phe: from gathered centroids to a chromatogram", 4.0)
    above, below = figure.subplots(2, 1, sharex=True)
    ion = batch.ion("Lac-Phe")
    index = list(batch.inputs.ions).index(ion)
    offset_ppm = batch.facts[batch.gathered_run]["mz_error_ppm"]
    tolerance_ppm = batch.settings.extraction.mz_tolerance_ppm
    ion_scans = scans_of_ion(batch.scans, index, ion, (-np.inf, np.inf), lambda _: 0)
    scans, error_ppm, intensity = batch.scans.centroids(index, ion.mz, ion_scans.held.scans)
    size = 3 + 6 * np.log10(np.maximum(intensity, 100) / 100)
    time_s = ion_scans.held.time_s[scans]
    is_shown = (time_s >= _PHE_S[0]) & (time_s <= _PHE_S[1])
    time_s, error_ppm, size = time_s[is_shown], error_ppm[is_shown], size[is_shown]
    inside = np.abs(error_ppm - offset_ppm) <= tolerance_ppm
    for kind, colour, label in (
        (~inside, GREY, "outside of the window"),
        (inside, BLUE, "inside of it"),
    ):
        above.scatter(time_s[kind], error_ppm[kind], size[kind], color=colour, label=label)
    above.axhspan(offset_ppm - tolerance_ppm, offset_ppm + tolerance_ppm, color=SKY, alpha=0.25)
    above.axhline(offset_ppm, color=VERMILION, lw=1)
    above.set_ylabel("m/z error (ppm)")
    above.set_ylim(-11, 15)
    above.legend(loc="upper left", ncols=2, fontsize=7)
    curve = cut(
        chromatogram_in_scans(batch.scans, index, ion, ion_scans, offset_ppm, tolerance_ppm),
        *_PHE_S,
    )
    below.plot(curve.retention_time_s, curve.intensity, ".-", color=BLUE, lw=0.8, ms=3)
    below.set_ylabel("intensity (counts)")
    below.set_xlabel("retention time (s)")
    below.set_xlim(*_PHE_S)
    return figure


def candidates(batch: FigureBatch) -> Figure:
    """Return the candidates of a chromatogram with borders and baseline."""
    figure = titled_figure("Picked peaks of Lac-Ile and Lac-Leu, integrated: candidates")
    axes = figure.subplots()
    run = batch.runs_of(SampleType.CALIBRATOR)[3]
    curve = batch.chromatograms[run, batch.ion("Lac-Leu").chromatogram_id]
    time_s, threshold = curve.retention_time_s, batch.facts[run]["detection_threshold"]
    picked, smooth = find_peaks(
        time_s, curve.intensity, batch.settings.integration.expected_fwhm_s
    )
    sd = noise_sd(curve, smooth, picked, threshold)
    settled = settle_borders(time_s, smooth, merge_shoulders(curve, smooth, picked, sd), sd)
    lines = baselines(curve, smooth, settled, sd, batch.settings.integration.expected_fwhm_s)
    least = batch.settings.integration.min_signal_to_noise
    clear = [
        (peak, line)
        for peak, line in zip(settled, lines, strict=True)
        if (one := integrate(curve, smooth, peak, line, sd)) and one.signal_to_noise >= least
    ]
    axes.plot(time_s, curve.intensity, ".", color=GREY, ms=4, label="intensities")
    axes.plot(time_s, smooth, color=BLACK, lw=1, label="smoothed")
    for (peak, line), colour in zip(clear, _cycle(len(clear)), strict=True):
        _shade(axes, time_s, smooth, line, peak, colour)
    axes.plot([], [], color=VERMILION, ls="--", label="baseline")
    axes.plot([], [], color=GREY, ls=":", label="border")
    axes.set_xlabel("retention time (s)")
    axes.set_ylabel("intensity (counts)")
    axes.set_xlim(200, 280)
    axes.legend(loc="upper right")
    return figure


def _cycle(n: int) -> list[str]:
    return [(SKY, ORANGE, GREEN, PURPLE)[k % 4] for k in range(n)]


def _shade(
    axes: Axes, time_s: Floats, smooth: Floats, line: Floats, peak: PickedPeak, colour: str
) -> None:
    """Draw a candidate: its area above the baseline, and its borders."""
    inside = (time_s >= peak.left_s) & (time_s <= peak.right_s)
    axes.fill_between(time_s[inside], line[inside], smooth[inside], color=colour, alpha=0.5, lw=0)
    axes.plot(time_s[inside], line[inside], color=VERMILION, ls="--", lw=1)
    for border_s in (peak.left_s, peak.right_s):
        axes.axvline(border_s, color=GREY, ls=":", lw=1)


def maps(batch: FigureBatch) -> Figure:
    """Return the time maps of runs with their anchors, and a bend."""
    figure = titled_figure("Time maps of runs: shift, stretch and bend")
    left, right = figure.subplots(1, 2)
    colours = mpl.colormaps["cividis"](np.linspace(0, 0.9, 6))
    chosen = batch.runs[3::7]
    for run, colour in zip(chosen, colours, strict=False):
        _draw_map(left, batch, run, batch.model.times[run], colour)
    left.set_title("internal standards as anchors")
    left.set_xlabel("common retention time (s)")
    left.set_ylabel("time in the run - common time (s)")
    left.set_ylim(-5, 14)
    left.legend(title="injection", ncols=3, fontsize=7, title_fontsize=7, loc="upper left")
    _draw_bend(right)
    return figure


def _draw_map(axes: Axes, batch: FigureBatch, run: str, time: RunTime, colour: object) -> None:
    common_s = np.linspace(60, 330, 20)
    away_s = [time.expected_s(float(t)) - t for t in common_s]
    axes.plot(common_s, away_s, color=colour, lw=1, label=str(1 + list(batch.runs).index(run)))
    for ion in batch.inputs.ions:
        compounds = batch.model.compounds[ion.chromatogram_id]
        peaks = batch.candidates[run, ion.chromatogram_id]
        if ion.kind is TargetKind.INTERNAL_STANDARD and peaks:
            anchor_s = next(
                one for one in compounds if one.ion_id == ion.ion_id
            ).time_and_shape.time_s
            peak = max(peaks, key=lambda one: one.height)
            axes.plot(anchor_s, peak.retention_time_s - anchor_s, "o", color=colour, ms=4)


def _draw_bend(axes: Axes) -> None:
    """Draw the map of a made-up run with thirty anchors, of which two are wrong."""
    random = np.random.default_rng(5)
    listed_s = np.linspace(60, 600, 30)
    bend_s = 3.0 * np.sin(listed_s / 90)
    observed_s = listed_s + np.array([[0.0], [2.0], [4.0]]) + random.normal(0, 0.3, (3, 30))
    observed_s[2] += bend_s
    observed_s[2, [6, 20]] += [9.0, -12.0]
    learned = time_maps(observed_s, listed_s, np.arange(3.0), width_s=6.5)
    grid_s = np.linspace(60, 600, 200)
    axes.plot(listed_s, observed_s[2] - listed_s, "o", color=BLUE, ms=4, label="anchor")
    axes.plot(grid_s, learned.in_run(2, grid_s) - grid_s, color=VERMILION, label="time map")
    axes.plot(listed_s, 4.0 + bend_s, color=GREY, ls="--", lw=1, label="truth")
    axes.set_title("many anchors, two of them wrong")
    axes.set_xlabel("listed retention time (s)")
    axes.set_ylabel("time in the run - listed time (s)")
    axes.legend(fontsize=7)


_KERNEL_WIDTHS: Final = 0.25  # of a width at half height, as in `numerics/assignment/tracks.py`
_VIEW_S: Final = (208.0, 250.0)


def tracks(batch: FigureBatch) -> Figure:
    """Return the tracks of the isomer pair over the runs."""
    figure = titled_figure(
        "Candidates of all runs on the common time scale, and their tracks", 4.2
    )
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[1, 3])
    ion = batch.ion("Lac-Leu")
    time_maps_ = learn_time_maps(batch.data, batch.model.width_s)
    found = tracks_of_chromatogram(
        batch.data, time_maps_, ion.chromatogram_id, batch.model.width_s
    )
    rows = [
        (time_maps_.common(k, np.array(peak.retention_time_s)), k + 1, peak.height)
        for k, run in enumerate(batch.runs)
        for peak in batch.candidates[run, ion.chromatogram_id]
    ]
    time_s, run, height = np.array(rows, dtype=float).T
    size = 4 * np.log10(height / height.min() * 3)
    below.scatter(time_s, run, size, color=GREY, label="candidate")
    _draw_tracks(below, found, time_maps_.common)
    for k, one in enumerate(found.ions):
        label = "listed time" if k == 0 else None
        below.axvline(one.retention_time_s or 0.0, color=BLACK, ls=":", lw=1, label=label)
    grid_s = np.linspace(200, 270, 400)
    away = (grid_s[:, None] - time_s) / (_KERNEL_WIDTHS * found.width_s)
    above.plot(grid_s, np.exp(-0.5 * away**2).sum(axis=1), color=BLUE, lw=1)
    above.set_ylabel("kernel\ndensity")
    below.set_ylabel("injection")
    below.set_xlabel("common retention time (s)")
    below.set_xlim(*_VIEW_S)
    below.legend(loc="center left", fontsize=7)
    return figure


def _draw_tracks(
    axes: Axes, found: ChromatogramTracks, common: Callable[[int, Floats], Floats]
) -> None:
    for k, (track, colour) in enumerate(zip(found.tracks, _cycle(len(found.tracks)), strict=True)):
        peaks = found.candidates_of[k]
        times_s = [common(run, np.array(peak.retention_time_s)) for run, peak in peaks.items()]
        if not _VIEW_S[0] < track.time_s < _VIEW_S[1]:
            continue
        label = f"track at {track.time_s:.1f} s, {len(peaks)} run{'s' * (len(peaks) > 1)}"
        axes.plot(times_s, [run + 1 for run in peaks], "o", mfc="none", color=colour, label=label)
        axes.axvline(track.time_s, color=colour, lw=1)


def shapes(batch: FigureBatch) -> Figure:
    """Return learned shapes beside the truth and beside a single tail."""
    figure = titled_figure("Learned peak shapes with a second, longer tail")
    names = ("Lac-Ala", "Lac-Leu", "Lac-Phe")
    for axes, name in zip(figure.subplots(1, 3, sharey=True), names, strict=True):
        _draw_shape(axes, batch, name)
    figure.axes[0].set_ylabel("intensity / apex intensity")
    figure.axes[-1].legend(loc="upper right", fontsize=7)
    return figure


def _draw_shape(axes: Axes, batch: FigureBatch, name: str) -> None:
    ion = batch.ion(name)
    compounds = batch.model.compounds[ion.chromatogram_id]
    shape = next(one for one in compounds if one.ion_id == ion.ion_id).time_and_shape.shape
    truth = next(one for one in batch.simulated.panel if one.target_id == name).shape
    time_s = np.linspace(-12, 40, 210)
    fine_s = np.linspace(-15, 60, 15001)
    true = true_density(fine_s, truth)
    true_s = fine_s - fine_s[np.argmax(true)]
    plain = PeakShape(shape.sigma_s, shape.tau_s, 0.0, shape.tail_s)
    curve = unit_peak(time_s, plain) / height_per_area(plain)
    axes.semilogy(time_s, curve, color=GREY, ls=":", label="without second tail")
    curve = unit_peak(time_s, shape) / height_per_area(shape)
    axes.semilogy(time_s, curve, color=BLUE, label="learned")
    axes.semilogy(true_s[::70], true[::70] / true.max(), color=VERMILION, ls="--", label="truth")
    axes.set_title(f"{name}: width {fwhm_s(shape):.1f} s")
    axes.set_xlabel("time from the apex (s)")
    axes.set_ylim(1e-4, 1.5)
    axes.set_xlim(-12, 40)


def joint_fit(batch: FigureBatch) -> Figure:
    """Return the joint fit of the isomer pair in one run."""
    figure = titled_figure("Lac-Ile and Lac-Leu at resolution 0.7, fitted together", 4.2)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    run = batch.runs_of(SampleType.QUALITY_CONTROL)[1]
    peaks = batch.peaks[run]
    first, second = (peaks[batch.ion(name).ion_id] for name in ("Lac-Ile", "Lac-Leu"))
    fit, curve = first.basis.fit, first.basis.chromatogram
    time_s = curve.retention_time_s
    above.plot(time_s, curve.intensity, ".", color=BLACK, ms=4, label="intensities")
    for peak, name, colour in ((first, "Lac-Ile", SKY), (second, "Lac-Leu", ORANGE)):
        top = fit.baseline + fit.curves[peak.basis.index]
        label = f"{name}: {peak.area:,.0f} ± {peak.area_sd:,.0f} count s"
        above.fill_between(time_s, fit.baseline, top, color=colour, alpha=0.6, lw=0, label=label)
        above.axvline(peak.expected_s, color=colour, ls=":", lw=1.2)
    model = curve.intensity - fit.residual
    above.plot(time_s, model, color=BLUE, lw=1, label="sum of the model")
    above.plot(time_s, fit.baseline, color=VERMILION, ls="--", lw=1, label="baseline")
    above.set_ylabel("intensity (counts)")
    above.legend(loc="upper right", fontsize=7)
    below.axhspan(-HUBER_SD, HUBER_SD, color=GREY, alpha=0.2, lw=0)
    below.plot(time_s, fit.residual / fit.sd, ".", color=BLACK, ms=3)
    below.set_ylabel("residual\n(sd)")
    below.set_xlabel("retention time (s); dotted: expected times")
    below.set_xlim(205, 285)
    return figure


def detection(batch: FigureBatch) -> Figure:
    """Return the scores of decoys, of absent and of present targets."""
    figure = titled_figure("Area divided by its standard error: decoys and targets")
    axes = figure.subplots()
    present, absent = _target_scores(batch)
    decoys = [peak.score for run in batch.runs for peak in batch.decoys(run)]
    bins = np.sinh(np.linspace(np.arcsinh(-8), np.arcsinh(3000), 60)).tolist()
    for scores, colour, label in (
        (decoys, GREY, "decoys"),
        (absent, ORANGE, "absent targets"),
        (present, BLUE, "present targets"),
    ):
        told = np.array(scores)[np.isfinite(scores)]
        n = f"{label} ({told.size} of {len(scores)})"
        axes.hist(told, bins, histtype="stepfilled", color=colour, alpha=0.5, label=n)
    limit = batch.settings.integration.detection_score
    axes.axvline(limit, color=VERMILION, label=f"detection_score: {limit:g}")
    axes.set_xscale("function", functions=(np.arcsinh, np.sinh))
    axes.set_xticks([-5, -2, 0, 2, 5, 10, 30, 100, 300, 1000])
    axes.set_xlabel("score (area / its standard error)")
    axes.set_ylabel("number")
    axes.legend(loc="upper right")
    return figure


def _target_scores(batch: FigureBatch) -> tuple[list[float], list[float]]:
    """Return the scores of the analytes of the unknowns: those that are there, and not."""
    scores: dict[bool, list[float]] = {True: [], False: []}
    of_run = {run.sample_id: run.nmol_l for run in batch.simulated.injections}
    for run in batch.runs_of(SampleType.UNKNOWN):
        peaks = batch.peaks[run]
        for ion in batch.inputs.ions:
            if ion.kind is TargetKind.ANALYTE:
                scores[ion.target_id in of_run[run]].append(peaks[ion.ion_id].score)
    return scores[True], scores[False]


def isotope(batch: FigureBatch) -> Figure:
    """Return the intensities of M+1 over those of M on one peak."""
    figure = titled_figure("Lac-Phe: isotope M+1 against M, point by point")
    axes = figure.subplots()
    run, ion = batch.runs_of(SampleType.CALIBRATOR)[6], batch.ion("Lac-Phe")
    peak = batch.peaks[run][ion.ion_id]
    heavy = next(
        one
        for one in batch.auxiliary
        if one.kind == "isotope" and one.chromatogram_id == ion.chromatogram_id
    )
    beside = batch.auxiliary_chromatograms[run, heavy.ion.ion_id]
    threshold = batch.facts[run]["detection_threshold"]
    borders_s = peak.left_s, peak.right_s
    ratio, sd = isotope_ratio(peak.basis, beside, borders_s, heavy.expected_ratio, threshold)
    curve = peak.basis.chromatogram
    inside = curve.between(*borders_s)
    light = (curve.intensity - peak.basis.fit.baseline)[inside]
    times_s = curve.retention_time_s[inside]
    counts = np.interp(times_s, beside.retention_time_s, beside.intensity)
    axes.plot(light, counts, "o", color=BLUE, ms=4, label="a scan on the peak")
    ends = np.array([0.0, light.max()])
    label = f"measured ratio: {ratio:.3f} ± {sd:.3f}"
    axes.plot(ends, ratio * ends, color=BLUE, lw=1, label=label)
    expected = heavy.expected_ratio
    label = f"expected by the formula: {expected:.3f}"
    axes.plot(ends, expected * ends, color=VERMILION, ls="--", lw=1, label=label)
    axes.set_xlabel("intensity of M above its baseline (counts)")
    axes.set_ylabel("intensity of M+1 (counts)")
    axes.legend(loc="upper left")
    return figure


def _responses(batch: FigureBatch, name: str) -> tuple[Floats, Floats]:
    """Return the responses of an analyte in all runs and their variances by the area noise."""
    ion = batch.ion(name)
    standard = batch.ion(ion.internal_standard or "")
    pairs = [
        (peaks[ion.ion_id], peaks[standard.ion_id])
        for peaks in (batch.peaks[run] for run in batch.runs)
    ]
    area, area_sd, standard_area, standard_sd = np.array(
        [(a.area, a.area_sd, s.area, s.area_sd) for a, s in pairs]
    ).T
    return area_ratio(area, area_sd**2, standard_area, standard_sd**2)


def _positions(batch: FigureBatch) -> Floats:
    return np.linspace(-1.0, 1.0, len(batch.runs))


def _replicates(batch: FigureBatch, name: str) -> Replicates:
    value, variance = _responses(batch, name)
    contents: dict[tuple[SampleType, str | None], int] = {}
    counted = (SampleType.CALIBRATOR, SampleType.QUALITY_CONTROL, SampleType.POOLED_QC)
    content = [
        contents.setdefault((run.sample_type, run.level), len(contents))
        if run.sample_type in counted
        else -1
        for run in batch.simulated.injections
    ]
    return find_replicates(_positions(batch), value, variance, np.array(content))


_DRIFTING: Final = ("Lac-Tyr", "Lac-Met", "Lac-Pro", "Lac-Phe", "Lac-Val")


def drift(batch: FigureBatch) -> Figure:
    """Return the drift of two compounds, read off their replicates."""
    figure = titled_figure("Drift of the response over a batch, learned from replicates")
    replicates = [_replicates(batch, name) for name in _DRIFTING]
    drifts = estimate_drifts(replicates, [_positions(batch)] * len(_DRIFTING), _positions(batch))
    for axes, k in zip(figure.subplots(1, 2, sharey=True), (0, 1), strict=True):
        measured, learned = replicates[k], drifts[k]
        at_replicates, _ = log_drift(learned, measured.position)
        without_drift = measured.log_response - at_replicates
        level = measured.levels @ np.linalg.lstsq(measured.levels, without_drift)[0]
        factor = np.exp(measured.log_response - level)
        injection = 1 + (measured.position + 1) / 2 * (len(batch.runs) - 1)
        axes.plot(injection, factor, "o", color=BLUE, ms=4, label="replicate")
        centre, variance = log_drift(learned, _positions(batch))
        x, sd = np.arange(1, len(batch.runs) + 1), np.sqrt(variance)
        axes.plot(x, np.exp(centre), color=VERMILION, label="drift factor")
        low, high = np.exp(centre - sd), np.exp(centre + sd)
        axes.fill_between(x, low, high, color=VERMILION, alpha=0.2, lw=0)
        axes.set_title(f"{_DRIFTING[k]}: {learned.kind.value}, scatter {learned.scatter:.1%}")
        axes.set_xlabel("injection")
    figure.axes[0].set_ylabel("response / level of its content")
    figure.axes[0].legend(fontsize=7)
    return figure


def calibration(batch: FigureBatch) -> Figure:
    """Return a calibration curve with its weights, and the accuracy and interval along it."""
    figure = titled_figure("Calibration of Lac-Phe: curve, weights and 95 % interval", 3.2)
    left, right = figure.subplots(1, 2)
    value, variance = _responses(batch, "Lac-Phe")
    position = _positions(batch)
    learned = estimate_drifts([_replicates(batch, "Lac-Phe")], [position], position)[0]
    factor = np.exp(log_drift(learned, _positions(batch))[0])
    rows = [k for k, run in enumerate(batch.simulated.injections) if run.level in _levels(batch)]
    x = np.array([_levels(batch)[batch.simulated.injections[k].level or ""] for k in rows])
    value, variance = value / factor, variance / factor**2
    calibrators = Calibrators(x, value[rows], variance[rows], learned.scatter)
    limits = _limits(batch)
    accepted = accept_calibrators(
        calibrators, lambda some: fit_calibrators(some, "auto", (0, 1)), x, limits
    )
    grid = np.geomspace(x.min(), x.max(), 60)
    left.loglog(grid, predict_response(accepted.curve, grid), color=VERMILION, lw=1, label="curve")
    sd = np.sqrt(calibrators.variance + (calibrators.scatter * calibrators.response) ** 2)
    weight = (calibrators.response / sd) ** 2
    size = 10 + 70 * weight / weight.max()
    label = "calibrator; larger: more weight"
    left.scatter(x, calibrators.response, size, color=BLUE, alpha=0.6, lw=0, label=label)
    left.set_xlabel("concentration (nmol/L)")
    left.set_ylabel("response")
    left.legend(loc="upper left", fontsize=7)
    _draw_accuracy(right, calibrators, accepted.back_calculated, accepted.excluded_at == 0)
    by_noise = np.interp(np.log(grid), np.log(np.unique(x)), _by_level(x, calibrators.variance))
    found, low, high = concentrations(
        accepted.curve,
        predict_response(accepted.curve, grid),
        by_noise,
        learned.scatter,
        learned.scatter_freedom,
    )
    right.fill_between(
        grid, 100 * low / found, 100 * high / found, color=SKY, alpha=0.35, lw=0,
        label="95 % interval of one injection",
    )  # fmt: skip
    for side in (-1, 1):
        edge = np.where(grid <= x.min() * 1.5, limits.lloq, limits.inside)
        right.plot(grid, 100 + side * edge, color=GREY, ls="--", lw=1)
    right.legend(loc="upper right", fontsize=7)
    return figure


def _levels(batch: FigureBatch) -> dict[str, float]:
    """Return the concentrations of the calibrator levels."""
    names = {
        run.level for run in batch.simulated.injections if run.sample_type is SampleType.CALIBRATOR
    }
    return {one.level: one.concentration for one in batch.inputs.levels if one.level in names}


def _limits(batch: FigureBatch) -> Limits:
    settings = batch.settings.quantification
    return Limits(settings.accuracy_limit_percent, settings.accuracy_limit_lloq_percent)


def _by_level(x: Floats, variance: Floats) -> Floats:
    return np.array([variance[x == level].mean() for level in np.unique(x)])


def _draw_accuracy(axes: Axes, calibrators: Calibrators, back: Floats, used: Floats) -> None:
    accuracy = 100 * back / calibrators.concentration
    is_used = np.asarray(used, dtype=bool)
    axes.plot(
        calibrators.concentration[is_used], accuracy[is_used], "o", color=BLUE, ms=4,
        label="calibrator",
    )  # fmt: skip
    if not is_used.all():
        axes.plot(
            calibrators.concentration[~is_used], accuracy[~is_used], "x", color=VERMILION, ms=6,
            label="excluded",
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_ylim(60, 145)
    axes.set_xlabel("concentration (nmol/L)")
    axes.set_ylabel("back-calculated / nominal (%)")


FIGURES: Final[Mapping[str, Callable[[FigureBatch], Figure]]] = {
    "mass_offset": mass,
    "chromatogram": chromatogram,
    "candidates": candidates,
    "time_maps": maps,
    "tracks": tracks,
    "shapes": shapes,
    "joint_fit": joint_fit,
    "detection": detection,
    "isotope_ratio": isotope,
    "drift": drift,
    "calibration": calibration,
}


def write_svg(figure: Figure, path: Path) -> None:
    """Write a figure with bytes that do not change from one time to the next."""
    with style.context(_STYLE):
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def main(argv: Sequence[str]) -> None:
    """Draw the named figures, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="*", help=", ".join(FIGURES))
    parser.add_argument("--png", type=Path, metavar="FOLDER")
    chosen = parser.parse_args(argv)
    batch = figure_batch()
    FOLDER.mkdir(exist_ok=True)
    with style.context(_STYLE):
        for name in chosen.name or FIGURES:
            figure = FIGURES[name](batch)
            if chosen.png is None:
                write_svg(figure, FOLDER / f"{name}.svg")
            else:
                figure.savefig(chosen.png / f"{name}.png", dpi=110)


if __name__ == "__main__":
    main(sys.argv[1:])
