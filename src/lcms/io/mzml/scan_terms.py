"""What both readers make of the terms of a scan: its windows, and the number of its function."""

import re
from collections.abc import Iterable
from math import isfinite
from typing import Final

from lcms.model import Windows

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
