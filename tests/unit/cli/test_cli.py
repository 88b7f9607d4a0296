import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from lcms import __version__
from lcms.cli import cli
from lcms.io.tables.parquet import write_rows
from lcms.schemas import SAMPLES
from pipeline import ROOT, Ended, analyte, lay_out, lcms, read_sheet, write_config, write_sheet

COMMANDS = sorted(cli.commands)
ARGUMENTS = {
    "extract": ["1_0001", "a=a.mzML"],
    "pick": ["1_0001"],
    "learn": ["1"],
    "integrate": ["1_0001"],
}
GATHERING = ("combine", "quantify", "judge", "triage", "summarise", "report")
WITH_SHEETS = ("check", *ARGUMENTS, *GATHERING, "gather")
LAC_LEU = analyte("Lac-Leu", "C9H17NO4", 60.0)


def project(folder: Path, **settings: object) -> Path:
    """Lay out two runs that are there but hold nothing, and one target."""
    folder.mkdir(exist_ok=True)
    for name in ("a", "b"):
        (folder / f"{name}.mzML").write_text("<mzML/>", encoding="utf-8")
    return lay_out(folder, {"a": "a.mzML", "b": "b.mzML"}, [LAC_LEU], **settings)


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def write_samples(results: Path, errors: Mapping[str, str | None]) -> None:
    """Write `samples.parquet` of some runs by why each could not be read."""
    rows = [
        dict.fromkeys(SAMPLES.names())
        | {"sample_id": name, "mzml": name, "sample_type": "unknown", "batch": "1"}
        | {"status": "failed" if error else "ok", "error": error}
        for name, error in errors.items()
    ]
    write_rows(results / "samples.parquet", SAMPLES, rows, {})


def process(code: str, *arguments: object) -> Ended:
    """Run the command line in a process of its own, after some Python code."""
    script = f"import sys; {code}; from lcms.cli import main; main()"
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_describes_it(command: str) -> None:
    ended = lcms(command, "--help")

    assert ended.code == 0
    assert ended.out.startswith(f"Usage: lcms {command} ")
    assert len(ended.out.split("\n\n")[1].split()) >= 5


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained(command: str) -> None:
    lines = lcms(command, "--help").out.partition("Options:\n")[2].splitlines()

    for line in lines:
        name, _, text = line.strip().partition("  ")
        assert text or not name.startswith("-"), line


def test_the_first_help_leads_from_runs_to_tables_and_tells_the_exit_codes() -> None:
    told = " ".join(lcms("--help").out.split())

    for step in ("lcms init", "lcms check", "lcms run my_study", "lcms simulate"):
        assert step in told
    for code in ("0 done", "2 the input is wrong", "3 the data cannot", "1 a bug"):
        assert code in told
    for command in COMMANDS:
        assert command in told


def test_the_help_lists_every_command_once_in_the_order_of_the_work() -> None:
    lists = lcms("--help").out.partition("A study, in the order of the work:")[2]
    listed = re.findall(r"^  (\w+) +[A-Z]", lists, flags=re.MULTILINE)

    assert sorted(listed) == sorted(COMMANDS)
    assert listed[:4] == ["init", "check", "times", "run"]
    assert listed.index("extract") < listed.index("pick") < listed.index("quantify")


def test_the_version_is_told() -> None:
    assert lcms("--version").out == f"lcms, version {__version__}\n"


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_is_to_be_had_by_either_flag(flag: str) -> None:
    assert lcms(flag).out.startswith("Usage: lcms")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Usage: lcms"),
        (["chekc"], "No such command 'chekc'"),
        (["check", "--bogus"], "No such option '--bogus'"),
        (["extract", "part"], "Missing argument 'RUNS...'"),
        (["simulate", "out", "--seed", "one"], "'one' is not a valid integer"),
        (["simulate", "out", "--seed", "-1"], "seed is -1"),
        (["simulate", "out", "--unknowns", "-3"], "n_unknowns is -3"),
        (["simulate", "out", "--preset", "plian"], "`plian` is not one of standard, plain"),
        (["check", "-s", "none.yaml"], "none.yaml: cannot be read as YAML"),
        (["check", "-s", '{"samples": '], "--settings: is no JSON"),
        (["check", "-s", '{"sampels": "x.tsv"}'], "the nearest known one is `samples`"),
        (["gate", "-s", '{"max_failed_fraction": 2}'], "setting `max_failed_fraction`"),
        (["init", "no_such_folder", "out"], "no_such_folder"),
    ],
)
def test_a_wrong_command_line_ends_with_2_tells_why_and_writes_nothing(
    arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    ended = lcms(*arguments)

    assert ended.code == 2
    assert told in ended.err
    assert "Traceback" not in ended.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [*WITH_SHEETS, "gate"])
