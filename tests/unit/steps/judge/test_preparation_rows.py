"""Controls prepared in several ways, worked by hand: 10 nM, of which 100 counts are 1 nM."""

import pytest
from scipy import stats

from builders import Row, sample, settings_of
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.parquet import read_table, write_rows
from lcms.model import Level
from lcms.schemas import DECOYS
from lcms.steps.judge import judge
from quantified import ALA, MANY_CALIBRATORS, MANY_LEVELS, on_a_line, peak_row, quantify_peaks

AREAS = {
    "neat_1": 1200.0, "neat_2": 1300.0, "post_1": 1050.0, "post_2": 950.0,
    "qc_1": 980.0, "qc_2": 1020.0, "frozen_1": 800.0, "frozen_2": 860.0,
}  # fmt: skip
PREPARATIONS = {"neat": "neat", "post": "post_extraction", "qc": None, "frozen": "3_freeze_thaw"}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    folder = tmp_path_factory.mktemp("prepared")
    controls = [
        sample(name, "quality_control", level="Q", preparation=PREPARATIONS[name[:-2]])
        for name in AREAS
    ]
    samples = (*MANY_CALIBRATORS, *controls)
    areas = on_a_line(100.0) | AREAS
    peaks = [peak_row(ALA, run.sample_id, areas[run.sample_id]) for run in samples]
    inputs = Inputs(samples, (*MANY_LEVELS, Level("Q", "*", 10.0)), (ALA,))
    quantify_peaks(folder, inputs, peaks, settings_of())
    write_rows(folder / "decoys.parquet", DECOYS, [], {})
    judge(folder, inputs, "validation", {}, has_clean_zero=True)
    names = ("preparation", "quality", "verdict")
    return {name: read_table(folder / f"{name}.parquet").to_pylist() for name in names}


def test_each_measure_is_the_mean_divided_by_its_reference(tables: dict[str, list[Row]]) -> None:
    rows = {row["measure"]: row for row in tables["preparation"]}

    assert set(rows) == {"matrix_factor", "extraction_recovery", "stability"}
    assert {(row["level"], row["nominal"], row["n"]) for row in rows.values()} == {("Q", 10.0, 2)}
    matrix, extraction = rows["matrix_factor"], rows["extraction_recovery"]
    assert (matrix["preparation"], matrix["n_reference"]) == ("post_extraction", 2)
    assert matrix["value_percent"] == matrix["area_percent"] == pytest.approx(80)
    assert matrix["cv_percent"] == pytest.approx(100 * stats.variation([1050, 950], ddof=1))
    assert (matrix["limit_percent"], matrix["pass"]) == (15, True)
    assert extraction["preparation"] == "extracted"
    assert extraction["value_percent"] == pytest.approx(100)
    assert (extraction["limit_percent"], extraction["pass"]) == (None, None)


def test_what_decays_in_storage_fails(tables: dict[str, list[Row]]) -> None:
    (row,) = [row for row in tables["preparation"] if row["measure"] == "stability"]

    assert (row["preparation"], row["n_reference"]) == ("3_freeze_thaw", None)
    assert row["value_percent"] == pytest.approx(83, rel=0.01)
    assert (row["limit_percent"], row["pass"]) == (15, False)
    verdict = {cells["rule"]: cells["pass"] for cells in tables["verdict"]}
    assert verdict["stability_deviation_percent"] is False
    assert verdict["matrix_factor_cv_percent"] is True


def test_only_controls_prepared_as_the_samples_are_judged_for_accuracy(
    tables: dict[str, list[Row]],
) -> None:
    (quality,) = [row for row in tables["quality"] if row["batch"] == "1"]

    assert quality["qc_n"] == [2]
    assert quality["qc_accuracy_percent"] == pytest.approx([100], rel=0.01)
