import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from lcms.config import (
    Settings,
    described_settings,
    load_settings,
    merged_settings,
    parse_settings,
    read_values,
    settings_yaml,
)
from lcms.errors import ConfigError


def problem_of(values: dict[Any, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_settings(values, "config.yaml")
    return str(caught.value)


def test_no_settings_are_the_defaults() -> None:
    assert parse_settings({}, "config.yaml") == Settings()


def test_a_setting_of_a_section_leaves_the_others_at_their_defaults() -> None:
    settings = parse_settings({"extraction": {"mz_tolerance_ppm": 12}}, "config.yaml")

    assert settings.extraction.mz_tolerance_ppm == 12.0
    assert settings.extraction.mz_search_ppm == Settings().extraction.mz_search_ppm


@pytest.mark.parametrize(
    ("values", "written", "meant"),
    [
        (
            {"extraction": {"mz_tolerence_ppm": 5}},
            "extraction.mz_tolerence_ppm",
            "extraction.mz_tolerance_ppm",
        ),
        ({"runs_per_chunks": 5}, "runs_per_chunks", "runs_per_chunk"),
        ({"mz_tolerance_ppm": 5}, "mz_tolerance_ppm", "extraction.mz_tolerance_ppm"),
        ({"extracton": {}}, "extracton", "extraction"),
    ],
)
def test_an_unknown_setting_is_told_with_its_path_and_the_nearest_known_one(
    values: dict[str, Any], written: str, meant: str
) -> None:
    message = problem_of(values)

    assert message.startswith(f"config.yaml: unknown setting `{written}`;")
    assert message.endswith(f"`{meant}`")


def test_every_problem_is_told_on_a_line_of_its_own_that_names_the_file() -> None:
    message = problem_of(
        {"runs_per_chunk": 0, "integration": {"min_points": 1}, "sampels": "samples.tsv"}
    )

    lines = message.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("config.yaml: ") for line in lines)


@pytest.mark.parametrize(
    "value", ["five", True, float("nan"), float("inf"), 0, -5, None, [5], {"ppm": 5}]
)
def test_a_tolerance_that_is_no_positive_number_is_refused_with_its_path(value: object) -> None:
    message = problem_of({"extraction": {"mz_tolerance_ppm": value}})

    assert message.startswith("config.yaml: setting `extraction.mz_tolerance_ppm")


def test_a_message_shows_the_value_that_was_given() -> None:
    assert problem_of({"runs_per_chunk": 0}).endswith("not `0`")


def test_the_weighting_1_may_be_written_without_quotation_marks() -> None:
    values = yaml.safe_load("quantification: {weighting: 1}")

    assert parse_settings(values, "config.yaml").quantification.weighting == "1"


def test_a_section_whose_settings_are_all_commented_out_is_its_defaults(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("extraction:\n#  mz_tolerance_ppm: 9\n")

    assert parse_settings(read_values(tmp_path / "config.yaml"), "config.yaml") == Settings()


def test_an_empty_file_is_the_defaults_with_the_sheets_beside_it(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("")

    assert load_settings(tmp_path / "config.yaml") == Settings(
        samples=str(tmp_path / "samples.tsv"),
        targets=str(tmp_path / "targets.tsv"),
        results=str(tmp_path / "results"),
    )


def test_paths_count_from_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "config.yaml").write_text(
        "samples: sheets/runs.tsv\ntargets: /all/targets.tsv\nlevels: ../levels.tsv\n"
        "evidence: {library: my.msp}\n"
    )
    monkeypatch.chdir(tmp_path)

    settings = load_settings(Path("study/config.yaml"))

    assert settings.samples == "study/sheets/runs.tsv"
    assert settings.targets == "/all/targets.tsv"
    assert settings.levels == "levels.tsv"
    assert settings.results == "study/results"
    assert settings.evidence.library == "study/my.msp"


def test_a_path_that_counts_from_the_working_directory_is_refused_with_the_right_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "runs.tsv").touch()
    (tmp_path / "study" / "config.yaml").write_text("samples: study/runs.tsv\n")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigError, match=r"no file study/study/runs\.tsv.*write `runs\.tsv`"):
        load_settings(Path("study/config.yaml"))


def merged(folder: Path, files: dict[str, dict[str, Any]], **given: str) -> Settings:
    """Write the files and merge them as Snakemake does; return the settings."""
    values: dict[str, Any] = {}
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(yaml.safe_dump(content))
        values |= content
    return merged_settings(values | given, [folder / name for name in files], given)


