"""The methods paragraph of a paper, made from what ran: settings, versions, numbers of runs.

paragraph   the sentences
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lcms.config import Settings
from lcms.io.tables.parquet import read_metadata, read_table, whole_file
from lcms.model import Ion
from lcms.steps.methods.paragraph import RanAnalysis, paragraphs

_COLUMNS: Final = {  # of the tables beside `samples`: what the sentences need
    "calibration": ["slope", "model", "weighting", "n_used", "drift", "drift_percent"],
    "quality": ["batch", "acceptance"],
    "verdict": ["rule"],
    "review_audit": ["outcome"],
}


def methods_paragraphs(results: Path, ions: Sequence[Ion], settings: Settings) -> list[str]:
    """Return the paragraphs, the references last; raises TableError if a table is missing."""
    samples = results / "samples.parquet"
    rows = {
        name: read_table(results / f"{name}.parquet", columns).to_pylist()
        for name, columns in _COLUMNS.items()
    }
    software = read_metadata(samples)["software"]
    study = RanAnalysis(read_table(samples).to_pylist(), ions, software=software, **rows)
    return paragraphs(study, settings)


def write_methods(results: Path, ions: Sequence[Ion], settings: Settings) -> None:
    """Write `methods.txt`; raises TableError if a table is missing."""
    with whole_file(results / "methods.txt") as part:
        text = "\n\n".join(methods_paragraphs(results, ions, settings))
        part.write_text(text + "\n", encoding="utf-8", newline="\n")
