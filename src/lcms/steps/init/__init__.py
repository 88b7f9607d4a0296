"""`lcms init`: a folder of runs to a sample sheet, a target sheet and a configuration.

run_heads       the runs of a folder, and the batches that their methods make
sample_rows     the sample sheet and the level sheet
panel_rows      the target sheet, from the packaged panel
"""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final

import click

from lcms.config import settings_yaml
from lcms.errors import InitError
from lcms.io.sheets.sheet_writer import write_sheet
from lcms.io.tables.parquet import whole_file
from lcms.steps.init.panel_rows import absent_standards, adduct_of, panel_rows
from lcms.steps.init.run_heads import batches, find_runs, read_heads
from lcms.steps.init.sample_rows import level_rows, sample_rows

_FILES: Final = ("samples.tsv", "targets.tsv", "levels.tsv", "config.yaml")
_TO_STDERR: Final = partial(click.echo, err=True)


def init_project(
    mzml_folder: Path,
    out: Path,
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
    force : bool
        Whether existing files are replaced.
    warn : callable
        Gets each warning; by default it is written to standard error.

    Raises
    ------
    InitError
        If there is no run, or a file exists and `force` is false.
    """
    paths = find_runs(mzml_folder)
    samples, targets, levels, config = (out / name for name in _FILES)
    _check_free([samples, targets, levels, config], force=force)
    runs = read_heads(paths, warn)
    rows = sample_rows(runs, batches(runs, warn), out)
    target_rows = panel_rows(adduct_of(runs, warn))
    absent = absent_standards(target_rows, runs)
    if absent:
        warn(f"warning: {absent}")
    write_sheet(samples, rows)
    write_sheet(targets, target_rows)
    written = [samples, targets]
    of_levels = level_rows(rows)
    if of_levels:
        write_sheet(levels, of_levels)
        written.append(levels)
        warn(f"warning: {len(of_levels)} levels have no concentration yet; give them in {levels}")
    given = {path.stem: path.name for path in written} | {"results": "results"}
    with whole_file(config) as part:
        part.write_text(settings_yaml(given), encoding="utf-8")
    return [*written, config]


def _check_free(paths: Iterable[Path], *, force: bool) -> None:
    there = [str(path) for path in paths if path.exists()]
    if there and not force:
        raise InitError(f"already there: {', '.join(there)}; --force replaces them")
