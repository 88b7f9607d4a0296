"""The size, letters and colours of every figure, and how it is written: SVG and PNG.

A figure is as wide as a column of a journal, so its letters keep their size in print. What a
colour shows, a marker, a line style or a word shows too. The same input gives the same bytes.
"""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Literal

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogFormatter

from lcms.io.tables.parquet import whole_file

COLUMN_MM: Final = 85.0  # one column of most journals
PAGE_MM: Final = 174.0  # two columns and the gap between them
_MM_PER_INCH: Final = 25.4
_PIXELS_PER_INCH: Final = 300  # of the PNG, for slides and drafts; in print the SVG is sharper
_LETTERS_PT: Final = 7  # 5 to 7 is what journals ask for
_MINOR_LABELS: Final = (1.0, 0.5)  # decades that an axis spans at most if 2, 3 ... are labelled
_LONGEST_NAME: Final = 120  # characters; file systems allow 255 bytes with the ending

# Okabe & Ito (2008): told apart with every kind of colour vision.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#8C8C8C"

_STYLE: Final[dict[str, Any]] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same everywhere
    "font.size": _LETTERS_PT,
    "axes.titlesize": _LETTERS_PT,
    "legend.fontsize": 6,
    "xtick.labelsize": 6,
    "ytick.labelsize": 6,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 0.9,
    "lines.markersize": 3.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "text.parse_math": False,  # a name of a sheet may hold a dollar sign
    "svg.fonttype": "none",  # letters stay letters: searched, read aloud, edited
    "svg.hashsalt": "lcms",  # names inside a file are the same every time
}
_METADATA: Final[dict[str, dict[str, Any]]] = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}


def empty_figure(height_mm: float, width_mm: float = COLUMN_MM) -> Figure:
    """Return an empty figure of a size in print; `draw` of `write_figure` calls this."""
    size_in = (width_mm / _MM_PER_INCH, height_mm / _MM_PER_INCH)
    return Figure(figsize=size_in, dpi=_PIXELS_PER_INCH, layout="constrained")


def set_title(figure: Figure, title: str) -> None:
    """Put a title, of one line or more, into the upper left corner of a figure."""
    figure.suptitle(title, x=0.02, ha="left", fontsize=_LETTERS_PT)


def log_axis(axes: Axes, name: Literal["x", "y"]) -> None:
    """Make the scale of an axis logarithmic, with plain numbers."""
    axes.set(**{f"{name}scale": "log"})
    axis = axes.xaxis if name == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(_PlainFormatter(minor_thresholds=_MINOR_LABELS))


class _PlainFormatter(LogFormatter):
    """Labels the ticks that matplotlib chooses by plain numbers, below 1 too."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of a tick."""
        return f"{x:g}" if super().__call__(x, pos) else ""


def plain_type(sample_type: str) -> str:
    """Return the type of a run in words."""
    return sample_type.replace("_", " ").replace("qc", "QC")


def svg_bytes(draw: Callable[[], Figure]) -> bytes:
    """Return a figure as SVG, for a page; `draw` is called while the style holds."""
    with style.context(["default", _STYLE]), BytesIO() as file:
        _laid_out(draw()).savefig(file, format="svg", metadata=_METADATA["svg"])
        return file.getvalue()


def write_figure(stem: Path, draw: Callable[[], Figure]) -> list[Path]:
    """Draw a figure and write it as `stem`.svg and `stem`.png, each whole or not at all.

    Parameters
    ----------
    stem : Path
        Its folder is made if it is not there.
    draw : callable
        Returns the figure; it is called while the style holds.
    """
    paths = []
    with style.context(["default", _STYLE]):  # the defaults, whatever the user has set
        figure = _laid_out(draw())
        for form, metadata in _METADATA.items():
            path = stem.with_name(f"{stem.name}.{form}")
            with whole_file(path) as part:
                figure.savefig(part, format=form, metadata=metadata)
            paths.append(path)
    return paths


def _laid_out(figure: Figure) -> Figure:
    """Place the parts of a figure once; with a layout each file would draw it twice."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    figure.set_layout_engine(None)  # `none` would keep a placeholder, which is drawn for, too
    return figure


class FileNames:
    """Gives each name a name of a file that no other one has.

    Letters, digits, `.`, `_` and `-` stay; of two that differ in case only the second gets a
    number, too.
    """

    def __init__(self) -> None:
        self._given: set[str] = set()

    def of(self, name: str) -> str:
        """Return the name of the next file, without its ending."""
        plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._")[:_LONGEST_NAME] or "figure"
        stem, number = plain, 1
        while stem.lower() in self._given:
            number += 1
            stem = f"{plain}_{number}"
        self._given.add(stem.lower())
        return stem
