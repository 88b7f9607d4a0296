"""A compound by treatment, group or dose: each subject, and the geometric means."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lcms.groups import grouped
from lcms.schemas import Row
from lcms.steps.figures.drawing import BLUE, GREY, empty_figure, log_axis, set_title
from lcms.steps.figures.study.means import geometric_mean, shown_value

_HEIGHT_MM: Final = 58.0
_BESIDE: Final = 0.22  # of the distance of two levels: the mean stands beside its subjects
_FACTORS: Final = ("treatment", "group", "dose")


def paired_figure(name: str, unit: str, rows: Sequence[Row], reference: str) -> Figure:
    """Return the levels of a compound; lines join the rows of one subject.

    Parameters
    ----------
    name : str
        Compound and matrix.
    unit : str
        Of the concentrations.
    rows : sequence of dict
        Of `design`: used rows of the compound.
    reference : str
        The level that stands first, if there is one of this name.
    """
    factor = next((f for f in _FACTORS if len(_levels(rows, f)) > 1), _FACTORS[0])
    levels = sorted(_levels(rows, factor), key=lambda level: str(level) != reference)
    place = {level: float(k) for k, level in enumerate(levels)}
    figure = empty_figure(_HEIGHT_MM)
    axes = figure.subplots()
    for points in grouped(rows, lambda row: row["subject"]).values():
        _draw_subject(axes, [(place[row[factor]], row) for row in points if row[factor] in place])
    for level, position in place.items():
        values = [shown_value(row) for row in rows if row[factor] == level]
        mean, low, high = geometric_mean(values)
        interval = np.array([[mean - low], [high - mean]])
        label = "geometric mean, 95 % interval" if position == 0 else None
        beside = position + (_BESIDE if position else -_BESIDE)
        axes.errorbar(beside, mean, interval, fmt="s", color=BLUE, capsize=2, label=label)
    axes.set_xticks(list(place.values()), [f"{level}" for level in place])
    axes.set_xlim(-0.5, len(levels) - 0.5)
    axes.set_xlabel(factor)
    axes.set_ylabel(f"concentration ({unit})")
    log_axis(axes, "y")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderpad=0)
    set_title(figure, name)
    return figure


def _levels(rows: Sequence[Row], factor: str) -> list[object]:
    return sorted({row[factor] for row in rows} - {None})


def _draw_subject(axes: Axes, points: Sequence[tuple[float, Row]]) -> None:
    """Draw a subject; a censored row at its limit, as an open triangle that points down."""
    points = sorted(points, key=lambda point: point[0])
    places, levels = [x for x, _ in points], [shown_value(row) for _, row in points]
    axes.plot(places, levels, color=GREY, lw=0.5)
    for marker, fill, is_censored in (("o", GREY, False), ("v", "white", True)):
        chosen = [(x, shown_value(row)) for x, row in points if row["censored"] is is_censored]
        if chosen:
            axes.plot(*zip(*chosen, strict=True), marker, color=GREY, mfc=fill, ms=3)
