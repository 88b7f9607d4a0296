"""The methods paragraph of a paper, made from what ran: settings, versions, numbers of runs.

paragraph   the sentences
"""

from collections.abc import Sequence
from pathlib import Path

from lcms.config import Settings
from lcms.io.tables.parquet import read_metadata, read_table, whole_file
from lcms.model import Ion
from lcms.steps.methods.paragraph import RanAnalysis, paragraphs

_TABLES = ("samples", "calibration", "quality", "verdict", "review_audit")


def methods_paragraphs(results: Path, ions: Sequence[Ion], settings: Settings) -> list[str]:
    """Return the paragraphs, the references last; raises TableError if a table is missing."""
    samples, *others = (results / f"{name}.parquet" for name in _TABLES)
    software = read_metadata(samples)["software"]
    runs = read_table(samples).to_pylist()
    calibration, quality, verdict, audit = (read_table(path).to_pylist() for path in others)
    study = RanAnalysis(runs, ions, calibration, quality, verdict, audit, software)
    return paragraphs(study, settings)


def write_methods(results: Path, ions: Sequence[Ion], settings: Settings) -> None:
    """Write `methods.txt`; raises TableError if a table is missing."""
    with whole_file(results / "methods.txt") as part:
        text = "\n\n".join(methods_paragraphs(results, ions, settings))
        part.write_text(text + "\n", encoding="utf-8", newline="\n")
