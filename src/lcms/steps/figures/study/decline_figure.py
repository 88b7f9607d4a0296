"""Pharmacokinetics: concentrations after a dose on a logarithmic scale, with the terminal line."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lcms.schemas import Row
from lcms.steps.figures.drawing import (
    BLUE,
    GREY,
    PAGE_MM,
    VERMILION,
    empty_figure,
    log_axis,
    set_title,
)

_PANEL_MM: Final = 45.0
_N_COLUMNS: Final = 2
_S_PER_H: Final = 3600.0


def decline_figure(
    target_id: str, unit: str, series: Sequence[tuple[Row, Sequence[Row]]]
) -> Figure:
    """Return a panel per series: points, those of the terminal phase filled, and its line.

    Parameters
    ----------
    target_id : str
    unit : str
        Of the concentrations.
    series : sequence of (dict, sequence of dict)
        A row of `nca`, as measured, with the used rows of `design` of the same series.
    """
    n_rows = -(-len(series) // _N_COLUMNS)
    figure = empty_figure(_PANEL_MM * n_rows, PAGE_MM)
    panels = figure.subplots(n_rows, _N_COLUMNS, squeeze=False).ravel()
    for axes, (row, points) in zip(panels, series, strict=False):
        _draw_series(axes, row, points)
        axes.set_ylabel(f"concentration ({unit})")
    for axes in panels[len(series) :]:
        axes.set_visible(False)
    set_title(figure, target_id)
    return figure


def _draw_series(axes: Axes, row: Row, points: Sequence[Row]) -> None:
    start_s = max((point["dose_time_s"] or 0.0 for point in points), default=0.0)
    ordered = sorted(points, key=lambda point: point["time_s"])
    known = [point for point in ordered if not point["censored"]]
    time_h = np.array([(point["time_s"] - start_s) / _S_PER_H for point in known])
    value = np.array([point["value"] for point in known])
    n_terminal = int(row["lambda_z_points"])
    axes.plot(time_h, value, "o-", color=BLUE, mfc="white", lw=0.6)
    for point in ordered:
        if point["censored"]:
            at_h = (point["time_s"] - start_s) / _S_PER_H
            axes.plot(at_h, point["limit"], "v", color=GREY, mfc="white")
    title = " ".join(filter(None, (row["subject"], row["period"], row["matrix"])))
    if n_terminal:
        _draw_terminal(axes, row, time_h[-n_terminal:], value[-n_terminal:])
        title += f": half-life {row['half_life_s'] / _S_PER_H:.3g} h"
    axes.set_title(title, loc="left")
    log_axis(axes, "y")
    axes.set_xlabel("time after the dose (h)")


def _draw_terminal(axes: Axes, row: Row, time_h: np.ndarray, value: np.ndarray) -> None:
    """Draw the points of the terminal phase filled, and the line through their logarithms."""
    middle_h, middle = time_h.mean(), np.log(value).mean()
    line = np.exp(middle - row["lambda_z"] * _S_PER_H * (time_h - middle_h))
    axes.plot(time_h, value, "o", color=BLUE)
    axes.plot(time_h, line, color=VERMILION, label=f"terminal phase, {time_h.size} points")
    axes.legend(loc="best")
