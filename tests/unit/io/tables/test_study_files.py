"""The files of a study, and what `gather` loads."""

import subprocess
import sys
from pathlib import Path

from lcms.io.tables.study_files import PAGE, remove_study


def test_tables_and_page_of_a_study_are_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in ("amounts.parquet", "contrasts.parquet", "peaks.parquet", PAGE):
        (tmp_path / name).touch()

    remove_study(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["peaks.parquet"]


def test_removing_a_study_does_not_load_the_statistics() -> None:
    code = (
        "import sys, lcms.io.tables.study_files; "
        "sys.exit('scipy' in sys.modules or 'lcms.steps' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
