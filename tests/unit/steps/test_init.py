import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from lcms.config import Settings, load_settings
from lcms.errors import InitError
from lcms.io.mzml.mzml_writer import write_mzml
from lcms.io.reference.panel import read_panel
from lcms.io.sheets.guesses import guess_messages
from lcms.io.sheets.inputs import read_inputs
from lcms.io.sheets.run_sheets import Report, read_levels, read_samples, read_targets
from lcms.kinds import IonRole, SampleType, TargetKind
from lcms.simulation.simulated_scans import SimulatedScan, SimulatedTransition
from lcms.steps.init import Lists, init_project
from written_sheets import DEFAULT_WINDOW_S

SCANS = [SimulatedScan(1.0, np.array([202.1]), np.array([1e4]))]


def write_run(
    path: Path,
    *,
    minute: int | None = None,
    polarity: int = -1,
    scans: Sequence[SimulatedScan] = SCANS,
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    start = None if minute is None else datetime(2024, 1, 15, 8, minute, 0)  # noqa: DTZ001  (mzML carries no zone)
    write_mzml(path, scans, polarity=polarity, start_time=start)


def laid_out(folder: Path) -> tuple[list[dict[str, str]], list[str]]:
    """Lay out `folder/raw` into `folder/study`; return the sample rows and the warnings."""
    warnings: list[str] = []
    init_project(folder / "raw", folder / "study", warn=warnings.append)
    with (folder / "study" / "samples.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t")), warnings


def test_what_is_written_is_read_without_a_problem_but_for_levels(tmp_path: Path) -> None:
    for minute, name in enumerate(["Blank 1", "Cal_1", "Cal_2", "pool", "mouse é", "QC_low"]):
        write_run(tmp_path / "raw" / f"{name}.mzML", minute=minute)

    paths = init_project(tmp_path / "raw", tmp_path / "study", warn=lambda _: None)

    report = Report()
    samples = read_samples(paths[0], report)
    read_targets(paths[1], report, DEFAULT_WINDOW_S)
    assert report.problems == []
    assert [sample.level for sample in samples] == [None, "1", "2", None, None, "low"]
    read_levels(paths[2], report)
    assert len(report.problems) == 3
    assert all(", column concentration: is blank" in problem for problem in report.problems)


def test_the_three_files_are_told_and_the_config_names_the_sheets(tmp_path: Path) -> None:
    write_run(tmp_path / "raw" / "a.mzML")
    out = tmp_path / "study"

    paths = init_project(tmp_path / "raw", out)

    assert paths == [out / "samples.tsv", out / "targets.tsv", out / "config.yaml"]
    assert load_settings(paths[2]) == Settings(
        samples=str(paths[0]), targets=str(paths[1]), levels=None, results=str(out / "results")
    )


def scattered_scans(scatter_ppm: float) -> list[SimulatedScan]:
    """Return scans of 100 ions of the background whose m/z scatter."""
    random, mz = np.random.default_rng(1), np.linspace(100, 900, 100)
    return [
        SimulatedScan(float(time_s), mz * random.normal(1, scatter_ppm * 1e-6, mz.size), mz * 100)
        for time_s in range(80)
    ]


@pytest.mark.parametrize(("scatter_ppm", "window_ppm"), [(0.5, 3.0), (6.0, 18.0)])
def test_the_m_z_window_is_that_of_the_runs(
    tmp_path: Path, scatter_ppm: float, window_ppm: float
) -> None:
    """Three times the scatter, or the default where that is wide enough."""
    write_run(tmp_path / "raw" / "a.mzML", scans=scattered_scans(scatter_ppm))

    _, warnings = laid_out(tmp_path)

    settings = load_settings(tmp_path / "study" / "config.yaml")
    assert settings.extraction.mz_tolerance_ppm == pytest.approx(window_ppm, abs=2)
    ratio = settings.integration.mz_residual_ppm / settings.extraction.mz_tolerance_ppm
    assert ratio == pytest.approx(2 / 3, abs=0.01)
    assert any("mz_tolerance_ppm" in text for text in warnings) == (window_ppm > 3.0)


