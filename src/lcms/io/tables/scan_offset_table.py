"""Places of scans as rows of `triggered`, and back."""

from collections.abc import Mapping
from typing import Any

from lcms.model import ScanOffset, ScanOffsets


def scan_offsets_row(places: ScanOffsets | None) -> dict[str, Any]:
    """Return a row without its `sample_id`, null where no places are known."""
    row: dict[str, Any] = {"file_bytes": places and places.file_bytes}
    return row | {
        name: places and [getattr(place, name) for place in places.scans]
        for name in ScanOffset._fields
    }


def scan_offsets_of(row: Mapping[str, Any]) -> ScanOffsets | None:
    """Return the places of a row, None where it tells none."""
    if row["file_bytes"] is None:
        return None
    columns = (row[name] for name in ScanOffset._fields)
    return ScanOffsets(row["file_bytes"], tuple(map(ScanOffset, *columns)))
