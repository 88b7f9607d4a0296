"""Data of a very large study, in script files beside the page that are loaded when looked at.

A script is the one kind of file that a page which was opened from a disk may load from there.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lcms.io.report_files import SHARD_FOLDER
from lcms.io.tables.parquet import whole_file
from lcms.steps.report.ion_data import runs_per_block


class Shards:
    """The files beside a page, if it has any.

    Parameters
    ----------
    page : Path
    n_runs, n_rows : int
        Numbers of runs, and of ions and isomer sums.
    """

    def __init__(self, page: Path, n_runs: int, n_rows: int) -> None:
        self._folder = page.with_name(SHARD_FOLDER)
        self._runs = runs_per_block(n_runs, n_rows)
        self._are_needed = self._runs < n_runs

    def described(self) -> dict[str, Any]:
        """Return for the page: the folder, or None, and the number of runs of a file."""
        return {"folder": SHARD_FOLDER if self._are_needed else None, "runs": self._runs}

    def written(self, blocks: Iterable[list[str]]) -> list[str]:
        """Write the packed data beside the page; return those that go into it.

        Files of an earlier page are removed.
        """
        shutil.rmtree(self._folder, ignore_errors=True)
        if not self._are_needed:
            return [text for block in blocks for text in block]
        for number, texts in enumerate(blocks):
            for ion, text in enumerate(texts):
                name = f"{ion}-{number}"
                with whole_file(self._folder / f"{name}.js") as part:
                    part.write_text(f'shard("{name}","{text}");\n', encoding="ascii", newline="\n")
        return []
