"""`lcms init`: a folder of runs to a sample sheet, a target sheet and a configuration.

run_heads       the runs of a folder, and the batches that their methods make
sample_rows     the sample sheet and the level sheet
panel_rows      the target sheet, from the packaged panel
list_rows       the target sheet, from a list of another program or the SRM runs
tracer_rows     isotopologues of a tracer in the target sheet
mz_settings     the m/z window that the runs ask for
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import click

from lcms.config import settings_yaml
from lcms.errors import InitError
from lcms.io.lists.run_list import read_run_list
from lcms.io.sheets.sheet_writer import write_sheet
from lcms.io.tables.parquet import whole_file
from lcms.steps.init.list_rows import list_rows
from lcms.steps.init.mz_settings import mz_settings
from lcms.steps.init.panel_rows import absent_standards, adduct_of, panel_rows
from lcms.steps.init.run_heads import Run, batches, find_runs, read_heads
from lcms.steps.init.sample_rows import level_rows, sample_rows, with_sequence
from lcms.steps.init.tracer_rows import (
    LabelledTracer,
    warn_of_equal_standards,
    warn_of_products,
    with_tracer,
)

_FILES: Final = ("samples.tsv", "targets.tsv", "levels.tsv", "config.yaml")
_TO_STDERR: Final = partial(click.echo, err=True)


@dataclass(frozen=True)
class Lists:
    """What the laboratory has beside its runs: a target list, a sequence, a tracer.

    `columns` maps fields of the target list to its headers.
    """

    targets: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    sequence: Path | None = None
    tracer: LabelledTracer | None = None


def init_project(
    mzml_folder: Path,
    out: Path,
    lists: Lists | None = None,
    *,
    force: bool = False,
    warn: Callable[[str], None] = _TO_STDERR,
) -> list[Path]:
    """Write the sheets and the configuration for a folder of runs; return their paths.

    Parameters
    ----------
    mzml_folder : Path
        Searched with its subfolders for `.mzML` and `.mzML.gz`.
    out : Path
        Gets `samples.tsv`, `targets.tsv`, `config.yaml` and, if there are levels, `levels.tsv`;
        made if it is not there.
    lists : Lists, optional
        Without a target list, the targets are the transitions of SRM runs, or the packaged
        panel.
    force : bool
        Whether existing files are replaced.
    warn : callable
        Gets each warning; by default it is written to standard error.

    Raises
    ------
    InitError
        If there is no run, a list cannot be read, or a file exists and `force` is false.
    """
    lists = lists or Lists()
    paths = find_runs(mzml_folder)
    samples, targets, levels, config = (out / name for name in _FILES)
    _check_free([samples, targets, levels, config], force=force)
    runs = read_heads(paths, warn)
    say = partial(_warning, warn)
    rows = sample_rows(runs, batches(runs, warn), out)
    listed = read_run_list(lists.sequence) if lists.sequence else []
    if listed:
        runs, rows = with_sequence(rows, runs, listed, say)
    sheets = {samples: rows, targets: _target_rows(lists, runs, rows, warn)}
    of_levels = level_rows(rows, listed)
    if of_levels:
        sheets[levels] = of_levels
        _warn_of_levels(of_levels, levels, say)
    settings = {**_settings(sheets, lists.tracer), **mz_settings(runs, say)}
    for path, sheet in sheets.items():
        write_sheet(path, sheet)
    with whole_file(config) as part:
        part.write_text(settings_yaml(settings), encoding="utf-8")
    return [*sheets, config]


def _settings(sheets: Iterable[Path], tracer: LabelledTracer | None) -> dict[str, object]:
    settings: dict[str, object] = {path.stem: path.name for path in sheets}
    settings["results"] = "results"
    if tracer is not None:
        settings["study"] = {"tracer_precursor": tracer.compound}
    return settings


def _target_rows(
    lists: Lists,
    runs: Sequence[Run],
    rows: Sequence[Mapping[str, str]],
    warn: Callable[[str], None],
) -> Sequence[Mapping[str, str]]:
    readable = [run.method for run in runs if run.method is not None]
    is_srm = bool(readable) and all(method.is_srm for method in readable)
    say = partial(_warning, warn)
    if lists.targets is not None or is_srm:
        targets = list_rows(lists.targets, lists.columns, runs, rows, say)
    else:
        targets = panel_rows(adduct_of(runs, warn))
        absent = absent_standards(targets, runs)
        if absent:
            say(absent)
    if lists.tracer is not None:
        targets = with_tracer(targets, lists.tracer)
        warn_of_equal_standards(targets, say)
        warn_of_products(targets, say)
    return targets


def _warning(warn: Callable[[str], None], text: str) -> None:
    warn(f"warning: {text}")


def _warn_of_levels(
    rows: Sequence[Mapping[str, str]], path: Path, say: Callable[[str], None]
) -> None:
    n = sum(not row["concentration"] for row in rows)
    if n:
        say(f"{n} levels have no concentration yet; give them in {path}")


def _check_free(paths: Iterable[Path], *, force: bool) -> None:
    there = [str(path) for path in paths if path.exists()]
    if there and not force:
        raise InitError(f"already there: {', '.join(there)}; --force replaces them")