def test_each_step_refuses_an_unknown_setting_with_2_and_writes_nothing(
    command: str, tmp_path: Path
) -> None:
    config = project(tmp_path, extraction={"mz_tolerance": 5})
    before = files_below(tmp_path)

    ended = lcms(command, "-s", config, *ARGUMENTS.get(command, []))

    assert ended.code == 2
    assert "unknown setting `extraction.mz_tolerance`" in ended.err
    assert "the nearest known one is `extraction.mz_tolerance_ppm`" in ended.err
    assert files_below(tmp_path) == before


@pytest.mark.parametrize("command", WITH_SHEETS)
def test_each_step_refuses_a_wrong_target_sheet_with_2_and_writes_nothing(
    command: str, tmp_path: Path
) -> None:
    config = project(tmp_path)
    write_sheet(tmp_path / "targets.tsv", [LAC_LEU | {"adduct": "[M-H]"}])
    before = files_below(tmp_path)

    ended = lcms(command, "-s", config, *ARGUMENTS.get(command, []))

    assert ended.code == 2
    assert f"{tmp_path / 'targets.tsv'}, row 2, column adduct: " in ended.err
    assert files_below(tmp_path) == before


@pytest.mark.parametrize("run", ["a.mzML", "a=", "=a.mzML"])
def test_a_run_that_is_not_named_as_sample_and_path_is_refused(run: str, tmp_path: Path) -> None:
    config = project(tmp_path)

    ended = lcms("extract", "-s", config, "1_0001", "b=b.mzML", run)

    assert ended.code == 2
    assert "is not SAMPLE_ID=PATH" in ended.err
    assert not (tmp_path / "results").exists()


def test_settings_may_come_as_json_as_the_rules_pass_them(tmp_path: Path) -> None:
    project(tmp_path)
    sheets = {name: str(tmp_path / f"{name}.tsv") for name in ("samples", "targets")}

    ended = lcms("check", "-s", json.dumps(sheets))

    assert ended.code == 0
    assert ended.out == "ok: 2 runs, 1 compounds with 1 ions, 0 nominal concentrations\n"


@pytest.mark.parametrize(
    "arguments", [["{}"], ["{}/config.yaml"], ["-s", "{}"], ["-s", "{}/config.yaml"]]
)
def test_check_takes_the_folder_of_a_study_or_its_configuration(
    arguments: list[str], tmp_path: Path
) -> None:
    project(tmp_path / "study")

    ended = lcms("check", *(argument.format(tmp_path / "study") for argument in arguments))

    assert ended.code == 0
    assert ended.out.startswith("ok: 2 runs")


def test_check_without_a_study_looks_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    ended = lcms("check")

    assert ended.code == 2
    assert "holds no config.yaml" in ended.err


def test_data_that_do_not_suffice_end_with_3_without_a_traceback(tmp_path: Path) -> None:
    config = write_config(tmp_path / "config.yaml", results=str(tmp_path))
    write_samples(tmp_path, {"a": None, "b": "b.mzML: is empty", "c": "c.mzML: is a folder"})

    ended = lcms("gate", "-s", config)

    assert ended.code == 3
    assert "2 of 3 runs could not be read; max_failed_fraction allows 0.2" in ended.err
    assert "  b: b.mzML: is empty\n  c: c.mzML: is a folder" in ended.err


def test_the_gate_lets_as_many_runs_fail_as_allowed_and_none_when_strict(tmp_path: Path) -> None:
    config = write_config(tmp_path / "c.yaml", results=str(tmp_path), max_failed_fraction=0.5)
    write_samples(tmp_path, {"a": None, "b": "b.mzML: is empty"})

    allowed, strict = lcms("gate", "-s", config), lcms("gate", "-s", config, "--strict")

    assert (allowed.code, allowed.out) == (0, "1 failed runs\n")
    assert strict.code == 3


