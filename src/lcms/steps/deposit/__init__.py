"""`lcms deposit`: the results as repositories and journals want them.

deposit_tables    what the files are made of: runs, targets, and the rows of a compound or an ion
study_variables   which injections belong together: sample types and the factors of the study
mztab_metadata    results.mzTab: what was measured, and how
mztab_rows        results.mzTab: molecules, features and evidence
mzqc              results.mzQC: how each run went
"""

from pathlib import Path

from lcms.io.mztab import write_mztab
from lcms.steps.deposit.deposit_tables import read_deposit_tables
from lcms.steps.deposit.mzqc import write_mzqc
from lcms.steps.deposit.mztab_metadata import metadata_lines
from lcms.steps.deposit.mztab_rows import section_lines
from lcms.steps.deposit.study_variables import study_variables


def write_deposit(results: Path) -> None:
    """Write `results.mzTab` and `results.mzQC`; raises TableError if a table cannot be read."""
    tables = read_deposit_tables(results)
    variables = study_variables(tables.runs, tables.factors)
    lines = [*metadata_lines(tables, variables), *section_lines(tables, variables)]
    write_mztab(results / "results.mzTab", lines)
    write_mzqc(results / "results.mzQC", tables)
