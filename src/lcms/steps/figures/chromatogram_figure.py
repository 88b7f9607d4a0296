"""Chromatograms of a compound in some runs: trace, baseline, fit, components, standard."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lcms.kinds import FOUND
from lcms.model import Floats
from lcms.numerics.peak.peak_shape import PeakShape, unit_peak
from lcms.schemas import Row
from lcms.steps.figures.drawing import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    empty_figure,
    plain_type,
    set_title,
)

_PANEL_MM: Final = 40.0
_LEGEND_MM: Final = 12.0
_COLUMNS: Final = 2
_VIEW_WIDTHS: Final = 4.0  # of the peak, shown on either side of it
_LEAST_VIEW_S: Final = 12.0  # on either side
_GRID_POINTS: Final = 300  # of a fitted curve
_LEAST_SHARE: Final = 0.02  # of the height: a smaller component is not drawn
_HEADROOM: Final = 1.15  # of the axis above the peak
_LEAST_POINTS: Final = 2  # of a line


@dataclass(frozen=True)
class Trace:
    """A chromatogram: times in s and intensities in counts."""

    time_s: Floats
    intensity: Floats

    def highest(self, from_s: float, to_s: float) -> float:
        """Return the highest intensity between two times; 0 if there is none."""
        inside = (self.time_s >= from_s) & (self.time_s <= to_s)
        return float(self.intensity[inside].max(initial=0.0))


@dataclass(frozen=True)
class Panel:
    """A run of a figure: its rows of `samples`, `peaks`, `concentrations` and `fits`.

    `standard` is the chromatogram of the internal standard divided by the height of its peak,
    where it has one.
    """

    run: Row
    peak: Row
    result: Row | None
    fit: Row | None
    trace: Trace | None
    standard: Trace | None


def chromatogram_figure(title: str, panels: Sequence[Panel], unit: str) -> Figure:
    """Return the chromatograms of a compound, a panel for each run.

    All show the same length of time, whose middle is the peak, or where it is expected.

    Parameters
    ----------
    title : str
    panels : sequence of Panel
    unit : str
        Of the concentrations.
    """
    n_rows = -(-len(panels) // _COLUMNS)
    figure = empty_figure(_PANEL_MM * n_rows + _LEGEND_MM)
    grid = figure.subplots(n_rows, _COLUMNS, squeeze=False)
    widths_s = [panel.peak["fwhm_s"] or 0.0 for panel in panels]
    half_view_s = max(_LEAST_VIEW_S, _VIEW_WIDTHS * max(widths_s))
    for axes, panel in zip(grid.ravel(), panels, strict=False):
        _draw(axes, panel, half_view_s)
        axes.set_title(f"{panel.run['sample_id']}\n{_result(panel, unit)}", loc="left", fontsize=6)
    for axes in grid.ravel()[len(panels) :]:
        axes.set_axis_off()
    for axes in grid[:, 0]:
        axes.set_ylabel("intensity (counts)")
    for axes in grid[-1]:
        axes.set_xlabel("retention time (s)")
    set_title(figure, title)
    figure.legend(*_entries(grid.ravel()), loc="outside lower center", ncols=3)
    return figure


def _entries(grid: Iterable[Axes]) -> tuple[list[Artist], list[str]]:
    """Return the entries of one legend for all panels: each label once."""
    handles: dict[str, Artist] = {}
    for axes in grid:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    return list(handles.values()), list(handles)


def _draw(axes: Axes, panel: Panel, half_view_s: float) -> None:
    axes.ticklabel_format(axis="y", scilimits=(0, 4))
    axes.yaxis.get_offset_text().set_fontsize(6)
    trace = panel.trace
    if trace is None or trace.time_s.size < _LEAST_POINTS:
        axes.text(0.5, 0.5, "no chromatogram", transform=axes.transAxes, ha="center")
        return
    view_s = _view_s(panel.peak, trace, half_view_s)
    height = trace.highest(*_peak_s(panel.peak)) or trace.highest(*view_s) or 1.0
    _draw_fit(axes, panel, np.linspace(*view_s, _GRID_POINTS))
    axes.plot(trace.time_s, trace.intensity, ".-", color=BLACK, lw=0.5, ms=2, label="intensity")
    if panel.standard is not None:
        scaled = height * panel.standard.intensity
        axes.plot(panel.standard.time_s, scaled, color=SKY, ls="-.", label="internal standard")
    _draw_times(axes, panel.peak)
    axes.set_xlim(*view_s)
    axes.set_ylim(0.0, _HEADROOM * height)


def _result(panel: Panel, unit: str) -> str:
    """Return the type of the run, and its concentration or why it has none."""
    kind = plain_type(panel.run["sample_type"])
    row = panel.result or panel.peak
    value = row.get("concentration")
    if value is not None:
        return f"{kind}, {value:.3g} {unit}"
    return f"{kind}, {row['status'].replace('_', ' ')}"


def _view_s(peak: Row, trace: Trace, half_view_s: float) -> tuple[float, float]:
    """Return the times between which a run is shown; without an expected time all of it."""
    middle_s = peak["retention_time_s"] or peak["expected_time_s"]
    if middle_s is None:
        return float(trace.time_s[0]), float(trace.time_s[-1])
    return middle_s - half_view_s, middle_s + half_view_s


def _peak_s(peak: Row) -> tuple[float, float]:
    """Return the borders of a peak, or else where one is expected: no neighbour flattens it."""
    if peak["left_s"] is not None:
        return peak["left_s"], peak["right_s"]
    expected_s = math.nan if peak["expected_time_s"] is None else peak["expected_time_s"]
    return expected_s - _LEAST_VIEW_S / 2, expected_s + _LEAST_VIEW_S / 2


def _draw_fit(axes: Axes, panel: Panel, time_s: Floats) -> None:
    """Draw the baseline, the peak on it, the other components, and the sum of all."""
    if panel.fit is None:
        return
    baseline = np.interp(time_s, panel.fit["baseline_times"], panel.fit["baseline_levels"])
    curves = component_curves(panel.fit, time_s)
    total = baseline + np.sum([curve for _, curve in curves], axis=0)
    for ion_id, curve in curves:
        if ion_id == panel.peak["ion_id"] and panel.peak["status"] in FOUND:
            top = baseline + curve
            axes.fill_between(time_s, baseline, top, color=BLUE, alpha=0.25, lw=0, label="peak")
        elif ion_id != panel.peak["ion_id"] and curve.max() > _LEAST_SHARE * total.max():
            label = "another component"
            axes.plot(time_s, baseline + curve, color=GREEN, ls=":", label=label)
    axes.plot(time_s, baseline, color=PURPLE, ls="--", label="baseline")
    axes.plot(time_s, total, color=VERMILION, label="fit")


def component_curves(fit: Row, time_s: Floats) -> list[tuple[str, Floats]]:
    """Return the ion and the intensities of each component of a row of `fits`."""
    names = ("ions", "times", "areas", "sigmas", "taus", "tail_fractions", "tails")
    columns = [fit[f"component_{name}"] for name in names]
    return [
        (ion_id, area * unit_peak(time_s - apex_s, PeakShape(*shape)))
        for ion_id, apex_s, area, *shape in zip(*columns, strict=True)
    ]


def _draw_times(axes: Axes, peak: Row) -> None:
    """Draw the borders of the peak, and the expected time as a mark at the foot of the axis."""
    for border_s in (peak["left_s"], peak["right_s"]):
        if border_s is not None:
            axes.axvline(border_s, color=GREY, ls=":", lw=0.8, label="border")
    if peak["expected_time_s"] is not None:
        axes.plot(
            [peak["expected_time_s"]],
            [0.0],
            "^",
            color=ORANGE,
            ms=4,
            clip_on=False,
            label="expected time",
            ls="none",
        )
