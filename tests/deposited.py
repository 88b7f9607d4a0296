"""A small project to deposit: an analyte, its standard, three runs of two groups."""

from pathlib import Path

from builders import Eluting, write_run
from lcms.numerics.mass.formulas import ion_mz
from pipeline import lay_out, read_sheet, run_steps, write_sheet

LABELLED = "(13)C6C3H17(15)NO4"
TARGETS = [
    {
        "target_id": "Lac-Leu",
        "name": "lactoylleucine, L",
        "kind": "analyte",
        "formula": "C9H17NO4",
        "adduct": "[M-H]-",
        "internal_standard": "IS",
        "internal_standard_concentration": 10,
        "retention_time_s": 60,
    },
    {
        "target_id": "IS",
        "kind": "internal_standard",
        "formula": LABELLED,
        "adduct": "[M-H]-",
        "retention_time_s": 60,
    },
]
GROUPS = ("early", "late", "late")
RATIOS = (1, 2, 3)  # of the areas of analyte and standard


def deposited(folder: Path) -> Path:
    """Run the project, all steps; return its results."""
    runs: dict[str, Path | str] = {}
    for ratio, name in zip(RATIOS, "abc", strict=True):
        eluting = [
            Eluting(ion_mz("C9H17NO4", "[M-H]-"), 60.0, ratio * 1e6),
            Eluting(ion_mz(LABELLED, "[M-H]-"), 60.0, 1e6),
        ]
        runs[name] = write_run(folder / f"{name}.mzML", eluting, seed=ratio, polarity=-1)
    config = lay_out(folder, runs, TARGETS)
    samples = read_sheet(folder / "samples.tsv")
    write_sheet(
        folder / "samples.tsv",
        [
            row | {"mzml": f"{row['sample_id']}.mzML", "group": group}
            for row, group in zip(samples, GROUPS, strict=True)
        ],
    )
    assert run_steps(config).code == 0
    return folder / "results"