def test_runs_of_one_method_are_one_batch_though_their_ms2_scans_or_m_z_differ(
    tmp_path: Path,
) -> None:
    """A run may begin with an MS2 scan; some programs write the m/z of a scan as its window."""
    product = SimulatedScan(
        0.5, np.array([88.0]), np.array([1e3]), ms_level=2, precursor_mz=202.1, mz_range=(50, 190)
    )
    survey = SimulatedScan(1.0, np.array([202.1]), np.array([1e4]), mz_range=(70, 1000))
    observed = [
        SimulatedScan(time_s, np.array([mz]), np.array([1e4]), mz_range=(mz - 1, mz + 1))
        for time_s, mz in [(1.0, 110.0), (2.0, 340.0)]
    ]
    write_run(tmp_path / "raw" / "a.mzML", minute=1, scans=[product, survey])
    write_run(tmp_path / "raw" / "b.mzML", minute=2, scans=[survey])
    write_run(tmp_path / "other" / "raw" / "a.mzML", minute=1, scans=observed)
    later = [replace(observed[0], mz_range=(90, 130)), observed[1]]
    write_run(tmp_path / "other" / "raw" / "b.mzML", minute=2, scans=later)

    for folder in (tmp_path, tmp_path / "other"):
        rows, _ = laid_out(folder)
        assert {row["batch"] for row in rows} == {"1"}


def test_runs_are_in_the_order_of_their_start_times_and_those_without_come_last(
    tmp_path: Path,
) -> None:
    write_run(tmp_path / "raw" / "a.mzML", minute=30)
    write_run(tmp_path / "raw" / "sub" / "b.mzML.gz", minute=5)
    write_run(tmp_path / "raw" / "c_10.MZML")
    write_run(tmp_path / "raw" / "c_2.mzML")

    rows, _ = laid_out(tmp_path)

    assert [row["sample_id"] for row in rows] == ["b", "a", "c_2", "c_10"]
    assert [row["mzml"] for row in rows] == [
        "../raw/sub/b.mzML.gz",
        "../raw/a.mzML",
        "../raw/c_2.mzML",
        "../raw/c_10.MZML",
    ]


def test_runs_of_the_same_name_in_two_folders_get_two_ids(tmp_path: Path) -> None:
    write_run(tmp_path / "raw" / "day1" / "a.mzML", minute=1)
    write_run(tmp_path / "raw" / "day2" / "a.mzML", minute=2)

    rows, _ = laid_out(tmp_path)

    assert [row["sample_id"] for row in rows] == ["a", "a_2"]


def test_a_guessed_type_is_marked_as_such_in_a_column_of_its_own(tmp_path: Path) -> None:
    write_run(tmp_path / "raw" / "Blank_1.mzML", minute=1)
    write_run(tmp_path / "raw" / "mouse_7.mzML", minute=2)

    rows, _ = laid_out(tmp_path)

    assert [(row["sample_type"], row["type_guessed"]) for row in rows] == [
        ("blank", "blank (from `blank` in the name)"),
        ("unknown", "unknown (nothing in the name)"),
    ]


def test_a_run_that_cannot_be_read_has_a_row_and_a_warning(tmp_path: Path) -> None:
    write_run(tmp_path / "raw" / "b.mzML", minute=1)
    (tmp_path / "raw" / "a.mzML").write_text("<html></html>")

    rows, warnings = laid_out(tmp_path)

    assert [row["sample_id"] for row in rows] == ["b", "a"]
    assert "a.mzML: is a web page (HTML)" in warnings[0]


def test_guessed_calibrators_get_a_level_sheet_whose_concentrations_are_asked_for(
    tmp_path: Path,
) -> None:
    write_run(tmp_path / "raw" / "cal_1.mzML")

    _, warnings = laid_out(tmp_path)

    levels = (tmp_path / "study" / "levels.tsv").read_text(encoding="utf-8")
    assert levels == "level\ttarget_id\tconcentration\n1\t*\t\n"
    assert "1 levels have no concentration yet; give them in " in warnings[-1]
    assert load_settings(tmp_path / "study" / "config.yaml").levels is not None


def test_warnings_go_to_standard_error_where_nothing_else_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.mzML").touch()

    init_project(tmp_path / "raw", tmp_path / "study")

    out, err = capsys.readouterr()
    assert out == ""
    assert "the file is empty" in err
    assert "no run names its polarity; [M-H]- is assumed" in err


@pytest.mark.parametrize(("polarity", "adduct"), [(-1, "[M-H]-"), (1, "[M+H]+")])
def test_the_targets_are_the_default_panel_in_the_polarity_of_the_runs(
    tmp_path: Path, polarity: int, adduct: str
) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "0_broken.mzML").touch()
    write_run(tmp_path / "raw" / "a.mzML", polarity=polarity)
    laid_out(tmp_path)

    ions = read_targets(tmp_path / "study" / "targets.tsv", Report(), DEFAULT_WINDOW_S)

    assert [ion.target_id for ion in ions] == [
        compound.target_id for compound in read_panel() if compound.default_panel
    ]
    assert {ion.adduct for ion in ions} == {adduct}
    assert all(ion.retention_time_s is None for ion in ions)


