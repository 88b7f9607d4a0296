from pathlib import Path

import pytest

from builders import row
from lcms.errors import FailureLimitError
from lcms.io.tables.parquet import write_rows
from lcms.schemas import SAMPLES
from lcms.steps.gate import check_failures


def samples(folder: Path, n_ok: int, n_failed: int) -> Path:
    rows = [
        row(
            SAMPLES,
            sample_id=f"s{n}",
            mzml=f"s{n}.mzML",
            sample_type="unknown",
            batch="1",
            status="failed" if n < n_failed else "ok",
            error="cut short" if n < n_failed else None,
        )
        for n in range(n_ok + n_failed)
    ]
    write_rows(folder / "samples.parquet", SAMPLES, rows, {})
    return folder / "samples.parquet"


@pytest.mark.parametrize(("n_ok", "n_failed", "allowed"), [(5, 0, 0.0), (4, 1, 0.2), (1, 9, 0.9)])
def test_up_to_the_allowed_share_failed_runs_are_counted(
    tmp_path: Path, n_ok: int, n_failed: int, allowed: float
) -> None:
    assert check_failures(samples(tmp_path, n_ok, n_failed), allowed) == n_failed


@pytest.mark.parametrize(
    ("n_ok", "n_failed", "allowed"), [(4, 1, 0.0), (4, 1, 0.19), (3, 1, 0.2), (1, 9, 0.8)]
)
def test_a_greater_share_is_an_error_of_the_data(
    tmp_path: Path, n_ok: int, n_failed: int, allowed: float
) -> None:
    with pytest.raises(FailureLimitError) as caught:
        check_failures(samples(tmp_path, n_ok, n_failed), allowed)

    assert caught.value.exit_code == 3
    assert f"{n_failed} of {n_ok + n_failed} runs" in str(caught.value)
    assert "  s0: cut short" in str(caught.value)
    assert str(caught.value).count("cut short") == n_failed


def test_not_one_readable_run_is_an_error_whatever_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(FailureLimitError):
        check_failures(samples(tmp_path, 0, 2), 1.0)


def test_a_run_that_the_sheet_excludes_is_neither_failed_nor_counted(tmp_path: Path) -> None:
    facts = {"mzml": "x", "sample_type": "unknown", "batch": "1"}
    statuses = {"a": "ok", "b": "excluded", "c": "excluded", "d": "failed"}
    rows = [row(SAMPLES, sample_id=name, status=word, **facts) for name, word in statuses.items()]
    path = tmp_path / "samples.parquet"
    write_rows(path, SAMPLES, rows, {})

    assert check_failures(path, 0.5) == 1
    with pytest.raises(FailureLimitError, match="1 of 2 runs"):
        check_failures(path, 0.4)
