"""How often a peak is detected where no compound is: the rows of `detection`."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from lcms.groups import by_batch
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.parquet import counted, read_table
from lcms.kinds import FOUND, PeakStatus
from lcms.model import Sample
from lcms.numerics.detection.false_rate import DecoyOutcome, false_detections
from lcms.schemas import Row

_POLARITIES: Final = {1: "+", -1: "-", 0: "unknown"}
_DECOY_COLUMNS: Final = ["ion_id", "number", "holds_signal", "detected"]
_PEAK_COLUMNS: Final = ["ion_id", "status"]
_TESTED: Final = (*FOUND, PeakStatus.NOT_DETECTED)


def detection_rows(results: Path, inputs: Inputs) -> Iterator[Row]:
    """Yield a row per batch and polarity in which ions were searched."""
    polarity_of = {ion.ion_id: _POLARITIES[ion.polarity] for ion in inputs.ions}
    decoys: dict[tuple[str, str], list[DecoyOutcome]] = defaultdict(list)
    targets: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for row in _counted_by_batch(results / "decoys.parquet", _DECOY_COLUMNS, inputs.samples):
        decoy, key = (row["ion_id"], row["number"]), (row["batch"], polarity_of[row["ion_id"]])
        outcome = DecoyOutcome(decoy, row["holds_signal"], row["detected"], row["count_all"])
        decoys[key].append(outcome)
    for row in _counted_by_batch(results / "peaks.parquet", _PEAK_COLUMNS, inputs.samples):
        if row["status"] in _TESTED:
            key = row["batch"], polarity_of[row["ion_id"]]
            is_detected = row["status"] != PeakStatus.NOT_DETECTED
            targets[key] += [is_detected] * row["count_all"]
    for batch in by_batch(inputs.samples):
        for polarity in _POLARITIES.values():
            if (batch, polarity) in targets:
                rates = false_detections(decoys[batch, polarity], targets[batch, polarity])
                yield {"batch": batch, "polarity": polarity, **asdict(rates)}


def _counted_by_batch(path: Path, columns: list[str], samples: Sequence[Sample]) -> list[Row]:
    """Return the different rows of some columns and the batch; `count_all` says how many runs."""
    table = read_table(path, [*columns, "sample_id"])
    ids = pa.array([sample.sample_id for sample in samples])
    batches = pa.array([sample.batch for sample in samples])
    of_rows = batches.take(pc.index_in(table["sample_id"], ids))
    return counted(table.select(columns).append_column("batch", of_rows))