def test_isomers_share_a_group_and_analytes_have_their_labelled_form_as_standard(
    tmp_path: Path,
) -> None:
    write_run(tmp_path / "raw" / "a.mzML")
    laid_out(tmp_path)

    ions = {
        ion.target_id: ion
        for ion in read_targets(tmp_path / "study/targets.tsv", Report(), DEFAULT_WINDOW_S)
    }

    grouped = [name for name, ion in ions.items() if ion.isomer_group == "Lac-Leu/Ile"]
    assert grouped == ["Lac-Leu", "Lac-Ile"]
    assert ions["Lac-Leu"].internal_standard == "Lac-Leu-13C6-15N"
    assert ions["Leu"].internal_standard == "Leu-13C6-15N"
    assert ions["Lac-Ile"].internal_standard is None
    assert ions["Lac-Leu-13C6-15N"].kind is TargetKind.INTERNAL_STANDARD


def test_files_that_are_there_are_kept_unless_forced(tmp_path: Path) -> None:
    write_run(tmp_path / "raw" / "a.mzML")
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "targets.tsv").write_text("mine")

    with pytest.raises(InitError, match=r"targets\.tsv; --force replaces"):
        init_project(tmp_path / "raw", tmp_path / "study")

    assert [path.name for path in (tmp_path / "study").iterdir()] == ["targets.tsv"]
    init_project(tmp_path / "raw", tmp_path / "study", force=True)
    assert (tmp_path / "study" / "targets.tsv").read_text() != "mine"


@pytest.mark.parametrize("hidden", ["._a.mzML", "a.mzXML", "a.raw"])
def test_a_folder_without_runs_is_told(tmp_path: Path, hidden: str) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / hidden).touch()

    with pytest.raises(InitError, match=r"holds no \.mzML or \.mzML\.gz"):
        init_project(tmp_path / "raw", tmp_path / "study")

    assert not (tmp_path / "study").exists()


def test_the_runs_may_lie_in_the_folder_of_the_sheets(tmp_path: Path) -> None:
    write_run(tmp_path / "a.mzML")

    samples, _, _ = init_project(tmp_path, tmp_path)

    assert "\ta.mzML\t" in samples.read_text()


def test_two_polarities_in_a_folder_are_two_batches_with_a_warning(tmp_path: Path) -> None:
    write_run(tmp_path / "raw" / "a.mzML", minute=1)
    write_run(tmp_path / "raw" / "b.mzML", minute=2, polarity=1)
    write_run(tmp_path / "raw" / "c.mzML", minute=3)
    (tmp_path / "raw" / "d.mzML").write_text("<html></html>")

    rows, warnings = laid_out(tmp_path)

    assert [row["batch"] for row in rows] == ["negative", "positive", "negative", "negative"]
    assert "2 methods (2 runs `negative`, 1 runs `positive`)" in "".join(warnings)


def test_a_standard_of_the_template_that_no_run_holds_is_named_with_what_to_do(
    tmp_path: Path,
) -> None:
    labelled_mz = 209.1256  # Lac-Leu-13C6-15N, [M-H]-
    scans = [SimulatedScan(k, np.array([labelled_mz]), np.array([1e4])) for k in range(1, 9)]
    write_run(tmp_path / "raw" / "a.mzML", scans=scans)
    write_run(tmp_path / "raw" / "blank.mzML")

    _, warnings = laid_out(tmp_path)

    (message,) = [text for text in warnings if "internal standards" in text]
    assert message.startswith("warning: a.mzML hold no ion of the internal standards")
    assert "Lac-Leu-13C6-15N" not in message
    assert "Leu-13C6-15N (m/z 137.1045, of Leu)" in message


def test_what_is_still_a_guess_is_said_until_it_is_confirmed(tmp_path: Path) -> None:
    for minute, name in enumerate(["Cal_1", "mouse_7"]):
        write_run(tmp_path / "raw" / f"{name}.mzML", minute=minute)
    laid_out(tmp_path)
    sheet = tmp_path / "study" / "samples.tsv"

    before = guess_messages(read_samples(sheet, Report()))
    text = sheet.read_text(encoding="utf-8")
    sheet.write_text(text.replace("\tunknown\t", "\tpooled_qc\t"), encoding="utf-8")
    corrected = guess_messages(read_samples(sheet, Report()))
    without = "\n".join(line.rpartition("\t")[0] for line in text.splitlines())
    sheet.write_text(without, encoding="utf-8")
    confirmed = guess_messages(read_samples(sheet, Report()))

    assert before[:2] == [
        "1 run is `unknown` by a guess: mouse_7 (nothing in the name)",
        "1 run is `calibrator` by a guess: Cal_1 (from `cal_1` in the name)",
    ]
    assert corrected[:1] == before[1:2]
    assert confirmed == []


