"""Scan offsets as rows of `triggered`, and back."""

from collections.abc import Mapping
from typing import Any

from lcms.model import ScanOffset, ScanOffsets


def scan_offsets_row(offsets: ScanOffsets | None) -> dict[str, Any]:
    """Return a row without its `sample_id`, null where no offsets were noted."""
    row: dict[str, Any] = {"file_bytes": offsets and offsets.file_bytes}
    return row | {
        name: offsets and [getattr(scan, name) for scan in offsets.scans]
        for name in ScanOffset._fields
    }


def scan_offsets_of(row: Mapping[str, Any]) -> ScanOffsets | None:
    """Return the scan offsets of a row, None where it holds none."""
    if row["file_bytes"] is None:
        return None
    columns = (row[name] for name in ScanOffset._fields)
    return ScanOffsets(row["file_bytes"], tuple(map(ScanOffset, *columns)))
