"""results.mzQC: how each run went, by metrics of the PSI-MS vocabulary.

References
----------
HUPO-PSI, mzQC 1.0. The vocabulary has no term for the mass offset of a run without identified
MS2 scans; it stands in `samples.parquet`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from lcms.io.tables.parquet import whole_file
from lcms.io.vocabulary import Term, term, vocabularies
from lcms.kinds import SIMULATED_INSTRUMENT, RunStatus
from lcms.order import moment
from lcms.schemas import Row
from lcms.steps.deposit.deposit_tables import DepositTables
from lcms.steps.deposit.mztab_metadata import location

_VERSION: Final = "1.0.0"

Json = dict[str, Any]


class _Metric(NamedTuple):
    """A metric: its term, its unit, its value of a run (None: not known), what it is here."""

    term: str
    unit: str
    value: Callable[[Row], object]
    description: str = ""


def _time_range_s(run: Row) -> list[float] | None:
    ends: list[float | None] = [run["scan_start_s"], run["scan_end_s"]]
    given = [round(end, 3) for end in ends if end is not None]
    return given if len(given) == len(ends) else None


def _duration_s(run: Row) -> float | None:
    ends = _time_range_s(run)
    return None if ends is None else round(ends[1] - ends[0], 3)


_METRICS: Final = (
    _Metric("n_ms1", "count", lambda run: run["n_ms1"]),
    _Metric("n_ms2", "count", lambda run: run["n_ms2"], "scans of MS level 2 and above"),
    _Metric("n_chromatograms", "count", lambda run: run["n_chromatograms"]),
    _Metric("time_range", "second", _time_range_s, "of the MS1 scans"),
    _Metric("run_duration", "second", _duration_s, "first to last MS1 scan"),
    _Metric(
        "n_quantified", "count", lambda run: run["n_quantified"], "ions with an integrated peak"
    ),
)


def write_mzqc(path: Path, tables: DepositTables) -> None:
    """Write the metrics of all runs that could be read; an empty list if there is none."""
    qualities = [_quality(run, tables.software) for run in tables.runs if _is_read(run)]
    content = {
        "version": _VERSION,
        "creationDate": _date(tables),
        "description": _description(tables),
        "runQualities": qualities,
        "controlledVocabularies": [
            {"name": vocabulary.full_name, "uri": vocabulary.uri, "version": vocabulary.version}
            for vocabulary in vocabularies()
            if vocabulary.label == "MS"  # it holds these units, too
        ],
    }
    with whole_file(path) as part:
        text = json.dumps({"mzQC": content}, indent=1, ensure_ascii=False)
        part.write_text(text + "\n", encoding="utf-8", newline="\n")


def _is_read(run: Row) -> bool:
    return bool(run["status"] != RunStatus.FAILED and run["n_ms1"] is not None)


def _date(tables: DepositTables) -> str:
    """Return the start of the last run, which the format wants: the same runs give the same bytes.

    Where no file gives its start it is 1970.
    """
    starts = [start for run in tables.runs if (start := moment(run["start_time"])) is not None]
    last = max(starts, default=datetime.fromtimestamp(0, UTC))
    return last.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _description(tables: DepositTables) -> str:
    n_lost = sum(not _is_read(run) for run in tables.runs)
    lost = f" Runs that were not read and have no metrics: {n_lost}." if n_lost else ""
    is_simulated = any(run["instrument"] == SIMULATED_INSTRUMENT for run in tables.runs)
    simulated = " The runs are simulated: no sample was measured." if is_simulated else ""
    when = "the start of the last run, or 1970 where no file gives one"
    return f"Quality of LC-MS runs; creationDate is {when}.{lost}{simulated}"


def _quality(run: Row, software: Mapping[str, str]) -> Json:
    return {
        "metadata": {
            "label": run["sample_id"],
            "inputFiles": [
                {
                    "name": run["sample_id"],
                    "location": location(run["mzml"]),
                    "fileFormat": _parameter(term("mzml")),
                    "fileProperties": [*_properties(run)],
                }
            ],
            "analysisSoftware": [
                _parameter(term("analysis_software"), "lcms-lactoyl")
                | {"version": software["lcms"]},
                _parameter(term("openms")) | {"version": software["pyopenms"]},
            ],
        },
        "qualityMetrics": [*_metrics(run)],
    }


def _properties(run: Row) -> Iterator[Json]:
    yield _parameter(term("batch_label"), run["batch"])
    if run["injection_order"] is not None:
        yield _parameter(term("injection_label"), run["injection_order"])
    if run["instrument"]:
        yield _parameter(term("instrument_model"), run["instrument"])


def _metrics(run: Row) -> Iterator[Json]:
    for metric in _METRICS:
        value = metric.value(run)
        if value is not None:
            words = {"description": metric.description} if metric.description else {}
            unit = {"unit": _parameter(term(metric.unit))}
            yield _parameter(term(metric.term)) | words | {"value": value} | unit


def _parameter(of: Term, value: object = None) -> Json:
    named = {"accession": of.accession, "name": of.name}
    return named if value is None else named | {"value": value}