def test_each_path_counts_from_the_last_file_that_gives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = {"samples": "runs.tsv", "targets": "panel.tsv", "levels": "l.tsv"}

    settings = merged(
        tmp_path,
        {"a/config.yaml": first, "b/more.yaml": {"targets": "small.tsv"}},
        levels="l.tsv",
    )

    assert settings.samples == "a/runs.tsv"
    assert settings.targets == "b/small.tsv"
    assert settings.levels == "l.tsv"  # of the command line: from the working directory
    assert settings.results == "b/results"  # a default: beside the last file


def test_a_section_of_the_configuration_of_another_workflow_counts_from_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "config" / "config.yaml"
    path.parent.mkdir()
    path.write_text("lcms: {samples: runs.tsv}\n")

    settings = merged_settings({"samples": "runs.tsv"}, [path], {})

    assert settings.samples == "config/runs.tsv"


def test_without_a_file_paths_count_from_the_working_directory() -> None:
    assert merged_settings({"samples": "runs.tsv"}, [], {}).samples == "runs.tsv"


def test_the_recorded_settings_hold_no_folder() -> None:
    settings = parse_settings(
        {"samples": "/data/s.tsv", "results": "/data/r", "evidence": {"library": "/l/a.msp"}}, ""
    )

    recorded = settings.recorded()

    assert "results" not in recorded
    assert (recorded["samples"], recorded["targets"]) == ("s.tsv", "targets.tsv")
    assert (recorded["levels"], recorded["evidence"]["library"]) == (None, "a.msp")
    assert recorded["integration"]["detection_score"] == 3.0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a: [", "cannot be read as YAML"),
        (b"\xff\xfe", "cannot be read as YAML"),
        (b"samples.tsv", "must hold keys and values"),
        (b"- samples.tsv", "must hold keys and values"),
    ],
)
def test_a_file_that_is_no_mapping_is_told_with_its_path(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=told) as caught:
        load_settings(path)

    assert str(caught.value).startswith(f"{path}: ")


def test_a_missing_file_is_told_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_settings(tmp_path / "config.yaml")


@pytest.mark.parametrize("name", ["config.yaml", "config/config.yaml"])
def test_the_folder_of_a_study_stands_for_its_configuration(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("runs_per_chunk: 3\n", encoding="utf-8")

    assert load_settings(tmp_path) == load_settings(tmp_path / name)
    assert load_settings(tmp_path).runs_per_chunk == 3


def test_a_folder_without_a_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no config\.yaml and no config/config\.yaml"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        parse_settings(
            {
                "samples": "my runs/été: 1 # of 3.tsv",
                "targets": "folder with spaces/" * 20,
                "levels": "",
                "results": "null",
                "integration": {"saturation_counts": 1e9},
                "quantification": {"weighting": "1"},
            },
            "config.yaml",
        ),
    ],
)
def test_the_written_settings_are_read_back_unchanged(settings: Settings) -> None:
    written = settings_yaml(settings.model_dump())

    assert parse_settings(yaml.safe_load(written), "config.yaml") == settings


def test_a_setting_that_is_not_given_is_a_comment_with_its_default() -> None:
    written = settings_yaml({"integration": {"min_points": 7}})

    assert "\n  min_points: 7\n" in written
    assert "\n  #detection_score: 3.0\n" in written
    assert yaml.safe_load(written)["integration"] == {"min_points": 7}
    uncommented = re.sub(r"^( *)#(\w+:)", r"\1\2", settings_yaml({}), flags=re.MULTILINE)
    assert parse_settings(yaml.safe_load(uncommented), "config.yaml") == Settings()


def test_the_written_settings_say_what_each_is_for() -> None:
    words = " ".join(settings_yaml({}).replace("#", " ").split())

    for name, description in described_settings():
        assert description.endswith(".")
        assert f"{description} {name.rpartition('.')[2]}:" in words


def test_the_written_settings_have_no_trailing_blanks_and_no_long_lines() -> None:
    lines = settings_yaml({}).splitlines()

    assert all(line == line.rstrip() and len(line) < 100 for line in lines)


def test_settings_cannot_be_changed_once_they_are_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().results = "elsewhere"  # type: ignore[misc]  # that is the point
