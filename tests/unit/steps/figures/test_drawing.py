"""How figures are written: size, bytes, names of files."""

import struct
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from lcms.steps.figures.drawing import FileNames, empty_figure, write_figure

HOSTILE = "$\\frac{a$ <script>alert(1)</script> & 100 %"


def two_points() -> Figure:
    figure = empty_figure(50.0)
    axes = figure.subplots()
    axes.plot([0.0, 1.0], "o-", label="points")
    axes.set_xlabel(HOSTILE)
    axes.legend()
    return figure


def test_a_figure_has_the_same_bytes_every_time(tmp_path: Path) -> None:
    first = write_figure(tmp_path / "first", two_points)
    second = write_figure(tmp_path / "second", two_points)

    assert [path.name for path in first] == ["first.svg", "first.png"]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_a_figure_is_as_wide_as_a_column_in_print(tmp_path: Path) -> None:
    svg, png = write_figure(tmp_path / "a", two_points)

    width_px, height_px = struct.unpack(">II", png.read_bytes()[16:24])
    assert width_px == int(85 / 25.4 * 300)
    assert height_px == int(50 / 25.4 * 300)
    width = ET.parse(svg).getroot().attrib["width"]  # noqa: S314  (our own file)
    assert float(width.removesuffix("pt")) == pytest.approx(85 / 25.4 * 72, abs=1e-3)


def test_a_name_with_signs_of_mathematics_and_html_stays_text(tmp_path: Path) -> None:
    svg, _ = write_figure(tmp_path / "a", two_points)

    root = ET.parse(svg).getroot()  # noqa: S314  (our own file)
    assert HOSTILE in ["".join(text.itertext()) for text in root.findall(".//{*}text")]
    assert root.findall(".//{*}script") == []


def test_names_become_names_of_files_that_differ() -> None:
    names = ["Lac-Phe", "lac-phe", "a/b", "a:b", "..", "x" * 400]

    files = FileNames()

    assert [files.of(name) for name in names] == [
        "Lac-Phe",
        "lac-phe_2",
        "a_b",
        "a_b_2",
        "figure",
        "x" * 120,
    ]
