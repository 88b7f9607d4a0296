"""What is fuzzed: parsers that take any bytes, and read them or refuse them by name.

Each returns whether its bytes were read. Any exception but a deliberate one is a fault.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from keeping import Keeping
from lcms.config import load_settings
from lcms.errors import LcmsError
from lcms.io.lists.table_list import read_table_list
from lcms.io.mzml.arrays import UnusualError
from lcms.io.mzml.fast_reader import ChecksumError, read_fast
from lcms.io.mzml.reader import read_run
from lcms.io.mzml.visitor import Gate
from lcms.io.sheets.run_sheets import Report, read_levels, read_samples, read_targets
from lcms.model import Wanted

CORPUS: Final = Path(__file__).parent / "hostile" / "corpus"
_HIGHEST_MZ: Final = 300.0
_EVERYTHING: Final = Wanted(frozenset({1, 2}), chromatograms=True)
_WINDOW_S: Final = 30.0
_REFUSALS: Final = (LcmsError, UnusualError, ChecksumError)

Parser = Callable[[bytes], bool]


def _reads_fast(path: Path) -> None:
    read_fast(path, Gate(path, Keeping(_HIGHEST_MZ), _EVERYTHING))


def _reads_run(path: Path) -> None:
    read_run(path, lambda: Keeping(_HIGHEST_MZ), _EVERYTHING)


def _reads_samples(path: Path) -> None:
    report = Report()
    read_samples(path, report)
    report.check()


def _reads_targets(path: Path) -> None:
    report = Report()
    read_targets(path, report, _WINDOW_S)
    report.check()


def _reads_levels(path: Path) -> None:
    report = Report()
    read_levels(path, report)
    report.check()


def _reads_list(path: Path) -> None:
    read_table_list(path, {})


_READ: Final[Mapping[str, tuple[str, Callable[[Path], object]]]] = {
    "fast_reader": ("a.mzML", _reads_fast),
    "both_readers": ("a.mzML", _reads_run),
    "samples": ("samples.tsv", _reads_samples),
    "targets": ("targets.tsv", _reads_targets),
    "levels": ("levels.tsv", _reads_levels),
    "config": ("config.yaml", load_settings),
    "list": ("list.csv", _reads_list),
}
PARSERS: Final = tuple(_READ)


def parser(name: str, folder: Path) -> Parser:
    """Return a parser that writes its bytes to a folder."""
    file_name, read = _READ[name]
    path = folder / file_name
    (folder / "good.mzML").touch()  # which the sample sheet names

    def reads(content: bytes) -> bool:
        path.write_bytes(content)
        try:
            read(path)
        except _REFUSALS:
            return False
        return True

    return reads
