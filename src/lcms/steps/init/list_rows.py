"""The rows of the target sheet from a list of another program, or from the SRM runs themselves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from lcms.errors import MzmlError
from lcms.flags import listed
from lcms.io.lists.listed_ion import ListedIon, TimeUnit
from lcms.io.lists.srm_list import ions_of_transitions
from lcms.io.lists.table_list import read_table_list
from lcms.io.lists.target_rows import target_rows
from lcms.io.mzml.srm_peaks import SrmPeak, read_srm_peaks
from lcms.io.mzml.time_span import TimeSpan, read_time_span
from lcms.kinds import SampleType
from lcms.steps.init.panel_rows import ADDUCTS, panel_mz
from lcms.steps.init.run_heads import Run

_TOLERANCE_MZ: Final = 0.35  # Th, of nominal m/z: as in `extraction.transition_tolerance_mz`
_MOST_RUNS: Final = 3  # that are read
_MINUTE_S: Final = 60.0
_UNITS: Final = {TimeUnit.MINUTE: "minutes", TimeUnit.SECOND: "seconds"}
_MARGIN: Final = 1.05  # a compound may be listed a little after the end of a run
_WITHOUT: Final = (SampleType.BLANK, SampleType.SOLVENT, SampleType.ZERO)

Row = Mapping[str, str]
Warn = Callable[[str], None]


def list_rows(
    targets: Path | None,
    columns: Mapping[str, str],
    runs: Sequence[Run],
    sample_rows: Sequence[Row],
    warn: Warn,
) -> list[Row]:
    """Return the rows of the target sheet.

    Parameters
    ----------
    targets : Path or None
        A list of another program; None: the transitions of the runs.
    columns : mapping
        The headers of its fields in the words of the user.
    runs : sequence of Run
        In the order of the sample sheet, whose rows are `sample_rows`.
    warn : callable
        Gets a sentence about each guess.

    Raises
    ------
    InitError
        If the list cannot be read.
    """
    peaks = _srm_peaks(_with_compounds(runs, sample_rows))
    if targets is None:
        ions = ions_of_transitions(peaks)
        warn(
            "the target sheet lists the transitions of the runs: give names, kinds and times; the "
            "column `comment` has the compounds of the panel that each may be of"
        )
    else:
        ions = _read(targets, columns, warn)
    ions = _with_time_units(ions, runs, warn)

    def height(ion: ListedIon) -> float:
        return max((peak.height for peak in peaks if _is_of(peak, ion)), default=0.0)

    named = (run.method.polarities for run in runs if run.method and run.method.polarities)
    polarity = min(next(named, {0}))
    rows = target_rows(ions, height, polarity, warn)
    if targets is not None:
        return rows
    panel = panel_mz(ADDUCTS[polarity])
    return [_with_candidates(row, panel) for row in rows]


def _with_candidates(row: Row, panel: Mapping[str, float]) -> Row:
    """Return the row of a transition with the compounds of the panel that it may be of."""
    precursor_mz = float(row["precursor_mz"])
    names = [name for name, mz in panel.items() if abs(mz - precursor_mz) <= _TOLERANCE_MZ]
    return {**row, "comment": f"of the panel: {listed(names)}" if names else ""}


def _read(path: Path, columns: Mapping[str, str], warn: Warn) -> list[ListedIon]:
    if path.suffix.lower() == ".traml":
        from lcms.io.lists.traml_list import read_traml  # noqa: PLC0415  (loads pyOpenMS)

        return read_traml(path)
    ions, unused = read_table_list(path, columns)
    if unused:
        warn(f"not read from {path.name}: the columns {', '.join(unused)}")
    return ions


def _with_compounds(runs: Sequence[Run], rows: Sequence[Row]) -> list[Run]:
    """Return the runs that hold the compounds best first: calibrators from the highest level."""
    pairs = [
        (row, run)
        for run, row in zip(runs, rows, strict=True)
        if row["sample_type"] not in _WITHOUT
    ]
    pairs.sort(key=lambda pair: _rank(pair[0]), reverse=True)
    return [run for _, run in pairs]


def _rank(row: Row) -> tuple[bool, float]:
    digits = "".join(sign for sign in row["level"] if sign.isdigit() or sign == ".")
    level = float(digits) if digits.replace(".", "", 1).isdigit() else 0.0
    return row["sample_type"] == SampleType.CALIBRATOR, level


def _srm_peaks(runs: Sequence[Run]) -> list[SrmPeak]:
    """Return the transitions of the first SRM runs that can be read."""
    peaks: list[SrmPeak] = []
    srm = [run for run in runs if run.method is not None and run.method.is_srm]
    for run in srm[:_MOST_RUNS]:
        try:
            peaks += read_srm_peaks(run.path)
        except MzmlError:
            continue
    return peaks


def _is_of(peak: SrmPeak, ion: ListedIon) -> bool:
    if ion.precursor_mz is None or ion.product_mz is None:
        return False
    differences = (peak.precursor_mz - ion.precursor_mz, peak.product_mz - ion.product_mz)
    return max(map(abs, differences)) <= _TOLERANCE_MZ


def _with_time_units(ions: list[ListedIon], runs: Sequence[Run], warn: Warn) -> list[ListedIon]:
    """Return the ions with a unit of their times: where the list gives none, that of the run."""
    times = [ion.time for ion in ions if ion.time and ion.time_unit is TimeUnit.UNKNOWN]
    if not times:
        return ions
    span = _span(runs)
    latest = max(times)
    unit = TimeUnit.MINUTE
    if span is not None and latest * _MINUTE_S > span.last_s * _MARGIN and latest <= span.last_s:
        unit = TimeUnit.SECOND
    lasts = f"; a run lasts {span.last_s / _MINUTE_S:.1f} min" if span else ""
    warn(
        f"the list has no unit of its times (up to {latest:g}): {_UNITS[unit]} are taken{lasts}; "
        "if this is wrong, rename the column of the target sheet"
    )
    return [
        replace(ion, time_unit=unit) if ion.time_unit is TimeUnit.UNKNOWN else ion for ion in ions
    ]


def _span(runs: Sequence[Run]) -> TimeSpan | None:
    for run in runs[:_MOST_RUNS]:
        try:
            return read_time_span(run.path, 1.0)
        except MzmlError:
            continue
    return None
