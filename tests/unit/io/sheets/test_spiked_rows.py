from pathlib import Path

import pytest

from lcms.io.sheets.run_sheets import Report, read_samples
from written_sheets import written

HEADER = "sample_id\tmzml\tsample_type\tlevel\tbatch\tpool\tsubject\tspiked_into\n"
MATRIX = (
    "plasma_1\ta.mzML\tunknown\t\t1\tP\ts1\t\nplasma_2\tb.mzML\tunknown\t\t1\tP\ts2\t\n"
    "far\tc.mzML\tunknown\t\t2\tQ\ts3\t\nempty\td.mzML\tblank\t\t1\t\tP2\t\n"
    "qc_0\te.mzML\tquality_control\tL\t1\t\t\tplasma_1\n"
)
UNKNOWN = "`plasma_3` is neither a sample_id nor a value of `pool` or a study factor"


def problems(folder: Path, spiked: str, kind: str = "quality_control") -> list[str]:
    """Return the problems of a last row that is spiked into something."""
    row = f"qc\tf.mzML\t{kind}\tL\t1\t\t\t{spiked}\n"
    for name in "abcdef":
        (folder / f"{name}.mzML").touch()
    report = Report()
    path = written(folder, "samples.tsv", HEADER + MATRIX + row)
    read_samples(path, report)
    return [problem.removeprefix(str(path)) for problem in report.problems]


@pytest.mark.parametrize("name", ["plasma_1", "P", "s2"])
def test_a_sample_a_pool_or_a_factor_can_be_named(tmp_path: Path, name: str) -> None:
    assert problems(tmp_path, name) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "plasma_3",
            UNKNOWN + "; the nearest known one is `plasma_2`",
        ),
        ("qc_0", "`qc_0` is itself spiked; name the unspiked matrix"),
        ("qc", "`qc` is itself spiked; name the unspiked matrix"),
        ("far", "`far` is in batch `2`, this row in batch `1`"),
        ("Q", "`Q` is in batch `2`, this row in batch `1`"),
        ("empty", "`empty` is of type `blank`; the matrix is one of unknown, pooled_qc, zero"),
    ],
)
def test_the_row_and_the_reason_are_named(tmp_path: Path, name: str, reason: str) -> None:
    assert problems(tmp_path, name) == [f", row 7, column spiked_into: {reason}"]


def test_only_a_control_is_spiked_into_a_matrix(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "P", "calibrator")

    assert problem.startswith(", row 7, column spiked_into: only a `quality_control` has one")


def test_a_value_of_two_columns_must_mark_the_same_runs(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.mzML").touch()
    (tmp_path / "c.mzML").touch()
    report = Report()
    path = written(
        tmp_path,
        "samples.tsv",
        "sample_id\tmzml\tsample_type\tpool\tsubject\tspiked_into\tlevel\n"
        "u1\ta.mzML\tunknown\t1\t2\t\t\nu2\tb.mzML\tunknown\t2\t1\t\t\n"
        "qc\tc.mzML\tquality_control\t\t\t1\tL\n",
    )

    read_samples(path, report)

    (problem,) = report.problems
    assert problem.endswith(
        "`1` is in the columns `pool` and `subject`, which mark different runs"
    )


@pytest.mark.parametrize(
    ("kind", "preparation", "expected"),
    [
        ("quality_control", "3_freeze_thaw", []),
        ("unknown", "neat", ["only a `quality_control` has one, beside its level"]),
    ],
)
def test_only_a_control_may_be_prepared_in_another_way(
    tmp_path: Path, kind: str, preparation: str, expected: list[str]
) -> None:
    (tmp_path / "a.mzML").touch()
    header = "sample_id\tmzml\tsample_type\tlevel\tpreparation\n"
    report = Report()
    path = written(tmp_path, "samples.tsv", f"{header}a\ta.mzML\t{kind}\tL\t{preparation}\n")

    (run,) = read_samples(path, report)

    assert run.preparation == preparation
    start = f"{path}, row 2, column preparation: "
    assert [problem.removeprefix(start) for problem in report.problems] == expected
