"""What the pages say of the code: paths, constants, names, links and figures."""

import ast
import importlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import yaml

import lcms
from figures import FIGURES, SAID, titled_figure, write_svg
from lcms.config import Settings

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "src" / "lcms"
PAGES: Final = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("config/*.md")])
HISTORY: Final = {"CHANGELOG.md"}  # names what was there then
FOLDERS: Final = ("src", "tests", "docs", "benchmarks", "workflow", "config", "profiles")
IN_PACKAGE: Final = ("cli", "steps", "io", "numerics", "simulation", "schemas", "data")
METHOD: Final = ROOT / "docs" / "method.md"
SMALL_BYTES: Final = 100_000


def code_spans(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


def named_paths(page: Path) -> Iterator[Path]:
    """Yield the files and folders of the repository that a page names between backticks."""
    for span in code_spans(page):
        path = span.rstrip("/")
        if not re.fullmatch(r"[\w.-]+(/[\w.-]+)+", path):
            continue
        first = path.split("/")[0]
        if first in FOLDERS:
            yield ROOT / path
        elif first in IN_PACKAGE:
            yield PACKAGE / path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    if page.name in HISTORY:
        return

    missing = [path.relative_to(ROOT) for path in named_paths(page) if not path.exists()]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)

    assert [target for target in targets if not (page.parent / target).exists()] == []


def quoted_constants() -> list[tuple[str, str]]:
    """Return the names and values in the first two columns of the tables of constants."""
    text = METHOD.read_text(encoding="utf-8")
    return re.findall(r"^\| `([a-z_]+\.\w+)` \| ([^|]+?) \|", text, re.MULTILINE)


def value_of(name: str) -> object:
    """Return the value of `module.CONSTANT` of numerics, or of a setting with its default."""
    module, _, constant = name.partition(".")
    if module in Settings.model_fields:
        return reduce(getattr, name.split("."), Settings())
    (path,) = (PACKAGE / "numerics").rglob(f"{module}.py")
    dotted = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    found = importlib.import_module(dotted)
    assert hasattr(found, constant), f"{name}: {path} has no such constant; is it renamed?"
    return getattr(found, constant)


@pytest.mark.parametrize(("name", "quoted"), quoted_constants())
def test_every_value_that_the_method_page_quotes_is_that_of_the_code(
    name: str, quoted: str
) -> None:
    numbers = [float(number) for number in quoted.replace("\N{MINUS SIGN}", "-").split(",")]

    assert np.atleast_1d(np.asarray(value_of(name), dtype=float)).tolist() == numbers


def test_the_method_page_quotes_constants_of_every_room() -> None:
    files = {name.partition(".")[0] for name, _ in quoted_constants()}
    numerics = PACKAGE / "numerics"
    modules = [path.relative_to(numerics) for path in numerics.glob("*/**/*.py")]

    rooms = {path.parts[0] for path in modules}
    told = {path.parts[0] for path in modules if path.stem in files}

    assert rooms - told - {"detection"} == set()  # those of detection are settings


def test_the_method_page_names_every_module_of_every_room() -> None:
    named = set(named_paths(METHOD))
    pictures = PACKAGE / "numerics" / "chromatogram" / "picture_points.py"  # no method

    modules = {
        path for path in (PACKAGE / "numerics").glob("*/**/*.py") if path.name != "__init__.py"
    }

    assert modules - named == {pictures}


def test_the_sections_of_the_method_page_are_the_rooms_in_their_order() -> None:
    sections = re.findall(r"^## \d+\. (\w+)$", METHOD.read_text(encoding="utf-8"), re.MULTILINE)

    doc = ast.get_docstring(ast.parse((PACKAGE / "numerics/__init__.py").read_text("utf-8")))

    rooms = re.findall(r"^(\w+)  ", doc or "", re.MULTILINE)
    assert [section.lower() for section in sections] == rooms


def identifiers() -> set[str]:
    """Return every name that the package defines or uses."""
    names: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        names |= set(re.findall(r"\b[A-Za-z_]\w*\b", path.read_text(encoding="utf-8")))
    return names


def test_every_code_name_of_the_glossary_is_in_the_code() -> None:
    known = identifiers()
    rows = [
        line.split("|")[3]
        for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and not line.startswith("| term")
    ]

    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]

    assert len(names) > len(rows) / 2
    assert [name for name in names if name not in known] == []


def test_every_figure_is_shown_is_small_and_says_that_its_data_are_simulated() -> None:
    shown = re.findall(r"\]\(figures/(\w+)\.svg\)", METHOD.read_text(encoding="utf-8"))
    folder = ROOT / "docs" / "figures"

    assert sorted(shown) == sorted(FIGURES) == sorted(path.stem for path in folder.iterdir())
    for path in folder.iterdir():
        assert path.stat().st_size < SMALL_BYTES
        assert f"({SAID})" in path.read_text(encoding="utf-8")


def test_a_figure_has_the_same_bytes_every_time(tmp_path: Path) -> None:
    for name in ("first.svg", "second.svg"):
        figure = titled_figure("Two points")
        figure.subplots().plot([0.0, 1.0], "o-")
        write_svg(figure, tmp_path / name)

    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "second.svg").read_bytes()


def test_the_citation_has_the_version_of_the_package() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))

    assert citation["version"] == lcms.__version__
    assert citation["license"] == "MIT"


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[^\w-]", line)[0] for line in project["dependencies"]}

    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^\| `([\w-]+)` \| \w", page, re.MULTILINE)) == names


def test_no_file_and_no_class_has_the_name_of_another() -> None:
    files = [path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"]
    classes = [
        node.name
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    assert [name for name, n in Counter(path.name for path in files).items() if n > 1] == []
    assert [name for name, n in Counter(classes).items() if n > 1] == []
