import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lcms.config import Settings
from lcms.errors import TableError
from lcms.io.tables.parquet import write_rows
from lcms.model import Ion, IonRole, TargetKind
from lcms.numerics.chromatogram.drawing import (
    significant,
    spread,
    time_steps,
    view_s,
    without_flat_zeros,
)
from lcms.schemas import CHROMATOGRAMS, CONCENTRATIONS, PEAKS, SAMPLES, Table
from lcms.steps.overview import write_overview

LEU = Ion(
    "LacLeu",
    "LacLeu",
    "Lac-Leu",
    TargetKind.ANALYTE,
    IonRole.QUANTIFIER,
    202.1085,
    -1,
    adduct="[M-H]-",
    retention_time_window_s=20.0,
    retention_time_s=310.0,
    isomer_group="leucines",
)
ILE = Ion(
    "LacIle",
    "LacIle",
    "Lac-Ile",
    TargetKind.ANALYTE,
    IonRole.QUANTIFIER,
    202.1085,
    -1,
    adduct="[M-H]-",
    retention_time_window_s=20.0,
    retention_time_s=300.0,
    isomer_group="leucines",
)
STATUSES = {"s1": "quantified", "s2": "not_detected", "s3": "not_acquired", "s4": "failed"}
WHY = "The file ends early </script><b>& is cut"


def row(table: Table, **values: Any) -> dict[str, Any]:  # noqa: ANN401  (cells of a table)
    return dict.fromkeys(table.names()) | values


def sample_row(sample_id: str, status: str) -> dict[str, Any]:
    failed = status == "failed"
    return row(
        SAMPLES,
        sample_id=sample_id,
        mzml=f"{sample_id}.mzML",
        sample_type="unknown",
        batch="1",
        status="failed" if failed else "ok",
        error=WHY if failed else None,
    )


def chromatogram_row(sample_id: str, ion: Ion, status: str) -> dict[str, Any]:
    cells = row(CHROMATOGRAMS, sample_id=sample_id, ion_id=ion.ion_id)
    if status in ("failed", "not_acquired"):
        return cells
    time_s = np.arange(280.0, 340.0)
    intensity = 1e6 * np.exp(-((time_s - 311) ** 2) / 18)
    intensity[intensity < 100] = 0
    return cells | {
        "retention_time_s": time_s.tolist(),
        "intensity": intensity.tolist(),
        "centroid_error_ppm": np.zeros(time_s.size).tolist(),
        "hidden_intensity": np.zeros(time_s.size).tolist(),
    }


def peak_row(sample_id: str, ion: Ion, status: str) -> dict[str, Any]:
    cells = row(
        PEAKS,
        sample_id=sample_id,
        ion_id=ion.ion_id,
        target_id=ion.target_id,
        ion_role=ion.role.value,
        status=status,
        flags=[],
    )
    if status != "quantified":
        return cells
    return cells | {
        "retention_time_s": 311.0,
        "left_s": 303.0,
        "right_s": 319.0,
        "area": 7.519e6,
        "signal_to_noise": 250.0,
        "retention_shift_s": 1.5,
        "flags": ["isobar_possible"],
    }


def concentration_row(sample_id: str, ion: Ion, status: str) -> dict[str, Any]:
    return row(
        CONCENTRATIONS,
        sample_id=sample_id,
        target_id=ion.target_id,
        kind="analyte",
        batch="1",
        sample_type="unknown",
        dilution_factor=1.0,
        censored=status == "not_detected",
        status=status,
        concentration=12.345 if status == "quantified" else None,
        flags=[],
    )


def write_results(
    folder: Path, statuses: dict[str, str], ions: tuple[Ion, ...] = (LEU, ILE)
) -> None:
    pairs = [(sample_id, ion, status) for sample_id, status in statuses.items() for ion in ions]
    write_rows(
        folder / "samples.parquet", SAMPLES, [sample_row(*item) for item in statuses.items()], {}
    )
    for table, make in (
        (CHROMATOGRAMS, chromatogram_row),
        (PEAKS, peak_row),
        (CONCENTRATIONS, concentration_row),
    ):
        write_rows(folder / f"{table.name}.parquet", table, [make(*pair) for pair in pairs], {})


