"""What one step writes and the next reads."""

from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest

from builders import peak_at, row
from lcms.errors import TableError
from lcms.io.tables.learned_table import read_model, write_model
from lcms.io.tables.parquet import write_rows
from lcms.io.tables.parts import (
    candidate_row,
    chromatogram_of,
    cut_out_runs,
    read_candidates,
)
from lcms.schemas import CANDIDATES, CHROMATOGRAMS
from made_batches import learned, usual


def test_candidates_come_back_by_run_and_chromatogram_in_their_order(tmp_path: Path) -> None:
    candidates = [peak_at(50.0), peak_at(80.0, tailing=float("nan"))]
    rows = [candidate_row("s1", "leucines 202.1085", candidate) for candidate in candidates]
    rows.append(candidate_row("s2", "Lac-Val", candidates[0]))

    write_rows(tmp_path / "part.parquet", CANDIDATES, rows, {})
    restored = read_candidates(tmp_path / "part.parquet")

    assert list(restored) == [("s1", "leucines 202.1085"), ("s2", "Lac-Val")]
    assert restored["s2", "Lac-Val"] == [candidates[0]]
    pairs = zip(restored["s1", "leucines 202.1085"], candidates, strict=True)
    for candidate, original in pairs:
        assert astuple(candidate) == pytest.approx(astuple(original), nan_ok=True)


def test_a_run_that_cannot_hold_an_ion_has_no_chromatogram_of_it() -> None:
    assert chromatogram_of(row(CHROMATOGRAMS, sample_id="s1", ion_id="x")) is None


def test_a_batch_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    model = learned(usual(1, n_runs=3))

    write_model(tmp_path, "1", model, {})
    again = read_model(tmp_path, "1")

    assert again.times == model.times
    assert again.floors == model.floors
    assert again.inflations == model.inflations
    assert (again.gain, again.relative) == (model.gain, model.relative)
    assert again.mz_scatter_ppm == model.mz_scatter_ppm
    assert again.usual == model.usual
    assert list(again.compounds) == list(model.compounds)
    for chromatogram_id, compounds in model.compounds.items():
        read = again.compounds[chromatogram_id]
        for name in ("ion_id", "n_runs", "jitter_s", "co_elution_group"):
            assert [getattr(compound, name) for compound in read] == [
                getattr(compound, name) for compound in compounds
            ]
        for compound, written in zip(read, compounds, strict=True):
            time_and_shape, expected = compound.time_and_shape, written.time_and_shape
            assert time_and_shape.mean == pytest.approx(expected.mean, abs=1e-9)
            assert time_and_shape.sd[0] == expected.sd[0]
            assert np.isfinite(time_and_shape.sd).all()


def test_a_batch_without_a_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="cannot be read as Parquet"):
        read_model(tmp_path, "1")


def curve(sample_id: str, ion_id: str, *intensity: float) -> dict[str, object]:
    time_s = [float(k) for k in range(len(intensity))]
    return row(
        CHROMATOGRAMS, sample_id=sample_id, ion_id=ion_id, retention_time_s=time_s,
        intensity=list(intensity), centroid_error_ppm=[0.0] * len(intensity),
        hidden_intensity=[0.0] * len(intensity),
    )  # fmt: skip


def test_extracted_rows_come_run_by_run_from_all_parts(tmp_path: Path) -> None:
    whole, few = tmp_path / "whole.parquet", tmp_path / "few.parquet"
    names = [(run, ion) for run in ("b", "a", "c") for ion in ("x", "y")]
    write_rows(whole, CHROMATOGRAMS, [curve(*name, 1, 2, 3) for name in names], {})
    write_rows(few, CHROMATOGRAMS, [curve("a", "z", 7)], {})

    runs = list(cut_out_runs(whole, few))

    assert [(run, list(rows)) for run, rows in runs] == [
        ("b", ["x", "y"]),
        ("a", ["x", "y", "z"]),
        ("c", ["x", "y"]),
    ]
    chromatogram = chromatogram_of(runs[1][1]["y"])
    assert chromatogram is not None
    assert chromatogram.intensity.tolist() == [1, 2, 3]


def test_only_what_is_needed_of_a_chromatogram_is_returned(tmp_path: Path) -> None:
    part = tmp_path / "part.parquet"
    missing = row(CHROMATOGRAMS, sample_id="a", ion_id="z")
    write_rows(
        part, CHROMATOGRAMS, [*(curve("a", name, 1, 2, 3, 4) for name in "xy"), missing], {}
    )

    spans_s = {"x": (0.5, 2.0), "z": (0.0, 1.0)}
    ((_, rows),) = cut_out_runs(part, spans_s=spans_s)

    assert rows["x"]["retention_time_s"].tolist() == [1.0, 2.0]
    assert rows["x"]["intensity"].tolist() == [2.0, 3.0]
    assert rows["y"]["intensity"].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert rows["z"]["retention_time_s"] is None


def test_of_auxiliary_ions_only_those_that_are_needed_are_returned(tmp_path: Path) -> None:
    part, companions = tmp_path / "part.parquet", tmp_path / "companions.parquet"
    write_rows(part, CHROMATOGRAMS, [curve(run, "x", 1, 2, 3) for run in "abc"], {})
    names = [("a", "decoy"), ("b", "decoy"), ("b", "parent"), ("c", "parent")]
    write_rows(companions, CHROMATOGRAMS, [curve(*name, 4, 5, 6) for name in names], {})

    spans_s = {"x": (0.0, 9.0), "parent": (1.0, 9.0)}
    runs = list(cut_out_runs(part, companions, spans_s=spans_s))

    assert [(run, list(rows)) for run, rows in runs] == [
        ("a", ["x"]),
        ("b", ["x", "parent"]),
        ("c", ["x", "parent"]),
    ]
    assert runs[1][1]["parent"]["intensity"].tolist() == [5.0, 6.0]