def test_the_gate_is_closed_when_no_run_could_be_read_whatever_is_allowed(tmp_path: Path) -> None:
    config = write_config(tmp_path / "c.yaml", results=str(tmp_path), max_failed_fraction=1.0)
    write_samples(tmp_path, {"a": "a.mzML: is empty"})

    assert lcms("gate", "-s", config).code == 3


@pytest.mark.parametrize("command", ["pick", "learn", "integrate", *GATHERING, "gather", "gate"])
def test_a_step_whose_tables_are_not_there_ends_with_3_and_names_one(
    command: str, tmp_path: Path
) -> None:
    ended = lcms(command, "-s", project(tmp_path), *ARGUMENTS.get(command, []))

    assert ended.code == 3
    assert ".parquet: cannot be read as Parquet" in ended.err


def test_a_bug_ends_with_1_and_its_traceback(tmp_path: Path) -> None:
    config = write_config(tmp_path / "config.yaml", results=str(tmp_path))
    spoil = "import lcms.steps.gate as g; g.check_failures = lambda *_: {}['no such key']"

    ended = process(spoil, "gate", "-s", config)

    assert ended.code == 1
    assert "Traceback (most recent call last)" in ended.err
    assert "KeyError: 'no such key'" in ended.err


def test_wrong_input_ends_a_process_with_2_and_no_traceback() -> None:
    ended = process("pass", "check", "-s", "none.yaml")

    assert ended.code == 2
    assert ended.err.startswith("error: none.yaml: cannot be read as YAML")
    assert "Traceback" not in ended.err


def test_check_names_all_problems_of_several_sheets_at_once(tmp_path: Path) -> None:
    config = project(tmp_path, levels=str(tmp_path / "levels.tsv"))
    samples = read_sheet(tmp_path / "samples.tsv")
    samples[0] |= {"sample_type": "calibrator", "level": "L9"}
    samples[1] |= {"sample_id": "a", "mzml": "gone.mzML", "sample_type": "unkown"}
    write_sheet(tmp_path / "samples.tsv", samples)
    write_sheet(
        tmp_path / "levels.tsv", [{"level": "L1", "target_id": "*", "concentration": "1,5"}]
    )
    write_sheet(tmp_path / "targets.tsv", [LAC_LEU | {"formula": "C9H17NOx", "rt": 3}])

    ended = lcms("check", "-s", config)

    assert ended.code == 2
    for place in (
        "samples.tsv, row 2, column level: `L9` is not in the level sheet",
        "samples.tsv, row 3, column sample_id: `a` is already in row 2",
        "samples.tsv, row 3, column mzml: there is no file",
        "samples.tsv, row 3, column sample_type: `unkown` is not one of",
        "levels.tsv, row 2, column concentration: `1,5` is not a number",
        "targets.tsv, row 1, column rt: unknown column",
        "targets.tsv, row 2, column formula: ",
    ):
        assert f"{tmp_path}/{place}" in ended.err


def test_check_names_every_wrong_setting_at_once(tmp_path: Path) -> None:
    config = project(tmp_path, runs_per_chunk=0, result="out", integration={"min_points": "few"})

    ended = lcms("check", "-s", config)

    assert ended.code == 2
    assert "setting `runs_per_chunk`" in ended.err
    assert "setting `integration.min_points`" in ended.err
    assert "unknown setting `result`; the nearest known one is `results`" in ended.err


@pytest.mark.parametrize(
    ("target_id", "formula", "adduct", "isobar"),
    [
        ("Lac-Leu", "C9H17NO4", "[M+H]+", "acetylcarnitine (plasma, urine), Lac-Ile have"),
        ("Lac-Gly", "C5H9NO4", "[M-H]-", "glutamate has"),
        ("Lac-Ala", "C6H11NO4", "[M-H]-", "2-aminoadipate has"),
        ("Lac-Met", "C8H15NO4S", "[M-H]-", "3-HPMA (urine) has"),
    ],
)
def test_check_says_what_to_give_beside_an_abundant_isobar(
    target_id: str, formula: str, adduct: str, isobar: str, tmp_path: Path
) -> None:
    config = project(tmp_path)

    def warnings_of(time_s: float | str, **more: object) -> list[str]:
        sheet = [analyte(target_id, formula, time_s, adduct=adduct, **more)]
        write_sheet(tmp_path / "targets.tsv", sheet)
        ended = lcms("check", "-s", config)
        assert ended.code == 0
        return ended.err.splitlines()

    same = f"warning: {target_id}: {isobar} the same m/z: "
    assert warnings_of("") == [f"{same}give the retention time of your standard"]
    assert warnings_of(60.0) == [
        f"{same}give a product ion, or the labelled compound as its internal standard"
    ]
    assert warnings_of(60.0, product="88.0404") == []


