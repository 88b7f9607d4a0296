"""What probably went wrong, in plain sentences, worst first: the end of the summary."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lcms.flags import listed
from lcms.groups import grouped
from lcms.io.sheets.listed_order import exchanged_times
from lcms.io.tables.parquet import have_word, read_table
from lcms.kinds import (
    FOUND,
    WITHOUT_STANDARD,
    IonRole,
    RunReason,
    RunStatus,
    RunVerdict,
    SampleType,
    TargetKind,
)
from lcms.model import Bools, Floats, Ion
from lcms.order import OrderSource

_LEAST_STANDARD_SHARE: Final = 0.5  # of the runs to which a standard was added
# No method has all its compounds before half a minute; a list in minutes has. By judgement.
_MOST_MINUTES: Final = 30.0
_LEVELS_RATIO: Final = 2.0  # of the largest to the least pooled QC: they may be levels
_SWAPPED_SHARE: Final = 0.3  # by which a swapped vial may differ from the level of the other
_SHOW_DRIFT: Final = {
    SampleType.CALIBRATOR,
    SampleType.QUALITY_CONTROL,
    SampleType.POOLED_QC,
}
_CONTRADICTS: Final = "replicates_contradict"

Cells = Mapping[str, Any]


@dataclass(frozen=True)
class _Pair:
    """A compound in a run that contradicts its replicates; NaN where a value is missing."""

    target_id: str
    response: float
    concentration: float
    nominal: float


def diagnosis(results: Path, ions: Sequence[Ion]) -> list[str]:
    """Return sentences on what probably went wrong; none where nothing is unusual."""
    runs = read_table(results / "samples.parquet").to_pylist()
    found = _found(results)
    contradicting = _contradicting(results)
    return [
        *_standards(runs, ions, found),
        *_polarities(runs),
        *_times(ions),
        *exchanged_times(ions),
        *_nothing_found(runs, ions, found),
        *_contradictions(runs, contradicting),
        *_verdicts(runs, RunVerdict.UNUSABLE),
        *_orders(runs),
        *_outside_replicates(runs),
        *_start_times(runs),
        *_verdicts(runs, RunVerdict.SUSPECT),
    ]


def _found(results: Path) -> pa.Table:
    """Return the run and the ion of each peak that was found."""
    table = read_table(results / "peaks.parquet", ["sample_id", "ion_id", "status"])
    is_found = pc.is_in(table["status"], pa.array([status.value for status in FOUND]))
    return table.filter(is_found).drop_columns(["status"])


def _contradicting(results: Path) -> dict[str, list[_Pair]]:
    """Return the compounds of the runs that contradict their replicates, by sample_id."""
    pairs: dict[str, list[_Pair]] = defaultdict(list)
    columns = ["sample_id", "flags", "target_id", "response", "concentration", "accuracy_percent"]
    table = read_table(results / "concentrations.parquet", columns)
    for row in table.filter(have_word(table["flags"], {_CONTRADICTS})).to_pylist():
        response, concentration, accuracy_percent = (_number(row[name]) for name in columns[3:])
        nominal = 100 * concentration / (accuracy_percent or np.nan)
        pair = _Pair(row["target_id"], response, concentration, nominal)
        pairs[row["sample_id"]].append(pair)
    return pairs


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _standards(runs: Sequence[Cells], ions: Sequence[Ion], found: pa.Table) -> list[str]:
    """Name the standards that are found in less than half of the runs."""
    added = [
        run["sample_id"]
        for run in runs
        if run["sample_type"] not in WITHOUT_STANDARD and run["status"] == RunStatus.OK
    ]
    is_added = pc.is_in(found["sample_id"], pa.array(added, pa.string()))
    n_found = Counter(found.filter(is_added)["ion_id"].to_pylist())
    standards = {
        ion.target_id: n_found[ion.ion_id]
        for ion in ions
        if ion.kind is TargetKind.INTERNAL_STANDARD and ion.role is IonRole.QUANTIFIER
    }
    by_number: dict[int, list[str]] = defaultdict(list)
    for name, n in standards.items():
        if n < _LEAST_STANDARD_SHARE * len(added):
            by_number[n].append(name)
    return [
        _standards_sentence(names, f"{n} of {len(added)}", ions)
        for n, names in sorted(by_number.items())
    ]


def _standards_sentence(names: Sequence[str], share: str, ions: Sequence[Ion]) -> str:
    """Return the sentence on standards that are found in the same number of runs."""
    kind = "internal standards" if len(names) > 1 else "internal standard"
    users = [ion.target_id for ion in ions if ion.internal_standard in names]
    advice = f": clear the column `internal_standard` of {listed(users)}?" if users else ""
    return f"{kind} {listed(names)} in {share} runs{advice}"


def _polarities(runs: Sequence[Cells]) -> list[str]:
    counts = Counter(run["polarity"] for run in runs if run["polarity"])
    if len(counts) < 2:  # noqa: PLR2004  (one polarity is usual)
        return []
    counted = ", ".join(f"{n} runs `{polarity}`" for polarity, n in counts.most_common())
    return [f"several polarities in one sheet ({counted}): two methods in the folder?"]


def _times(ions: Sequence[Ion]) -> list[str]:
    listed_s = [ion.retention_time_s for ion in ions if ion.retention_time_s is not None]
    if not listed_s or max(listed_s) >= _MOST_MINUTES:
        return []
    return [f"all listed retention times are below {_MOST_MINUTES:g} s: are they minutes?"]


def _nothing_found(runs: Sequence[Cells], ions: Sequence[Ion], found: pa.Table) -> list[str]:
    if found.num_rows or not any(run["status"] == RunStatus.OK for run in runs):
        return []
    polarities = {"+-"[ion.polarity < 0] for ion in ions if ion.polarity}
    signs = "/".join(sorted(polarities)) or "not given"
    sentence = (
        f"no compound in any run: do m/z, retention times and polarity ({signs}) of the target "
        "sheet belong to these runs?"
    )
    return [sentence]


def _contradictions(runs: Sequence[Cells], pairs: Mapping[str, list[_Pair]]) -> list[str]:
    """Name the vials that contradict their replicates."""
    by_id = {run["sample_id"]: run for run in runs}
    pooled = [name for name in pairs if by_id[name]["sample_type"] == SampleType.POOLED_QC]
    others = [name for name in pairs if name not in pooled]
    sentences = []
    if pooled:
        fold = _fold([pairs[name] for name in pooled])
        finding = (
            f"pooled QCs differ {fold:.2g}-fold" if fold >= _LEVELS_RATIO else "pooled QCs differ"
        )
        sentences.append(f"{finding}: are they levels? ({listed(pooled)})")
    for name, partner in zip(others, _swapped_with(others, pairs), strict=True):
        if partner is None:
            level = by_id[name]["level"]
            sentences.append(f"{name} contradicts the other runs of level {level}: a wrong vial?")
        elif name < partner:
            sentences.append(
                f"{name} ({by_id[name]['level']}) and {partner} ({by_id[partner]['level']}): "
                "were these vials swapped?"
            )
    return sentences


def _fold(runs: Iterable[Sequence[_Pair]]) -> float:
    """Return the largest response divided by the least; median over the compounds."""
    responses: dict[str, list[float]] = defaultdict(list)
    for pairs in runs:
        for pair in pairs:
            if pair.response > 0:
                responses[pair.target_id].append(pair.response)
    return float(np.median([max(values) / min(values) for values in responses.values()] or [1.0]))


def _swapped_with(names: Sequence[str], pairs: Mapping[str, Sequence[_Pair]]) -> list[str | None]:
    """Return for each run the first one of which it holds the concentrations, and that its own.

    By the median of the compounds that both have; None where there is no such run.
    """
    if not names:
        return []
    compounds = dict.fromkeys(pair.target_id for name in names for pair in pairs[name])
    column = {target_id: k for k, target_id in enumerate(compounds)}
    concentration, nominal = np.full((2, len(names), len(compounds)), np.nan)
    for row, name in enumerate(names):
        for pair in pairs[name]:
            concentration[row, column[pair.target_id]] = pair.concentration
            nominal[row, column[pair.target_id]] = pair.nominal
    is_like = np.array([_are_like(held, nominal) for held in concentration])
    is_swapped = is_like & is_like.T & ~np.eye(len(names), dtype=np.bool_)
    return [names[int(np.argmax(row))] if row.any() else None for row in is_swapped]


def _are_like(held: Floats, nominal: Floats) -> Bools:
    """Return which runs (n,) have the nominal concentrations (n, m) that a run holds (m,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = held / nominal
    median, is_known = np.full(len(ratio), np.nan), ~np.isnan(ratio).all(axis=1)
    median[is_known] = np.nanmedian(ratio[is_known], axis=1)
    return np.asarray(np.abs(median - 1) <= _SWAPPED_SHARE)


def _verdicts(runs: Sequence[Cells], verdict: RunVerdict) -> list[str]:
    """Name the runs of a verdict, by their reasons; unreadable ones are named at the start."""
    names: dict[str, list[str]] = defaultdict(list)
    for run in runs:
        reasons = [
            reason
            for reason in run["verdict_reasons"] or ()
            if reason not in (RunReason.NOT_READ, RunReason.SAME_START_TIME)
        ]
        if run["verdict"] == verdict and reasons:
            names[", ".join(reasons)].append(run["sample_id"])
    return [f"{verdict} ({reasons}): {listed(ids)}" for reasons, ids in names.items()]


def _orders(runs: Sequence[Cells]) -> list[str]:
    """Name the runs whose order of injection is not known."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for run in runs:
        by_source[run["injection_order_from"]].append(run["sample_id"])
    sentences = []
    if OrderSource.ROW in by_source:
        names = by_source[OrderSource.ROW]
        if len(names) > 1:
            sentences.append(
                f"{len(names)} runs have neither a start time nor an `injection_order`: the order "
                "of the rows counts for drift and carry-over"
            )
    if OrderSource.NEIGHBOUR in by_source:
        names = by_source[OrderSource.NEIGHBOUR]
        sentences.append(
            f"no start time: {listed(names)}; taken as injected behind the row above, because "
            "the sheet gives no `injection_order`"
        )
    return sentences


def _outside_replicates(runs: Sequence[Cells]) -> list[str]:
    """Name the unknowns behind the last run from which a drift or a step of a batch shows.

    Batches without such runs are not corrected at all, and not named.
    """
    sentences = []
    taking_part = [run for run in runs if run["status"] == RunStatus.OK]
    for batch, members in grouped(taking_part, itemgetter("batch")).items():
        ordered = sorted(members, key=itemgetter("injection_order"))
        shows = [run["sample_type"] in _SHOW_DRIFT for run in ordered]
        behind = ordered[len(shows) - shows[::-1].index(True) :] if any(shows) else []
        names = [r["sample_id"] for r in behind if r["sample_type"] == SampleType.UNKNOWN]
        if names:
            sentences.append(
                f"{listed(names)} of batch {batch}: injected behind its last quality control, "
                "pooled QC or calibrator: no replicate shows a change of the response there"
            )
    return sentences


def _start_times(runs: Sequence[Cells]) -> list[str]:
    """Name the runs that have one start time."""
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for run in runs:
        if run["start_time"]:
            names[run["batch"], run["start_time"]].append(run["sample_id"])
    return [
        f"{listed(ids)} have one start time ({time}): are they the same run?"
        for (_, time), ids in names.items()
        if len(ids) > 1
    ]
