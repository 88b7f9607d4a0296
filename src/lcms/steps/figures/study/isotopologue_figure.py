"""How the molecules of a compound share the label of a tracer, a bar per sample."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.figure import Figure

from lcms.groups import grouped
from lcms.schemas import Row
from lcms.steps.figures.drawing import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PAGE_MM,
    PURPLE,
    SKY,
    VERMILION,
    empty_figure,
    set_title,
)

_HEIGHT_MM: Final = 62.0
_COLOURS: Final = (GREY, SKY, GREEN, VERMILION, BLUE, ORANGE, PURPLE)
_HATCHES: Final = ("", "//", "\\\\", "..", "xx", "++", "oo")
_MOST_NAMES: Final = 60  # bars that still have room for their names


def isotopologue_figure(target_id: str, rows: Sequence[Row]) -> Figure:
    """Return stacked shares of the labelled molecules, with the SD of each; M+0 is the rest.

    Parameters
    ----------
    target_id : str
    rows : sequence of dict
        Of `isotopologues`, of the compound.
    """
    figure = empty_figure(_HEIGHT_MM, PAGE_MM)
    axes = figure.subplots()
    samples = list(dict.fromkeys(str(row["sample_id"]) for row in rows))
    x, base = np.arange(len(samples)), np.zeros(len(samples))
    for n_label, of_label in sorted(grouped(rows, lambda row: int(row["n_label"])).items()):
        if n_label == 0:
            continue
        share = 100 * _column(of_label, samples, "fraction")
        sd = 100 * _column(of_label, samples, "fraction_sd")
        style = n_label % len(_COLOURS)
        axes.bar(
            x,
            share,
            bottom=base,
            yerr=sd,
            color=_COLOURS[style],
            hatch=_HATCHES[style],
            error_kw={"elinewidth": 0.6, "capsize": 1},
            label=f"M+{n_label}",
        )
        base = base + np.nan_to_num(share)
    names = samples if len(samples) <= _MOST_NAMES else []
    axes.set_xticks(x[: len(names)], names, rotation=90)
    axes.set_ylabel("share of the molecules (%)\n± SD, M+0 is the rest")
    axes.legend(ncols=len(_COLOURS), loc="lower left", bbox_to_anchor=(0, 1), borderpad=0)
    set_title(figure, target_id)
    return figure


def _column(rows: Sequence[Row], samples: Sequence[str], name: str) -> np.ndarray:
    values = {str(row["sample_id"]): row[name] for row in rows}
    return np.array([np.nan if values[s] is None else values[s] for s in samples], dtype=float)
