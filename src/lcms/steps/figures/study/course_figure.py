"""A compound over time: the line of each subject, and the mean change from the baseline."""

from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lcms.groups import grouped
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
from lcms.steps.figures.study.means import SURE, geometric_mean, is_sure, shown_value

_PANEL_MM: Final = 48.0
_MOST_LINES: Final = 40  # of single subjects: more cannot be told apart
_S_PER_MIN: Final = 60.0
_GROUPS: Final = ((BLUE, "o", "-"), (VERMILION, "^", "--"))


def course_figure(name: str, unit: str, rows: Sequence[Row], contrasts: Sequence[Row]) -> Figure:
    """Return the points of subjects with their baselines, and the ratios over time.

    Parameters
    ----------
    name : str
        Compound and matrix.
    unit : str
        Of the concentrations.
    rows : sequence of dict
        Of `design`: used rows of the compound.
    contrasts : sequence of dict
        Of `contrasts`, of the same compound; those with a ratio are drawn.
    """
    ratios = [row for row in contrasts if row["ratio"] is not None and row["time_s"] is not None]
    n_panels = 1 + bool(ratios)
    figure = empty_figure(_PANEL_MM * n_panels)
    panels = figure.subplots(n_panels, 1, sharex=True, squeeze=False)[:, 0]
    styles = dict(zip(_groups(rows), cycle(_GROUPS), strict=False))
    _draw_subjects(panels[0], rows, styles)
    panels[0].set_ylabel(f"concentration ({unit})")
    if ratios:
        _draw_ratios(panels[1], ratios)
    panels[-1].set_xlabel("time (min)")
    set_title(figure, name)
    return figure


def _groups(rows: Sequence[Row]) -> list[str]:
    return sorted({row["group"] or "" for row in rows})


def _draw_subjects(
    axes: Axes, rows: Sequence[Row], styles: Mapping[str, tuple[str, str, str]]
) -> None:
    """Draw lines of the first subjects, and the geometric means of all."""
    series = grouped(rows, lambda row: (row["subject"], row["period"], row["group"] or ""))
    shown = [
        (styles[group][0], sorted(points, key=_time_min))
        for (_, _, group), points in islice(series.items(), _MOST_LINES)
    ]
    for colour, of_colour in grouped(shown, lambda course: course[0]).items():
        axes.plot(
            *_with_gaps([points for _, points in of_colour]), color=colour, lw=0.5, alpha=0.5
        )
    _draw_hidden(axes, shown)
    _draw_baselines(axes, [points for _, points in shown])
    if len(series) > _MOST_LINES:
        axes.plot([], [], color=GREY, label=f"{_MOST_LINES} of {len(series)} courses")
    for group, (colour, marker, line) in styles.items():
        means = [
            (time_s / _S_PER_MIN, *geometric_mean([shown_value(row) for row in of_time]))
            for time_s, of_time in sorted(_by_time(rows, group).items())
        ]
        time_min, mean, low, high = np.array(means).T
        axes.errorbar(
            time_min,
            mean,
            [mean - low, high - mean],
            fmt=marker + line,
            color=colour,
            capsize=1.5,
            zorder=3,
            label=f"{group} geometric mean, 95 % interval".strip(),
        )
    log_axis(axes, "y")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderpad=0)


def _course(points: Sequence[Row]) -> tuple[list[float], list[float]]:
    """Return times and levels, those of censored points at their limit."""
    return [_time_min(row) for row in points], [shown_value(row) for row in points]


def _with_gaps(courses: Sequence[Sequence[Row]]) -> tuple[list[float], list[float]]:
    """Return the points of all courses as one line with gaps: a line for each takes long."""
    times_min, levels = [], []
    for points in courses:
        of_points = _course(points)
        times_min += [*of_points[0], np.nan]
        levels += [*of_points[1], np.nan]
    return times_min, levels


def _draw_hidden(axes: Axes, courses: Sequence[tuple[str, Sequence[Row]]]) -> None:
    """Draw the censored points of all courses, colour by colour."""
    for colour, of_colour in grouped(courses, lambda course: course[0]).items():
        hidden = [row for _, points in of_colour for row in points if row["censored"]]
        if hidden:
            axes.plot(*_course(hidden), "v", mfc="white", color=colour, ms=3)


def _draw_baselines(axes: Axes, courses: Sequence[Sequence[Row]]) -> None:
    """Draw the geometric mean of the baseline points of each course, over its times."""
    spans = [
        (geometric_mean(baseline)[0], _time_min(points[0]), _time_min(points[-1]))
        for points in courses
        if (baseline := [shown_value(row) for row in points if row["is_baseline"]])
    ]
    if spans:
        axes.hlines(*zip(*spans, strict=True), color=GREY, lw=0.3, ls=":")


def _draw_ratios(axes: Axes, ratios: Sequence[Row]) -> None:
    """Draw the ratios of a design over time, with intervals; a filled marker is sure."""
    ordered = sorted(ratios, key=lambda row: row["time_s"])
    time_min = np.array([row["time_s"] for row in ordered]) / _S_PER_MIN
    ratio, low, high = (
        np.array([row[name] for row in ordered]) for name in ("ratio", "ratio_low", "ratio_high")
    )
    axes.axhline(1, color=BLACK, lw=0.6)
    axes.errorbar(time_min, ratio, [ratio - low, high - ratio], fmt="-", color=BLACK, capsize=1.5)
    sure = np.array([is_sure(row) for row in ordered])
    of_sure, of_others = f"q < {SURE:g}", f"q ≥ {SURE:g}"
    for chosen, fill, label in ((sure, BLACK, of_sure), (~sure, "white", of_others)):
        if chosen.any():
            axes.plot(
                time_min[chosen], ratio[chosen], "o", color=BLACK, mfc=fill, label=label, zorder=3
            )
    log_axis(axes, "y")
    axes.set_ylabel(_ratio_label(str(ordered[0]["contrast"])))
    axes.legend(loc="best")


def _ratio_label(contrast: str) -> str:
    return "ratio to the baseline" if contrast.endswith("/ baseline") else "ratio of the changes"


def _by_time(rows: Sequence[Row], group: str) -> dict[float, list[Row]]:
    of_group = [row for row in rows if (row["group"] or "") == group]
    timed = [row for row in of_group if row["nominal_time_s"] is not None]
    return grouped(timed, lambda row: float(row["nominal_time_s"]))


def _time_min(row: Row) -> float:
    time_s = row["time_s"] if row["time_s"] is not None else row["nominal_time_s"]
    return float(time_s) / _S_PER_MIN if time_s is not None else float("nan")
