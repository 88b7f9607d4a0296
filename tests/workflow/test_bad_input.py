"""What is told of wrong input and broken runs, and that all else is measured as ever."""

import gzip
import json
import math
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from builders import SECONDS, Eluting, write_run
from lcms.io.mzml.mzml_writer import write_mzml
from lcms.io.tables.parquet import read_table
from lcms.numerics.mass.formulas import ion_mz
from lcms.simulation.simulated_scans import SimulatedScan
from pipeline import (
    TABLES,
    Ended,
    Row,
    analyte,
    by_key,
    lay_out,
    lcms,
    read_sheet,
    rows_of,
    run_steps,
    snakemake,
    write_sheet,
)

FORMULAS = {"Lac-Val": "C8H15NO4", "Lac-Leu": "C9H17NO4", "Lac-Phe": "C12H15NO4"}
TIMES_S = {"Lac-Val": 45.0, "Lac-Leu": 60.0, "Lac-Phe": 75.0}
HEIGHTS = {"Lac-Val": 2e6, "Lac-Leu": 1e6, "Lac-Phe": 5e5}
TARGETS = [analyte(name, FORMULAS[name], TIMES_S[name]) for name in FORMULAS]
MZ = {name: ion_mz(formula, "[M-H]-") for name, formula in FORMULAS.items()}
ELUTING = [Eluting(MZ[name], TIMES_S[name], HEIGHTS[name]) for name in FORMULAS]

PER_RUN = ("peaks", "concentrations", "chromatograms")


