"""What `learn` hands to `integrate`: the model of a batch as tables, and back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lcms.io.tables.parquet import read_table, write_rows
from lcms.kinds import IsomerBasis
from lcms.numerics.batch.batch_model import BatchModel, CompoundModel, RunTime
from lcms.numerics.batch.shape_learning import TimeAndShape
from lcms.numerics.peak.peak_shape import PeakShape
from lcms.numerics.time.bends import Bend
from lcms.schemas import BATCHES, COMPOUNDS, TIMES, Row

if TYPE_CHECKING:
    from lcms.model import ChromatogramId


def model_paths(parts: Path, batch: str) -> dict[str, Path]:
    """Return the paths of the tables of a batch model, by the name of the table."""
    return {
        table.name: parts / table.name / f"{batch}.parquet"
        for table in (TIMES, COMPOUNDS, BATCHES)
    }


def write_model(parts: Path, batch: str, model: BatchModel, metadata: Mapping[str, str]) -> None:
    """Write the model of a batch as three tables."""
    paths = model_paths(parts, batch)
    write_rows(paths["times"], TIMES, _time_rows(model), metadata)
    write_rows(paths["compounds"], COMPOUNDS, _compound_rows(model), metadata)
    row = {
        "batch": batch,
        "gain": model.gain,
        "relative": model.relative,
        "mz_scatter_ppm": model.mz_scatter_ppm,
        **asdict(model.usual),
    }
    write_rows(paths["batches"], BATCHES, [row], metadata)


def read_model(parts: Path, batch: str) -> BatchModel:
    """Return the model of a batch; raises TableError if a table cannot be read."""
    paths = model_paths(parts, batch)
    rows = read_table(paths["compounds"]).to_pylist()
    compounds: dict[ChromatogramId, list[CompoundModel]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: int(row["position"])):
        compounds[row["chromatogram_id"]].append(_compound(row))
    batch_row = read_table(paths["batches"]).to_pylist()[0]
    return BatchModel(
        times={row["sample_id"]: _time(row) for row in read_table(paths["times"]).to_pylist()},
        compounds=dict(compounds),
        floors={row["chromatogram_id"]: row["floor"] for row in rows},
        inflations={row["chromatogram_id"]: row["inflation"] for row in rows},
        gain=batch_row["gain"],
        relative=batch_row["relative"],
        usual=_shape(batch_row),
        mz_scatter_ppm=batch_row["mz_scatter_ppm"],
    )


def _time_rows(model: BatchModel) -> Sequence[Row]:
    return [
        {
            "sample_id": sample_id,
            "retention_shift_s": time.shift_s,
            "retention_stretch": time.stretch,
            "centre_s": time.centre_s,
            "retention_sd_s": time.sd_s,
            "retention_jitter_s": time.jitter_s,
            "bend_at_s": time.bend.knots_s,
            "bend_by_s": time.bend.offsets_s,
        }
        for sample_id, time in model.times.items()
    ]


def _compound_rows(model: BatchModel) -> Sequence[Row]:
    return [
        {
            "chromatogram_id": chromatogram_id,
            "position": position,
            "ion_id": compound.ion_id,
            "retention_time_s": compound.time_and_shape.time_s,
            "retention_sd_s": float(compound.time_and_shape.sd[0]),
            **asdict(compound.time_and_shape.shape),
            "shape_sd": compound.time_and_shape.sd[1:].tolist(),
            "n_runs": compound.n_runs,
            "retention_jitter_s": compound.jitter_s,
            "together": compound.co_elution_group,
            "isomers": list(compound.isomers),
            "isomer_basis": compound.isomer_basis,
            "floor": model.floors[chromatogram_id],
            "inflation": model.inflations[chromatogram_id],
        }
        for chromatogram_id, compounds in model.compounds.items()
        for position, compound in enumerate(compounds)
    ]


def _time(row: Row) -> RunTime:
    return RunTime(
        row["retention_shift_s"],
        row["retention_stretch"],
        row["centre_s"],
        row["retention_sd_s"],
        row["retention_jitter_s"],
        Bend(tuple(row["bend_at_s"]), tuple(row["bend_by_s"])),
    )


def _compound(row: Row) -> CompoundModel:
    mean = np.r_[row["retention_time_s"], _shape(row).parameters()]
    sd = np.r_[row["retention_sd_s"], row["shape_sd"]]
    return CompoundModel(
        row["ion_id"],
        TimeAndShape(mean, sd),
        row["n_runs"],
        row["retention_jitter_s"],
        row["together"],
        tuple(row["isomers"]),
        None if row["isomer_basis"] is None else IsomerBasis(row["isomer_basis"]),
    )


def _shape(row: Row) -> PeakShape:
    return PeakShape(row["sigma_s"], row["tau_s"], row["tail_fraction"], row["tail_s"])
