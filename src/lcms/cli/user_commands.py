"""Commands for people: begin a project, check it, simulate one, look at results, discover."""

import shlex
import sys
from dataclasses import replace
from pathlib import Path

import click

from lcms.cli.options import FOLDER, RESULTS, SETTINGS, named_columns, settings_option
from lcms.cli.progress import progress
from lcms.config import Settings, load_settings
from lcms.errors import ConfigError
from lcms.kinds import FigureKind

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("mzml_folder", type=FOLDER)
@click.argument("out", type=FOLDER, default="my_study")
@click.option(
    "--targets",
    type=_FILE,
    help="A target list: of Skyline, MassHunter, Analyst, SCIEX OS, Xcalibur, TraceFinder, MINT, "
    "MRMhub, TraML, or any table. Else: the transitions of SRM runs, or the packaged panel.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=HEADER",
    help="The header (or the number) of a column of the target list, such as precursor_mz=Q1.",
)
@click.option(
    "--sequence",
    type=_FILE,
    help="The run list of the vendor: sample types, levels, order, vials, dilutions.",
)
@click.option(
    "--tracer",
    metavar="LABEL-COMPOUND",
    help="A tracer that was given, such as 13C3-lactate: its isotopologues and those of its "
    "products become targets.",
)
@click.option("--force", is_flag=True, help="Replace sheets that are already there.")
def init(  # noqa: PLR0913  (one for each option)
    mzml_folder: Path,
    out: Path,
    targets: Path | None,
    columns: tuple[str, ...],
    sequence: Path | None,
    tracer: str | None,
    *,
    force: bool,
) -> None:
    """Write sheets and a config for a folder of mzML into OUT (my_study).

    Runs are ordered by start time, or as in the sequence. Sample types that the sequence does not
    give are guessed from the file names; the column `type_guessed` has the reason of each guess,
    and `lcms check` lists them. Check and edit all files before you go on.
    """
    from lcms.steps.init import Lists, init_project
    from lcms.steps.init.tracer_rows import parse_tracer

    labelled = parse_tracer(tracer) if tracer else None
    lists = Lists(targets, named_columns(columns), sequence, labelled)
    for path in init_project(mzml_folder, out, lists, force=force):
        click.echo(f"wrote {path}")
    click.echo(f"next: edit them, then: lcms check {out}")


