from dataclasses import replace
from pathlib import Path

import yaml

from lcms.steps.simulate import simulate
from simulated import STANDARD

SMALL = replace(
    STANDARD,
    n_unknowns=1,
    calibrator_nmol_l=(10.0,),
    n_calibrator_brackets=1,
    n_quality_control_sets=0,
    pooled_qc_every=0,
    run_length_s=100.0,
)


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate(tmp_path / name, replace(SMALL, seed=seed))
    one, same, other = (contents(tmp_path / name) for name in "abc")

    assert {n for n in one if one[n] != same[n]} == set()
    assert all(one[name] != other[name] for name in one if name.endswith(".mzML"))


def test_the_folder_holds_runs_sheets_truth_and_says_that_it_is_simulated(tmp_path: Path) -> None:
    paths = simulate(tmp_path, SMALL)

    assert {path.name for path in tmp_path.iterdir()} == {
        *("mzml", "samples.tsv", "levels.tsv", "targets.tsv", "config.yaml"),
        *("truth.tsv", "truth_runs.tsv", "README.txt"),
    }
    assert all(path.parent == tmp_path / "mzml" for path in paths)
    readme = (tmp_path / "README.txt").read_text(encoding="utf-8")
    assert "simulated" in readme
    assert "seed: 1\n" in readme


def test_every_sample_and_target_has_a_row_of_truth(tmp_path: Path) -> None:
    simulate(tmp_path, SMALL)

    def rows(name: str) -> list[list[str]]:
        lines = (tmp_path / name).read_text(encoding="utf-8").splitlines()
        return [line.split("\t") for line in lines]

    samples = [row[0] for row in rows("samples.tsv")[1:]]
    targets = [row[0] for row in rows("targets.tsv")[1:]]
    truth_rows = rows("truth.tsv")
    assert [row[:2] for row in truth_rows[1:]] == [[s, t] for s in samples for t in targets]
    assert {row[2] for row in truth_rows[1:]} == {"true", "false"}
    assert [row[0] for row in rows("truth_runs.tsv")[1:]] == samples


def test_the_configuration_names_the_sheets_and_the_results_only(tmp_path: Path) -> None:
    simulate(tmp_path, SMALL)

    settings = yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8"))

    assert settings == {
        "samples": "samples.tsv",
        "targets": "targets.tsv",
        "levels": "levels.tsv",
        "results": "results",
    }
