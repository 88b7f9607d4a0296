"""What each raw file was when it was read: a changed one is noticed, an archived one not missed.

`extract` writes one list for each chunk, `parts/inputs/<chunk>.json` in the results.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from lcms.errors import MzmlError
from lcms.io.fingerprint import read_fingerprint
from lcms.io.tables.parquet import whole_file


class RawFile(NamedTuple):
    """Name, fingerprint and time of change (ns) of a file."""

    name: str
    fingerprint: str
    time_ns: int

    @property
    def size_mb(self) -> float:
        """Return its size, MB."""
        return int(self.fingerprint.partition("-")[0]) / 1e6

    def text(self) -> str:
        """Return all of it in one line, by which Snakemake notices a change."""
        return f"{self.name} {self.fingerprint} {self.time_ns}"


class RawFiles:
    """The raw files of a study: as they are or, where they were archived, as they were read."""

    def __init__(self, results: Path) -> None:
        self._folder = results / "parts" / "inputs"

    def of(self, sample_id: str, path: Path) -> RawFile | None:
        """Return the file of a run; None if it is neither there nor was read before."""
        try:
            return RawFile(path.name, read_fingerprint(path), path.stat().st_mtime_ns)
        except (MzmlError, OSError):
            return self._as_read(sample_id, path)

    def was_read(self, sample_id: str, path: Path) -> bool:
        """Return whether a run of this name was read from a file of this name."""
        return self._as_read(sample_id, path) is not None

    def size_mb(self, sample_id: str, path: Path) -> float:
        """Return the size of the file of a run, MB; 0 if it is neither there nor was read."""
        if path.is_file():
            return path.stat().st_size / 1e6
        file = self._as_read(sample_id, path)
        return file.size_mb if file else 0.0

    def write(self, chunk: str, files: Mapping[str, RawFile | None]) -> None:
        """Write the list of a chunk, by sample_id."""
        known = {sample_id: file for sample_id, file in files.items() if file}
        with whole_file(self._folder / f"{chunk}.json") as part:
            part.write_text(json.dumps(known, indent=1), encoding="utf-8")

    def _as_read(self, sample_id: str, path: Path) -> RawFile | None:
        file = self._read.get(sample_id)
        return file if file and file.name == path.name else None

    @cached_property
    def _read(self) -> dict[str, RawFile]:
        """The files by sample_id, of several lists that name one the youngest."""
        lists = sorted(self._folder.glob("[!.]*.json"), key=lambda path: path.stat().st_mtime_ns)
        return {
            sample_id: RawFile(*file)
            for path in lists
            for sample_id, file in json.loads(path.read_text(encoding="utf-8")).items()
        }
