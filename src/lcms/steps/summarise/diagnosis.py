"""What probably went wrong, in plain sentences, worst first: the end of the summary."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import numpy as np

from lcms.flags import listed
from lcms.groups import grouped
from lcms.io.sheets.listed_order import exchanged_times
from lcms.io.tables.parquet import read_cells, read_table
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
from lcms.model import Ion
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
    with_peak = _runs_with_peak(results)
    contradicting = _contradicting(results)
    return [
        *_standards(runs, ions, with_peak),
        *_polarities(runs),
        *_times(ions),
        *exchanged_times(ions),
        *_nothing_found(runs, ions, with_peak),
        *_contradictions(runs, contradicting),
        *_verdicts(runs, RunVerdict.UNUSABLE),
        *_orders(runs),
        *_outside_replicates(runs),
        *_start_times(runs),
        *_verdicts(runs, RunVerdict.SUSPECT),
    ]


def _runs_with_peak(results: Path) -> dict[str, set[str]]:
    """Return for each ion the runs in which it was found."""
    runs: dict[str, set[str]] = defaultdict(set)
    columns = ["sample_id", "ion_id", "status"]
    for sample_id, ion_id, status in read_cells(results / "peaks.parquet", columns):
        if status in FOUND:
            runs[ion_id].add(sample_id)
    return runs


def _contradicting(results: Path) -> dict[str, list[_Pair]]:
    """Return the compounds of the runs that contradict their replicates, by sample_id."""
    pairs: dict[str, list[_Pair]] = defaultdict(list)
    columns = ["sample_id", "flags", "target_id", "response", "concentration", "accuracy_percent"]
    for sample_id, flags, target_id, *values in read_cells(
        results / "concentrations.parquet", columns
    ):
        if _CONTRADICTS in flags:
            response, concentration, accuracy_percent = map(_number, values)
            nominal = 100 * concentration / (accuracy_percent or np.nan)
            pairs[sample_id].append(_Pair(target_id, response, concentration, nominal))
    return pairs


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _standards(
    runs: Sequence[Cells], ions: Sequence[Ion], with_peak: Mapping[str, set[str]]
) -> list[str]:
    """Name the standards that are found in less than half of the runs."""
    added = {
        run["sample_id"]
        for run in runs
        if run["sample_type"] not in WITHOUT_STANDARD and run["status"] == RunStatus.OK
    }
    standards = {
        ion.target_id: len(added & with_peak.get(ion.ion_id, set()))
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


def _nothing_found(
    runs: Sequence[Cells], ions: Sequence[Ion], with_peak: Mapping[str, set[str]]
) -> list[str]:
    if any(with_peak.values()) or not any(run["status"] == RunStatus.OK for run in runs):
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
    for name in others:
        partner = next(
            (candidate for candidate in others if _are_swapped(pairs[name], pairs[candidate])),
            None,
        )
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


def _are_swapped(first: Sequence[_Pair], second: Sequence[_Pair]) -> bool:
    """Return whether each of two runs holds the nominal concentrations of the other."""
    of_second = {pair.target_id: pair for pair in second}
    both = [(pair, of_second[pair.target_id]) for pair in first if pair.target_id in of_second]
    if not both or first is second:
        return False
    ratios = np.array(
        [
            [
                first_pair.concentration / second_pair.nominal,
                second_pair.concentration / first_pair.nominal,
            ]
            for first_pair, second_pair in both
        ]
    )
    if np.isnan(ratios).all(axis=0).any():
        return False
    return bool(np.all(np.abs(np.nanmedian(ratios, axis=0) - 1) <= _SWAPPED_SHARE))


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
