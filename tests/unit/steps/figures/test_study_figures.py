"""The figures of a study show the numbers of its tables."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from builders import row
from lcms.io.tables.parquet import write_rows
from lcms.io.tables.result_tables import is_simulated
from lcms.schemas import CONTRASTS, DESIGN, ISOTOPOLOGUES, KINETICS, NCA, SAMPLES, Table
from lcms.steps.figures.study import study_drawings
from lcms.steps.figures.study.means import geometric_mean
from lcms.steps.figures.study.study_page import write_study_page

METADATA = {
    "schema_version": "2",
    "software": "{}",
    "settings": "{}",
    "concentration_unit": "nmol/L",
}
LEVELS = {"S1": (10.0, 20.0, 12.0), "S2": (20.0, 40.0, 24.0), "S3": (5.0, 10.0, 6.0)}
TIMES_S = (0.0, 900.0, 3600.0)
LINES = ["contrasts: 1 rows"]


def point(
    subject: str, time_s: float | None, value: float | None, **cells: object
) -> dict[str, Any]:
    given: dict[str, object] = {
        "sample_id": f"{subject}_{time_s}",
        "target_id": "Lac-Phe",
        "kind": "analyte",
        "subject": subject,
        "time_s": time_s,
        "nominal_time_s": time_s,
        "is_baseline": time_s == 0,
        "status": "quantified",
        "value": value,
        "censored": False,
        "used": True,
        "flags": [],
    }
    return row(DESIGN, **(given | cells))


def ratio(contrast: str, time_s: float | None, value: float, q_value: float) -> dict[str, Any]:
    return row(
        CONTRASTS,
        target_id="Lac-Phe",
        kind="analyte",
        matrix="",
        contrast=contrast,
        time_s=time_s,
        ratio=value,
        ratio_low=0.8 * value,
        ratio_high=1.25 * value,
        ratio_low_90=0.9 * value,
        ratio_high_90=1.1 * value,
        q_value=q_value,
        n_subjects=3,
        n_used=6,
        n_censored=1,
        n_left_out=0,
        method="t_test",
        flags=[],
    )


def drawn(folder: Path, **tables: list[dict[str, Any]]) -> dict[tuple[str, str], Figure]:
    declared: dict[str, Table] = {
        table.name: table for table in (DESIGN, CONTRASTS, NCA, KINETICS, ISOTOPOLOGUES)
    }
    for name, rows in tables.items():
        write_rows(folder / f"{name}.parquet", declared[name], rows, METADATA)
    return {(section, name): draw() for section, name, draw in study_drawings(folder)}


def test_subjects_and_means_are_drawn_over_time_with_their_ratios(tmp_path: Path) -> None:
    design = [
        point(subject, time_s, value)
        for subject, values in LEVELS.items()
        for time_s, value in zip(TIMES_S, values, strict=True)
    ]
    contrasts = [
        ratio("900 s / baseline", 900.0, 2.0, 0.01),
        ratio("3600 s / baseline", 3600, 1.2, 0.4),
    ]
    figures = drawn(tmp_path, design=design, contrasts=contrasts)

    subjects, ratios = figures["Time courses", "Lac-Phe"].axes
    courses, *lines = [np.asarray(line.get_xydata()) for line in subjects.lines]
    drawn_courses = [part[~np.isnan(part[:, 0])].tolist() for part in np.split(courses, 3)]
    assert drawn_courses == [
        [[time_s / 60.0, value] for time_s, value in zip(TIMES_S, values, strict=True)]
        for values in LEVELS.values()
    ]
    means = np.array([[0.0, 10.0], [15.0, 20.0], [60.0, 12.0]])  # of 5, 10 and 20, and so on
    assert sum(line.shape == (3, 2) and np.allclose(line, means) for line in lines) == 1
    (sure,) = (line for line in ratios.lines if line.get_label() == "q < 0.05")
    assert sure.get_xydata().tolist() == [[15.0, 2.0]]  # type: ignore[union-attr]
    assert ("Contrasts", "900 s / baseline") in figures


def test_a_q_value_of_zero_is_sure(tmp_path: Path) -> None:
    figures = drawn(tmp_path, contrasts=[ratio("on / off", None, 1.9, 0.0)])
    (axes,) = figures["Contrasts", "on / off"].axes

    assert "D" in [line.get_marker() for line in axes.lines]


def test_what_is_below_a_limit_is_an_open_triangle_at_its_limit(tmp_path: Path) -> None:
    design = [
        point("S1", None, 4.0, treatment="off"),
        point("S1", None, 8.0, treatment="on", sample_id="S1_on"),
        point("S2", None, None, treatment="off", censored=True, limit=1.5),
        point("S2", None, 6.0, treatment="on", sample_id="S2_on"),
    ]
    contrasts = [ratio("on / off", None, 1.9, 0.1)]
    figures = drawn(tmp_path, design=design, contrasts=contrasts)
    (axes,) = figures["Groups and treatments", "Lac-Phe"].axes

    (triangle,) = (line for line in axes.lines if line.get_marker() == "v")
    assert triangle.get_xydata().tolist() == [[0.0, 1.5]]  # type: ignore[union-attr]
    assert triangle.get_markerfacecolor() == "white"
    assert axes.get_ylabel() == "concentration (nmol/L)"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["off", "on"]


def test_the_terminal_points_are_filled_and_the_line_has_their_rate(tmp_path: Path) -> None:
    values = (1.0, 16.0, 8.0, 4.0, 2.0)
    design = [point("S1", 3600.0 * k, value, dose=1.0) for k, value in enumerate(values)]
    nca = row(
        NCA,
        subject="S1",
        period="",
        matrix="",
        target_id="Lac-Phe",
        kind="analyte",
        correction="none",
        lambda_z=np.log(2) / 3600,
        lambda_z_points=3,
        half_life_s=3600.0,
        n_used=5,
        n_censored=0,
        method="non_compartmental",
        flags=[],
    )
    figure = drawn(tmp_path, design=design, nca=[nca])["Pharmacokinetics", "Lac-Phe"]

    axes = figure.axes[0]
    filled, line = axes.lines[-2:]
    assert filled.get_xydata().tolist() == [[2.0, 8.0], [3.0, 4.0], [4.0, 2.0]]  # type: ignore[union-attr]
    assert line.get_ydata() == pytest.approx([8.0, 4.0, 2.0])
    assert axes.get_title("left") == "S1: half-life 1 h"


def test_the_residuals_of_an_assay_are_those_of_its_law(tmp_path: Path) -> None:
    assay = row(
        KINETICS,
        assay_id="a",
        target_id="Lac-Phe",
        kcat=10.0,
        k_a=1000.0,
        substrate_a=[500.0, 1000.0, 3000.0],
        substrate_b=[np.nan] * 3,
        turnover=[4.0, 5.0, 7.0],
        turnover_sd=[0.5] * 3,
        well_points=[5.0] * 3,
        well_r2=[0.99] * 3,
        well_lack_of_fit_p=[np.nan] * 3,
        identifiable=True,
        n_used=3,
        n_censored=0,
        n_left_out=0,
        method="michaelis_menten",
        flags=[],
    )
    upper, lower = drawn(tmp_path, kinetics=[assay])["Enzyme kinetics", "Lac-Phe a"].axes

    assert lower.lines[-1].get_ydata() == pytest.approx([(4 - 10 / 3) / 0.5, 0, (7 - 7.5) / 0.5])
    assert np.asarray(upper.lines[-1].get_ydata())[-1] == pytest.approx(7.5)


def test_bars_are_the_labelled_shares_on_top_of_one_another(tmp_path: Path) -> None:
    rows = [
        row(
            ISOTOPOLOGUES,
            sample_id="s",
            target_id="Lac-Phe",
            n_label=n_label,
            fraction=fraction,
            fraction_sd=0.01,
            n_used=3,
            n_censored=0,
            method="non_negative_least_squares",
            flags=[],
        )
        for n_label, fraction in enumerate((0.7, 0.1, 0.2))
    ]
    (axes,) = drawn(tmp_path, isotopologues=rows)["Isotopologues", "Lac-Phe"].axes

    bars = [(bar.get_y(), bar.get_height()) for bar in axes.patches]  # type: ignore[attr-defined]
    assert np.array(bars) == pytest.approx(np.array([[0, 10], [10, 20]]))


def test_the_page_holds_every_figure_and_opens_offline(tmp_path: Path) -> None:
    write_rows(
        tmp_path / "contrasts.parquet", CONTRASTS, [ratio("a<b / c", None, 2.0, 0.1)], METADATA
    )
    page = tmp_path / "study.html"
    write_study_page(page, study_drawings(tmp_path), LINES, is_simulated=False)

    text = page.read_text(encoding="utf-8")
    assert text.count("data:image/svg+xml;base64,") == 1
    assert 'alt="a&lt;b / c"' in text
    assert not re.search("(src|href)=.https?:", text)
    first = page.read_bytes()
    write_study_page(page, study_drawings(tmp_path), LINES, is_simulated=False)
    assert page.read_bytes() == first


def test_the_page_of_simulated_runs_says_so(tmp_path: Path) -> None:
    write_rows(tmp_path / "contrasts.parquet", CONTRASTS, [ratio("a / b", None, 2, 0.1)], METADATA)
    runs = [row(SAMPLES, sample_id="a", instrument=name) for name in ("simulated", "LTQ")]
    pages = []
    for each in runs:
        needed = {"mzml": "", "sample_type": "unknown", "batch": "1", "status": "ok"}
        write_rows(tmp_path / "samples.parquet", SAMPLES, [each | needed], METADATA)
        page = tmp_path / "study.html"
        mark = is_simulated(tmp_path)
        write_study_page(page, study_drawings(tmp_path), LINES, is_simulated=mark)
        pages.append("no sample was measured" in page.read_text(encoding="utf-8"))

    assert pages == [True, False]


def test_without_tables_there_is_no_page(tmp_path: Path) -> None:
    write_study_page(tmp_path / "study.html", study_drawings(tmp_path), [], is_simulated=True)

    assert not (tmp_path / "study.html").exists()


def test_a_geometric_mean_has_the_interval_of_student() -> None:
    mean, low, high = geometric_mean([1.0, 10.0, 100.0])

    assert mean == pytest.approx(10.0)
    half = 4.302653 * np.log(10) / np.sqrt(3)  # t of 2 degrees of freedom
    assert (low, high) == pytest.approx((10 * np.exp(-half), 10 * np.exp(half)))
    assert np.isnan(geometric_mean([3.0])[1])
