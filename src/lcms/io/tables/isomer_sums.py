"""The peak of an isomer sum: no row of `peaks`, but made of the rows of its members."""

from collections.abc import Sequence
from typing import Any

from lcms.kinds import FOUND, PeakStatus
from lcms.schemas import Row


def sum_peak(members: Sequence[Row], result: Row | None) -> Row:
    """Return the peak of an isomer sum in a run, with the columns of its members.

    It is as wide as all members together; area and its error are those of the group. What else
    is measured (time, quality, width) is that of the largest member. The flags are those of the
    concentration, which hold what concerns the sum.

    Parameters
    ----------
    members : sequence of mappings
        The rows of `peaks` of the quantifiers of the group.
    result : mapping or None
        The row of `concentrations` of the sum.
    """
    found = [row for row in members if row["status"] in FOUND]
    largest = max(found, key=lambda row: row["area"] or 0.0, default=members[0])
    return largest | {
        "status": _status(largest, result),
        "area": largest["group_area"],
        "area_sd": largest.get("group_area_sd"),
        "left_s": _end(min, found, "left_s"),
        "right_s": _end(max, found, "right_s"),
        "flags": list(result["flags"]) if result else [],
    }


def _status(largest: Row, result: Row | None) -> str:
    """Return the status of the sum, where that of its concentration is one of peaks, too."""
    status = result["status"] if result else largest["status"]
    return str(status if status in set(PeakStatus) else largest["status"])


def _end(
    of: Any,  # noqa: ANN401  (min or max)
    rows: Sequence[Row],
    name: str,
) -> float | None:
    ends = [row[name] for row in rows if row.get(name) is not None]
    return of(ends) if ends else None
