import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders import SECONDS, Eluting, Row, gaussian, ion, settings_of, write_run
from lcms.io.fingerprint import read_fingerprint
from lcms.io.mzml.mzml_writer import write_mzml
from lcms.io.mzml.reader import read_run
from lcms.io.tables.parquet import read_table
from lcms.model import Ion
from lcms.simulation.simulated_scans import SimulatedScan, SimulatedTransition
from lcms.steps.extract import extract_runs, write_parts

ALA = ion("LacAla", 160.0615)
VAL = ion("LacVal", 188.0928, 50.0)
PHE = ion("LacPhe", 236.0928, 70.0)
LEU = ion("LacLeu", 202.1085, 60.0)
PANEL = (ALA, VAL, PHE)
OFFSET_PPM = 2.5


def panel_run(path: Path, **how: Any) -> Path:  # noqa: ANN401  (arguments of write_run)
    """Write a run in which the whole panel elutes, off by target mass offset."""
    apexes = [(target, target.retention_time_s or 60.0) for target in (*PANEL, LEU)]
    return write_run(
        path,
        [Eluting(target.precursor_mz, at, error_ppm=OFFSET_PPM) for target, at in apexes],
        **how,
    )


def extract(
    path: Path,
    *ions: Ion,
    **extraction: float,
) -> tuple[Row, dict[str, Row]]:
    """Return the row of a run, and the rows of its chromatograms by ion_id."""
    settings = settings_of(extraction=extraction).extraction
    (facts,), cut_out, *_ = extract_runs({"s1": path}, ions, settings, lambda _: None)
    return facts, {row["ion_id"]: row for row in cut_out}


def test_a_chromatogram_holds_the_intensity_of_its_ion_over_time(tmp_path: Path) -> None:
    _, rows = extract(panel_run(tmp_path / "a.mzML"), *PANEL)

    row = rows["LacAla"]
    time_s = np.array(row["retention_time_s"])
    expected = gaussian(time_s, 60, 3.4, 1e6)
    np.testing.assert_allclose(row["intensity"], np.where(expected < 100, 0, expected), rtol=1e-6)
    seen = np.array(row["intensity"]) > 0
    np.testing.assert_allclose(row["centroid_error_ppm"][seen], OFFSET_PPM, atol=1e-3)
    assert np.isnan(row["centroid_error_ppm"][~seen]).all()


def test_a_chromatogram_reaches_over_the_window_and_its_margin(tmp_path: Path) -> None:
    path = panel_run(tmp_path / "a.mzML")

    narrow = replace(ALA, retention_time_window_s=10.0)
    _, rows = extract(path, narrow, retention_time_margin_s=5)

    time_s = rows["LacAla"]["retention_time_s"]
    assert (time_s[0], time_s[-1]) == (45.0, 75.0)


def test_an_ion_without_an_expected_time_is_cut_out_of_the_whole_run(tmp_path: Path) -> None:
    _, rows = extract(panel_run(tmp_path / "a.mzML"), ion("a", ALA.precursor_mz, None))

    assert rows["a"]["retention_time_s"].size == SECONDS.size


def test_the_members_of_an_isomer_group_share_one_chromatogram(tmp_path: Path) -> None:
    ile, leu = (
        ion(name, LEU.precursor_mz, time_s, isomer_group="leucines", retention_time_window_s=5.0)
        for name, time_s in (("LacIle", 50.0), ("LacLeu", 60.0))
    )

    _, rows = extract(panel_run(tmp_path / "a.mzML"), ile, leu, retention_time_margin_s=10)

    for name in ("LacIle", "LacLeu"):
        time_s = rows[name]["retention_time_s"]
        assert (time_s[0], time_s[-1]) == (35.0, 75.0)
    np.testing.assert_array_equal(rows["LacIle"]["intensity"], rows["LacLeu"]["intensity"])


def test_three_anchors_tell_the_mass_offset_of_a_run(tmp_path: Path) -> None:
    run, _ = extract(panel_run(tmp_path / "a.mzML"), *PANEL)

    assert run["mz_error_ppm"] == pytest.approx(OFFSET_PPM, abs=0.01)
    assert run["n_mz_anchors"] == 3


def test_two_anchors_do_not_tell_it(tmp_path: Path) -> None:
    run, _ = extract(panel_run(tmp_path / "a.mzML"), ALA, VAL)

    assert run["mz_error_ppm"] is None
    assert run["n_mz_anchors"] == 2


def test_isomers_share_one_signal_and_are_one_anchor(tmp_path: Path) -> None:
    leu, ile = (ion(name, LEU.precursor_mz, isomer_group="leucines") for name in ("Leu", "Ile"))

    run, _ = extract(panel_run(tmp_path / "a.mzML"), leu, ile, ALA)

    assert run["n_mz_anchors"] == 2