def test_check_names_the_compounds_without_a_time_in_one_line(tmp_path: Path) -> None:
    config = project(tmp_path)
    sheet = [analyte("Lac-Val", "C8H15NO4"), analyte("Lac-Phe", "C12H15NO4")]
    write_sheet(tmp_path / "targets.tsv", sheet)

    warning = lcms("check", "-s", config).err

    assert warning.startswith("warning: Lac-Val, Lac-Phe: no retention time is listed")
    assert len(warning.splitlines()) == 1


def test_check_asks_for_the_times_of_isomer_groups(tmp_path: Path) -> None:
    config = project(tmp_path)
    times_s: dict[str, float | str] = {"Lac-Ile": 150.0, "Lac-Leu": ""}
    sheet = [
        analyte(name, "C9H17NO4", time_s, isomer_group="Lac-Leu/Ile")
        for name, time_s in times_s.items()
    ]
    write_sheet(tmp_path / "targets.tsv", sheet)

    warning = lcms("check", "-s", config).err

    start = "warning: isomer group Lac-Leu/Ile: no retention time of Lac-Leu: give those of your"
    assert warning.startswith(start)
    assert len(warning.splitlines()) == 1


def test_check_of_its_own_panel_gives_few_lines() -> None:
    ended = lcms("check", "-s", ROOT / "config" / "config.yaml")

    assert ended.code == 0
    assert len(ended.err.splitlines()) <= 3


def test_check_lists_all_isobars_on_request(tmp_path: Path) -> None:
    config = project(tmp_path)

    asked, plain = lcms("check", "--isobars", "-s", config), lcms("check", "-s", config)

    (line,) = [line for line in asked.out.splitlines() if line.startswith("Lac-Leu [M-H]-")]
    assert {"BHB-Val", "N-(1-carboxyethyl)-Leu"} <= set(line.split(" as ")[1].split(", "))
    assert "acetylcarnitine" not in line.split(", ")  # it forms no such ion
    assert "BHB-Val" not in plain.out + plain.err


def test_check_warns_of_two_targets_on_one_mz(tmp_path: Path) -> None:
    config = project(tmp_path)
    targets = [LAC_LEU, analyte("Lac-Ile", "C9H17NO4", 70.0)]
    write_sheet(tmp_path / "targets.tsv", targets)
    shared = lcms("check", "-s", config)
    grouped = [target | {"isomer_group": "Leu/Ile"} for target in targets]
    write_sheet(tmp_path / "targets.tsv", grouped)

    alone = lcms("check", "-s", config)

    assert "Lac-Leu [M-H]- at m/z 202.1085 and Lac-Ile [M-H]- at m/z 202.1085 share" in shared.err
    assert "share their m/z" not in alone.err
    assert (shared.code, alone.code) == (0, 0)


def test_the_command_line_starts_without_numpy() -> None:
    code = "import sys, lcms.cli; print('numpy' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


def test_pyarrow_does_not_import_pandas_into_a_command_that_does_not_use_it() -> None:
    code = (
        "import sys, click, pyarrow; from lcms import cli\n"
        "@cli.cli.command()\n"
        "def made():\n"
        "    click.echo(len(pyarrow.array([1])))\n"
        "    click.echo('pandas' in sys.modules)\n"
        "sys.argv = ['lcms', 'made']; cli.main()"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "1\nFalse\n"


def test_show_is_the_command_that_uses_pandas(tmp_path: Path) -> None:
    write_samples(tmp_path, {})
    ended = process(f"sys.argv = ['lcms', 'show', {str(tmp_path)!r}]")

    assert ended.code == 3
    assert "concentrations.parquet: cannot be read as Parquet" in ended.err
