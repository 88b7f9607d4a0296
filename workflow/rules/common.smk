"""Settings, samples and chunks. Wrong input ends here, before any job starts."""

import hashlib
from functools import cache
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.settings.types import DeploymentMethod

from lcms import __version__
from lcms.config import merged_settings
from lcms.errors import LcmsError
from lcms.groups import by_batch
from lcms.io.extraction_plan import plan_digest, planned_ions
from lcms.io.raw_files import RawFiles
from lcms.io.sheets.inputs import read_chunks, read_inputs
from lcms.io.sheets.study_design import check_study, study_tables
from lcms.io.sheets.time_units import check_time_unit
from lcms.steps.run_study import lcms_command
from lcms.steps.verify import foreign_tables

try:
    SETTINGS = merged_settings(
        config,
        [Path(path).absolute() for path in workflow.configfiles],
        workflow.config_settings.config or {},
    )
    INPUTS = read_inputs(SETTINGS)
    SAMPLES, DECISIONS = INPUTS.samples, INPUTS.decisions
    check_time_unit(Path(SETTINGS.targets), SAMPLES, SETTINGS.extraction.bare_unit_s)
    CHUNKS = read_chunks(SAMPLES, SETTINGS)
    check_study(SETTINGS, SAMPLES, INPUTS.ions)
except LcmsError as error:
    raise WorkflowError(f"the input is wrong:\n{error}") from None


# In the rules `lcms` is the package that this file imports, whatever `lcms` is on the PATH.
LCMS = lcms_command(
    in_conda=DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method
)
shell.prefix('lcms() {{ {LCMS} "$@"; }}; ')

MOST_WORKERS = 4  # processes that read the runs of a chunk
RESULTS = SETTINGS.results
RAW_FILES = RawFiles(Path(RESULTS))
# Runs are read again if this changes, not if the sheet does.
PLANNED_IONS = planned_ions(
    Path(RESULTS), INPUTS.ions, SETTINGS.extraction.retention_time_margin_s
)
BATCHES = by_batch(SAMPLES)
TABLES = [
    "samples",
    "chromatograms",
    "peaks",
    "fits",
    "decisions",
    "decoys",
    "concentrations",
    "calibration",
    "calibrators",
    "ions",
    "ms2_evidence",
    "quality",
    "verdict",
    "triage",
    "recovery",
    "parallelism",
    "preparation",
    "detection",
    "concentration_matrix",
    "response_matrix",
    "targets",
    "review_audit",
]
STUDY = [
    f"{RESULTS}/{name}.parquet" for name in study_tables(SETTINGS, SAMPLES, INPUTS.ions)
]
LEARNED = ["times", "compounds", "batches"]
LEVELS = [SETTINGS.levels] if SETTINGS.levels else []
REVIEW = [SETTINGS.review] if SETTINGS.review else []
LIBRARY = [SETTINGS.evidence.library] if SETTINGS.evidence.library else []


wildcard_constraints:
    chunk=r"[A-Za-z0-9._-]+_\d\d\d\d+",
    batch=r"[A-Za-z0-9._-]+",


def chunks_of(batch):
    """Return the chunks of a batch."""
    return [chunk for chunk, runs in CHUNKS.items() if runs[0].batch == batch]


def runs_of(wildcards):
    """Return the number of runs of a job."""
    if hasattr(wildcards, "chunk"):
        return len(CHUNKS[wildcards.chunk])
    return len(BATCHES[wildcards.batch] if hasattr(wildcards, "batch") else SAMPLES)


def taught_by(batch):
    """Return the rows of a batch in the sheet; a change of other rows does not re-run it."""
    return [
        f"{run.sample_id} {run.sample_type.value} {run.level} {run.injection_order} {run.exclude}"
        for run in BATCHES[batch]
    ]


@cache
def raw_file(sample_id, path):
    """Return what a raw file is, or was when it was read; None: neither."""
    return RAW_FILES.of(sample_id, Path(path))


def raw_files(wildcards):
    """Return size, time and content hash of the raw files of a chunk.

    They are a parameter of the jobs, not an input. Then an older file in the place of a newer one
    is noticed too, and a file that was archived after it was read is not missed.
    """
    files = (raw_file(run.sample_id, run.mzml) for run in CHUNKS[wildcards.chunk])
    return [file.text() if file else "" for file in files]


def sizes_mb(wildcards):
    """Return the sizes of the raw files of a chunk."""
    files = (raw_file(run.sample_id, run.mzml) for run in CHUNKS[wildcards.chunk])
    return [file.size_mb if file else 0.0 for file in files]


@cache
def content(*paths):
    """Return a hash of sheets: Snakemake alone compares their times."""
    texts = (Path(path).read_bytes() for path in paths)
    return [hashlib.sha256(text).hexdigest()[:16] for text in texts]


def reading_mb(wildcards, threads, attempt):
    """Return the memory of reading: a reader holds one scan; the rest is for unusual files."""
    return attempt * int(500 + threads * (200 + 0.1 * max(sizes_mb(wildcards))))


def reading_min(wildcards, attempt):
    """Return the minutes of reading, for a slow disk (10 MB/s) and a fixed time per run."""
    sizes = sizes_mb(wildcards)
    return attempt * int(10 + sum(sizes) / 600 + len(sizes) / 60)


def batch_mb(wildcards, attempt):
    """Return the memory of a step that uses all runs of a batch."""
    return attempt * (1000 + 2 * len(BATCHES[wildcards.batch]))


def batch_min(wildcards, attempt):
    """Return the minutes of a step that uses all runs of a batch."""
    return attempt * (20 + len(BATCHES[wildcards.batch]) // 10)


def reviewed_in(runs):
    """Return the decisions of reviewers on some runs; a change of others does not re-run a rule."""
    ids = {run.sample_id for run in runs}
    return [str(decision) for decision in DECISIONS if decision.sample_id in ids]


def review_of(lines):
    """Return the name of the setting `review` if there are decisions; a rule without has none."""
    return ["review"] if lines else []


def excluded_in(batch):
    """Return the decisions of reviewers that exclude a run of a batch: it teaches nothing."""
    return [line for line in reviewed_in(BATCHES[batch]) if "EXCLUDE_SAMPLE" in line]


def section(*names):
    """Return some settings as JSON; a change of the others does not re-run the rule."""
    return SETTINGS.model_dump_json(include={"targets", "results", *names})


ALL_SETTINGS = SETTINGS.model_dump_json()
