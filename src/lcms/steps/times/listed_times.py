"""Proposed times, written into the target sheet of a study."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from lcms.io.sheets import sheet_columns
from lcms.io.sheets.sheet_editor import write_column
from lcms.io.sheets.sheet_rows import Report, Row, read_rows
from lcms.numerics.batch.proposed_times import ProposedTime

_SECONDS: Final = "retention_time_s"
_MINUTES: Final = "retention_time_min"
_MINUTE_S: Final = 60.0
_DECIMALS: Final = {_SECONDS: 1, _MINUTES: 3}


def times_to_list(proposals: Sequence[ProposedTime]) -> dict[str, float]:
    """Return the times that are not in doubt by target_id, s."""
    return {
        proposal.ion.target_id: proposal.time_s
        for proposal in proposals
        if proposal.doubt is None and proposal.time_s is not None
    }


def write_times(path: Path, times_s: Mapping[str, float]) -> None:
    """Write times into all rows of their compounds that have none.

    In minutes if the sheet has its times in minutes.

    Parameters
    ----------
    path : Path
        A target sheet without problems.
    times_s : mapping
        By target_id, s.
    """
    rows = read_rows(path, sheet_columns.TARGETS, Report())
    column = _column(rows)
    unit_s = _MINUTE_S if column == _MINUTES else 1.0
    values = {
        row.number: round(times_s[target_id] / unit_s, _DECIMALS[column])
        for row in rows
        if (target_id := row.required("target_id")) in times_s and not _has_time(row)
    }
    if values:
        write_column(path, sheet_columns.TARGETS, column, values)


def _has_time(row: Row) -> bool:
    return row.text(_SECONDS) is not None or row.text(_MINUTES) is not None


def _column(rows: Sequence[Row]) -> str:
    """Return the column for times: of minutes if it is the only one, or the only one in use."""
    cells = rows[0].cells if rows else {}
    uses_minutes = any(row.text(_MINUTES) is not None for row in rows)
    uses_seconds = any(row.text(_SECONDS) is not None for row in rows)
    has_only_minutes = _MINUTES in cells and _SECONDS not in cells
    return _MINUTES if has_only_minutes or (uses_minutes and not uses_seconds) else _SECONDS