def overview(
    folder: Path,
    statuses: dict[str, str] | None = None,
    ions: tuple[Ion, ...] = (LEU, ILE),
    settings: Settings | None = None,
) -> str:
    """Return the page without plotly's own script."""
    write_results(folder, statuses or STATUSES, ions)
    write_overview(folder, ions, settings or Settings(), folder / "overview.html")
    text = (folder / "overview.html").read_text(encoding="utf-8")
    return re.sub(r"<script>/\*\*\n\* plotly\.js.*?</script>", "", text, flags=re.DOTALL)


def plots(page: str, ion: int) -> list[dict[str, Any] | None]:
    found = re.search(rf'id="data-{ion}">(.*?)</script>', page)
    assert found
    parsed: list[dict[str, Any] | None] = json.loads(found[1])
    return parsed


def panel(page: str, ion: int, run: int) -> str:
    found = re.search(rf'id="panel-{ion}-{run}">(.*?)</figure>', page, flags=re.DOTALL)
    assert found
    return found[1]


def test_there_is_a_panel_for_every_run_and_ion(tmp_path: Path) -> None:
    page = overview(tmp_path)

    panels = re.findall(r'id="(panel-\d+-\d+)"', page)
    assert panels == [f"panel-{ion}-{run}" for ion in range(2) for run in range(4)]


def test_only_panels_with_a_chromatogram_have_a_plot(tmp_path: Path) -> None:
    page = overview(tmp_path)

    assert [plot is None for plot in plots(page, 0)] == [False, False, True, True]
    assert re.findall(r'id="(plot-0-\d+)"', page) == ["plot-0-0", "plot-0-1"]


def test_a_panel_says_what_was_found_in_words(tmp_path: Path) -> None:
    page = overview(tmp_path)

    text = re.sub("<[^>]*>", " ", panel(page, 0, 0))
    for words in ("s1", "quantified", "311.0 s", "area 7.52e+06", "S/N 250", "12.3 nmol/L"):
        assert words in text
    assert "not acquired" in panel(page, 0, 2)


def test_a_plot_has_the_borders_apex_and_expected_time_of_the_peak(tmp_path: Path) -> None:
    plot = plots(overview(tmp_path), 0)[0]

    assert plot is not None
    assert (plot["b"], plot["a"], plot["e"]) == ([303.0, 319.0], 311.0, 311.5)


def test_the_borders_of_an_isomer_are_drawn_too(tmp_path: Path) -> None:
    page = overview(tmp_path)

    plot = plots(page, 0)[0]
    assert plot is not None
    assert plot["o"] == [[303.0, 319.0]]
    assert "integrated together with Lac-Ile" in page


def test_the_times_and_intensities_of_a_plot_are_those_of_the_table(tmp_path: Path) -> None:
    plot = plots(overview(tmp_path), 0)[0]

    assert plot is not None
    drawn = dict(zip(np.cumsum(plot["t"]) / 100, plot["y"], strict=True))
    cells = chromatogram_row("s1", LEU, "quantified")
    for time_s, intensity in zip(cells["retention_time_s"], cells["intensity"], strict=True):
        assert drawn.get(time_s, 0.0) == pytest.approx(intensity, rel=1e-3)


def test_the_page_loads_nothing(tmp_path: Path) -> None:
    page = overview(tmp_path)
    whole = (tmp_path / "overview.html").read_text(encoding="utf-8")

    assert not re.search(r"""(?:src|href)\s*=\s*["']?\s*(?:https?:)?//""", page)
    assert not re.search(r"<(?:link|iframe|img|script[^>]*src)", page)
    assert "default-src 'none'" in page
    assert "* plotly.js v" in whole
    assert whole.count("<script") == whole.count("</script>")


def test_a_failed_run_is_named_with_its_reason_and_escaped(tmp_path: Path) -> None:
    page = overview(tmp_path)

    assert "1 run failed" in page
    assert "The file ends early &lt;/script&gt;&lt;b&gt;&amp; is cut" in page
    assert WHY not in page