def test_the_mass_offset_does_not_depend_on_the_order_of_isomers_in_the_sheet(
    tmp_path: Path,
) -> None:
    first, second = (
        ion(name, LEU.precursor_mz, at, isomer_group="leucines")
        for name, at in (("LacIle", 30.0), ("LacLeu", 90.0))
    )
    path = write_run(
        tmp_path / "a.mzML",
        [
            Eluting(LEU.precursor_mz, 30.0, error_ppm=1.0),
            Eluting(LEU.precursor_mz, 90.0, error_ppm=2.0),
            Eluting(ALA.precursor_mz, 60.0, error_ppm=0.5),
            Eluting(VAL.precursor_mz, 50.0, error_ppm=2.5),
        ],
    )

    in_order, _ = extract(path, first, second, ALA, VAL)
    reordered, _ = extract(path, VAL, second, first, ALA)

    assert in_order["n_mz_anchors"] == reordered["n_mz_anchors"] == 3
    assert in_order["mz_error_ppm"] == pytest.approx(reordered["mz_error_ppm"], abs=1e-6)


def test_the_window_follows_the_mass_offset_of_the_run(tmp_path: Path) -> None:
    apexes = [(target.precursor_mz, target.retention_time_s or 60.0) for target in PANEL]
    ours = [Eluting(mz, at, 1e6, error_ppm=7.0) for mz, at in apexes]
    near_theory = Eluting(ALA.precursor_mz, 60.0, 1e4, error_ppm=0.0)

    run, rows = extract(write_run(tmp_path / "a.mzML", [*ours, near_theory]), *PANEL)

    assert run["mz_error_ppm"] == pytest.approx(7.0, abs=0.01)
    assert rows["LacAla"]["intensity"].max() == pytest.approx(1e6, rel=1e-6)


def test_of_two_signals_in_the_window_the_one_nearer_to_the_mass_counts(tmp_path: Path) -> None:
    peaks = [
        Eluting(ALA.precursor_mz, 60.0, 1e5, error_ppm=0.2),
        Eluting(ALA.precursor_mz, 60.0, 1e6, error_ppm=2.8),
    ]

    _, rows = extract(write_run(tmp_path / "a.mzML", peaks), ALA)

    assert rows["LacAla"]["intensity"].max() == pytest.approx(1e5, rel=1e-6)


def test_an_ion_of_the_other_polarity_is_not_acquired(tmp_path: Path) -> None:
    positive, unknown = ion("a", ALA.precursor_mz, charge=1), ion("b", ALA.precursor_mz, charge=0)

    run, rows = extract(panel_run(tmp_path / "a.mzML"), positive, unknown, ALA)

    assert run["polarity"] == "-"
    assert rows["a"]["retention_time_s"] is rows["a"]["intensity"] is None
    assert rows["b"]["intensity"].tolist() == rows["LacAla"]["intensity"].tolist()


def test_of_a_run_that_switches_polarity_each_ion_gets_its_own_scans(tmp_path: Path) -> None:
    text = panel_run(tmp_path / "a.mzML").read_text(encoding="latin-1")
    count = iter(range(1000))
    switched = re.sub(
        r'accession="MS:1000129" name="negative scan"',
        lambda match: (
            'accession="MS:1000130" name="positive scan"' if next(count) % 2 else match.group()
        ),
        text,
    )
    (tmp_path / "a.mzML").write_text(switched, encoding="latin-1")

    run, rows = extract(tmp_path / "a.mzML", ALA, ion("pos", ALA.precursor_mz, charge=1))

    assert run["polarity"] == "+/-"
    assert set(rows["LacAla"]["retention_time_s"] % 2) == {0.0}
    assert set(rows["pos"]["retention_time_s"] % 2) == {1.0}
    assert rows["pos"]["intensity"].min() >= 0


def test_an_ion_whose_window_lies_outside_the_run_is_not_acquired(tmp_path: Path) -> None:
    _, rows = extract(
        panel_run(tmp_path / "a.mzML"),
        ion("late", ALA.precursor_mz, 500.0),
        ion("edge", 160.0, 138.0),
    )

    assert rows["late"]["intensity"] is None
    assert rows["edge"]["intensity"] is not None


def test_an_ion_outside_the_scan_range_is_not_acquired(tmp_path: Path) -> None:
    window = (
        '<scanWindowList count="1"><scanWindow>'
        '<cvParam cvRef="MS" accession="MS:1000501" name="scan window lower limit" value="170"/>'
        '<cvParam cvRef="MS" accession="MS:1000500" name="scan window upper limit" value="900"/>'
        "</scanWindow></scanWindowList></scan>"
    )
    path = panel_run(tmp_path / "a.mzML")
    text = path.read_text(encoding="latin-1").replace("</scan>", window)
    path.write_text(text, encoding="latin-1")

    _, rows = extract(path, ALA, VAL)

    assert rows["LacAla"]["intensity"] is None
    assert rows["LacVal"]["intensity"].max() > 0