def good_run(path: Path, *, polarity: int = -1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_run(path, ELUTING, seed=len(path.stem), polarity=polarity)


def project(
    folder: Path, n_runs: int = 3, targets: Sequence[Row] = TARGETS, **settings: object
) -> Path:
    """Lay out some good runs; return the configuration."""
    runs = {f"good_{n}": good_run(folder / f"good_{n}.mzML") for n in range(n_runs)}
    return lay_out(folder, runs, targets, **settings)


def add_run(folder: Path, sample_id: str, path: Path) -> None:
    """Add an unknown in the middle of the sample sheet."""
    rows = read_sheet(folder / "samples.tsv")
    rows.insert(1, {"sample_id": sample_id, "mzml": str(path), "sample_type": "unknown"})
    write_sheet(folder / "samples.tsv", rows)


def change(path: Path, row: int, **cells: object) -> None:
    """Change cells of a row of a sheet."""
    rows = read_sheet(path)
    write_sheet(path, [entry | (cells if n == row else {}) for n, entry in enumerate(rows)])


def statuses(results: Path, sample_id: str, table: str = "peaks") -> set[str]:
    return {row["status"] for row in rows_of(results, table) if row["sample_id"] == sample_id}


def comparable(rows: Sequence[Row]) -> list[str]:
    """Return rows as texts, for NaN equals no NaN; the order of injection may move."""
    return [repr(row | {"injection_order": None, "injection_order_from": None}) for row in rows]


def rewritten(path: Path, edit: Callable[[str], str]) -> Path:
    """Write a good run with its text edited."""
    text = good_run(path).read_text(encoding="latin-1")
    edited = edit(text)
    assert edited != text
    path.write_text(edited, encoding="latin-1")
    return path


def truncated(folder: Path) -> Path:
    return rewritten(folder / "bad.mzML", lambda text: text[: len(text) // 2])


def cut_between_scans(folder: Path) -> Path:
    """Write a run that is whole XML but lacks the scans of its second half."""
    later = re.compile(r'<spectrum [^>]*index="60".*</spectrum>(?=\s*</spectrumList>)', re.DOTALL)
    return rewritten(folder / "bad.mzML", lambda text: later.sub("", text))


def cut_gzip(folder: Path) -> Path:
    whole = gzip.compress(good_run(folder / "whole.mzML").read_bytes())
    (folder / "bad.mzML.gz").write_bytes(whole[: len(whole) // 2])
    return folder / "bad.mzML.gz"


def web_page(folder: Path) -> Path:
    (folder / "bad.mzML").write_text("<!DOCTYPE html><html>Please log in</html>", encoding="utf-8")
    return folder / "bad.mzML"


def empty(folder: Path) -> Path:
    (folder / "bad.mzML").touch()
    return folder / "bad.mzML"


def only_ms2(folder: Path) -> Path:
    scan = SimulatedScan(1.0, SECONDS[1:3] + 100, SECONDS[1:3], ms_level=2, precursor_mz=202.1)
    write_mzml(folder / "bad.mzML", [scan], polarity=-1)
    return folder / "bad.mzML"


def times_without_a_unit(folder: Path) -> Path:
    unit = r' unitAccession="UO:0000010" unitName="second" unitCvRef="UO"'
    return rewritten(folder / "bad.mzML", lambda text: re.sub(unit, "", text))


def time_that_is_no_number(folder: Path) -> Path:
    """Write a run whose scan at the apex of Lac-Leu has the time NaN."""
    good = 'name="scan start time" value="60"'
    return rewritten(
        folder / "bad.mzML", lambda text: text.replace(good, good.replace("60", "NaN"))
    )


def changed_character(folder: Path) -> Path:
    """Write a run in which one character of the intensities of a scan is another one."""

    def change(text: str) -> str:
        array = text.index("<binary>", text.index('name="intensity array"', len(text) // 2))
        at = array + len("<binary>") + (text.index("<", array + 1) - array) // 2
        return f"{text[:at]}{'A' if text[at] != 'A' else 'B'}{text[at + 1 :]}"

    return rewritten(folder / "bad.mzML", change)


BROKEN: Mapping[str, tuple[Callable[[Path], Path], str]] = {
    "truncated": (truncated, "it is damaged or was cut short"),
    "scans lost": (cut_between_scans, "declares 120 spectra and holds 60"),
    "gzip cut": (cut_gzip, "Compressed file ended"),
    "web page": (web_page, "is a web page (HTML), though its name says mzML"),
    "empty": (empty, "the file is empty"),
    "no MS1, no chromatograms": (only_ms2, "holds neither MS1 scans nor chromatograms"),
    "a time is NaN": (time_that_is_no_number, "without a usable scan start time (nan s)"),
    "a character changed": (changed_character, "it is damaged or was cut short"),
    "no unit of time": (times_without_a_unit, "scan start times have no unit"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_run_has_its_rows_with_the_reason_and_changes_no_other(
    kind: str, tmp_path: Path
) -> None:
    write_broken, reason = BROKEN[kind]
    config = project(tmp_path, max_failed_fraction=0.25)
    run_steps(config)
    results = tmp_path / "results"
    before = {table: rows_of(results, table) for table in TABLES}
    add_run(tmp_path, "broken", write_broken(tmp_path))

    ended = run_steps(config)

    assert (ended.code, ended.out) == (0, "1 failed runs\n")
    told = next(row for row in rows_of(results, "samples") if row["sample_id"] == "broken")
    assert told["status"] == "failed"
    assert reason in told["error"]
    assert str(tmp_path / "bad.mzML") in told["error"]
    for table in ("peaks", "concentrations"):
        assert statuses(results, "broken", table) == {"failed"}
        assert len([row for row in rows_of(results, table) if row["sample_id"] == "broken"]) == 3
    for table in TABLES:
        others = [row for row in rows_of(results, table) if row.get("sample_id") != "broken"]
        assert comparable(others) == comparable(before[table])


def test_the_rows_of_a_failed_run_hold_no_number(tmp_path: Path) -> None:
    config = project(tmp_path, max_failed_fraction=0.25)
    add_run(tmp_path, "broken", truncated(tmp_path))

    run_steps(config)

    known = {"sample_id", "ion_id", "target_id", "ion_role", "batch", "sample_type", "status"}
    known |= {"mz_theoretical", "flags", "kind", "dilution_factor", "censored"}
    for table in (*PER_RUN, "concentration_matrix", "response_matrix"):
        rows = rows_of(tmp_path / "results", table)
        failed = [row for row in rows if row["sample_id"] == "broken"]
        assert failed
        for row in failed:
            assert [
                name for name in row if name not in known and row[name] not in (None, [])
            ] == []
            assert row.get("flags", []) == []


def test_too_many_broken_runs_end_with_an_error_and_the_tables_are_kept(tmp_path: Path) -> None:
    config = project(tmp_path)
    add_run(tmp_path, "broken", web_page(tmp_path))

    ended = run_steps(config)

    assert ended.code == 3
    assert "1 of 4 runs could not be read; max_failed_fraction allows 0.2" in ended.err
    assert "broken: " in ended.err
    assert all((tmp_path / "results" / f"{table}.parquet").is_file() for table in TABLES)
    assert statuses(tmp_path / "results", "good_0") == {"quantified"}


def test_a_run_that_goes_missing_after_the_check_is_a_failed_run(tmp_path: Path) -> None:
    config = project(tmp_path)

    ended = lcms("extract", "-s", config, "1_0001", f"gone={tmp_path / 'gone.mzML'}")

    row = rows_of(tmp_path / "results" / "parts" / "runs", "1_0001")[0]
    assert ended.code == 0
    assert (row["status"], row["sample_id"]) == ("failed", "gone")
    assert row["error"].endswith("gone.mzML: cannot be read: No such file or directory")


def test_a_run_of_the_other_polarity_acquired_none_of_the_ions(tmp_path: Path) -> None:
    config = project(tmp_path)
    add_run(tmp_path, "positive", good_run(tmp_path / "positive.mzML", polarity=1))

    ended = run_steps(config)

    assert ended.code == 0
    for table in ("peaks", "concentrations"):
        assert statuses(tmp_path / "results", "positive", table) == {"not_acquired"}
    run = next(
        row for row in rows_of(tmp_path / "results", "samples") if row["sample_id"] == "positive"
    )
    assert (run["status"], run["polarity"]) == ("ok", "+")


def test_a_window_outside_the_run_is_not_acquired_and_the_others_are_measured(
    tmp_path: Path,
) -> None:
    late = analyte("Lac-Met", "C8H15NO4S", 600.0)
    config = project(tmp_path, targets=[*TARGETS, late])

    run_steps(config)

    peaks = by_key(tmp_path / "results", "peaks")
    assert peaks["good_0", "Lac-Met"]["status"] == "not_acquired"
    assert all(peaks["good_0", name]["status"] == "quantified" for name in FORMULAS)


@pytest.mark.parametrize("name", FORMULAS)
def test_one_target_alone_is_measured_as_among_others(name: str, tmp_path: Path) -> None:
    config = project(tmp_path, targets=[analyte(name, FORMULAS[name], TIMES_S[name])])

    ended = run_steps(config)

    peak = by_key(tmp_path / "results", "peaks")["good_0", name]
    assert ended.code == 0
    assert peak["status"] == "quantified"
    assert peak["retention_time_s"] == pytest.approx(TIMES_S[name], abs=1)
    assert peak["area"] == pytest.approx(HEIGHTS[name] * 3.4 * math.sqrt(2 * math.pi), rel=0.05)


def test_two_targets_on_one_mz_are_both_reported_and_flagged(tmp_path: Path) -> None:
    config = project(tmp_path, targets=[*TARGETS, analyte("Lac-Ile", "C9H17NO4", 62.0)])

    run_steps(config)

    peaks = by_key(tmp_path / "results", "peaks")
    for name, shared in (("Lac-Leu", True), ("Lac-Ile", True), ("Lac-Val", False)):
        assert peaks["good_0", name]["status"] == "quantified"
        assert ("shared_mz" in peaks["good_0", name]["flags"]) is shared


def test_calibrators_of_a_product_ion_that_is_not_read_yet_tell_so(tmp_path: Path) -> None:
    product = TARGETS[0] | {"product": "C5H10NO2-"}
    config = project(tmp_path, targets=[product], levels=str(tmp_path / "levels.tsv"))
    for row in range(3):
        change(tmp_path / "samples.tsv", row, sample_type="calibrator", level="L1")
    write_sheet(tmp_path / "levels.tsv", [{"level": "L1", "target_id": "*", "concentration": 1}])

    run_steps(config)

    told = rows_of(tmp_path / "results", "calibrators")
    found = by_key(tmp_path / "results", "concentrations")["good_0", "Lac-Val"]
    assert [row["excluded_why"] for row in told] == ["not_acquired"] * 3
    assert (found["status"], found["flags"]) == ("not_acquired", ["no_transition"])


def refused(config: Path) -> str:
    """Return what is told of wrong input; nothing is written, by the check or by a step."""
    folder = config.parent
    before = sorted(folder.rglob("*"))

    ended = lcms("check", "-s", config)

    assert ended.code == 2, ended
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert lcms("combine", "-s", config).code == 2
    assert sorted(folder.rglob("*")) == before
    return ended.err


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"adduct": "[M+X]-"}, "targets.tsv, row 3, column adduct: "),
        ({"adduct": "[M-H]"}, "targets.tsv, row 3, column adduct: "),
        ({"formula": "C9H17NO4Xx2"}, "targets.tsv, row 3, column formula: "),
        ({"formula": "C9O4", "adduct": "[M-H]-"}, "targets.tsv, row 3, column adduct: "),
        ({"formula": ""}, "targets.tsv, row 3, column formula: is blank, and so is precursor_mz"),
        ({"kind": "analyt"}, "targets.tsv, row 3, column kind: `analyt` is not one of analyte"),
        ({"retention_time_s": "1 min"}, "targets.tsv, row 3, column retention_time_s: `1 min`"),
        ({"internal_standard": "IS"}, "targets.tsv, row 3, column internal_standard: `IS` is no"),
        ({"target_id": "Lac-Val", "formula": "C8H15NO4"}, "is already in row 2"),
    ],
)
def test_a_wrong_target_is_told_with_row_and_column(cells: Row, told: str, tmp_path: Path) -> None:
    config = project(tmp_path, 1)
    change(tmp_path / "targets.tsv", 1, **cells)

    assert told in refused(config)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"mzml": "gone.mzML"}, "samples.tsv, row 3, column mzml: there is no file "),
        ({"mzml": "good_1.raw"}, "`good_1.raw` does not end in .mzML or .mzML.gz"),
        ({"sample_id": "good_0"}, "samples.tsv, row 3, column sample_id: `good_0` is already in"),
        ({"sample_id": "good/1"}, "`good/1`: only letters, digits, `.`, `_` and `-`"),
        ({"sample_type": "QC"}, "samples.tsv, row 3, column sample_type: `QC` is not one of"),
        ({"sample_type": "calibrator"}, "samples.tsv, row 3, column level: a calibrator needs"),
        ({"sampletype": "unknown"}, "unknown column; the nearest known one is `sample_type`"),
    ],
)
def test_a_wrong_sample_is_told_with_row_and_column(cells: Row, told: str, tmp_path: Path) -> None:
    config = project(tmp_path, 2)
    if "sampletype" in cells:
        (tmp_path / "samples.tsv").write_text(
            (tmp_path / "samples.tsv").read_text().replace("sample_type", "sampletype")
        )
    else:
        change(tmp_path / "samples.tsv", 1, **cells)

    assert told in refused(config)


def test_an_unknown_column_of_the_target_sheet_is_told_with_the_nearest(tmp_path: Path) -> None:
    config = project(tmp_path, 1)
    change(tmp_path / "targets.tsv", 0, retention_time_window=5)

    assert (
        "targets.tsv, row 1, column retention_time_window: unknown column; "
        "the nearest known one is `retention_time_window_s`"
    ) in refused(config)


@pytest.mark.parametrize("sheet", ["samples", "targets"])
def test_an_empty_sheet_is_told(sheet: str, tmp_path: Path) -> None:
    config = project(tmp_path, 1)
    path = tmp_path / f"{sheet}.tsv"
    header = path.read_text(encoding="utf-8").splitlines()[0]

    path.write_text(header + "\n", encoding="utf-8")
    assert f"{sheet}.tsv: has a header but no rows" in refused(config)

    path.write_text("", encoding="utf-8")
    assert f"{sheet}.tsv: is empty" in refused(config)

    path.unlink()
    assert f"{sheet}.tsv: cannot be read: No such file or directory" in refused(config)


def test_a_level_for_a_compound_that_no_sheet_knows_is_told(tmp_path: Path) -> None:
    config = project(tmp_path, 1, levels=str(tmp_path / "levels.tsv"))
    write_sheet(
        tmp_path / "levels.tsv", [{"level": "L1", "target_id": "Lac-Lue", "concentration": 1}]
    )

    assert "`Lac-Lue` is not in the target sheet; the nearest known one is `Lac-Leu`" in refused(
        config
    )


def dry_run(config: Path) -> Ended:
    return snakemake(config, "-n", folder=config.parent)


@pytest.mark.slow
def test_snakemake_stops_before_any_job_at_wrong_sheets_and_tells_all(tmp_path: Path) -> None:
    config = project(tmp_path, 2)
    change(tmp_path / "samples.tsv", 0, mzml="gone.mzML")
    change(tmp_path / "samples.tsv", 1, sample_id="good_0", sample_type="QC")
    change(tmp_path / "targets.tsv", 2, adduct="[M+X]-")

    ended = dry_run(config)

    told = ended.out + ended.err
    assert ended.code != 0
    for place in (
        "samples.tsv, row 2, column mzml",
        "samples.tsv, row 3, column sample_id",
        "samples.tsv, row 3, column sample_type",
        "targets.tsv, row 4, column adduct",
    ):
        assert place in told
    assert "Traceback" not in told
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_snakemake_stops_at_an_unknown_setting_and_names_the_nearest(tmp_path: Path) -> None:
    ended = dry_run(project(tmp_path, 1, integration={"min_signal_to_nois": 3}))

    told = ended.out + ended.err
    assert ended.code != 0
    assert "unknown setting `integration.min_signal_to_nois`" in told
    assert "the nearest known one is `integration.min_signal_to_noise`" in told
    assert "Traceback" not in told


@pytest.mark.slow
def test_snakemake_measures_good_runs_among_broken_ones_and_ends_with_0(tmp_path: Path) -> None:
    config = project(tmp_path, max_failed_fraction=0.5)
    add_run(tmp_path, "broken", truncated(tmp_path))

    ended = snakemake(config, folder=tmp_path)

    assert ended.code == 0, ended.err
    assert "4 runs, 1 of them could not be read" in ended.out
    assert "broken: " in ended.out
    assert statuses(tmp_path / "results", "broken") == {"failed"}
    assert statuses(tmp_path / "results", "good_0") == {"quantified"}


@pytest.mark.slow
def test_snakemake_ends_with_an_error_and_keeps_the_tables_when_too_many_runs_fail(
    tmp_path: Path,
) -> None:
    config = project(tmp_path)
    add_run(tmp_path, "broken", truncated(tmp_path))

    ended = snakemake(config, folder=tmp_path)

    assert ended.code != 0
    assert all((tmp_path / "results" / f"{table}.parquet").is_file() for table in TABLES)
    assert (tmp_path / "results" / "report.html").is_file()
    told = ended.out + ended.err
    assert "error: 1 of 4 runs could not be read; max_failed_fraction allows 0" in told
    assert "\n  broken: " in told


@pytest.mark.slow
def test_a_mended_run_is_read_again_with_its_chunk_only(tmp_path: Path) -> None:
    config = project(tmp_path, max_failed_fraction=0.5, runs_per_chunk=2)
    add_run(tmp_path, "broken", truncated(tmp_path))
    snakemake(config, folder=tmp_path)
    shutil.copy(tmp_path / "good_0.mzML", tmp_path / "bad.mzML")

    ended = snakemake(config, folder=tmp_path)

    assert ended.code == 0, ended.err
    assert statuses(tmp_path / "results", "broken") == {"quantified"}
    read = r"rule (?:extract_chromatograms|pick_peaks):(?:(?!rule ).)*?wildcards: chunk=(\S+)"
    assert re.findall(read, ended.out + ended.err, re.DOTALL) == ["1_0001", "1_0001"]


def test_the_settings_of_a_table_are_those_it_was_made_with(tmp_path: Path) -> None:
    run_steps(project(tmp_path, 1, integration={"min_points": 6}))

    metadata = read_table(tmp_path / "results" / "peaks.parquet").schema.metadata
    settings = json.loads(metadata[b"settings"])
    assert settings["integration"]["min_points"] == 6
    assert settings["samples"] == "samples.tsv"
    assert metadata[b"schema_version"] == b"2"


def test_a_target_added_after_extraction_is_told_with_the_step_to_run_again(
    tmp_path: Path,
) -> None:
    config = project(tmp_path, 1)
    run_steps(config)
    write_sheet(tmp_path / "targets.tsv", [*TARGETS, analyte("Lac-Ala", "C6H11NO4")])

    for step in ("pick", "integrate"):
        ended = lcms(step, "-s", config, "1_0001")

        assert ended.code == 3
        assert "lacks the ion Lac-Ala [M-H]- of the target sheet" in ended.err
        assert "run extract again" in ended.err


def test_a_target_added_before_quantification_is_told_with_the_steps_to_run_again(
    tmp_path: Path,
) -> None:
    config = project(tmp_path, 1)
    run_steps(config)
    write_sheet(tmp_path / "targets.tsv", [*TARGETS, analyte("Lac-Ala", "C6H11NO4")])

    ended = lcms("quantify", "-s", config)

    assert ended.code == 3
    assert "peaks.parquet: run good_0 has no ion Lac-Ala" in ended.err
    assert "run `lcms extract` and the steps after it again" in ended.err
