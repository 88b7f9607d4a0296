"""Figures of a study, and the page that holds them: `lcms study` and `lcms figures`.

course_figure        a compound over time, subject by subject, and its mean
paired_figure        a compound by treatment or group
forest_figure        the ratios of all compounds in one contrast
decline_figure       pharmacokinetics: the points of the terminal phase
rate_figure          enzyme kinetics: rates, the fitted law, residuals
isotopologue_figure  how the molecules share the label of a tracer
study_page           all of them on one page
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import pyarrow.compute as pc
from matplotlib.figure import Figure

from lcms.groups import grouped
from lcms.io.tables.parquet import read_metadata, read_table
from lcms.schemas import CONTRASTS, DESIGN, ISOTOPOLOGUES, KINETICS, NCA, Row, Table
from lcms.steps.figures.study.course_figure import course_figure
from lcms.steps.figures.study.decline_figure import decline_figure
from lcms.steps.figures.study.forest_figure import forest_figure
from lcms.steps.figures.study.isotopologue_figure import isotopologue_figure
from lcms.steps.figures.study.paired_figure import paired_figure
from lcms.steps.figures.study.rate_figure import rate_figure

Drawing = tuple[str, str, Callable[[], Figure]]  # section, name, and what draws it

_MOST_PANELS: Final = 8  # of a figure: it fits on a page
_MOST_COMPOUNDS: Final = 40  # of a forest plot: it fits on a page
_MOST_SERIES: Final = 48  # of a compound; of more only the first figure is drawn
_SURE_SD: Final = 2.0  # standard deviations above 0: the usual 95 %
_TIMED: Final = 2  # times from which on a line is drawn
_DESIGN_COLUMNS: Final = [
    *("target_id", "subject", "group", "period", "treatment", "matrix", "time_s"),
    *(
        "nominal_time_s",
        "is_baseline",
        "dose",
        "dose_time_s",
        "value",
        "censored",
        "limit",
        "used",
    ),
]


def study_drawings(results: Path) -> Iterator[Drawing]:
    """Yield the figures that the tables of a study allow, section by section."""
    contrasts = _rows(results, CONTRASTS)
    unit = _unit(results)
    yield from _forests(contrasts)
    yield from _courses(results, contrasts, unit)
    yield from _declines(results, unit)
    for row in _rows(results, KINETICS):
        if _reacts(row):
            name = f"{row['target_id']} {row['assay_id']}"
            yield "Enzyme kinetics", name, partial(rate_figure, row)
    isotopologues = _rows(results, ISOTOPOLOGUES)
    for target_id, rows in grouped(isotopologues, lambda row: str(row["target_id"])).items():
        if any(row["fraction"] is not None for row in rows):
            yield "Isotopologues", target_id, partial(isotopologue_figure, target_id, rows)


def _reacts(row: Row) -> bool:
    """Return whether any well of an assay has a rate above its scatter; others say nothing."""
    pairs = zip(row["turnover"], row["turnover_sd"], strict=True)
    return any(rate > _SURE_SD * sd for rate, sd in pairs)


def _rows(results: Path, table: Table) -> list[Row]:
    """Return the rows of a table; none if it is not there."""
    path = results / f"{table.name}.parquet"
    return read_table(path).to_pylist() if path.exists() else []


def _unit(results: Path) -> str:
    """Return the unit of the values of `design`; blank if it is not there."""
    path = results / f"{DESIGN.name}.parquet"
    return read_metadata(path)["concentration_unit"] if path.exists() else ""


def _used_rows(results: Path) -> Iterator[tuple[str, list[Row]]]:
    """Yield the used rows of `design` of one compound after the other: all would fill memory."""
    path = results / f"{DESIGN.name}.parquet"
    if not path.exists():
        return
    table = read_table(path, _DESIGN_COLUMNS)
    table = table.filter(pc.field("used"))
    for target_id in map(str, pc.unique(table["target_id"]).to_pylist()):
        yield target_id, table.filter(pc.field("target_id") == target_id).to_pylist()


def _forests(contrasts: list[Row]) -> Iterator[Drawing]:
    """Yield a forest plot of each contrast and matrix with any ratio."""
    answered = [row for row in contrasts if row["ratio"] is not None]
    keyed = grouped(answered, lambda row: (str(row["contrast"]), str(row["matrix"])))
    for (contrast, matrix), rows in keyed.items():
        name = f"{contrast} {matrix}".strip()
        for first in range(0, len(rows), _MOST_COMPOUNDS):
            page = rows[first : first + _MOST_COMPOUNDS]
            yield "Contrasts", name, partial(forest_figure, name, page)


def _courses(results: Path, contrasts: list[Row], unit: str) -> Iterator[Drawing]:
    """Yield each compound and matrix over time, or by treatment or group."""
    ratios = grouped(contrasts, lambda row: (str(row["target_id"]), str(row["matrix"])))
    for target_id, used in _used_rows(results):
        for matrix, rows in grouped(used, lambda row: str(row["matrix"] or "")).items():
            name = f"{target_id} {matrix}".strip()
            of_target = ratios.get((target_id, matrix), [])
            if len({row["nominal_time_s"] for row in rows} - {None}) >= _TIMED:
                yield "Time courses", name, partial(course_figure, name, unit, rows, of_target)
            else:
                draw = partial(paired_figure, name, unit, rows, _reference(of_target))
                yield "Groups and treatments", name, draw


def _reference(contrasts: list[Row]) -> str:
    """Return what a contrast such as `drug / placebo` divides by."""
    names = [str(row["contrast"]).partition(" at ")[0] for row in contrasts]
    return names[0].rpartition(" / ")[2] if names else ""


def _declines(results: Path, unit: str) -> Iterator[Drawing]:
    """Yield the pharmacokinetics of each compound, as measured; of many series the first."""
    path = results / f"{NCA.name}.parquet"
    if not path.exists():
        return
    table = read_table(path)
    table = table.filter((pc.field("correction") == "none") & (pc.field("n_used") > 0))
    for target_id, used in _used_rows(results):
        timed = [row for row in used if row["time_s"] is not None]
        points = grouped(timed, _series_key)
        of_target = table.filter(pc.field("target_id") == target_id)
        n_shown = of_target.num_rows if of_target.num_rows <= _MOST_SERIES else _MOST_PANELS
        rows = of_target.slice(0, n_shown).to_pylist()
        for first in range(0, len(rows), _MOST_PANELS):
            page = [(row, points[_series_key(row)]) for row in rows[first : first + _MOST_PANELS]]
            yield "Pharmacokinetics", target_id, partial(decline_figure, target_id, unit, page)


def _series_key(row: Row) -> tuple[str, ...]:
    return tuple(str(row[name] or "") for name in ("subject", "period", "matrix"))
