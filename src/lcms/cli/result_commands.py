"""Commands for all runs, from the parts to the page; called by `workflow/rules/gather.smk`.

Each reads the sheets that it needs; `gather`, which runs all of them, hands over what it has read.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lcms.cli.options import settings_option
from lcms.config import Settings

if TYPE_CHECKING:  # a command loads what it needs when it is called
    from lcms.io.sheets.inputs import Inputs


@click.command()
@settings_option
def combine(settings: Settings, inputs: "Inputs | None" = None) -> None:
    """Combine the parts of all chunks into one file per table."""
    from lcms.io.sheets.inputs import read_chunks, read_inputs
    from lcms.io.tables.parquet import provenance
    from lcms.steps.combine import combine as combine_tables

    inputs = inputs or read_inputs(settings)
    chunks = read_chunks(inputs.samples, settings)
    metadata = provenance(settings.recorded())
    combine_tables(Path(settings.results), inputs.samples, inputs.ions, chunks, metadata)


@click.command()
@settings_option
def quantify(settings: Settings, inputs: "Inputs | None" = None) -> None:
    """Calculate responses and concentrations from the areas, batch by batch."""
    from lcms.io.sheets.inputs import read_inputs
    from lcms.io.tables.parquet import provenance
    from lcms.steps.quantify import quantify as quantify_tables

    quantify_tables(
        Path(settings.results),
        inputs or read_inputs(settings),
        settings.quantification,
        settings.extraction.mz_tolerance_ppm,
        settings.evidence.product_tolerance_ppm,
        provenance(settings.recorded()),
    )


@click.command()
@settings_option
def judge(settings: Settings, inputs: "Inputs | None" = None) -> None:
    """Judge each analyte in each batch by the acceptance rules of the chosen profile."""
    from lcms.io.sheets.inputs import read_inputs
    from lcms.io.tables.parquet import provenance
    from lcms.steps.judge import judge as judge_batches

    judge_batches(
        Path(settings.results),
        inputs or read_inputs(settings),
        settings.verdict.profile,
        provenance(settings.recorded()),
        has_clean_zero=settings.quantification.has_clean_zero,
    )


@click.command()
@settings_option
def triage(settings: Settings, inputs: "Inputs | None" = None) -> None:
    """Mark every result as valid, warning or error by the rules of the triage."""
    from lcms.io.sheets.inputs import read_inputs
    from lcms.io.tables.parquet import provenance
    from lcms.steps.triage import triage as triage_results

    results, metadata = Path(settings.results), provenance(settings.recorded())
    triage_results(results, inputs or read_inputs(settings), settings, metadata)


@click.command()
@settings_option
def report(settings: Settings, inputs: "Inputs | None" = None) -> None:
    """Write report.html: a page to look at the results, and to review them."""
    from lcms.io.sheets.inputs import read_ions
    from lcms.steps.methods import methods_paragraphs
    from lcms.steps.report import Texts, write_report
    from lcms.steps.summarise.diagnosis import diagnosis

    results, ions = Path(settings.results), inputs.ions if inputs else read_ions(settings)
    texts = Texts(diagnosis(results, ions), methods_paragraphs(results, ions, settings))
    write_report(results, ions, settings, texts, results / "report.html")


@click.command()
@settings_option
def summarise(settings: Settings, inputs: "Inputs | None" = None) -> None:
    """Write the matrices, the targets and the settings that ran; print a summary."""
    from lcms.io.sheets.inputs import read_inputs
    from lcms.io.tables.parquet import provenance
    from lcms.steps.matrices import write_matrices
    from lcms.steps.settings_file import write_settings
    from lcms.steps.summarise import summary_text
    from lcms.steps.target_table import write_targets

    results, inputs = Path(settings.results), inputs or read_inputs(settings)
    metadata = provenance(settings.recorded())
    write_matrices(results, inputs.samples, inputs.ions, metadata)
    write_targets(results, inputs.ions, settings, metadata)
    write_settings(results, settings)
    click.echo(summary_text(results, inputs.ions), nl=False)


@click.command()
@settings_option
def deposit(settings: Settings, inputs: "Inputs | None" = None) -> None:
    """Write results.mzTab and results.mzQC for repositories, methods.txt for a paper."""
    from lcms.io.sheets.inputs import read_ions
    from lcms.steps.deposit import write_deposit
    from lcms.steps.methods import write_methods

    write_deposit(Path(settings.results))
    ions = inputs.ions if inputs else read_ions(settings)
    write_methods(Path(settings.results), ions, settings)


@click.command()
@settings_option
def manifest(settings: Settings) -> None:
    """Write manifest.json: every output with its hash, versions and settings."""
    from lcms.io.manifest import write_manifest
    from lcms.io.tables.parquet import provenance

    sheets = [settings.samples, settings.targets, *([settings.levels] if settings.levels else [])]
    metadata = provenance(settings.recorded())
    write_manifest(Path(settings.results), map(Path, sheets), metadata)


@click.command()
@settings_option
@click.pass_context
def study(context: click.Context, settings: Settings) -> None:
    """Write what a study reports: amounts, ratios, time courses, pharmacokinetics, contrasts.

    amounts.parquet where the sample sheet has masses, counts or creatinine; kinetics.parquet where
    it has enzyme assays; ratios.parquet by the
    setting `study.ratios`; by `study.design` design.parquet, and what the design allows of
    series.parquet, nca.parquet and contrasts.parquet. Their figures are on the page study.html.
    Prints what was written and why the rest is missing.
    """
    from lcms.io.sheets.inputs import read_inputs
    from lcms.io.tables.parquet import provenance
    from lcms.io.tables.result_tables import is_simulated
    from lcms.io.tables.study_files import PAGE
    from lcms.steps.figures.study import study_drawings
    from lcms.steps.figures.study.study_page import write_study_page
    from lcms.steps.study import write_study

    metadata = provenance(settings.recorded())
    results, inputs = Path(settings.results), read_inputs(settings)
    lines = write_study(results, inputs, settings, metadata)
    drawings = study_drawings(results)
    write_study_page(results / PAGE, drawings, lines, is_simulated=is_simulated(results))
    for line in lines:
        click.echo(line)
    context.invoke(manifest, settings=settings)


@click.command()
@settings_option
@click.pass_context
def gather(context: click.Context, settings: Settings) -> None:
    """Run all steps from combine to manifest in one process; a study must be made again then."""
    from lcms.io.sheets.inputs import read_inputs
    from lcms.io.tables.study_files import remove_study

    remove_study(Path(settings.results))
    inputs = read_inputs(settings)
    for step in (combine, quantify, judge, triage, report, summarise, deposit):
        context.invoke(step, settings=settings, inputs=inputs)
    context.invoke(manifest, settings=settings)


@click.command()
@settings_option
@click.option("--strict", is_flag=True, help="A single failed run is an error.")
def gate(settings: Settings, *, strict: bool) -> None:
    """End with exit code 3 if too many runs could not be read."""
    from lcms.steps.gate import check_failures

    allowed = 0.0 if strict else settings.max_failed_fraction
    n_failed = check_failures(Path(settings.results) / "samples.parquet", allowed)
    click.echo(f"{n_failed} failed runs")