@click.command()
@click.argument("study", type=SETTINGS, required=False)
@click.option("--settings", "-s", type=SETTINGS, help="The same as STUDY; by default `.`.")
@click.option("--isobars", is_flag=True, help="List all known isobars of every target.")
def check(study: Settings | None, settings: Settings | None, *, isobars: bool) -> None:
    """Check the config and every sheet of STUDY, a folder or a configuration.

    All problems are listed at once, each with file, row, column and reason (exit code 2).
    Warnings say what to give where nothing in the sheet distinguishes a target from another one,
    or from a compound that is usually abundant in the sample.
    """
    from lcms.io.sheets.guesses import guess_messages
    from lcms.io.sheets.inputs import guard_panel, read_inputs
    from lcms.io.sheets.sheet_warnings import sheet_warnings
    from lcms.io.sheets.study_design import check_study
    from lcms.io.sheets.time_units import check_time_unit

    settings = study or settings or load_settings(Path())
    inputs = read_inputs(settings)
    check_time_unit(Path(settings.targets), inputs.samples, settings.extraction.bare_unit_s)
    for line in check_study(settings, inputs.samples, inputs.ions):
        click.echo(f"warning: study: {line}", err=True)
    guard = guard_panel(inputs.ions, settings)
    seldom_meant = sheet_warnings(inputs.samples, inputs.levels, inputs.ions)
    for message in (*guess_messages(inputs.samples), *seldom_meant, *guard.messages()):
        click.echo(f"warning: {message}", err=True)
    for line in guard.isobar_lines() if isobars else ():
        click.echo(line)
    factors = inputs.samples[0].factors
    if factors:
        click.echo(f"study factors, carried as they are: {', '.join(factors)}")
    compounds = len({ion.target_id for ion in inputs.ions})
    click.echo(
        f"ok: {len(inputs.samples)} runs, {compounds} compounds with {len(inputs.ions)} ions, "
        f"{len(inputs.levels)} nominal concentrations"
    )


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("study", type=click.Path(path_type=Path), default=Path())
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def run(study: Path, options: tuple[str, ...]) -> None:
    """Run a study: Snakemake on its config.yaml, on all cores of this machine.

    STUDY is the folder that `lcms init` wrote, or a configuration; it may lie anywhere. Only what
    is missing or has changed is done. All further OPTIONS are those of Snakemake: `-n` shows the
    plan, `--cores 4` uses fewer cores; paths in them count from the folder of the study.
    """
    import subprocess

    from lcms.io.sheets.inputs import read_inputs
    from lcms.steps.run_study import snakemake_command

    if not any(option.startswith("--config") for option in options):
        read_inputs(load_settings(study))
    command = snakemake_command(study, options)
    click.echo(f"running: {shlex.join(command)}", err=True)
    code = subprocess.run(command, check=False).returncode  # noqa: S603  (our own command)
    if code:
        raise click.exceptions.Exit(code)
    results = Path(load_settings(study).results)
    page = results / "report.html"
    if page.exists():
        click.echo(f"look first at: {page}\nvalues, and why one is missing: lcms show {results}")


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--preset", default="standard", show_default=True, help="The kind of batch.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same files.")
@click.option("--unknowns", type=int, default=None, help="Number of unknown samples.")
@click.option(
    "--acquisition",
    type=click.Choice(["full_scan", "srm", "prm", "dia"]),
    metavar="NAME",
    default="full_scan",
    show_default=True,
    help="full_scan, srm, prm or dia; the true areas are the same.",
)
@click.option(
    "--product-interference",
    "interference",
    type=float,
    default=0.0,
    help="Add an interference to one product ion of Lac-Phe, nmol/L.",
)
@click.option(
    "--accidents",
    multiple=True,
    metavar="NAME",
    help="An accident of the laboratory that happens in the batch; can be repeated.",
)
@click.option(
    "--study",
    metavar="NAME",
    help="A study with known effects: exercise, crossover, kinetics or tracer.",
)
@click.option(
    "--subjects",
    type=click.IntRange(min=1),
    help="Of the study; for kinetics the wells at each level.  [default: 6, 8, 1, 3]",
)
def simulate(  # noqa: PLR0913, PLR0917  (one for each option)
    folder: Path,
    preset: str,
    seed: int,
    unknowns: int | None,
    acquisition: str,
    interference: float,
    accidents: tuple[str, ...],
    study: str | None,
    subjects: int | None,
) -> None:
    """Write a simulated batch: mzML, sheets and truth.

    Presets: plain, standard, resolution_0.7, resolution_0.5, strong_drift, noisy, tailing,
    shape, hard, profile, widths, widening.

    Accidents: swapped_vials, levels_as_pooled, failed_injection, unreadable_run, after_a_giant,
    blank_after_failed, one_file_twice, half_injected, injected_twice, tenth_injected,
    no_standard, mass_shift, spray_gap, isobar_in_one.

    Studies: the unknowns are the samples of subjects, and truth_study.tsv has what `lcms study`
    must find.
    """
    from lcms.simulation.plan import PRESETS, Acquisition
    from lcms.simulation.studies import simulated_study
    from lcms.steps.simulate import simulate as write_batch

    if preset not in PRESETS:
        raise ConfigError(f"--preset: `{preset}` is not one of {', '.join(PRESETS)}")
    if study is not None and unknowns is not None:
        raise ConfigError("--unknowns: the unknowns of a study follow from --subjects")
    if study is None and subjects is not None:
        raise ConfigError("--subjects: only a --study has subjects")
    plan = replace(
        PRESETS[preset],
        seed=seed,
        acquisition=Acquisition(acquisition),
        product_interference=interference,
    )
    if unknowns is not None:
        plan = replace(plan, n_unknowns=unknowns)
    made = None if study is None else simulated_study(study, plan, subjects)
    paths = write_batch(folder, plan, accidents, made)
    click.echo(f"wrote {len(paths)} simulated runs, their sheets and truth.tsv into {folder}")


@click.command()
@click.argument("results", type=RESULTS, default="results")
@click.option("--target", "-t", "targets", multiple=True, help="Only this; * and ? are wildcards.")
@click.option("--sample", "-r", "samples", multiple=True, help="Only this; * and ? are wildcards.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated, for a spreadsheet.")
def show(
    results: Path, targets: tuple[str, ...], samples: tuple[str, ...], *, as_csv: bool
) -> None:
    """Print the peaks and concentrations of some results, and why a pair has no value.

    The first two options can be repeated. A name that matches no row is an error (exit code 2).
    """
    from rich.console import Console
    from rich.table import Table as Grid

    from lcms.flags import listed
    from lcms.steps.show import REASON, shown_csv, shown_table

    if as_csv:
        click.echo(shown_csv(results, targets, samples), nl=False)
        return
    table = shown_table(results, targets, samples)
    reasons = table.pop(REASON)
    grid = Grid(*table.columns, box=None, header_style="bold")
    for texts in table.itertuples(index=False):
        grid.add_row(*texts)
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    console.print(grid)
    for reason, pairs in table.groupby(reasons, sort=False):
        if reason:
            names = [f"{row.sample} {row.target}" for row in pairs.itertuples()]
            console.print(f"\nno value: {listed(names)}\n  because: {reason}", markup=False)


