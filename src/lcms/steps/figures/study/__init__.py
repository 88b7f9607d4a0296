"""Figures of a study, and the page that holds them: `lcms study` and `lcms figures`.

course_figure        a compound over time, subject by subject, and its mean
paired_figure        a compound by treatment or group
forest_figure        the ratios of all compounds in one contrast
decline_figure       pharmacokinetics: the points of the terminal phase
rate_figure          enzyme kinetics: rates, the fitted law, residuals
isotopologue_figure  how the molecules share the label of a tracer
study_page           all of them on one page
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from lcms.groups import grouped
from lcms.io.tables.parquet import read_table
from lcms.schemas import CONTRASTS, DESIGN, ISOTOPOLOGUES, KINETICS, NCA, Row
from lcms.steps.figures.study.course_figure import course_figure
from lcms.steps.figures.study.decline_figure import decline_figure
from lcms.steps.figures.study.forest_figure import forest_figure
from lcms.steps.figures.study.isotopologue_figure import isotopologue_figure
from lcms.steps.figures.study.paired_figure import paired_figure
from lcms.steps.figures.study.rate_figure import rate_figure

Drawing = tuple[str, str, Callable[[], Figure]]  # section, name, and what draws it
Tables = Mapping[str, list[Row]]

_MOST_PANELS: Final = 8  # of a figure: it fits on a page
_MOST_COMPOUNDS: Final = 40  # of a forest plot: it fits on a page
_TIMED: Final = 2  # times from which on a line is drawn


def study_drawings(results: Path) -> Iterator[Drawing]:
    """Yield the figures that the tables of a study allow, section by section."""
    names = [table.name for table in (DESIGN, CONTRASTS, NCA, KINETICS, ISOTOPOLOGUES)]
    paths = {name: results / f"{name}.parquet" for name in names}
    tables = {
        name: read_table(path).to_pylist() if path.exists() else [] for name, path in paths.items()
    }
    yield from _forests(tables)
    yield from _courses(tables)
    yield from _declines(tables)
    for row in tables["kinetics"]:
        if row["n_used"]:
            name = f"{row['target_id']} {row['assay_id']}"
            yield "Enzyme kinetics", name, partial(rate_figure, row)
    for target_id, rows in grouped(tables["isotopologues"], lambda r: str(r["target_id"])).items():
        if any(row["fraction"] is not None for row in rows):
            yield "Isotopologues", target_id, partial(isotopologue_figure, target_id, rows)


def _forests(tables: Tables) -> Iterator[Drawing]:
    """Yield a forest plot of each contrast and matrix with any ratio."""
    answered = [row for row in tables["contrasts"] if row["ratio"] is not None]
    keyed = grouped(answered, lambda row: (str(row["contrast"]), str(row["matrix"])))
    for (contrast, matrix), rows in keyed.items():
        name = f"{contrast} {matrix}".strip()
        for first in range(0, len(rows), _MOST_COMPOUNDS):
            page = rows[first : first + _MOST_COMPOUNDS]
            yield "Contrasts", name, partial(forest_figure, name, page)


def _courses(tables: Tables) -> Iterator[Drawing]:
    """Yield each compound and matrix over time, or by treatment or group."""
    used = [row for row in tables["design"] if row["used"]]
    ratios = grouped(tables["contrasts"], lambda row: (str(row["target_id"]), str(row["matrix"])))
    keyed = grouped(used, lambda row: (str(row["target_id"]), str(row["matrix"] or "")))
    for (target_id, matrix), rows in keyed.items():
        name = f"{target_id} {matrix}".strip()
        of_target = ratios.get((target_id, matrix), [])
        if len({row["nominal_time_s"] for row in rows} - {None}) >= _TIMED:
            yield "Time courses", name, partial(course_figure, name, rows, of_target)
        else:
            yield (
                "Groups and treatments",
                name,
                partial(paired_figure, name, rows, _reference(of_target)),
            )


def _reference(contrasts: list[Row]) -> str:
    """Return what a contrast such as `drug / placebo` divides by."""
    names = [str(row["contrast"]).partition(" at ")[0] for row in contrasts]
    return names[0].rpartition(" / ")[2] if names else ""


def _declines(tables: Tables) -> Iterator[Drawing]:
    """Yield the pharmacokinetics of each compound, as measured, some series a figure."""
    measured = [row for row in tables["nca"] if row["correction"] == "none" and row["n_used"]]
    keyed = ("target_id", "subject", "period", "matrix")
    points = grouped(
        [row for row in tables["design"] if row["used"] and row["time_s"] is not None],
        lambda row: tuple(str(row[name] or "") for name in keyed),
    )
    for target_id, rows in grouped(measured, lambda row: str(row["target_id"])).items():
        pairs = [(row, points[tuple(str(row[name]) for name in keyed)]) for row in rows]
        for first in range(0, len(pairs), _MOST_PANELS):
            page = pairs[first : first + _MOST_PANELS]
            yield "Pharmacokinetics", target_id, partial(decline_figure, target_id, page)
