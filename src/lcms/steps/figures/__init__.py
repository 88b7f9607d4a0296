"""`lcms figures`: what a paper shows of the results, as SVG and PNG files.

figure_tables        what the figures need of the tables
calibration_figure   the curve of a compound in a batch, and the accuracy of its calibrators
controls_figure      its pooled QCs and quality controls over the injections
chromatogram_panels  its chromatograms, from the tables
chromatogram_figure  the same, drawn
shown_runs           which runs these are
study/               those of a study, and its page
drawing              the size, letters and colours of every figure, and how it is written
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from lcms.io.sheets.name_patterns import check_patterns, is_wanted
from lcms.kinds import FigureKind, RunStatus
from lcms.schemas import Row
from lcms.steps.figures.calibration_figure import calibration_figure
from lcms.steps.figures.chromatogram_figure import chromatogram_figure
from lcms.steps.figures.chromatogram_panels import read_panels
from lcms.steps.figures.controls_figure import control_series, controls_figure
from lcms.steps.figures.drawing import FileNames, write_figure
from lcms.steps.figures.figure_tables import FigureTables, read_figure_tables
from lcms.steps.figures.shown_runs import typical_runs
from lcms.steps.figures.study import study_drawings

_MOST_PANELS: Final = 8  # of a figure: it fits on a page

Drawing = tuple[str, Callable[[], Figure]]  # the name of a figure, and what draws it


@dataclass(frozen=True)
class WantedFigures:
    """What is to be drawn: kinds of figures; names of compounds and runs, as patterns.

    No pattern is for all analytes, and for typical runs.
    """

    kinds: Collection[FigureKind] = tuple(FigureKind)
    targets: Collection[str] = ()
    samples: Collection[str] = ()


def write_figures(results: Path, wanted: WantedFigures, out: Path) -> Iterator[Path]:
    """Write the figures, a folder for each kind; yield their paths.

    Raises
    ------
    UserInputError
        If a name or a pattern matches nothing.
    TableError
        If a table cannot be read.
    """
    tables = read_figure_tables(results)
    check_patterns(results, "target", wanted.targets, tables.compounds)
    check_patterns(results, "sample", wanted.samples, [run["sample_id"] for run in tables.runs])
    drawings = {
        FigureKind.CALIBRATION: _calibrations(tables, wanted),
        FigureKind.CONTROLS: _controls(tables, wanted),
        FigureKind.CHROMATOGRAMS: _chromatograms(results, tables, wanted),
        FigureKind.STUDY: _of_study(results),
    }
    for kind in wanted.kinds:
        files = FileNames()
        for name, draw in drawings[kind]:
            yield from write_figure(out / kind / files.of(name), draw)


def _calibrations(tables: FigureTables, wanted: WantedFigures) -> Iterator[Drawing]:
    for target_id in _compounds(tables, wanted):
        results = tables.results_of(target_id)
        for batch in tables.batches:
            if (batch, target_id) in tables.curves:
                key = batch, target_id
                yield f"{target_id}_{batch}", partial(calibration_figure, tables, key, results)


def _controls(tables: FigureTables, wanted: WantedFigures) -> Iterator[Drawing]:
    for target_id in _compounds(tables, wanted):
        results = tables.results_of(target_id)
        for batch, runs in tables.batches.items():
            series = control_series(runs, results)
            if series.pooled or series.controls:
                quality = tables.quality.get((batch, target_id), {})
                title = f"{target_id}, batch {batch}"
                yield f"{target_id}_{batch}", partial(controls_figure, title, series, quality)


def _chromatograms(
    results: Path, tables: FigureTables, wanted: WantedFigures
) -> Iterator[Drawing]:
    compounds = [name for name in _compounds(tables, wanted) if name in tables.ions]
    for batch in tables.batches:
        shown = {name: _shown_runs(tables, wanted, batch, name) for name in compounds}
        for target_id, panels in read_panels(results, tables, shown):
            for page in range(0, len(panels), _MOST_PANELS):
                some = panels[page : page + _MOST_PANELS]
                title = f"{target_id}, batch {batch}"
                draw = partial(chromatogram_figure, title, some, tables.unit)
                yield f"{target_id}_{batch}", draw


def _of_study(results: Path) -> Iterator[Drawing]:
    return ((f"{section} {name}", draw) for section, name, draw in study_drawings(results))


def _shown_runs(
    tables: FigureTables, wanted: WantedFigures, batch: str, target_id: str
) -> list[Row]:
    runs = [run for run in tables.batches[batch] if run["status"] == RunStatus.OK]
    if wanted.samples:
        return [run for run in runs if is_wanted(run["sample_id"], wanted.samples)]
    return typical_runs(tables, (batch, target_id), runs)


def _compounds(tables: FigureTables, wanted: WantedFigures) -> list[str]:
    """Return the wanted compounds; internal standards only where they are named."""
    if wanted.targets:
        return [name for name in tables.compounds if is_wanted(name, wanted.targets)]
    return tables.analytes
