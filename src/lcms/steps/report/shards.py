"""Data of a very large study, in script files beside the page that are loaded when looked at.

A script is the one kind of file that a page which was opened from a disk may load from there.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lcms.io.report_files import SHARD_FOLDER
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

        The folder takes the place of that of an earlier page when it is complete.
        """
        if not self._are_needed:
            shutil.rmtree(self._folder, ignore_errors=True)
            return [text for block in blocks for text in block]
        part = self._folder.with_name(f".{SHARD_FOLDER}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for number, texts in enumerate(blocks):
            for ion, text in enumerate(texts):
                name = f"{ion}-{number}"
                script = f'shard("{name}","{text}");\n'
                (part / f"{name}.js").write_text(script, encoding="ascii", newline="\n")
        shutil.rmtree(self._folder, ignore_errors=True)
        part.replace(self._folder)
        return []
