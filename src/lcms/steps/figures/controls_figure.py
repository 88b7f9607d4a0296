"""The controls of a compound in a batch over the injections: pooled QCs, quality controls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from operator import itemgetter
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lcms.groups import grouped
from lcms.kinds import SampleType
from lcms.schemas import Row
from lcms.steps.figures.drawing import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILION,
    empty_figure,
    set_title,
)

_PANEL_MM: Final = 47.0
_SD_OF_LIMIT: Final = 2.0  # of the usual warning limits of a control chart (Shewhart)
_LEVELS: Final = ((BLUE, "o"), (VERMILION, "^"), (PURPLE, "D"), (ORANGE, "v"), (BLACK, "P"))


@dataclass(frozen=True)
class ControlSeries:
    """Runs of a batch in the order of injection, with their results of a compound.

    `pooled` are the pooled QCs with a response, `controls` the quality controls with an accuracy.
    """

    rows: Sequence[Row]
    pooled: Sequence[Row]
    controls: Sequence[Row]


def control_series(runs: Sequence[Row], results: Mapping[str, Row]) -> ControlSeries:
    """Return the runs of a batch with their rows of `concentrations`, by sample_id."""
    rows = [run | results[run["sample_id"]] for run in runs if run["sample_id"] in results]
    return ControlSeries(
        rows,
        _having(rows, SampleType.POOLED_QC, "response_corrected"),
        _having(rows, SampleType.QUALITY_CONTROL, "accuracy_percent"),
    )


def controls_figure(title: str, series: ControlSeries, quality: Mapping[str, object]) -> Figure:
    """Return responses of pooled QCs and accuracies of quality controls over the injections.

    Parameters
    ----------
    title : str
    series : ControlSeries
        With pooled QCs, or quality controls, or both.
    quality : mapping
        The row of `quality` of the compound in the batch; empty if there is none.
    """
    n = bool(series.pooled) + bool(series.controls)
    figure = empty_figure(_PANEL_MM * n)
    panels = figure.subplots(n, 1, sharex=True, squeeze=False)[:, 0]
    if series.pooled:
        _draw_pooled(panels[0], series, quality)
    if series.controls:
        _draw_controls(panels[-1], series.controls, quality)
    set_title(figure, title)
    orders = _orders(series.rows)
    panels[-1].set_xlabel("injection")
    panels[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    panels[-1].set_xlim(min(orders) - 0.5, max(orders) + 0.5)
    return figure


def _having(rows: Sequence[Row], kind: SampleType, name: str) -> list[Row]:
    return [row for row in rows if row["sample_type"] == kind and row[name] is not None]


def _draw_pooled(axes: Axes, series: ControlSeries, quality: Mapping[str, object]) -> None:
    """Draw the pooled QCs before and after drift correction, in per cent of the mean after."""
    orders = _orders(series.pooled)
    corrected = np.array([row["response_corrected"] for row in series.pooled])
    raw = np.array([row["response"] for row in series.pooled])
    mean = corrected.mean()
    drifts = [row for row in series.rows if row["response"] and row["response_corrected"]]
    factors = [100 * row["response"] / row["response_corrected"] for row in drifts]
    axes.plot(_orders(drifts), factors, color=GREY, ls="--", label="drift")
    axes.plot(
        orders,
        100 * raw / mean,
        "s",
        mfc="none",
        color=BLACK,
        label="before" + _cv(quality, "raw_"),
    )
    axes.plot(
        orders, 100 * corrected / mean, "s", color=GREEN, label="after correction" + _cv(quality)
    )
    if corrected.size > 1:
        limit = _SD_OF_LIMIT * 100 * corrected.std(ddof=1) / mean
        label = f"mean ± {_SD_OF_LIMIT:g} SD"
        axes.axhspan(100 - limit, 100 + limit, color=GREEN, alpha=0.12, lw=0, label=label)
    axes.axhline(100, color=BLACK, lw=0.6)
    axes.set_ylabel("response of pooled QCs\n(% of their mean)")
    _legend_above(axes)


def _draw_controls(axes: Axes, controls: Sequence[Row], quality: Mapping[str, object]) -> None:
    """Draw the accuracy of the quality controls by level, with intervals and the limit."""
    limit = quality.get("qc_limit_percent")
    if isinstance(limit, float):
        label = f"limit: ±{limit:g} %"
        axes.axhspan(100 - limit, 100 + limit, color=GREY, alpha=0.2, lw=0, label=label)
    axes.axhline(100, color=BLACK, lw=0.6)
    levels = grouped(controls, lambda row: row["level"])
    for (level, rows), (colour, marker) in zip(levels.items(), cycle(_LEVELS), strict=False):
        accuracy = np.array([row["accuracy_percent"] for row in rows])
        low, high = (
            np.array([row[name] if row[name] is not None else np.nan for row in rows])
            for name in ("accuracy_low_percent", "accuracy_high_percent")
        )
        axes.errorbar(
            _orders(rows),
            accuracy,
            np.array([accuracy - low, high - accuracy]),
            fmt=marker,
            color=colour,
            elinewidth=0.6,
            label=str(level),
        )
    axes.set_ylabel("accuracy of controls (%)\nwith 95 % intervals")
    _legend_above(axes)


def _legend_above(axes: Axes) -> None:
    """Put the legend above the points, where it covers none."""
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderaxespad=0.2)


def _orders(rows: Sequence[Row]) -> list[int]:
    return list(map(itemgetter("injection_order"), rows))


def _cv(quality: Mapping[str, object], when: str = "") -> str:
    value = quality.get(f"pooled_qc_cv_{when}percent")
    return f", CV {value:.1f} %" if isinstance(value, float) else ""
