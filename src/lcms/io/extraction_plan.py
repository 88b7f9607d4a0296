"""With which times the runs of a study are read, kept while that holds what the sheet needs.

`parts/plan.json` in the results. While the chromatograms that were cut out hold the windows of
the target sheet, its times, names and internal standards can be edited, and no run is read again.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from lcms.io.tables.parquet import whole_file
from lcms.model import Ion
from lcms.numerics.chromatogram.search_times import kept_spans_s

# What decides the chromatogram of an ion, and which auxiliary ions are cut out beside it.
_FIXED: Final = (
    *("ion_id", "formula", "adduct", "charge", "precursor_mz", "product", "product_mz"),
    *("collision_energy", "isomer_group"),
)
_TIMES: Final = ("retention_time_s", "retention_time_window_s")
# Of the margin beside the search window: so much must be left of it, for drift and for the
# baseline. Chosen by judgement.
_LEAST_MARGIN_SHARE: Final = 0.5


def planned_ions(results: Path, ions: Sequence[Ion], margin_s: float) -> tuple[Ion, ...]:
    """Return the ions of the target sheet with the times with which runs are read.

    Those with which they were read before, as long as the chromatograms hold the search window of
    every ion and half of its margin; else those of the sheet.

    Parameters
    ----------
    results : Path
        Folder of the results.
    ions : sequence of Ion
        Of the target sheet.
    margin_s : float
        By which chromatograms extend beyond the window, s.
    """
    planned = _read_plan(results, ions)
    is_held = planned and _holds(planned, ions, margin_s)
    return planned if is_held else tuple(ions)


def write_plan(results: Path, ions: Sequence[Ion]) -> None:
    """Note with which times runs were read."""
    with whole_file(_path(results)) as part:
        part.write_text(_text(ions), encoding="utf-8")


def plan_digest(ions: Sequence[Ion]) -> str:
    """Return a hash of all that decides what is cut out of a run for some ions."""
    return hashlib.sha256(_text(ions).encode()).hexdigest()[:16]


def _path(results: Path) -> Path:
    return results / "parts" / "plan.json"


def _text(ions: Sequence[Ion]) -> str:
    return json.dumps([_cells(ion) for ion in ions], indent=1)


def _cells(ion: Ion) -> dict[str, Any]:
    return {name: getattr(ion, name) for name in (*_FIXED, *_TIMES)}


def _read_plan(results: Path, ions: Sequence[Ion]) -> tuple[Ion, ...]:
    """Return the ions with the times of the plan; none if it is of other ions, or not there."""
    path = _path(results)
    rows: list[Mapping[str, Any]] = json.loads(path.read_text()) if path.is_file() else []
    given = [{name: row.get(name) for name in _FIXED} for row in rows]
    if given != [{name: getattr(ion, name) for name in _FIXED} for ion in ions]:
        return ()
    pairs = zip(ions, rows, strict=True)
    return tuple(replace(ion, **{name: row[name] for name in _TIMES}) for ion, row in pairs)


def _holds(planned: Sequence[Ion], ions: Sequence[Ion], margin_s: float) -> bool:
    """Return whether what is kept of each planned ion holds what is needed now."""
    kept = kept_spans_s(planned, margin_s)
    needed = kept_spans_s(ions, _LEAST_MARGIN_SHARE * margin_s)
    return all(
        kept[ion_id][0] <= first_s and last_s <= kept[ion_id][1]
        for ion_id, (first_s, last_s) in needed.items()
    )
