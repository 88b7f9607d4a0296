"""Enzyme kinetics: the rate of each well, the fitted law, and what it leaves."""

from itertools import cycle
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lcms.model import Floats
from lcms.numerics.study.enzyme_kinetics import MICHAELIS_MENTEN, SEQUENTIAL
from lcms.schemas import Row
from lcms.steps.figures.drawing import BLACK, BLUE, VERMILION, empty_figure, set_title

_HEIGHT_MM: Final = 82.0
_NMOL_PER_UMOL: Final = 1e3
_GRID: Final = 200
_MARGIN: Final = 0.3  # of the panel of residuals: its markers are not cut
_MOST_TICKS: Final = 5  # of substrates: their numbers do not touch
_LINES: Final = ("-", "--", "-.", ":")


def rate_figure(row: Row) -> Figure:
    """Return turnover against the first substrate, a curve per level of the second; residuals.

    Parameters
    ----------
    row : dict
        Of `kinetics`, with at least one rate.
    """
    figure = empty_figure(_HEIGHT_MM)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    a, b, rate, sd = (
        np.array(row[name], dtype=np.float64)
        for name in ("substrate_a", "substrate_b", "turnover", "turnover_sd")
    )
    upper.errorbar(a / _NMOL_PER_UMOL, rate, 2 * sd, fmt="o", color=BLUE, elinewidth=0.6)
    lower.axhline(0, color=BLACK, lw=0.6)
    if row["kcat"] is not None:
        _draw_law(upper, row, a, b)
        residual = (rate - _law(row, np.array([a, b]))) / sd
        lower.plot(a / _NMOL_PER_UMOL, residual, "o", color=BLUE)
    upper.set_ylabel("initial rate / enzyme (1/s)\n± 2 SD")
    lower.set_ylabel("residual (SD)")
    lower.margins(y=_MARGIN)
    lower.xaxis.set_major_locator(MaxNLocator(_MOST_TICKS))
    lower.set_xlabel("substrate A (µmol/L)")
    set_title(figure, f"{row['target_id']}, assay {row['assay_id']}{_constants(row)}")
    return figure


def _draw_law(axes: Axes, row: Row, a: Floats, b: Floats) -> None:
    grid = np.linspace(0, a.max(), _GRID)
    has_two = row["method"] == "sequential"
    levels = np.unique(b) if has_two else b[:1]
    for level, line in zip(levels.tolist(), cycle(_LINES), strict=False):
        rate = _law(row, np.array([grid, np.full(_GRID, level)]))
        label = f"B {level / _NMOL_PER_UMOL:,.4g} µmol/L" if has_two else None
        axes.plot(grid / _NMOL_PER_UMOL, rate, line, color=VERMILION, label=label)
    if has_two:
        axes.legend(loc="lower right")


def _law(row: Row, inputs: Floats) -> Floats:
    """Return the rates of the fitted law at substrates of shape (2, n)."""
    if row["method"] == "sequential":
        constants = np.array([row[name] for name in ("kcat", "k_a", "k_b", "k_ia")])
        return SEQUENTIAL.predict(constants, inputs)
    return MICHAELIS_MENTEN.predict(np.array([row["kcat"], row["k_a"]]), inputs[:1])


def _constants(row: Row) -> str:
    if row["kcat"] is None:
        return ": no constants"
    k_a = row["k_a"] / _NMOL_PER_UMOL
    doubt = "" if row["identifiable"] else "\nthe data do not determine the constants"
    return f"\nkcat {row['kcat']:.3g} 1/s, K of A {k_a:,.4g} µmol/L{doubt}"
