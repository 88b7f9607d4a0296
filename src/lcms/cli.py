"""The command line: parse, call one step, turn errors into exit codes. No science here.

Steps are imported when they are called: a process that combines tables starts no pyOpenMS.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from lcms import __version__
from lcms.config import Settings, load_settings, parse_settings
from lcms.errors import ConfigError, LcmsError

_FOLDER = click.Path(path_type=Path, file_okay=False)


class _SettingsType(click.ParamType[Settings]):
    """A config.yaml, or the same as JSON text (as the Snakemake rules pass it)."""

    name = "FILE|JSON"

    def convert(self, value: Any, *_: Any) -> Settings:  # noqa: ANN401  (click's signature)
        if isinstance(value, Settings):
            return value
        if not str(value).lstrip().startswith("{"):
            return load_settings(Path(value))
        try:
            return parse_settings(json.loads(value), "--settings")
        except json.JSONDecodeError as error:
            raise ConfigError(f"--settings: is no JSON: {error}") from error


_settings = click.option(
    "--settings",
    "-s",
    type=_SettingsType(),
    default="config/config.yaml",
    show_default=True,
    help="The configuration: a YAML file, or JSON text.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 99})
@click.version_option(__version__, prog_name="lcms")
def cli() -> None:
    """Targeted LC-MS quantification of N-lactoyl amino acids, from mzML to Parquet.

    \b
    Start with your own runs:
      lcms init path/to/mzml my_study   writes samples.tsv, targets.tsv and config.yaml
      lcms check -s my_study/config.yaml
      snakemake --cores 4 --configfile my_study/config.yaml
    Or with a simulated batch whose truth is known:
      lcms simulate sim && snakemake --cores 4 --configfile sim/config.yaml

    `extract`, `pick`, `learn`, `integrate`, `gather` and `gate` are what Snakemake runs; each
    can be run by hand, and so can `evidence`, which `integrate` does as well where it is given
    the runs, and the steps of `gather`.
    Exit codes: 0 done, 2 the input is wrong, 3 the data cannot support the request, 1 a bug.
    """  # noqa: D301  (click wants the character \b to keep the lines of a block)


@cli.command()
@click.argument("mzml_folder", type=_FOLDER)
@click.argument("out", type=_FOLDER)
@click.option("--force", is_flag=True, help="Replace sheets that are already there.")
def init(mzml_folder: Path, out: Path, *, force: bool) -> None:
    """Write sheets and a config for a folder of mzML.

    Runs are ordered by their start times; sample types are guessed from the file names and
    marked as guesses in the column `type_guessed`. Edit all three files before you go on.
    """
    from lcms.steps.init import init_project

    for path in init_project(mzml_folder, out, force=force):
        click.echo(f"wrote {path}")
    click.echo(f"next: edit them, then: lcms check -s {out / 'config.yaml'}")


@cli.command()
@_settings
def check(settings: Settings) -> None:
    """Check the config and every sheet; name isobars.

    Every problem is told at once, with file, row, column and reason (exit code 2). Warnings
    name targets that share an m/z, and known compounds that may lie under a target.
    """
    from lcms.io.inputs import guard_panel, read_inputs

    inputs = read_inputs(settings)
    for message in guard_panel(inputs.ions, settings).messages():
        click.echo(f"warning: {message}", err=True)
    compounds = len({ion.target_id for ion in inputs.ions})
    click.echo(
        f"ok: {len(inputs.samples)} runs, {compounds} compounds with {len(inputs.ions)} ions, "
        f"{len(inputs.levels)} nominal concentrations"
    )


@cli.command()
@click.argument("folder", type=_FOLDER)
@click.option("--preset", default="standard", show_default=True, help="The kind of batch.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same bytes.")
@click.option("--unknowns", type=int, default=None, help="Number of unknown samples.")
@click.option(
    "--acquisition",
    type=click.Choice(["full_scan", "srm", "prm", "dia"]),
    metavar="NAME",
    default="full_scan",
    show_default=True,
    help="full_scan, srm, prm or dia: the same truth.",
)
@click.option(
    "--product-interference",
    "interference",
    type=float,
    default=0.0,
    help="Disturb one product ion of Lac-Phe, nmol/L.",
)
def simulate(
    folder: Path,
    preset: str,
    seed: int,
    unknowns: int | None,
    acquisition: str,
    interference: float,
) -> None:
    """Write a simulated batch: mzML, sheets and truth.

    Presets: plain, standard, resolution_0.7, resolution_0.5, strong_drift, noisy, tailing,
    shape, hard, profile.
    """
    from lcms.numerics.simulation.plan import PRESETS, Acquisition
    from lcms.steps.simulate import simulate as write_batch

    if preset not in PRESETS:
        raise ConfigError(f"--preset: `{preset}` is not one of {', '.join(PRESETS)}")
    plan = replace(
        PRESETS[preset],
        seed=seed,
        acquisition=Acquisition(acquisition),
        product_interference=interference,
    )
    if unknowns is not None:
        plan = replace(plan, n_unknowns=unknowns)
    paths = write_batch(folder, plan)
    click.echo(f"wrote {len(paths)} simulated runs, their sheets and truth.tsv into {folder}")


@cli.command()
@_settings
@click.option(
    "--threads", type=click.IntRange(1), default=1, show_default=True, help="Runs read at a time."
)
@click.argument("part")
@click.argument("runs", nargs=-1, required=True)
def extract(settings: Settings, threads: int, part: str, runs: tuple[str, ...]) -> None:
    """Cut the chromatograms of all targets out of some runs.

    Each run is given as SAMPLE_ID=PATH. Writes PART.parquet into parts/runs,
    parts/chromatograms, parts/companions and parts/triggered below the results.
    """
    from lcms.io.companions import read_companion_ions
    from lcms.io.inputs import read_ions
    from lcms.io.tables import provenance
    from lcms.steps.extract import extract_runs, write_parts

    ions = read_ions(Path(settings.targets))
    paths = _named_paths(runs)
    companions = read_companion_ions(ions, settings.extraction)
    with _progress("extract", len(paths)) as done:
        rows = extract_runs(paths, ions, settings.extraction, done, companions, threads)
    metadata = provenance({"extraction": settings.extraction.model_dump()})
    write_parts(Path(settings.results) / "parts", part, rows, metadata)


@cli.command()
@_settings
@click.argument("part")
def pick(settings: Settings, part: str) -> None:
    """Pick what may be a peak in a part that `extract` has written."""
    from lcms.io.inputs import read_ions
    from lcms.io.tables import provenance, write_rows
    from lcms.schemas import CANDIDATES
    from lcms.steps.pick import pick_chunk

    parts = Path(settings.results) / "parts"
    rows = pick_chunk(
        parts / "runs" / f"{part}.parquet",
        parts / "chromatograms" / f"{part}.parquet",
        read_ions(Path(settings.targets)),
        settings.integration,
    )
    metadata = provenance({"integration": settings.integration.model_dump()})
    write_rows(parts / "candidates" / f"{part}.parquet", CANDIDATES, rows, metadata)


@cli.command()
@_settings
@click.argument("batch")
def learn(settings: Settings, batch: str) -> None:
    """Learn times, peak shapes and noise from all parts of a batch that `pick` has written."""
    from lcms.io.inputs import read_chunks, read_inputs
    from lcms.io.tables import provenance
    from lcms.steps.learn import learn as learn_batch

    inputs = read_inputs(settings)
    members = [sample for sample in inputs.samples if sample.batch == batch]
    if not members:
        raise click.BadParameter(f"no run of the sample sheet is of the batch `{batch}`")
    chunks = read_chunks(members, settings)
    metadata = provenance(settings.model_dump(include={"extraction", "integration"}))
    learn_batch(Path(settings.results) / "parts", batch, chunks, inputs, settings, metadata)


@cli.command()
@_settings
@click.argument("part")
@click.argument("runs", nargs=-1)
@click.pass_context
def integrate(
    context: click.Context, settings: Settings, part: str, runs: tuple[str, ...]
) -> None:
    """Fit and integrate the peaks of a part by what `learn` has found in its batch.

    Where runs are given, as SAMPLE_ID=PATH, `evidence` follows in the same process.
    """
    from lcms.io.inputs import guard_panel, read_ions
    from lcms.io.tables import provenance
    from lcms.steps.integrate import integrate_chunk, write_parts

    ions = read_ions(Path(settings.targets))
    parts = Path(settings.results) / "parts"
    batch = part.rpartition("_")[0]
    rows = integrate_chunk(parts, part, batch, ions, guard_panel(ions, settings), settings)
    sections = settings.model_dump(include={"extraction", "integration"})
    write_parts(parts, part, rows, provenance(sections))
    if runs:
        context.invoke(evidence, settings=settings, part=part, runs=runs)


@cli.command()
@_settings
@click.argument("part")
@click.argument("runs", nargs=-1, required=True)
def evidence(settings: Settings, part: str, runs: tuple[str, ...]) -> None:
    """Look at the MS2 scans inside the peaks of a part that `integrate` has written.

    Each run is given as SAMPLE_ID=PATH. Of runs with MS2 scans only those triggered on a target
    are read again.
    """
    from lcms.io.inputs import read_ions
    from lcms.io.tables import provenance, write_rows
    from lcms.schemas import MS2_EVIDENCE
    from lcms.steps.evidence import evidence_rows

    paths = _named_paths(runs)
    parts = Path(settings.results) / "parts"
    with _progress("evidence", len(paths)) as done:
        rows = evidence_rows(
            paths, parts, part, read_ions(Path(settings.targets)), settings.evidence, done
        )
    metadata = provenance({"evidence": settings.evidence.model_dump()})
    write_rows(parts / "ms2_evidence" / f"{part}.parquet", MS2_EVIDENCE, rows, metadata)


@cli.command()
@_settings
def discover(settings: Settings) -> None:
    """Search all runs for further lactoyl conjugates.

    Writes candidates.parquet: precursors whose product ions (DDA, DIA) have the lactoyl
    signature, with formulas. They are hypotheses, not identifications.
    """
    from lcms.io.inputs import read_inputs
    from lcms.io.tables import provenance, write_rows
    from lcms.schemas import DISCOVERED
    from lcms.steps.discover import discovered_rows

    samples = read_inputs(settings).samples
    with _progress("discover", len(samples)) as done:
        rows = discovered_rows(samples, settings.evidence, done)
    path = Path(settings.results) / "candidates.parquet"
    write_rows(path, DISCOVERED, rows, provenance({"evidence": settings.evidence.model_dump()}))
    click.echo(f"wrote {len(rows)} hypotheses of lactoyl conjugates to {path}")


@cli.command()
@_settings
def combine(settings: Settings) -> None:
    """Make one table each of the parts of all chunks."""
    from lcms.io.inputs import read_chunks, read_inputs
    from lcms.io.tables import provenance
    from lcms.steps.combine import combine as combine_tables

    samples = read_inputs(settings).samples
    chunks = read_chunks(samples, settings)
    combine_tables(Path(settings.results), samples, chunks, provenance(settings.model_dump()))


@cli.command()
@_settings
def quantify(settings: Settings) -> None:
    """Turn areas into responses and concentrations, batch by batch."""
    from lcms.io.inputs import read_inputs
    from lcms.io.tables import provenance
    from lcms.steps.quantify import quantify as quantify_tables

    quantify_tables(
        Path(settings.results), read_inputs(settings), settings, provenance(settings.model_dump())
    )


@cli.command()
@_settings
def judge(settings: Settings) -> None:
    """Judge each analyte in each batch by the rules of the chosen profile."""
    from lcms.io.inputs import read_inputs
    from lcms.io.tables import provenance
    from lcms.steps.judge import judge as judge_batches

    judge_batches(
        Path(settings.results), read_inputs(settings), settings, provenance(settings.model_dump())
    )


@cli.command()
@_settings
def summarise(settings: Settings) -> None:
    """Write the wide matrix and print what the tables hold."""
    from lcms.io.inputs import read_ions
    from lcms.io.tables import provenance
    from lcms.steps.summarise import summary_text, write_matrix

    results = Path(settings.results)
    metadata = provenance(settings.model_dump())
    write_matrix(results, read_ions(Path(settings.targets)), metadata)
    click.echo(summary_text(results), nl=False)


@cli.command()
@_settings
def overview(settings: Settings) -> None:
    """Draw overview.html: chromatograms with their borders."""
    from lcms.io.inputs import read_ions
    from lcms.steps.overview import write_overview

    results = Path(settings.results)
    ions = read_ions(Path(settings.targets))
    write_overview(results, ions, settings, results / "overview.html")


@cli.command()
@_settings
@click.pass_context
def gather(context: click.Context, settings: Settings) -> None:
    """Do what follows the parts in one process: combine to overview; print the summary."""
    for step in (combine, quantify, judge, overview, summarise):
        context.invoke(step, settings=settings)


@cli.command()
@click.argument("results", type=_FOLDER, default="results")
@click.option("--target", "-t", "targets", multiple=True, help="Only this; may hold * and ?.")
@click.option("--sample", "-r", "samples", multiple=True, help="Only this; may hold * and ?.")
def show(results: Path, targets: tuple[str, ...], samples: tuple[str, ...]) -> None:
    """Print the peaks and concentrations of some results.

    Both options are repeatable. A name that no row has is told (exit code 2).
    """
    from rich.console import Console
    from rich.table import Table as Grid

    from lcms.steps.show import HEADER, shown_rows

    grid = Grid(*HEADER, box=None, header_style="bold")
    for row in shown_rows(results, targets, samples):
        grid.add_row(*row)
    width = None if sys.stdout.isatty() else 200
    Console(width=width).print(grid)


@cli.command()
@_settings
@click.option("--strict", is_flag=True, help="One failed run is an error.")
def gate(settings: Settings, *, strict: bool) -> None:
    """End with exit code 3 when too many runs could not be read."""
    from lcms.steps.gate import check_failures

    allowed = 0.0 if strict else settings.max_failed_fraction
    n_failed = check_failures(Path(settings.results) / "samples.parquet", allowed)
    click.echo(f"{n_failed} failed runs")


def _named_paths(runs: tuple[str, ...]) -> dict[str, Path]:
    """Return the paths of runs given as SAMPLE_ID=PATH."""
    named = [run.partition("=") for run in runs]
    for name, _, path in named:
        if not (name and path):
            raise click.BadParameter(f"`{name or path}` is not SAMPLE_ID=PATH")
    return {name: Path(path) for name, _, path in named}


@contextmanager
def _progress(label: str, total: int) -> Iterator[Callable[[str], None]]:
    """Give a function to call after each run: a bar on a terminal, plain lines in a log."""
    if not sys.stderr.isatty():
        counter = iter(range(1, total + 1))
        yield lambda name: click.echo(f"{label} {next(counter)}/{total} {name}", err=True)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    def show(name: str) -> None:
        task = bar.tasks[0]
        bar.update(task.id, advance=1, name=name)
        rate = f"{task.finished_speed or task.speed or 0:.1f} runs/s"
        bar.update(task.id, rate=rate, refresh=True)

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), "{task.fields[rate]}")
    shown = (*columns, TimeRemainingColumn(), "{task.fields[name]}")
    console = Console(stderr=True)
    with Progress(*shown, console=console, auto_refresh=False) as bar:  # a thread suits no fork
        bar.add_task(label, total=total, name="", rate="")
        yield show


class _NoPandas:
    """Hides pandas, which no step needs: pyarrow imports it to make its first array, 0.3 s."""

    def find_spec(self, name: str, *_: object) -> None:
        """Refuse pandas; leave the others to others."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def main() -> int:
    """Run the command line and return the exit code; a bug shows its traceback."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # a process is one thread of a job
        os.environ.setdefault(name, "1")
    hidden: Any = _NoPandas()
    sys.meta_path.insert(0, hidden)
    try:
        cli.main(prog_name="lcms", standalone_mode=False)
    except LcmsError as error:
        click.echo(f"error: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Abort:
        return 130
    finally:
        sys.meta_path.remove(hidden)
    return 0
