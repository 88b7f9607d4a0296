"""A forest plot: the ratio of every compound in one contrast, with its intervals."""

from collections.abc import Sequence
from typing import Final

from matplotlib.figure import Figure

from lcms.schemas import Row
from lcms.steps.figures.drawing import BLACK, GREY, VERMILION, empty_figure, log_axis, set_title
from lcms.steps.figures.study.means import SURE, is_sure

_ROW_MM: Final = 4.5
_FRAME_MM: Final = 24.0


def forest_figure(name: str, rows: Sequence[Row]) -> Figure:
    """Return the ratios with 95 % (thin) and 90 % (thick) intervals, the first on top.

    Parameters
    ----------
    name : str
        Contrast and matrix.
    rows : sequence of dict
        Of `contrasts`, each with a ratio.
    """
    figure = empty_figure(_FRAME_MM + _ROW_MM * len(rows))
    axes = figure.subplots()
    axes.axvline(1, color=BLACK, lw=0.6)
    for y, row in enumerate(rows):
        colour, marker = (VERMILION, "D") if is_sure(row) else (GREY, "o")
        axes.plot([row["ratio_low"], row["ratio_high"]], [y, y], color=colour, lw=0.7)
        axes.plot([row["ratio_low_90"], row["ratio_high_90"]], [y, y], color=colour, lw=2.2)
        axes.plot(row["ratio"], y, marker, color=colour, mec=BLACK, mew=0.4)
    axes.set_yticks(range(len(rows)), [_label(row) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    log_axis(axes, "x")
    axes.set_xlabel(f"ratio of geometric means\n90 and 95 % intervals, diamond: q < {SURE:g}")
    set_title(figure, name)
    return figure


def _label(row: Row) -> str:
    """Return the compound, with how many of its values are censored."""
    n = row["n_censored"]
    return str(row["target_id"]) + (f" ({n} of {row['n_used']} censored)" if n else "")
