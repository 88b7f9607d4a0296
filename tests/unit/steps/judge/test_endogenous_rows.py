import pytest
from scipy import stats

from builders import Row, sample, settings_of
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.parquet import read_table, write_rows
from lcms.model import Level
from lcms.schemas import DECOYS
from lcms.steps.judge import judge
from quantified import ALA, MANY_CALIBRATORS, MANY_LEVELS, on_a_line, peak_row, quantify_peaks

LEVELS = (*MANY_LEVELS, Level("Q", "*", 10.0))
CONTROLS = [
    sample(name, "quality_control", level="Q", spiked_into=into)
    for name, into in (("qc_1", "P"), ("qc_2", "P"), ("qc_3", "lost"), ("qc_4", None))
]
DILUTED = [
    sample("p_1", pool="P"),
    *(sample(f"p_{n}", pool="P", dilution_factor=float(n)) for n in (2, 4)),
    sample("lost"),
]
# the pool holds 40: at the dilutions 20 and 10 it reads 42 and 44
AREAS = on_a_line(100.0) | {
    "p_1": 4000.0, "p_2": 2100.0, "p_4": 1100.0, "qc_1": 5200.0, "qc_2": 5300.0, "qc_3": 1000.0,
    "qc_4": 950.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    folder = tmp_path_factory.mktemp("judged")
    samples = (*MANY_CALIBRATORS, *DILUTED, *CONTROLS)
    peaks = [peak_row(ALA, run.sample_id, AREAS.get(run.sample_id, "failed")) for run in samples]
    inputs = Inputs(samples, LEVELS, (ALA,))
    quantify_peaks(folder, inputs, peaks, settings_of())
    write_rows(folder / "decoys.parquet", DECOYS, [], {})
    judge(folder, inputs, "ich_m10", {}, has_clean_zero=True)
    names = ("recovery", "parallelism", "quality", "verdict")
    return {name: read_table(folder / f"{name}.parquet").to_pylist() for name in names}


def test_recovery_is_what_was_found_of_what_was_added(tables: dict[str, list[Row]]) -> None:
    (row,) = tables["recovery"]

    assert (row["spiked_into"], row["level"], row["n"]) == ("P", "Q", 2)
    # the pool: (40 + 42 + 44) / 3 = 42; found 52 and 53
    assert row["unspiked_concentration"] == pytest.approx(42)
    assert row["recovery_percent"] == pytest.approx(105)
    assert row["cv_percent"] == pytest.approx(100 * stats.variation([100, 110], ddof=1))
    assert (row["limit_percent"], row["pass"]) == (15, True)


def test_a_pool_at_three_dilutions_is_judged_for_parallelism(tables: dict[str, list[Row]]) -> None:
    (row,) = tables["parallelism"]

    line = stats.linregress([0, -0.6931472, -1.3862944], [3.6888795, 3.0445224, 2.3978953])
    assert (row["pool"], row["n_dilutions"], row["n_runs"]) == ("P", 3, 3)
    assert row["slope"] == pytest.approx(line.slope, rel=1e-6)
    assert row["cv_percent"] == pytest.approx(100 * stats.variation([40, 42, 44], ddof=1))
    assert (row["limit_percent"], row["pass"]) == (30, True)


def test_both_are_rules_of_the_verdict(tables: dict[str, list[Row]]) -> None:
    verdict = {row["rule"]: row for row in tables["verdict"]}

    assert verdict["spike_recovery_deviation_percent"]["value"] == pytest.approx(5)
    assert verdict["parallelism_cv_percent"]["pass"] is True


def test_a_control_whose_matrix_is_not_known_is_not_judged(tables: dict[str, list[Row]]) -> None:
    (row,) = tables["quality"]

    assert row["qc_n"] == [3]
    assert row["qc_accepted_percent"] == [100]
