"""What both readers make of the terms of a scan: its windows, its function, units of time."""

import re
from collections.abc import Iterable
from math import isfinite
from typing import Final

from lcms.model import Windows

# second, minute, hour, millisecond, microsecond; in s
TIME_UNITS_S: Final = {
    "UO:0000010": 1.0,
    "UO:0000031": 60.0,
    "UO:0000032": 3600.0,
    "UO:0000028": 1e-3,
    "UO:0000029": 1e-6,
}
# Waters numbers functions, SCIEX experiments; the numbers of other native ids count scans.
_FUNCTION: Final = re.compile(r"\b(?:function|experiment)=(\d+)")


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
