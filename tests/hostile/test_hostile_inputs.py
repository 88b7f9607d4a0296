"""Sheets and configurations made to hang or fill a process: each is refused, soon and by name."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lcms.config import load_settings
from lcms.errors import ConfigError, InitError, SheetError
from lcms.io.lists.table_list import read_table_list
from lcms.io.sheets.inputs import read_inputs

SAMPLES = "sample_id\tmzml\tsample_type\n"
TARGETS = "target_id\tkind\tprecursor_mz\tretention_time_s\n"


def project(folder: Path) -> Path:
    """Write a project without a problem, and return its configuration."""
    (folder / "a.mzML").write_bytes(b"")
    (folder / "samples.tsv").write_text(f"{SAMPLES}a\ta.mzML\tunknown\n", encoding="utf-8")
    (folder / "targets.tsv").write_text(f"{TARGETS}x\tanalyte\t202.1\t60\n", encoding="utf-8")
    config = folder / "config.yaml"
    config.write_text("samples: samples.tsv\ntargets: targets.tsv\n", encoding="utf-8")
    return config


def refusal(config: Path) -> str:
    """Return why a project is refused."""
    with pytest.raises((ConfigError, SheetError)) as refused:
        read_inputs(load_settings(config))
    return str(refused.value)


def test_the_project_is_fine_before_it_is_made_hostile(tmp_path: Path) -> None:
    assert len(read_inputs(load_settings(project(tmp_path))).samples) == 1


def bombs() -> str:
    """Return eleven lines that stand for 9^11 letters."""
    lines = [f"x{k}: &x{k} [{', '.join([f'*x{k - 1}'] * 9)}]" for k in range(1, 12)]
    return "\n".join(["x0: &x0 [a, a, a, a, a, a, a, a, a]", *lines])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (bombs(), "line 4 holds an alias"),
        (f"x: {'[' * 20_000}{']' * 20_000}", "more than 20 nested lists"),
        (f"integration:\n  min_points: {'9' * 200_000}", "digits"),
        ("x: 2026-13-45", "cannot be read as YAML"),
        ("#" * 2_000_000, "has 2 MB; such a file has at most 1 MB"),
    ],
    ids=["aliases", "nest", "huge integer", "no date", "large"],
)
def test_a_configuration_that_grows_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    config = project(tmp_path)
    config.write_text(f"{config.read_text(encoding='utf-8')}{text}\n", encoding="utf-8")

    assert reason in refusal(config)


@pytest.mark.parametrize("name", ["samples.tsv", "targets.tsv", "config.yaml"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, name: str) -> None:
    config = project(tmp_path)
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)

    assert "is a pipe or device, not a file" in refusal(config)


def test_twenty_thousand_wrong_rows_are_one_line(tmp_path: Path) -> None:
    config = project(tmp_path)
    rows = "".join(f"x{k}\tanalyte\twrong\t60\n" for k in range(20_000))
    (tmp_path / "targets.tsv").write_text(TARGETS + rows, encoding="utf-8")

    (line,) = refusal(config).splitlines()

    assert "targets.tsv, rows 2 to 20001, column precursor_mz: `wrong`" in line


def test_thousands_of_ions_on_one_m_z_are_refused_before_they_are_compared(tmp_path: Path) -> None:
    config = project(tmp_path)
    rows = "".join(f"x{k}\tanalyte\t202.1\t60\n" for k in range(5_000))
    (tmp_path / "targets.tsv").write_text(TARGETS + rows, encoding="utf-8")

    assert "5000 ions have one m/z; at most 500 can be read" in refusal(config)


@pytest.mark.parametrize("name", ["a" * 5_000, "b/" * 2_500])
def test_a_path_that_no_file_system_accepts_is_a_problem_of_its_row(
    tmp_path: Path, name: str
) -> None:
    config = project(tmp_path)
    row = f"a\t{name}.mzML\tunknown\n"
    (tmp_path / "samples.tsv").write_text(SAMPLES + row, encoding="utf-8")

    (line,) = refusal(config).splitlines()

    assert "samples.tsv, row 2, column mzml: " in line
    assert "too long" in line
    assert len(line) < 400


def test_a_setting_with_a_path_that_no_file_system_accepts_is_refused(tmp_path: Path) -> None:
    config = project(tmp_path)
    config.write_text(f"samples: {'b/' * 2_500}\ntargets: targets.tsv\n", encoding="utf-8")

    assert "too long" in refusal(config)


@pytest.mark.parametrize(
    "make",
    [
        os.mkfifo,
        lambda path: path.write_text(f"Name,Q1\n{'x' * 200_000},202.1\n", encoding="utf-8"),
    ],
    ids=["pipe", "long cell"],
)
def test_a_hostile_target_list_is_refused(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "list.csv")

    with pytest.raises(InitError, match="cannot be read"):
        read_table_list(tmp_path / "list.csv", {})
