"""Places of scans as rows of `triggered`, and back."""

from collections.abc import Mapping
from typing import Any

from lcms.model import Places, ScanPlace


def places_row(places: Places | None) -> dict[str, Any]:
    """Return a row without its `sample_id`, null where no places are known."""
    row: dict[str, Any] = {"file_bytes": places and places.file_bytes}
    return row | {
        name: places and [getattr(place, name) for place in places.scans]
        for name in ScanPlace._fields
    }


def places_of(row: Mapping[str, Any]) -> Places | None:
    """Return the places of a row, None where it tells none."""
    if row["file_bytes"] is None:
        return None
    columns = (row[name] for name in ScanPlace._fields)
    return Places(row["file_bytes"], tuple(map(ScanPlace, *columns)))