def test_a_product_ion_is_not_read(tmp_path: Path) -> None:
    product = ion("a", ALA.precursor_mz, product_mz=88.0404, product="C3H6NO2-")

    _, rows = extract(panel_run(tmp_path / "a.mzML"), product)

    assert rows["a"]["intensity"] is None


def test_an_ion_without_signal_has_a_chromatogram_of_zeros(tmp_path: Path) -> None:
    _, rows = extract(panel_run(tmp_path / "a.mzML"), ion("a", 300.0))

    assert rows["a"]["intensity"].max() == 0
    assert np.isnan(rows["a"]["centroid_error_ppm"]).all()


def test_the_facts_of_a_run_are_told(tmp_path: Path) -> None:
    start = datetime(2024, 1, 15, 8, 30, 0)  # noqa: DTZ001  (mzML carries no zone)

    run, _ = extract(panel_run(tmp_path / "a.mzML", start_time=start), *PANEL)

    assert (run["status"], run["error"]) == ("ok", None)
    assert run["start_time"] == "2024-01-15T08:30:00"
    assert (run["n_ms1"], run["n_ms2"], run["n_chromatograms"]) == (120, 0, 0)
    assert (run["scan_start_s"], run["scan_end_s"]) == (0.0, 119.0)
    assert run["detection_threshold"] == pytest.approx(100.0)


@pytest.mark.parametrize("content", [None, b"", b"not mzML", b"<mzML></mzML>"])
def test_a_run_that_cannot_be_read_has_all_its_rows(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "a.mzML").write_bytes(content)

    run, rows = extract(tmp_path / "a.mzML", *PANEL)

    assert run["status"] == "failed"
    assert run["error"]
    assert run["n_ms1"] is run["mz_error_ppm"] is None
    assert [row["intensity"] for row in rows.values()] == [None] * 3


def test_a_run_without_ms1_scans_is_read_and_acquired_nothing(tmp_path: Path) -> None:
    transition = SimulatedTransition(160.06, 88.04, SECONDS, gaussian(SECONDS, 60, 3.4, 1e6))
    write_mzml(tmp_path / "srm.mzML", [], polarity=-1, chromatograms=[transition])

    run, rows = extract(tmp_path / "srm.mzML", ALA)

    assert (run["status"], run["n_ms1"], run["n_chromatograms"]) == ("ok", 0, 1)
    assert run["scan_start_s"] is run["detection_threshold"] is run["polarity"] is None
    assert rows["LacAla"]["intensity"] is None


def test_a_run_of_empty_scans_is_read(tmp_path: Path) -> None:
    empty = [SimulatedScan(float(t), np.empty(0), np.empty(0)) for t in SECONDS]
    write_mzml(tmp_path / "a.mzML", empty, polarity=-1)

    run, rows = extract(tmp_path / "a.mzML", ALA)

    assert (run["status"], run["detection_threshold"]) == ("ok", None)
    assert rows["LacAla"]["intensity"].max() == 0


def test_profile_scans_give_the_chromatogram_of_their_apexes(tmp_path: Path) -> None:
    mz = ALA.precursor_mz * (1 + 1e-6 * np.linspace(-14, 14, 15))
    shape = gaussian(mz, ALA.precursor_mz, ALA.precursor_mz * 4e-6, 1.0)
    heights = gaussian(SECONDS, 60, 3.4, 1e6)
    scans = [
        SimulatedScan(t, mz, shape * height) for t, height in zip(SECONDS, heights, strict=True)
    ]
    write_mzml(tmp_path / "a.mzML", scans, polarity=-1, profile=True)

    _, rows = extract(tmp_path / "a.mzML", ALA)

    assert rows["LacAla"]["intensity"].max() == pytest.approx(1e6, rel=0.02)
    top = rows["LacAla"]["intensity"] > 1e5
    np.testing.assert_allclose(rows["LacAla"]["centroid_error_ppm"][top], 0, atol=0.2)


def test_rows_come_run_by_run_in_the_order_of_the_targets_and_progress_is_told(
    tmp_path: Path,
) -> None:
    runs = {name: panel_run(tmp_path / f"{name}.mzML") for name in ("s2", "s1")}
    sample_ids: list[str] = []

    facts, cut_out, *_ = extract_runs(runs, PANEL, settings_of().extraction, sample_ids.append)

    assert sample_ids == [row["sample_id"] for row in facts] == ["s2", "s1"]
    assert [(row["sample_id"], row["ion_id"]) for row in cut_out] == [
        (name, target.ion_id) for name in ("s2", "s1") for target in PANEL
    ]


