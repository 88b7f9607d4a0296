"""One-point quantification: the internal standard is the only known concentration."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from builders import sample
from quantified import ALA_BY_D3, CALIBRATORS, D3, TRUE_LINE, Areas, quantified

# 20 nmol/L of the standard in the vial; the analyte responds 0.8 times as much
ALA = replace(ALA_BY_D3, internal_standard_concentration=20.0, response_factor=0.8)
POOLED: Areas = {"p1": 980.0, "p2": 1020.0, "p3": 1000.0}
STANDARDS: Areas = dict.fromkeys([*POOLED, "u1"], 1000.0)
RUNS = [*(sample(name, "pooled_qc") for name in POOLED), sample("u1", dilution_factor=3.0)]


def test_a_concentration_is_the_response_times_that_of_the_standard(tmp_path: Path) -> None:
    areas: dict[str, Areas] = {
        "LacAla": {**POOLED, "u1": 400.0},
        "d3": STANDARDS,
    }

    tables = quantified(tmp_path, areas, RUNS, (ALA, D3))

    row = tables.concentrations["u1", "LacAla"]
    # 0.4 / 0.8 of 20, diluted threefold
    assert (row["status"], row["concentration"]) == ("single_point", pytest.approx(30.0))
    assert row["lloq"] is row["uloq"] is None
    assert row["lod"] == pytest.approx(3 * 20 * 0.02 / 0.8)
    assert tables.calibration == {}


def test_the_interval_holds_noise_and_scatter_of_the_run(tmp_path: Path) -> None:
    # replicates that agree exactly: the scatter is the least one, the noise 1 % of both areas
    areas: dict[str, Areas] = {
        "LacAla": dict.fromkeys(POOLED, 1000.0) | {"u1": 400.0},
        "d3": STANDARDS,
    }

    row = quantified(tmp_path, areas, RUNS, (ALA, D3)).concentrations["u1", "LacAla"]

    sd = 30.0 * np.hypot(np.sqrt(2) * 0.01, 0.002)
    half = (row["concentration_high"] - row["concentration_low"]) / 2
    assert half == pytest.approx(stats.norm.ppf(0.975) * sd, rel=1e-3)


def test_a_run_without_a_peak_has_the_limit_of_its_single_point(tmp_path: Path) -> None:
    areas: dict[str, Areas] = {
        "LacAla": {**POOLED, "u1": "not_detected"},
        "d3": STANDARDS,
    }

    row = quantified(tmp_path, areas, RUNS, (ALA, D3)).concentrations["u1", "LacAla"]

    assert (row["status"], row["censored"]) == ("not_detected", True)
    assert row["lod"] == pytest.approx(1.5)


def test_a_batch_with_calibrators_is_read_from_its_curve(tmp_path: Path) -> None:
    runs = [*CALIBRATORS, sample("u1")]
    areas: dict[str, Areas] = {
        "LacAla": TRUE_LINE | {"u1": 450.0},
        "d3": {run.sample_id: 1000.0 for run in runs},
    }

    row = quantified(tmp_path, areas, runs, (ALA, D3)).concentrations["u1", "LacAla"]

    assert (row["status"], row["concentration"]) == ("quantified", pytest.approx(4.0))


@pytest.mark.parametrize("lost", [{}, {"u1": "not_detected"}])
def test_without_a_standard_in_the_run_nothing_is_known(tmp_path: Path, lost: Areas) -> None:
    standards: Areas = {**STANDARDS, "u1": "not_detected"}
    areas: dict[str, Areas] = {"LacAla": {**POOLED, "u1": 400.0, **lost}, "d3": standards}

    row = quantified(tmp_path, areas, RUNS, (ALA, D3)).concentrations["u1", "LacAla"]

    assert (row["status"], row["concentration"]) == ("undetermined", None)
