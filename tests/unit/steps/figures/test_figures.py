"""What the figures show: points, curves, limits, runs; and the files that are written."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from matplotlib.axes import Axes

from builders import Row, row
from lcms.config import Settings
from lcms.errors import UserInputError
from lcms.kinds import FigureKind
from lcms.schemas import CALIBRATION, CALIBRATORS, SAMPLES
from lcms.steps.figures import WantedFigures, write_figures
from lcms.steps.figures.calibration_figure import calibration_figure
from lcms.steps.figures.chromatogram_figure import (
    Panel,
    Trace,
    chromatogram_figure,
    component_curves,
)
from lcms.steps.figures.chromatogram_panels import read_panels
from lcms.steps.figures.controls_figure import control_series, controls_figure
from lcms.steps.figures.figure_tables import FigureTables, read_figure_tables
from lcms.steps.figures.shown_runs import typical_runs
from lcms.steps.target_table import write_targets
from reported import HOSTILE, LEU, PANEL, STANDARD, write_results

KEY = ("1", "Lac")


def run(sample_id: str, sample_type: str, order: int = 1) -> Row:
    cells = {"sample_id": sample_id, "sample_type": sample_type, "injection_order": order}
    return row(SAMPLES, **cells, batch="1", status="ok", mzml="")


def calibrator(nominal: float, response: float | None, accuracy: float | None, why: str) -> Row:
    name = f"cal_{nominal:g}"
    cells = {"sample_id": name, "target_id": "Lac", "batch": "1", "nominal": nominal}
    cells |= {"response": response, "accuracy_percent": accuracy}
    return row(CALIBRATORS, **cells, used=not why, excluded_why=why or None)


CALIBRATORS_OF_LAC = (
    calibrator(1.0, None, None, "not_detected"),
    calibrator(10.0, 0.60, 100.0, ""),
    calibrator(100.0, 5.20, 102.0, ""),
    calibrator(1000.0, 90.0, 180.0, "not_accurate"),
)


def tables(calibrators: Sequence[Row] = CALIBRATORS_OF_LAC, **curve: object) -> FigureTables:
    cells: dict[str, object] = {"batch": "1", "target_id": "Lac", "model": "linear"}
    cells |= {"calibration_approach": "ordinary", "weighting": "1/x", "verdict": "pass"}
    cells |= {"intercept": 0.1, "slope": 0.05, "curvature": 0.0, "lloq": 10.0, "uloq": 100.0}
    cells |= {"n_used": 2, "n_excluded": 2, "failed_levels": [], "drift": "none"}
    results = [
        {
            "sample_id": point["sample_id"],
            "target_id": "Lac",
            "response_corrected": point["response"],
        }
        for point in calibrators
    ]
    return FigureTables(
        runs=[run(point["sample_id"], "calibrator") for point in calibrators],
        ions={},
        curves={KEY: row(CALIBRATION, **cells | curve)},
        calibrators={KEY: list(calibrators)},
        quality={},
        results=pa.Table.from_pylist(results),
        unit="nmol/L",
        accuracy_limit_percent=15.0,
        accuracy_limit_lloq_percent=20.0,
    )


def lines(axes: Axes) -> dict[str, tuple[list[float], list[float]]]:
    """Return x and y of each line that the legend names."""
    return {
        str(line.get_label()): (
            np.array(line.get_xdata()).tolist(),
            np.array(line.get_ydata()).tolist(),
        )
        for line in axes.get_lines()
        if not str(line.get_label()).startswith("_")
    }


def test_the_curve_and_the_calibrators_are_where_the_tables_have_them() -> None:
    given = tables()

    above, below = calibration_figure(given, KEY, given.results_of("Lac")).axes

    drawn = lines(above)
    assert drawn["in the fit"] == ([10.0, 100.0], [0.6, 5.2])
    assert drawn["not in the fit: not accurate"] == ([1000.0], [90.0])
    assert drawn["not in the fit: not detected"][0] == [1.0]
    x, y = map(np.array, drawn["curve"])
    assert (x[0], x[-1]) == pytest.approx((1.0, 1000.0))
    assert y == pytest.approx(0.1 + 0.05 * x)
    assert above.get_xscale() == above.get_yscale() == "log"
    assert [text.get_text() for text in above.texts] == ["LLOQ", "ULOQ"]
    assert [text.get_text().strip() for text in below.texts] == ["180 %"]
    assert below.get_xlabel() == "nominal concentration (nmol/L)"


def test_the_line_of_a_standard_addition_reaches_back_to_response_zero() -> None:
    given = tables(calibration_approach="standard_addition", endogenous=2.0, lloq=12.0, uloq=102.0)

    above, _ = calibration_figure(given, KEY, given.results_of("Lac")).axes

    x, y = lines(above)["curve"]
    assert (x[0], y[0]) == pytest.approx((-2.0, 0.0))
    assert [text.get_position()[0] for text in above.texts] == [10.0, 100.0]
    assert above.get_xscale() == "linear"


def control(sample_id: str, kind: str, order: int, **cells: object) -> tuple[Row, Row]:
    return run(sample_id, kind, order), {"sample_id": sample_id, **cells}


def test_pooled_controls_are_drawn_in_per_cent_of_their_mean_after_drift_correction() -> None:
    pairs = [
        control("p1", "pooled_qc", 1, response=80.0, response_corrected=90.0),
        control("p2", "pooled_qc", 5, response=121.0, response_corrected=110.0),
        control("u", "unknown", 3, response=None, response_corrected=None),
    ]
    series = control_series(
        [pair[0] for pair in pairs], {pair[1]["sample_id"]: pair[1] for pair in pairs}
    )

    (axes,) = controls_figure("Lac", series, {"pooled_qc_cv_percent": 14.14}).axes

    drawn = lines(axes)
    assert drawn["before"] == ([1, 5], [80.0, 121.0])
    assert drawn["after correction, CV 14.1 %"] == ([1, 5], [90.0, 110.0])
    assert drawn["drift"][1] == pytest.approx([100 * 80 / 90, 110.0])
    (band,) = axes.patches
    low, high = band.get_extents().transformed(axes.transData.inverted()).intervaly
    assert (low, high) == pytest.approx((100 - 2 * 14.1421, 100 + 2 * 14.1421), abs=1e-3)


def test_accuracies_of_quality_controls_have_their_interval_and_limit() -> None:
    cells = {
        "accuracy_percent": 95.0,
        "accuracy_low_percent": 90.0,
        "accuracy_high_percent": 101.0,
    }
    first, result = control("q", "quality_control", 2, **cells)
    series = control_series([first | {"level": "low"}], {"q": result})

    (axes,) = controls_figure("Lac", series, {"qc_limit_percent": 15.0}).axes

    (bars,) = axes.containers
    assert bars.get_label() == "low"
    (segment,) = bars[2][0].get_segments()
    assert segment.tolist() == [[2.0, 90.0], [2.0, 101.0]]
    (band,) = axes.patches
    assert band.get_extents().transformed(axes.transData.inverted()).intervaly == pytest.approx(
        [85, 115]
    )


def test_typical_runs_are_a_blank_the_lloq_a_control_and_the_middle_unknown() -> None:
    runs = [
        *(run(name, "unknown") for name in ("u1", "u2", "u3")),
        run("b", "blank"),
        run("cal_10", "calibrator"),
        run("cal_100", "calibrator"),
        run("q", "quality_control"),
    ]
    responses = {"u1": 3.0, "u2": 1.0, "u3": 2.0, "b": None, "q": 1.0}
    results = [
        {"sample_id": name, "target_id": "Lac", "response_corrected": value}
        for name, value in responses.items()
    ]
    given = replace(tables(), results=pa.Table.from_pylist(results))

    chosen = typical_runs(given, KEY, runs)

    assert [row["sample_id"] for row in chosen] == ["b", "cal_10", "q", "u3"]


def fit_of(areas: Mapping[str, float]) -> Row:
    shape = {"sigmas": 2.0, "taus": 1.0, "tail_fractions": 0.1, "tails": 8.0}
    cells: Row = {f"component_{name}": [value] * len(areas) for name, value in shape.items()}
    cells |= {"component_ions": list(areas), "component_areas": list(areas.values())}
    cells |= {"component_times": [100.0 + 20 * k for k in range(len(areas))]}
    return cells | {"baseline_times": [0.0, 200.0], "baseline_levels": [50.0, 50.0]}


def test_a_component_has_its_area_and_its_apex() -> None:
    time_s = np.arange(50.0, 250.0, 0.1)

    ((name, curve),) = component_curves(fit_of({"Lac": 4000.0}), time_s)

    assert name == "Lac"
    assert curve.sum() * 0.1 == pytest.approx(4000.0, rel=1e-3)
    assert time_s[curve.argmax()] == pytest.approx(100.0, abs=0.1)


def test_a_panel_shows_the_fit_and_the_standard_as_high_as_the_peak() -> None:
    fit, time_s = fit_of({"Lac": 4000.0, "": 9000.0}), np.arange(80.0, 140.0, 0.5)
    total = 50.0 + np.sum([curve for _, curve in component_curves(fit, time_s)], axis=0)
    peak = {"ion_id": "Lac", "status": "quantified", "retention_time_s": 100.0, "fwhm_s": 5.0}
    peak |= {"left_s": 94.0, "right_s": 108.0, "expected_time_s": 101.0}
    panel = Panel(
        run("u1", "unknown"),
        peak,
        {"concentration": 12.345, "status": "quantified"},
        fit,
        Trace(time_s, total),
        Trace(time_s, total / total.max()),
    )

    axes, empty = chromatogram_figure("Lac", [panel], "nmol/L").axes

    drawn = lines(axes)
    assert axes.get_title(loc="left") == "u1\nunknown, 12.3 nmol/L"
    assert np.interp(100.0, *drawn["fit"]) == pytest.approx(
        np.interp(100.0, time_s, total), rel=0.01
    )
    assert axes.get_xlim() == (80.0, 120.0)
    inside = (time_s >= 94.0) & (time_s <= 108.0)
    assert axes.get_ylim()[1] == pytest.approx(1.15 * total[inside].max())
    assert max(drawn["internal standard"][1]) == pytest.approx(total[inside].max())
    assert {"another component", "baseline", "border", "expected time"} <= set(drawn)
    assert not empty.axison


def results_of(folder: Path) -> Path:
    ions = (replace(LEU, name=HOSTILE, isomer_group=None, internal_standard="IS"), STANDARD)
    results = write_results(folder, ions)
    write_targets(results, ions, Settings(), {})
    return results


def test_the_figures_of_results_are_files_with_the_same_bytes_every_time(tmp_path: Path) -> None:
    results = results_of(tmp_path)

    first = list(write_figures(results, WantedFigures(), tmp_path / "a"))
    second = list(write_figures(results, WantedFigures(), tmp_path / "b"))

    names = [path.relative_to(tmp_path / "a").as_posix() for path in first]
    assert names == [
        *("calibration/LacLeu_1.svg", "calibration/LacLeu_1.png"),
        *("chromatograms/LacLeu_1.svg", "chromatograms/LacLeu_1.png"),
    ]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_standard_that_elutes_elsewhere_is_scaled_by_its_own_peak(tmp_path: Path) -> None:
    given, shown = read_figure_tables(results_of(tmp_path)), {"LacLeu": [run("low", "unknown")]}

    ((_, (panel,)),) = read_panels(tmp_path, given, shown)

    assert panel.standard is not None
    assert panel.trace is not None
    assert panel.standard.highest(314.0, 330.0) == 1.0
    assert panel.trace.highest(314.0, 330.0) > 1e5


def test_named_runs_and_compounds_are_drawn(tmp_path: Path) -> None:
    results = results_of(tmp_path)

    wanted = WantedFigures([FigureKind.CHROMATOGRAMS], ["IS"], ["lo?"])
    svg, _ = write_figures(results, wanted, tmp_path / "figures")

    texts = ["".join(text.itertext()) for text in ET.parse(svg).getroot().findall(".//{*}text")]  # noqa: S314
    assert svg.name == "IS_1.svg"
    assert "low" in texts
    assert "cal" not in texts


def test_an_unknown_name_is_an_error_and_draws_nothing(tmp_path: Path) -> None:
    results = results_of(tmp_path)

    with pytest.raises(
        UserInputError, match="no target `Lac_Leu`; the nearest known one is `LacLeu`"
    ):
        list(write_figures(results, WantedFigures(targets=["Lac_Leu"]), tmp_path / "figures"))
    assert not (tmp_path / "figures").exists()


def test_results_of_an_isomer_group_have_figures_of_every_kind_that_they_allow(
    tmp_path: Path,
) -> None:
    results = write_results(tmp_path)
    write_targets(results, PANEL, Settings(), {})

    paths = list(write_figures(results, WantedFigures(), tmp_path / "figures"))

    stems = {f"{path.parent.name}/{path.stem}" for path in paths}
    assert stems == {"calibration/LacLeu_1", "chromatograms/LacIle_1", "chromatograms/LacLeu_1"}
