"""With what method a run was acquired, as far as the head of its file shows it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lcms.io.mzml.text import head_facts, read_head

_POLARITY: Final = re.compile(rb'accession="MS:1000(129|130)"')
# A chromatogram, and a spectrum, of selected reaction monitoring.
_SRM: Final = re.compile(rb'accession="MS:(?:1001473|1000583)"')
_MS1: Final = re.compile(rb'accession="MS:1000511"[^>]*?\bvalue="1"')
_LIMIT: Final = rb'accession="MS:%s"[^>]*?\bvalue="([0-9.eE+]+)"'
_LOWEST: Final = re.compile(_LIMIT % b"1000501")
_HIGHEST: Final = re.compile(_LIMIT % b"1000500")


@dataclass(frozen=True)
class Method:
    """What distinguishes methods: runs of one method can be calibrated together.

    `polarities` holds +1 and -1, both for a run that switches, none where the file names none.
    `scan_range` is the window of the MS1 scans in whole Th, None for SRM or where it varies.
    """

    polarities: frozenset[int]
    is_srm: bool
    instrument: str | None
    scan_range: tuple[int, int] | None


@dataclass(frozen=True)
class RunHead:
    """The start time of a run as the file gives it, and its method."""

    start_time: str | None
    method: Method


def read_run_head(path: Path) -> RunHead:
    """Return start time and method of a run; only the head of the file is read.

    Raises
    ------
    MzmlError
        If the file is missing, empty, no mzML or a damaged gzip.
    """
    head = read_head(path)
    facts = head_facts(path, head)
    is_srm = _SRM.search(head) is not None
    polarities = frozenset({b"129": -1, b"130": 1}[name] for name in _POLARITY.findall(head))
    scan_range = None if is_srm else _scan_range(head)
    return RunHead(facts.start_time, Method(polarities, is_srm, facts.instrument, scan_range))


def _scan_range(head: bytes) -> tuple[int, int] | None:
    """Return the window of the MS1 scans in whole Th; None without one, or if it varies.

    Some programs write the lowest and the highest m/z of each scan instead, which are no method.
    """
    windows = {_window(scan) for scan in head.split(b"<spectrum ")[1:] if _MS1.search(scan)}
    return windows.pop() if len(windows) == 1 else None


def _window(scan: bytes) -> tuple[int, int] | None:
    lowest, highest = _LOWEST.search(scan), _HIGHEST.search(scan)
    if lowest is None or highest is None:
        return None
    return round(float(lowest[1])), round(float(highest[1]))
