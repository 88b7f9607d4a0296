"""Commands for one chunk of runs, and for one batch; called by `workflow/rules/chunk.smk`."""

from pathlib import Path

import click

from lcms.cli.options import named_paths, settings_option
from lcms.cli.progress import progress
from lcms.config import Settings


@click.command()
@settings_option
@click.option(
    "--threads",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Number of runs read at the same time.",
)
@click.argument("part")
@click.argument("runs", nargs=-1, required=True)
def extract(settings: Settings, threads: int, part: str, runs: tuple[str, ...]) -> None:
    """Extract the chromatograms of all targets from one or more runs.

    Each run is given as SAMPLE_ID=PATH. Writes PART.parquet into parts/runs,
    parts/chromatograms, parts/companions and parts/triggered below the results;
    parts/inputs/PART.json: what the files were when they were read; and parts/plan.json: the
    times by which all runs are read. They stay while what was cut out holds the windows of the
    target sheet.
    """
    from lcms.io.extraction_plan import planned_ions, write_plan
    from lcms.io.raw_files import RawFiles
    from lcms.io.reference.auxiliary_panel import read_all_auxiliary_ions
    from lcms.io.sheets.inputs import read_ions
    from lcms.io.tables.parquet import provenance
    from lcms.steps.extract import extract_runs, write_parts

    results, margin_s = Path(settings.results), settings.extraction.retention_time_margin_s
    ions = planned_ions(results, read_ions(settings), margin_s)
    paths = named_paths(runs)
    auxiliary_ions = read_all_auxiliary_ions(ions, settings.extraction)
    raw_files = RawFiles(results)
    files = {name: raw_files.of(name, path) for name, path in paths.items()}
    with progress("extract", len(paths)) as done:
        rows = extract_runs(paths, ions, settings.extraction, done, auxiliary_ions, threads)
    metadata = provenance({"extraction": settings.extraction.model_dump()})
    write_parts(results / "parts", part, rows, metadata)
    write_plan(results, ions)
    raw_files.write(part, files)


@click.command()
@settings_option
@click.argument("part")
def pick(settings: Settings, part: str) -> None:
    """Pick candidate peaks in a part that `extract` has written."""
    from lcms.io.sheets.inputs import read_ions
    from lcms.io.tables.parquet import provenance, write_rows
    from lcms.schemas import CANDIDATES
    from lcms.steps.pick import pick_chunk

    parts = Path(settings.results) / "parts"
    sections = settings.extraction, settings.integration
    rows = pick_chunk(parts, part, read_ions(settings), *sections)
    metadata = provenance(settings.model_dump(include={"extraction", "integration"}))
    write_rows(parts / "candidates" / f"{part}.parquet", CANDIDATES, rows, metadata)


@click.command()
@settings_option
@click.argument("batch")
def learn(settings: Settings, batch: str) -> None:
    """Learn retention times, peak shapes and noise from all parts of a batch, after `pick`."""
    from lcms.io.sheets.inputs import read_chunks, read_inputs
    from lcms.io.tables.parquet import provenance
    from lcms.steps.learn import learn as learn_batch

    inputs = read_inputs(settings)
    members = [sample for sample in inputs.samples if sample.batch == batch]
    if not members:
        raise click.BadParameter(f"no run of the sample sheet is of the batch `{batch}`")
    chunks = read_chunks(members, settings)
    metadata = provenance(settings.model_dump(include={"extraction", "integration"}))
    learn_batch(Path(settings.results) / "parts", batch, chunks, inputs, settings, metadata)


@click.command()
@settings_option
@click.argument("part")
@click.argument("runs", nargs=-1)
@click.pass_context
def integrate(
    context: click.Context, settings: Settings, part: str, runs: tuple[str, ...]
) -> None:
    """Fit and integrate the peaks of a part, with the results of `learn` for its batch.

    If runs are given, as SAMPLE_ID=PATH, `evidence` follows in the same process.
    """
    from lcms.io.sheets.inputs import guard_panel, read_decisions, read_ions
    from lcms.io.tables.parquet import provenance
    from lcms.steps.integrate import integrate_chunk, write_parts
    from lcms.steps.integrate.target_ions import TargetIons

    ions = read_ions(settings)
    parts = Path(settings.results) / "parts"
    batch = part.rpartition("_")[0]
    targets = TargetIons(ions, guard_panel(ions, settings))
    how = settings.extraction, settings.integration
    decisions = read_decisions(settings, ions)
    rows = integrate_chunk(parts, part, batch, targets, *how, decisions)
    sections = settings.model_dump(include={"extraction", "integration"})
    write_parts(parts, part, rows, provenance(sections))
    if runs:
        context.invoke(evidence, settings=settings, part=part, runs=runs)


@click.command()
@settings_option
@click.argument("part")
@click.argument("runs", nargs=-1, required=True)
def evidence(settings: Settings, part: str, runs: tuple[str, ...]) -> None:
    """Search the MS2 scans inside the peaks of a part for product ions, after `integrate`.

    Each run is given as SAMPLE_ID=PATH. Only MS2 scans that were triggered on a target are read
    again.
    """
    from lcms.io.sheets.inputs import read_ions
    from lcms.io.tables.parquet import provenance, write_rows
    from lcms.schemas import MS2_EVIDENCE
    from lcms.steps.ms2_evidence import evidence_rows

    paths = named_paths(runs)
    parts = Path(settings.results) / "parts"
    with progress("evidence", len(paths)) as done:
        rows = evidence_rows(paths, parts, part, read_ions(settings), settings.evidence, done)
    metadata = provenance({"evidence": settings.evidence.model_dump()})
    write_rows(parts / "ms2_evidence" / f"{part}.parquet", MS2_EVIDENCE, rows, metadata)
