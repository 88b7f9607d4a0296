"""The calibration of a compound in a batch: its curve, and the accuracy of its calibrators."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lcms.groups import grouped
from lcms.model import Floats
from lcms.schemas import Row
from lcms.steps.figures.drawing import (
    BLACK,
    BLUE,
    GREY,
    VERMILION,
    empty_figure,
    log_axis,
    set_title,
)
from lcms.steps.figures.figure_tables import FigureTables, Key, nominal_limit

_HEIGHT_MM: Final = 95.0
_GRID_POINTS: Final = 200  # of the curve
_LARGEST_ERROR_PERCENT: Final = 60.0  # that is drawn at its height; chosen by judgement
_LLOQ_SPAN: Final = 1.6  # the limits at the LLOQ reach from it divided by this to it times this
_FOOT: Final = 0.03  # height of what has no response, as a share of the axis
_STANDARD_ADDITION: Final = "standard_addition"


def calibration_figure(tables: FigureTables, key: Key, results: Mapping[str, Row]) -> Figure:
    """Return response and accuracy of the calibrators over their nominal concentration.

    Parameters
    ----------
    tables : FigureTables
    key : (batch, target_id)
        Of a curve of `tables`.
    results : mapping
        Rows of `concentrations` of the compound, by sample_id.
    """
    curve = tables.curves[key]
    is_log = curve["calibration_approach"] != _STANDARD_ADDITION
    points = [
        point | {"corrected": results[point["sample_id"]]["response_corrected"]}
        for point in tables.calibrators.get(key, ())
        if point["nominal"] > 0 or not is_log
    ]
    figure = empty_figure(_HEIGHT_MM)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    set_title(figure, f"{key[1]}, batch {key[0]}\n{_facts(curve)}")
    if is_log:
        log_axis(above, "x")
        log_axis(above, "y")
    _draw_responses(above, curve, points)
    _draw_accuracies(below, tables, curve, points)
    above.set_ylabel("response, drift-corrected")
    below.set_ylabel("accuracy (%)")
    below.set_xlabel(f"nominal concentration ({tables.unit})")
    above.legend(loc="upper left")
    return figure


def _facts(curve: Row) -> str:
    """Return the model of a curve, how many calibrators it is fitted to, and its verdict."""
    n_used, n = curve["n_used"], curve["n_used"] + curve["n_excluded"]
    model = curve["model"].replace("_", " ")
    verdict = {"pass": "passes", "fail": "fails"}[curve["verdict"]]
    return f"{model}, weights {curve['weighting']}; {n_used} of {n} calibrators; {verdict}"


def _draw_responses(axes: Axes, curve: Row, points: Sequence[Row]) -> None:
    used = [point for point in points if point["used"]]
    axes.plot(*_columns(used, "corrected"), "o", color=BLUE, label="in the fit")
    excluded = [point for point in points if not point["used"]]
    for why, rows in grouped(excluded, itemgetter("excluded_why")).items():
        _draw_excluded(axes, str(why).replace("_", " "), rows)
    if curve["slope"] is None or not points:
        return
    x = _grid(curve, [point["nominal"] for point in points])
    y = (curve["intercept"] or 0.0) + curve["slope"] * x + (curve["curvature"] or 0.0) * x**2
    is_drawn = y > 0 if axes.get_yscale() == "log" else np.isfinite(y)
    axes.plot(x[is_drawn], y[is_drawn], color=BLACK, label="curve")
    _draw_range(axes, curve)


def _draw_excluded(axes: Axes, why: str, rows: Sequence[Row]) -> None:
    """Draw calibrators outside the fit; those without a response at the foot of the axis."""
    label = f"not in the fit: {why}"
    seen = [row for row in rows if row["corrected"] is not None]
    if seen:
        axes.plot(*_columns(seen, "corrected"), "x", color=VERMILION, label=label)
    unseen = [row["nominal"] for row in rows if row["corrected"] is None]
    if unseen:
        foot = [_FOOT] * len(unseen)
        place = axes.get_xaxis_transform()
        axes.plot(unseen, foot, "v", mfc="none", color=VERMILION, transform=place, label=label)


def _draw_range(axes: Axes, curve: Row) -> None:
    """Draw the limits of quantification, with their names above the axis."""
    for name in ("lloq", "uloq"):
        at = nominal_limit(curve, name)
        if at is not None:
            axes.axvline(at, color=GREY, ls="--", lw=0.7, zorder=0)
            above = axes.get_xaxis_transform()
            axes.text(at, 1.0, name.upper(), transform=above, ha="center", va="bottom", size=6)


def _draw_accuracies(axes: Axes, tables: FigureTables, curve: Row, points: Sequence[Row]) -> None:
    """Draw the back-calculated concentrations in per cent of nominal, with the limits."""
    inner, outer = tables.accuracy_limit_percent, tables.accuracy_limit_lloq_percent
    label = f"limit: ±{inner:g} %"
    axes.axhspan(100 - inner, 100 + inner, color=GREY, alpha=0.2, lw=0, label=label)
    axes.axhline(100, color=BLACK, lw=0.6)
    lloq = nominal_limit(curve, "lloq")
    if lloq is not None:
        span = (lloq / _LLOQ_SPAN, lloq * _LLOQ_SPAN)
        label = f"at the LLOQ: ±{outer:g} %"
        axes.hlines([100 - outer, 100 + outer], *span, color=GREY, lw=1.2, label=label)
    judged = [point for point in points if point["accuracy_percent"] is not None]
    for rows, marker, colour in (
        ([point for point in judged if point["used"]], "o", BLUE),
        ([point for point in judged if not point["used"]], "x", VERMILION),
    ):
        _draw_clipped(axes, rows, marker, colour)
    errors = [abs(point["accuracy_percent"] - 100) for point in judged]
    half = min(_LARGEST_ERROR_PERCENT, max([*errors, outer])) * 1.2
    axes.set_ylim(100 - half, 100 + half)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.legend(loc="upper right", ncols=2)


def _draw_clipped(axes: Axes, rows: Sequence[Row], marker: str, colour: str) -> None:
    """Draw accuracies; one that is too far off as an arrow at the edge, with its value."""
    edges = 100 - _LARGEST_ERROR_PERCENT, 100 + _LARGEST_ERROR_PERCENT
    for row in rows:
        value, nominal = row["accuracy_percent"], row["nominal"]
        if edges[0] <= value <= edges[1]:
            axes.plot(nominal, value, marker, color=colour)
            continue
        arrow, edge = ("v", edges[0]) if value < edges[0] else ("^", edges[1])
        axes.plot(nominal, edge, arrow, color=colour)
        axes.annotate(f"  {value:.0f} %", (nominal, edge), va="center", fontsize=6, color=colour)


def _columns(rows: Sequence[Row], name: str) -> tuple[list[float], list[float]]:
    return [row["nominal"] for row in rows], [row[name] for row in rows]


def _grid(curve: Row, nominal: Sequence[float]) -> Floats:
    """Return the concentrations of the curve: of standard addition from where it is zero."""
    low, high = min(nominal), max(nominal)
    if curve["calibration_approach"] != _STANDARD_ADDITION:
        return np.geomspace(low, high, _GRID_POINTS)
    return np.linspace(-float(curve["endogenous"] or 0.0), high, _GRID_POINTS)