def test_a_name_from_the_sheet_is_escaped(tmp_path: Path) -> None:
    name = '</script><img src="x">\N{GREEK SMALL LETTER ALPHA}'
    ion = replace(LEU, name=name)

    page = overview(tmp_path, ions=(ion,))

    assert "</script><img" not in page
    assert "&lt;/script&gt;&lt;img src=&#34;x&#34;&gt;\N{GREEK SMALL LETTER ALPHA}" in page


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    overview(tmp_path / "one")
    overview(tmp_path / "two")

    one, two = ((tmp_path / name / "overview.html").read_bytes() for name in ("one", "two"))
    assert one == two


def test_the_page_says_when_not_every_run_is_drawn(tmp_path: Path) -> None:
    statuses = {f"s{number}": "quantified" for number in range(10)}

    page = overview(tmp_path, statuses, settings=Settings(overview_runs=4))

    drawn = re.findall(r"<header><b>(s\d)</b>", page)
    assert drawn == ["s0", "s3", "s6", "s9"] * 2
    assert "4 of 10 runs are drawn" in page
    assert "20 quantified" in page


def test_nothing_is_said_of_the_limit_when_every_run_is_drawn(tmp_path: Path) -> None:
    assert "overview_runs" not in overview(tmp_path)


def test_flags_are_explained_once_and_not_repeated_in_every_panel(tmp_path: Path) -> None:
    page = overview(tmp_path)

    assert "another compound has the same m/z (1 run)" in page
    assert "may lie under" not in panel(page, 0, 0)


def test_a_missing_row_is_an_error_that_names_run_and_ion(tmp_path: Path) -> None:
    write_results(tmp_path, STATUSES, (LEU,))

    with pytest.raises(TableError, match="run s1 and ion LacIle"):
        write_overview(tmp_path, (LEU, ILE), Settings(), tmp_path / "overview.html")
    assert not (tmp_path / "overview.html").exists()


@pytest.mark.parametrize(
    ("count", "limit", "expected"),
    [(0, 5, []), (3, 5, [0, 1, 2]), (9, 3, [0, 4, 8]), (9, 1, [0]), (100, 2, [0, 99])],
)
def test_indices_are_spread_with_first_and_last(
    count: int, limit: int, expected: list[int]
) -> None:
    assert spread(count, limit) == expected


def test_spread_indices_never_repeat() -> None:
    for count in range(1, 60):
        for limit in range(1, 60):
            assert len(set(spread(count, limit))) == min(count, limit)


def test_zeros_between_zeros_are_left_out_and_the_ends_kept() -> None:
    intensity = np.array([0.0, 0, 0, 0, 5, 0, 0, 0])

    time_s, kept = without_flat_zeros(np.arange(8.0), intensity)

    assert time_s.tolist() == [0, 3, 4, 5, 7]
    assert kept.tolist() == [0, 0, 5, 0, 0]


@pytest.mark.parametrize("size", [0, 1, 2])
@pytest.mark.parametrize("counts", [0.0, 5.0])
def test_the_ends_of_a_short_chromatogram_are_all_of_it(size: int, counts: float) -> None:
    time_s, kept = without_flat_zeros(np.arange(1.0 * size), np.full(size, counts))

    assert time_s.tolist() == list(range(size))
    assert kept.tolist() == [counts] * size


def test_numbers_are_rounded_to_significant_digits() -> None:
    values = np.array([0.0, 0.123456, 12345.6, 9.9999e8])

    assert significant(values, 4) == [0, 0.1235, 12350, 1000000000]


def test_steps_of_time_add_up_without_an_error_that_grows() -> None:
    time_s = np.linspace(0.0, 333.0, 1000)

    assert np.abs(np.cumsum(np.array(time_steps(time_s))) / 100 - time_s).max() <= 0.0051


def test_the_view_of_a_long_chromatogram_is_around_the_peak() -> None:
    assert view_s(np.arange(900.0), 305, 315) == (250.0, 370.0)
    assert view_s(np.arange(900.0), 10, 20) == (0.0, 75.0)
    assert view_s(np.arange(100.0), 40, 50) is None