def test_the_parts_keep_to_their_declared_columns(tmp_path: Path) -> None:
    runs = {"ok": panel_run(tmp_path / "a.mzML"), "broken": tmp_path / "missing.mzML"}
    rows = extract_runs(runs, PANEL, settings_of().extraction, lambda _: None)

    write_parts(tmp_path, "c", rows, {})

    assert read_table(tmp_path / "runs" / "c.parquet").num_rows == 2
    assert read_table(tmp_path / "chromatograms" / "c.parquet").num_rows == 6


def test_the_rows_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    runs = {f"s{n}": panel_run(tmp_path / f"{n}.mzML", seed=n) for n in range(3)}
    runs["broken"] = tmp_path / "missing.mzML"
    sample_ids: list[str] = []

    alone = extract_runs(runs, PANEL, settings_of().extraction, lambda _: None)
    together = extract_runs(runs, PANEL, settings_of().extraction, sample_ids.append, (), 2)

    assert sorted(sample_ids) == sorted(runs)
    for name, rows in (("alone", alone), ("together", together)):
        write_parts(tmp_path, name, rows, {})
    for table in ("runs", "chromatograms"):
        files = [tmp_path / table / f"{name}.parquet" for name in ("alone", "together")]
        assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_worker_that_dies_costs_its_run_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_workers: int
) -> None:
    runs = {name: panel_run(tmp_path / f"{name}.mzML") for name in ("good", "deadly", "fine")}
    read = read_run

    def die(path: Path, *rest: Any) -> Any:  # noqa: ANN401  (as read_run)
        if path.stem == "deadly":
            os._exit(139)
        return read(path, *rest)

    monkeypatch.setattr("lcms.steps.extract.extracted_run.read_run", die)

    facts, *_ = extract_runs(runs, PANEL, settings_of().extraction, lambda _: None, (), n_workers)

    assert [row["status"] for row in facts] == ["ok", "failed", "ok"]
    assert facts[1]["error"] == f"{runs['deadly']}: the process that read it died"


@pytest.mark.parametrize("error", [MemoryError(), ValueError("of no kind foreseen")])
def test_a_run_on_which_reading_breaks_costs_its_run_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    runs = {name: panel_run(tmp_path / f"{name}.mzML") for name in ("good", "odd", "fine")}
    read = read_run

    def fail(path: Path, *rest: Any) -> Any:  # noqa: ANN401  (as read_run)
        if path.stem == "odd":
            raise error
        return read(path, *rest)

    monkeypatch.setattr("lcms.steps.extract.extracted_run.read_run", fail)

    facts, *_ = extract_runs(runs, PANEL, settings_of().extraction, lambda _: None)

    assert [row["status"] for row in facts] == ["ok", "failed", "ok"]
    assert type(error).__name__ in facts[1]["error"]


def test_a_file_that_changes_while_it_is_read_fails_its_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = {name: panel_run(tmp_path / f"{name}.mzML") for name in ("good", "growing")}
    read = read_run

    def read_and_grow(path: Path, *rest: Any) -> Any:  # noqa: ANN401  (as read_run)
        result = read(path, *rest)
        if path.stem == "growing":
            path.write_bytes(path.read_bytes() + b"\n")
        return result

    monkeypatch.setattr("lcms.steps.extract.extracted_run.read_run", read_and_grow)

    facts, *_ = extract_runs(runs, PANEL, settings_of().extraction, lambda _: None)

    assert [row["status"] for row in facts] == ["ok", "failed"]
    assert "was changed while it was read" in facts[1]["error"]


def test_the_fingerprint_is_that_of_the_file(tmp_path: Path) -> None:
    path = panel_run(tmp_path / "a.mzML")

    (facts, *_), *_ = extract_runs({"a": path}, PANEL, settings_of().extraction, lambda _: None)

    size, _, content = facts["input_fingerprint"].partition("-")
    assert int(size) == path.stat().st_size
    path.write_bytes(path.read_bytes().replace(b"negative", b"negatiwe", 1))
    assert read_fingerprint(path) != f"{size}-{content}"


def test_a_run_of_centroids_is_extracted_without_pyopenms(tmp_path: Path) -> None:
    path = panel_run(tmp_path / "a.mzML")
    code = (
        "import sys; from pathlib import Path; from lcms.config import Extraction\n"
        "from lcms.steps.extract import extract_runs\n"
        f"rows = extract_runs({{'a': Path({str(path)!r})}}, [], Extraction(), print)\n"
        "heavy = {'pyopenms', 'scipy', 'pandas', 'jinja2'}\n"
        "print(rows[0][0]['status'], sorted(heavy & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "ok []"
