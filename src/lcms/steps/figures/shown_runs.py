"""Which runs a figure of chromatograms shows: those that are asked for, or one of each kind."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Final

from lcms.kinds import SampleType
from lcms.schemas import Row
from lcms.steps.figures.figure_tables import FigureTables, Key, nominal_limit

_EMPTY: Final = (SampleType.BLANK, SampleType.SOLVENT, SampleType.ZERO)


def typical_runs(tables: FigureTables, key: Key, runs: Sequence[Row]) -> list[Row]:
    """Return an empty run, the calibrator at the LLOQ, a control and an unknown of a batch.

    A kind that the batch has not is left out. Of controls and unknowns it is the run with the
    median response, the lower of two.

    Parameters
    ----------
    tables : FigureTables
    key : (batch, target_id)
    runs : sequence of rows of `samples`
        Those of the batch that were read, in the order of injection.
    """
    results = tables.results_of(key[1])
    chosen = [
        _first(runs, _EMPTY),
        _calibrator_at_lloq(tables, key, runs),
        _middle(runs, results, _control_type(runs)),
        _middle(runs, results, SampleType.UNKNOWN),
    ]
    return [run for run in chosen if run is not None]


def _first(runs: Sequence[Row], kinds: Sequence[SampleType]) -> Row | None:
    return next((run for kind in kinds for run in runs if run["sample_type"] == kind), None)


def _control_type(runs: Sequence[Row]) -> SampleType:
    is_pooled = _first(runs, [SampleType.POOLED_QC]) is not None
    return SampleType.POOLED_QC if is_pooled else SampleType.QUALITY_CONTROL


def _calibrator_at_lloq(tables: FigureTables, key: Key, runs: Sequence[Row]) -> Row | None:
    """Return the lowest calibrator with a response, from the LLOQ on if there is one."""
    curve = tables.curves.get(key)
    lloq = nominal_limit(curve, "lloq") if curve else None
    usable = [
        row
        for row in tables.calibrators.get(key, ())
        if row["response"] is not None and row["nominal"] >= (lloq or 0.0)
    ]
    lowest = min(usable, key=itemgetter("nominal"), default=None)
    ids = {lowest["sample_id"]} if lowest else set()
    return next((run for run in runs if run["sample_id"] in ids), None)


def _middle(runs: Sequence[Row], results: Mapping[str, Row], kind: SampleType) -> Row | None:
    """Return the run of a type with the median response; without responses, the first."""
    members = [run for run in runs if run["sample_type"] == kind]
    responses = {
        run["sample_id"]: results[run["sample_id"]]["response_corrected"]
        for run in members
        if run["sample_id"] in results
    }
    having = [run for run in members if responses.get(run["sample_id"]) is not None]
    ranked = sorted(having, key=lambda run: float(responses[run["sample_id"]]))
    return ranked[(len(ranked) - 1) // 2] if ranked else next(iter(members), None)
