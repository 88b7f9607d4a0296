"""What both readers make of the terms of a scan: its windows, its function, units of time."""

import re
from collections.abc import Iterable
from math import isfinite
from typing import Final

from lcms.model import Windows

# Of the terms that are used, by their names in the PSI-MS vocabulary. A tag holds both, so that a
# changed accession shows.
_ACCESSIONS: Final = {
    b"scan start time": b"MS:1000016",
    b"collision energy": b"MS:1000045",
    b"centroid spectrum": b"MS:1000127",
    b"profile spectrum": b"MS:1000128",
    b"negative scan": b"MS:1000129",
    b"positive scan": b"MS:1000130",
    b"scan window upper limit": b"MS:1000500",
    b"scan window lower limit": b"MS:1000501",
    b"ms level": b"MS:1000511",
    b"preset scan configuration": b"MS:1000616",
    b"selected ion m/z": b"MS:1000744",
    b"isolation window target m/z": b"MS:1000827",
    b"isolation window lower offset": b"MS:1000828",
    b"isolation window upper offset": b"MS:1000829",
    b"FAIMS compensation voltage": b"MS:1001581",
}
# second, minute, hour, millisecond, microsecond; in s
TIME_UNITS_S: Final = {
    "UO:0000010": 1.0,
    "UO:0000031": 60.0,
    "UO:0000032": 3600.0,
    "UO:0000028": 1e-3,
    "UO:0000029": 1e-6,
}
_NAMED: Final = re.compile(
    rb"<cvParam\b[^>]*?\bname=[\"'](%s)[\"'][^>]*>" % b"|".join(map(re.escape, _ACCESSIONS))
)
# Waters numbers functions, SCIEX experiments; the numbers of other native ids count scans.
_FUNCTION: Final = re.compile(r"\b(?:function|experiment)=(\d+)")


def wrong_accession(text: bytes) -> bytes | None:
    """Return the first tag whose accession does not belong to the name of its term."""
    for tag in _NAMED.finditer(text):
        accession = _ACCESSIONS[tag[1]]
        if not any(b"accession=%b%b%b" % (q, accession, q) in tag[0] for q in (b'"', b"'")):
            return tag[0]
    return None


def function_of(native_id: str) -> int | None:
    """Return the number of the function or experiment that a native id names, None without."""
    match = _FUNCTION.search(native_id)
    return int(match[1]) if match else None


def known_windows(windows_mz: Iterable[tuple[float, float]]) -> Windows:
    """Return the scan windows (Th) that have an extent, in order of their lowest m/z.

    Converters write 0-0 or NaN where they do not know the window.
    """
    return tuple(
        sorted((low, high) for low, high in windows_mz if low < high and isfinite(low + high))
    )


def outer_range(windows_mz: Windows) -> tuple[float, float] | None:
    """Return the lowest and the highest m/z (Th) of some windows; None without any."""
    if not windows_mz:
        return None
    return windows_mz[0][0], max(high for _, high in windows_mz)
