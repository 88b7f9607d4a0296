"""`lcms times`: where targets without a time elute, as a few runs of the study show it."""

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from lcms.cli.progress import progress
from lcms.config import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lcms.io.sheets.inputs import Inputs
    from lcms.model import Sample
    from lcms.numerics.batch_data import BatchData


@click.command()
@click.argument("study", type=click.Path(path_type=Path), default=Path())
@click.option("--run", "names", multiple=True, help="Look at this run (its sample_id).")
@click.option("--write", "is_written", is_flag=True, help="Write the times into the target sheet.")
def times(study: Path, names: tuple[str, ...], *, is_written: bool) -> None:
    """Propose retention times for the targets that have none.

    STUDY is the folder that `lcms init` wrote, or a configuration. One calibrator of each level
    is read, the highest first (at most six), or the runs that are named; `--run` can be repeated.
    A peak is chosen by the labelled copy that elutes with it, by its areas, which must follow the
    nominal concentrations, by its height, and of isomers by their order of elution. What another
    peak or another compound puts in doubt is shown, but not written. `logs/times.html` in the
    results has the chromatograms.
    """
    from lcms.io.sheets.inputs import read_inputs
    from lcms.numerics.batch.proposed_times import propose_times
    from lcms.steps.times.listed_times import times_to_list, write_times
    from lcms.steps.times.time_page import write_page
    from lcms.steps.times.time_runs import time_runs
    from lcms.steps.times.time_texts import proposal_text

    settings = load_settings(study)
    inputs = read_inputs(settings)
    if all(ion.retention_time_s is not None for ion in inputs.ions):
        click.echo("every target has its time")
        return
    runs = time_runs(inputs, names)
    page = Path(settings.results) / "logs" / "times.html"
    with _picked(runs, inputs, settings) as data:
        proposals = propose_times(data)
        write_page(page, [run.sample_id for run in runs], data, proposals)
    click.echo(proposal_text(proposals, len(runs)))
    click.echo(f"look at the peaks: {page}")
    times_s = times_to_list(proposals)
    if is_written:
        write_times(Path(settings.targets), times_s)
        click.echo(f"wrote {len(times_s)} of {len(proposals)} times into {settings.targets}")
    elif times_s:
        click.echo(f"to write what is proposed into the sheet: lcms times {study} --write")


@contextmanager
def _picked(
    runs: "Sequence[Sample]", inputs: "Inputs", settings: Settings
) -> "Iterator[BatchData]":
    """Give all that is learned from when some runs are one batch; nothing of it is kept."""
    from lcms.io.reference.auxiliary_panel import read_parents
    from lcms.io.tables.parquet import write_rows
    from lcms.schemas import CANDIDATES
    from lcms.steps.extract import extract_runs, write_parts
    from lcms.steps.learn import read_batch_data
    from lcms.steps.pick import pick_chunk

    paths = {run.sample_id: Path(run.mzml) for run in runs}
    parents = [parent.ion for parent in read_parents(inputs.ions)]
    part = "times_0001"
    with TemporaryDirectory(prefix="lcms-times-") as folder:
        parts = Path(folder)
        with progress("read", len(paths)) as done:
            rows = extract_runs(paths, inputs.ions, settings.extraction, done, parents)
        write_parts(parts, part, rows, {})
        how = settings.extraction, settings.integration
        picked = pick_chunk(parts, part, inputs.ions, *how)
        write_rows(parts / "candidates" / f"{part}.parquet", CANDIDATES, picked, {})
        yield read_batch_data(parts, {part: runs}, inputs, settings)