def srm_run(path: Path, heights: Mapping[float, float]) -> None:
    """Write an SRM run with the transition 202.1 > product for each height."""
    path.parent.mkdir(parents=True, exist_ok=True)
    times_s = np.arange(1.0, 600.0, 2.0)
    chromatograms = [
        SimulatedTransition(
            202.1, product_mz, times_s, height * np.exp(-0.5 * ((times_s - 237.0) / 4.0) ** 2)
        )
        for product_mz, height in heights.items()
    ]
    write_mzml(path, [], polarity=-1, chromatograms=chromatograms)


def test_a_list_and_a_sequence_of_the_vendor_become_sheets_that_need_no_edit(
    tmp_path: Path,
) -> None:
    for name in ("run_1", "run_2"):
        srm_run(tmp_path / "raw" / f"{name}.mzML", {130.1: 1e4, 88.0: 9e4})
    (tmp_path / "list.csv").write_text(
        "Name,Q1,Q3,RT\nLac-Leu,202.1,130.1,3.95\nLac-Leu,202.1,88.0,3.95\n", encoding="utf-8"
    )
    (tmp_path / "sequence.csv").write_text(
        "File Name,Sample Type,Sample Name,CONC_A,Position\n"
        "run_2,Standard,s,2.5,A2\nrun_1,Unknown,u,,A1\n",
        encoding="utf-8",
    )
    warnings: list[str] = []
    lists = Lists(tmp_path / "list.csv", sequence=tmp_path / "sequence.csv")

    paths = init_project(tmp_path / "raw", tmp_path / "study", lists, warn=warnings.append)

    inputs = read_inputs(load_settings(paths[-1]))
    assert [(run.sample_id, run.sample_type, run.level) for run in inputs.samples] == [
        ("run_2", SampleType.CALIBRATOR, "2.5"),
        ("run_1", SampleType.UNKNOWN, None),
    ]
    assert [run.factors["vial"] for run in inputs.samples] == ["A2", "A1"]
    assert [run.injection_order for run in inputs.samples] == [1, 2]
    assert [(level.level, level.concentration) for level in inputs.levels] == [("2.5", 2.5)]
    assert [(ion.product_mz, ion.role, ion.retention_time_s) for ion in inputs.ions] == [
        (130.1, IonRole.QUALIFIER, 237.0),
        (88.0, IonRole.QUANTIFIER, 237.0),
    ]
    assert guess_messages(inputs.samples) == []
    (warning,) = warnings
    assert warning.startswith(
        "warning: the list has no unit of its times (up to 3.95): minutes are taken; a run lasts"
    )


def test_a_sequence_gives_dilutions_and_yields_to_the_start_times(tmp_path: Path) -> None:
    write_run(tmp_path / "raw" / "a.mzML", minute=2)
    write_run(tmp_path / "raw" / "b.mzML", minute=1)
    write_run(tmp_path / "raw" / "c.mzML", minute=3)
    (tmp_path / "sequence.csv").write_text(
        "File Name,Sample Type,Dil Factor\na,Unknown,1\nb,Unknown,5\nz,Odd,1\n", encoding="utf-8"
    )
    warnings: list[str] = []
    lists = Lists(sequence=tmp_path / "sequence.csv")

    paths = init_project(tmp_path / "raw", tmp_path / "study", lists, warn=warnings.append)

    report = Report()
    samples = read_samples(paths[0], report)
    assert [run.sample_id for run in samples] == ["a", "b", "c"]
    assert [run.injection_order for run in samples] == [None, None, None]
    told = "\n".join(warnings)
    assert "the sequence has no row for c.mzML (1)" in told
    assert "no run for z of the sequence (1)" in told
    (problem,) = report.problems
    assert "row 4, column dilution_factor: is blank, but other rows of type unknown" in problem


def test_srm_runs_without_a_list_give_their_transitions(tmp_path: Path) -> None:
    srm_run(tmp_path / "raw" / "a.mzML", {130.1: 1e4, 88.0: 9e4})

    _, warnings = laid_out(tmp_path)

    ions = read_targets(tmp_path / "study/targets.tsv", Report(), DEFAULT_WINDOW_S)
    assert [(ion.target_id, ion.product_mz, ion.role) for ion in ions] == [
        ("mz_202.10", 130.1, IonRole.QUALIFIER),
        ("mz_202.10", 88.0, IonRole.QUANTIFIER),
    ]
    assert "lists the transitions of the runs" in warnings[0]
    sheet = (tmp_path / "study/targets.tsv").read_text(encoding="utf-8")
    assert sheet.count("\tof the panel: Lac-Leu, Lac-Ile, ") == 2
