"""Refuses a target sheet whose retention times are minutes in the column of seconds, or reverse.

A file is opened only where the times look odd, so that the check costs an ordinary sheet nothing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lcms.errors import MzmlError, SheetError
from lcms.io.sheets import sheet_columns
from lcms.io.sheets.sheet_cells import number
from lcms.io.sheets.sheet_rows import Report, read_rows
from lcms.model import Sample

if TYPE_CHECKING:
    from lcms.io.mzml.time_span import TimeSpan

_SECONDS: Final = "retention_time_s"
_MINUTES: Final = "retention_time_min"
_MINUTE_S: Final = 60.0
# Two hours: few runs are longer, so few sheets in minutes have a larger number.
_LONGEST_RUN_MIN: Final = 120.0
# No method has all its compounds before half a minute; a list in minutes often has. By judgement.
_EARLY_S: Final = 30.0
_RUN_OF_MINUTES_S: Final = 120.0  # longer than this, a run lasts minutes
_MOST_FILES: Final = 3  # that are tried until one can be read


def check_time_unit(targets: Path, samples: Sequence[Sample], bare_unit_s: float) -> None:
    """Raise a SheetError if the listed times cannot have the unit of their column.

    Parameters
    ----------
    targets : Path
        A target sheet without problems.
    samples : sequence of Sample
        Of which the first that can be read shows how long a run lasts.
    bare_unit_s : float
        Unit of times for which a file names none, s; 0: unknown.
    """
    seconds, minutes = _listed(targets, _SECONDS), _listed(targets, _MINUTES)
    may_be_minutes = bool(seconds) and max(seconds) < _LONGEST_RUN_MIN
    may_be_seconds = bool(minutes) and min(minutes) > _EARLY_S
    if not (may_be_minutes or may_be_seconds):
        return
    run = _first_span(samples, bare_unit_s)
    if run is None:
        return
    problem = _seconds_problem(seconds, run) if may_be_minutes else None
    if problem:
        raise SheetError(f"{targets}, column {_SECONDS}: {problem}")
    problem = _minutes_problem(minutes, run) if may_be_seconds else None
    if problem:
        raise SheetError(f"{targets}, column {_MINUTES}: {problem}")


def _listed(path: Path, column: str) -> list[float]:
    cells = (row.text(column) for row in read_rows(path, sheet_columns.TARGETS, Report()))
    return [number(cell) for cell in cells if cell is not None]


def _first_span(samples: Sequence[Sample], bare_unit_s: float) -> "TimeSpan | None":
    """Return the first and last time of the first run that can be read, None if none can."""
    from lcms.io.mzml.time_span import read_time_span  # noqa: PLC0415  (seldom needed)

    for sample in samples[:_MOST_FILES]:
        try:
            return read_time_span(Path(sample.mzml), bare_unit_s)
        except MzmlError:
            continue
    return None


def _seconds_problem(seconds: Sequence[float], run: "TimeSpan") -> str | None:
    """Return why the column of seconds probably holds minutes, None where it does not.

    It does if all times lie before the first scan or the first half minute, or if the run is
    long enough for all of them in minutes.
    """
    latest = max(seconds)
    told = f"all times ({_range(seconds)}) "
    if latest < run.first_s:
        told += f"lie before the first scan ({run.first_s:.0f} s)"
    elif latest * _MINUTE_S <= run.last_s or latest < _EARLY_S < _RUN_OF_MINUTES_S < run.last_s:
        told += f"are early for a run of {run.last_s:.0f} s ({run.last_s / _MINUTE_S:.1f} min)"
    else:
        return None
    return (
        f"{told}: are they minutes? Then name the column `{_MINUTES}`; if they are seconds, "
        f"divide them by 60 and give them there too"
    )


def _minutes_problem(minutes: Sequence[float], run: "TimeSpan") -> str | None:
    """Return why the column of minutes probably holds seconds, None where it does not."""
    if min(minutes) * _MINUTE_S <= run.last_s:
        return None
    return (
        f"all times ({_range(minutes)}) lie after the last scan ({run.last_s / _MINUTE_S:.1f} "
        f"min): are they seconds? Then name the column `{_SECONDS}`"
    )


def _range(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