@click.command()
@click.argument("results", type=RESULTS, default="results")
@click.option("--out", type=FOLDER, help="Where to write; by default RESULTS/export.")
@click.option("--csv", "formats", flag_value="csv", multiple=True, help="Each table as CSV.")
@click.option("--xlsx", "formats", flag_value="xlsx", multiple=True, help="One workbook.")
@click.option(
    "--skyline",
    "formats",
    flag_value="skyline",
    multiple=True,
    help="A transition list for Skyline, and the results in the columns of its reports.",
)
@click.option(
    "--mrmhub", "formats", flag_value="mrmhub", multiple=True, help="A long table for MRMhub."
)
def export(results: Path, out: Path | None, formats: tuple[str, ...]) -> None:
    """Write results for spreadsheets, statistics, Skyline or MRMhub.

    Long tables and wide ones, lists as text, units in the second header row of the workbook and in
    units.csv. Without an option: CSV and the workbook.
    """
    from lcms.steps.export import FORMATS

    for name in formats or ("csv", "xlsx"):
        for path in FORMATS[name](results, out or results / "export"):
            click.echo(f"wrote {path}")


@click.command()
@click.argument("results", type=RESULTS, default="results")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice([kind.value for kind in FigureKind]),
    metavar="NAME",
    multiple=True,
    help="Only calibration, controls, chromatograms or study; can be repeated.",
)
@click.option("--target", "-t", "targets", multiple=True, help="Only this; * and ? are wildcards.")
@click.option(
    "--sample",
    "-r",
    "samples",
    multiple=True,
    help="Chromatograms of this run instead of typical ones; * and ? are wildcards.",
)
@click.option("--out", type=FOLDER, help="Where to write; by default RESULTS/figures.")
def figures(
    results: Path,
    kinds: tuple[str, ...],
    targets: tuple[str, ...],
    samples: tuple[str, ...],
    out: Path | None,
) -> None:
    """Draw calibrations, controls, chromatograms and a study for a paper, as SVG and PNG.

    One figure for each analyte and batch, as wide as a printed column (85 mm). Chromatograms are
    those of a blank, the calibrator at the LLOQ, a control and an unknown, or of the runs that are
    named.
    """
    from lcms.steps.figures import WantedFigures, write_figures

    wanted = WantedFigures([FigureKind(kind) for kind in kinds or FigureKind], targets, samples)
    for path in write_figures(results, wanted, out or results / "figures"):
        click.echo(f"wrote {path}")


@click.command()
@click.argument("results", type=RESULTS, default="results")
@click.option("--port", type=int, default=0, help="Port of the server; by default any free one.")
@click.option("--sheet", type=click.Path(path_type=Path, dir_okay=False), help="Review sheet.")
def review(results: Path, port: int, sheet: Path | None) -> None:
    """Serve the report of some results, and save its decisions in place.

    Only this machine, and only who has the address that is printed, gets an answer. Decisions go
    to the review sheet that the configuration names, or else to review.tsv beside the results.
    """
    from lcms.steps.review import ReviewServer, review_sheet_of

    page = results / "report.html"
    if not page.exists():
        raise ConfigError(f"{page}: is not there; `lcms run` writes it")
    named, is_named = review_sheet_of(results) if sheet is None else (sheet, True)
    with ReviewServer(page, named, port) as server:
        click.echo(f"open: {server.address}\ndecisions are saved to {named}; Ctrl-C ends")
        if not is_named:
            click.echo(f"for the next run add to the configuration:  review: {named.name}")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("ended")


@click.command()
@settings_option
def discover(settings: Settings) -> None:
    """Search all runs for further lactoyl conjugates.

    Writes candidates.parquet: precursors whose product ions (DDA, DIA) show the pattern of a
    lactoyl conjugate, with possible formulas. They are hypotheses, not identifications.
    """
    from lcms.io.sheets.inputs import read_inputs
    from lcms.io.tables.parquet import provenance, write_rows
    from lcms.schemas import DISCOVERED
    from lcms.steps.discover import discovered_rows

    samples = read_inputs(settings).samples
    with progress("discover", len(samples)) as done:
        rows = discovered_rows(samples, settings.evidence, done)
    path = Path(settings.results) / "candidates.parquet"
    write_rows(path, DISCOVERED, rows, provenance({"evidence": settings.evidence.model_dump()}))
    click.echo(f"wrote {len(rows)} hypotheses of lactoyl conjugates to {path}")


@click.command()
@click.argument("results", type=RESULTS, default="results")
def verify(results: Path) -> None:
    """Check that some results belong together.

    Every output is compared with its hash in manifest.json, every table with the versions and
    settings of the run, the sheets and the raw files with what they were. What does not fit is
    named (exit code 3). Raw files that were archived are not missed.
    """
    from lcms.errors import ManifestError
    from lcms.steps.verify import problems_of

    problems = problems_of(results)
    for problem in problems:
        click.echo(problem)
    if problems:
        raise ManifestError(f"{results}: what is named does not belong together")
    click.echo(f"ok: everything in {results} belongs together")
