"""Settings, samples and chunks. Wrong input ends here, before any job starts."""

from pathlib import Path

from snakemake.exceptions import WorkflowError

from lcms import __version__
from lcms.chunks import by_batch
from lcms.config import parse_settings
from lcms.errors import LcmsError
from lcms.io.inputs import read_chunks, read_inputs

try:
    SETTINGS = parse_settings(config, "configuration")
    SAMPLES = read_inputs(SETTINGS).samples
    CHUNKS = read_chunks(SAMPLES, SETTINGS)
except LcmsError as error:
    raise WorkflowError(f"the input is wrong:\n{error}") from None

MOST_WORKERS = 4  # processes that read the runs of a chunk
RESULTS = SETTINGS.results
BATCHES = by_batch(SAMPLES)
TABLES = [
    "samples",
    "chromatograms",
    "peaks",
    "decisions",
    "decoys",
    "concentrations",
    "calibration",
    "calibrators",
    "ions",
    "quality",
    "verdict",
    "detection",
    "abundance_matrix",
]
LEARNED = ["times", "compounds", "batches"]
LEVELS = [SETTINGS.levels] if SETTINGS.levels else []


wildcard_constraints:
    chunk=r"[A-Za-z0-9._-]+_\d\d\d\d+",
    batch=r"[A-Za-z0-9._-]+",


def chunks_of(batch):
    """Return the chunks of a batch."""
    return [chunk for chunk, runs in CHUNKS.items() if runs[0].batch == batch]


def taught_by(batch):
    """Return what the sheet says of the runs of a batch: no other cell can re-run its learning."""
    return [
        f"{run.sample_id} {run.sample_type.value} {run.level} {run.injection_order}"
        for run in BATCHES[batch]
    ]


def section(*names):
    """Return part of the settings as JSON: what is not in it cannot re-run the rule."""
    return SETTINGS.model_dump_json(include={"targets", "results", *names})


ALL_SETTINGS = SETTINGS.model_dump_json()
