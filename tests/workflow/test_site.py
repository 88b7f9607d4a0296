"""The documentation as a site: every page is in it, and a broken link stops the build."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import ROOT, Ended

pytestmark = pytest.mark.slow


def build(source: Path, out: Path) -> Ended:
    """Build a site as `make site` does, from pages in a folder."""
    command = ["sphinx", "--quiet", "--fail-on-warning", "--keep-going"]
    done = subprocess.run(
        [sys.executable, "-m", *command, "-c", str(ROOT / "docs"), str(source), str(out)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    ended = build(ROOT, out)
    assert ended.code == 0, ended.err
    return out


def test_every_page_is_in_the_site_and_in_its_menu(site: Path) -> None:
    pages = [*ROOT.glob("docs/*.md"), ROOT / "CONTRIBUTING.md", ROOT / "config" / "README.md"]
    menu = (site / "docs" / "index.html").read_text(encoding="utf-8")

    for page in pages:
        path = page.relative_to(ROOT).with_suffix(".html")
        assert (site / path).exists()
        assert page.stem == "index" or re.search(rf'href="[^"]*{path.name}"', menu)
    assert 'url=docs/index.html"' in (site / "index.html").read_text(encoding="utf-8")


def test_nothing_of_the_site_is_loaded_from_elsewhere(site: Path) -> None:
    loaded = re.compile(
        r'<(?:script|img|iframe)[^>]*src="(?:https?:)?//|<link[^>]*href="https?://'
    )

    assert [page.name for page in site.rglob("*.html") if loaded.search(page.read_text())] == []


def test_formulas_are_mathml(site: Path) -> None:
    page = (site / "docs" / "method.html").read_text(encoding="utf-8")

    assert "<math" in page
    assert "\\frac" not in page


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[there](nowhere.md)", "nowhere.md"),
        ("[there](index.md#no-such-heading)", "no-such-heading"),
        ("![picture](figures/none.svg)", "none.svg"),
        ("[program](../benchmarks/none.py)", "none.py"),
    ],
)
def test_a_link_that_leads_nowhere_is_an_error(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# A page\n\n{text}\n", encoding="utf-8")

    ended = build(tmp_path, tmp_path / "site")

    assert ended.code != 0
    assert reason in ended.err
