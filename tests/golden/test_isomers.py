"""From mzML to rows: isomers alone, together and too near, and a wrong anchor."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders import (
    AREA_PER_SIGMA,
    FWHM_PER_SIGMA,
    Eluting,
    Row,
    ion,
    settings_of,
    standard,
    write_run,
)
from integrated import peak_rows
from lcms.model import Ion

SIGMA_S = 3.4
LEU_MZ = 202.1085
TIME_S = np.arange(0.0, 200.0)
VAL = ion("LacVal", 188.0928, 50.0)
STANDARDS = (standard("IS1", 193.1242, 48.0), standard("IS2", 241.1242, 120.0))
HEIGHTS = (1e4, 3e4, 1e5, 3e5, 1e6)


def pair(apart_s: float) -> tuple[Ion, Ion]:
    return (
        ion("LacIle", LEU_MZ, 80.0, isomer_group="leucines"),
        ion("LacLeu", LEU_MZ, 80.0 + apart_s, isomer_group="leucines"),
    )


def measured(
    folder: Path,
    ions: Sequence[Ion],
    heights: Mapping[str, Sequence[float]],
    late_s: Mapping[tuple[int, str], float] | None = None,
) -> dict[tuple[str, str], Row]:
    """Return the rows of five runs that drift by half a second each; heights by ion_id."""
    runs = {
        f"s{n}": write_run(
            folder / f"s{n}.mzML",
            [
                Eluting(
                    ion.precursor_mz,
                    (ion.retention_time_s or 0) + n / 2 + (late_s or {}).get((n, ion.ion_id), 0),
                    heights.get(ion.ion_id, [2e5] * 5)[n],
                    SIGMA_S,
                )
                for ion in ions
            ],
            time_s=TIME_S,
            seed=n,
        )
        for n in range(5)
    }
    rows: dict[tuple[str, str], Row] = peak_rows(folder, runs, ions)
    return rows


@pytest.mark.parametrize("apart_s", [12.0, 16.0])
@pytest.mark.parametrize("absent", ["LacIle", "LacLeu"])
def test_an_isomer_alone_stays_alone(absent: str, apart_s: float, tmp_path: Path) -> None:
    there = "LacLeu" if absent == "LacIle" else "LacIle"
    heights = {absent: [0.0] * 5, there: HEIGHTS}

    found = measured(tmp_path, (*pair(apart_s), VAL, *STANDARDS), heights)

    for n, height in enumerate(HEIGHTS):
        assert found[f"s{n}", absent]["status"] == "not_detected"
        assert found[f"s{n}", absent]["area"] is None
        one = found[f"s{n}", there]
        assert one["area"] == pytest.approx(height * SIGMA_S * AREA_PER_SIGMA, rel=0.04)
        assert "isomer_group_incomplete" in one["flags"]


@pytest.mark.parametrize("apart_s", [7.0, 9.0, 11.0])
def test_partly_resolved_isomers_have_their_areas_within_their_intervals(
    apart_s: float, tmp_path: Path
) -> None:
    heights = {"LacIle": HEIGHTS, "LacLeu": HEIGHTS[::-1]}

    found = measured(tmp_path, (*pair(apart_s), VAL, *STANDARDS), heights)

    scores = []
    for n in range(5):
        for name, some in heights.items():
            one, truth = found[f"s{n}", name], some[n] * SIGMA_S * AREA_PER_SIGMA
            assert one["isomers"] in {"split", "resolved"}
            assert one["resolution"] == pytest.approx(
                1.18 * apart_s / (2 * SIGMA_S * FWHM_PER_SIGMA), rel=0.1
            )
            if one["status"] == "quantified":
                scores.append((one["area"] - truth) / one["area_sd"])
                assert one["area_correlation"] < 0
    assert len(scores) >= 8
    assert np.mean(np.abs(scores) < 1.96) >= 0.8


def fronting(ion: Ion, late_s: float, height: float) -> list[Eluting]:
    """Return a peak with a front, 1.4 times the area of its main part: no shape of a model."""
    apex_s = (ion.retention_time_s or 0.0) + late_s
    front = Eluting(ion.precursor_mz, apex_s - 1.5 * SIGMA_S, 0.25 * height, 1.6 * SIGMA_S)
    return [Eluting(ion.precursor_mz, apex_s, height, SIGMA_S), front]


@pytest.mark.parametrize("apart_s", [8.0, 10.0])
def test_the_error_of_isomers_says_how_far_peaks_of_another_shape_move_their_areas(
    apart_s: float, tmp_path: Path
) -> None:
    ions = (*pair(apart_s), VAL, *STANDARDS)
    heights = {"LacIle": HEIGHTS, "LacLeu": HEIGHTS[::-1]}
    runs = {
        f"s{n}": write_run(
            tmp_path / f"s{n}.mzML",
            [
                part
                for ion in ions
                for part in fronting(ion, n / 2, heights.get(ion.ion_id, [2e5] * 5)[n])
            ],
            time_s=TIME_S,
            seed=n,
        )
        for n in range(5)
    }

    rows = peak_rows(tmp_path, runs, ions)

    of_part = (1.0 + 0.25 * 1.6) * SIGMA_S * AREA_PER_SIGMA
    found = [
        (rows[f"s{n}", name], some[n] * of_part)
        for name, some in heights.items()
        for n in range(5)
        if rows[f"s{n}", name]["status"] == "quantified"
    ]
    assert len(found) >= 8
    scores = [(row["area"] - truth) / row["area_sd"] for row, truth in found]
    assert np.mean(np.abs(scores) < 1.96) >= 0.8
    quiet = [
        row
        for row, truth in found
        if abs(row["area"] / truth - 1) > 0.2 and row["area_sd"] < 0.1 * row["area"]
    ]
    assert not quiet


def test_isomers_that_come_together_are_given_as_their_sum(tmp_path: Path) -> None:
    heights = {"LacIle": HEIGHTS, "LacLeu": HEIGHTS}

    found = measured(tmp_path, (*pair(3.0), VAL, *STANDARDS), heights)

    for n, height in enumerate(HEIGHTS):
        for name in heights:
            one = found[f"s{n}", name]
            assert one["isomers"] == "sum_only"
            assert one["area"] is None
            assert one["group_area"] == pytest.approx(
                2 * height * SIGMA_S * AREA_PER_SIGMA, rel=0.06
            )
            assert "sum_only" in one["flags"]


def test_a_wrong_anchor_moves_no_other_time(tmp_path: Path) -> None:
    ions = (*pair(16.0), VAL, *STANDARDS, standard("IS3", 260.0, 85.0))
    (tmp_path / "right").mkdir()
    (tmp_path / "wrong").mkdir()

    right = measured(tmp_path / "right", ions, {})
    wrong = measured(tmp_path / "wrong", ions, {}, {(2, "IS1"): 14.0})

    for key, row in right.items():
        if key != ("s2", "IS1"):
            assert wrong[key]["expected_time_s"] == pytest.approx(row["expected_time_s"], abs=0.5)
            assert wrong[key]["area"] == pytest.approx(row["area"], rel=0.03)


UNTIMED = tuple(ion(name, LEU_MZ, None, isomer_group="g") for name in ("Lac-Ile", "Lac-Leu"))
PAIRS = list(permutations(UNTIMED))


def untimed_rows(
    folder: Path,
    pair_of: Sequence[Ion],
    heights: Mapping[float, float],
    beside: Sequence[Ion] = (),
    **settings: Any,  # noqa: ANN401  (sections of settings)
) -> dict[str, Row]:
    """Return the rows of the first of three runs by ion_id; heights of the pair by apex, s."""
    eluting = [Eluting(LEU_MZ, apex_s, height, SIGMA_S) for apex_s, height in heights.items()]
    eluting += [Eluting(of.precursor_mz, of.retention_time_s or 0, 2e5, SIGMA_S) for of in beside]
    runs = {
        f"s{n}": write_run(folder / f"s{n}.mzML", eluting, time_s=TIME_S, seed=n) for n in range(3)
    }
    rows = peak_rows(folder, runs, (*pair_of, *beside, *STANDARDS), settings_of(**settings))
    return {ion_id: row for (run, ion_id), row in rows.items() if run == "s0"}


@pytest.mark.parametrize("pair_of", PAIRS)
def test_isomers_without_times_under_one_peak_are_given_as_their_sum(
    pair_of: Sequence[Ion], tmp_path: Path
) -> None:
    rows = untimed_rows(tmp_path, pair_of, {80.0: 1e5})

    for isomer in pair_of:
        row = rows[isomer.ion_id]
        assert (row["status"], row["isomers"], row["area"]) == ("quantified", "sum_only", None)
        assert row["group_area"] == pytest.approx(1e5 * SIGMA_S * AREA_PER_SIGMA, rel=0.03)
        assert {"sum_only", "time_unknown"} <= set(row["flags"])


@pytest.mark.parametrize("pair_of", PAIRS)
@pytest.mark.parametrize(
    ("order", "ile_s", "leu_s"),
    [("auto", 80.0, 100.0), ("reversed_phase", 80.0, 100.0), ("hilic", 100.0, 80.0)],
)
def test_isomers_without_times_are_assigned_by_the_elution_order_not_by_the_sheet(
    order: str, ile_s: float, leu_s: float, pair_of: Sequence[Ion], tmp_path: Path
) -> None:
    heights = {80.0: 1e5, 100.0: 3e5}

    rows = untimed_rows(tmp_path, pair_of, heights, integration={"elution_order": order})

    for name, apex_s in (("Lac-Ile", ile_s), ("Lac-Leu", leu_s)):
        assert rows[name]["retention_time_s"] == pytest.approx(apex_s, abs=0.5)
        true_area = heights[apex_s] * SIGMA_S * AREA_PER_SIGMA
        assert rows[name]["area"] == pytest.approx(true_area, rel=0.03)
        assert {"assigned_by_order", "time_unknown"} <= set(rows[name]["flags"])
        assert "elution_order" not in rows[name]["flags"]


@pytest.mark.parametrize("pair_of", PAIRS)
def test_the_elution_order_is_learned_from_compounds_with_times(
    pair_of: Sequence[Ion], tmp_path: Path
) -> None:
    beside = (ion("Lac-Phe", 236.0928, 50.0), ion("Lac-Val", 188.0928, 140.0))

    rows = untimed_rows(tmp_path, pair_of, {80.0: 1e5, 100.0: 3e5}, beside)

    assert rows["Lac-Leu"]["retention_time_s"] == pytest.approx(80.0, abs=0.5)
    assert rows["Lac-Ile"]["retention_time_s"] == pytest.approx(100.0, abs=0.5)
    assert all("elution_order" not in row["flags"] for row in rows.values())


@pytest.mark.parametrize("pair_of", PAIRS)
def test_of_isomers_of_unknown_order_the_sum_of_all_peaks_is_given(
    pair_of: Sequence[Ion], tmp_path: Path
) -> None:
    rows = untimed_rows(
        tmp_path, pair_of, {80.0: 1e5, 100.0: 3e5}, integration={"elution_order": "none"}
    )

    for isomer in pair_of:
        row = rows[isomer.ion_id]
        assert (row["status"], row["isomers"], row["area"]) == ("quantified", "sum_only", None)
        assert row["group_area"] == pytest.approx(4e5 * SIGMA_S * AREA_PER_SIGMA, rel=0.03)


def test_a_labelled_copy_contradicts_the_elution_order_openly(tmp_path: Path) -> None:
    copied = replace(UNTIMED[1], internal_standard="IS", formula="C9H17NO4")
    copy = replace(standard("IS", 208.1286, 80.0), formula="C3(13)C6H17NO4")
    beside = (copy, ion("Lac-Val", 188.0928, 50.0), ion("Lac-Phe", 236.0928, 140.0))

    rows = untimed_rows(tmp_path, (UNTIMED[0], copied), {80.0: 1e5, 100.0: 3e5}, beside)

    assert rows["Lac-Leu"]["retention_time_s"] == pytest.approx(80.0, abs=0.5)
    assert "elution_order" in rows["Lac-Leu"]["flags"]
    assert "assigned_by_order" not in rows["Lac-Leu"]["flags"]
