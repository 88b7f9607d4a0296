"""Sheets written as text, and what is read of them or told."""

from pathlib import Path

from lcms.io.sheets.run_sheets import Report, read_targets
from lcms.model import Ion

SAMPLES = "sample_id\tmzml\tsample_type\n"
TARGETS = "target_id\tkind\tformula\tadduct\n"
DEFAULT_WINDOW_S = 20.0
LAC_LEU = "Lac-Leu\tanalyte\tC9H17NO4\t[M-H]-\n"


def written(folder: Path, name: str, text: str) -> Path:
    """Write a sheet, and runs beside it (empty; nobody opens them)."""
    for run in ("a.mzML", "b.mzML.gz", "c.mzML", "d.mzML"):
        (folder / run).touch()
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return folder / name


def ions_of(folder: Path, text: str) -> tuple[Ion, ...]:
    report = Report()
    ions = read_targets(written(folder, "targets.tsv", text), report, DEFAULT_WINDOW_S)
    report.check()
    return ions
