"""How often a peak is detected where no compound is: the rows of `detection`."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.parquet import read_cells
from lcms.kinds import FOUND, PeakStatus
from lcms.numerics.detection.false_rate import DecoyOutcome, false_detections
from lcms.schemas import Row

_POLARITIES: Final = {1: "+", -1: "-", 0: "unknown"}
_DECOY_COLUMNS: Final = ["sample_id", "ion_id", "number", "holds_signal", "detected"]
_PEAK_COLUMNS: Final = ["sample_id", "ion_id", "status"]
_TESTED: Final = (*FOUND, PeakStatus.NOT_DETECTED)


def detection_rows(results: Path, inputs: Inputs) -> Iterator[Row]:
    """Yield a row per batch and polarity in which ions were searched."""
    batch_of = {sample.sample_id: sample.batch for sample in inputs.samples}
    polarity_of = {ion.ion_id: _POLARITIES[ion.polarity] for ion in inputs.ions}
    decoys: dict[tuple[str, str], list[DecoyOutcome]] = defaultdict(list)
    targets: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for sample_id, ion_id, number, *outcome in read_cells(
        results / "decoys.parquet", _DECOY_COLUMNS
    ):
        key = batch_of[sample_id], polarity_of[ion_id]
        decoys[key].append(DecoyOutcome((ion_id, number), *outcome))
    for sample_id, ion_id, status in read_cells(results / "peaks.parquet", _PEAK_COLUMNS):
        if status in _TESTED:
            key = batch_of[sample_id], polarity_of[ion_id]
            targets[key].append(status != PeakStatus.NOT_DETECTED)
    for batch in dict.fromkeys(batch_of.values()):
        for polarity in _POLARITIES.values():
            if (batch, polarity) in targets:
                rates = false_detections(decoys[batch, polarity], targets[batch, polarity])
                yield {"batch": batch, "polarity": polarity, **asdict(rates)}
