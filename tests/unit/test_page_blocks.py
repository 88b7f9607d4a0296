"""How the blocks of a page are run; and that few commands of the documentation are not."""

from pathlib import Path

import pytest

from page_blocks import NOT_RUN, blocks_of, is_as_shown, run_page
from pipeline import ROOT

# Commands that need what a test has not: an installation, a vendor's converter, a cluster.
WITHOUT_TEST = {
    "CONTRIBUTING.md": 1,
    "README.md": 3,
    "cluster.md": 2,
    "mzml.md": 2,
    "start.md": 1,
}


def page_of(folder: Path, text: str) -> Path:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


@pytest.mark.parametrize(
    ("printed", "expected", "fits"),
    [
        ("wrote 3 runs\n", "wrote ... runs\n", True),
        ("wrote 3 runs\n", "wrote 4 runs\n", False),
        ("a\n\n  b   c\n", "a\nb c\n", True),
        ("first\nlast\n", "...\nlast\n", True),
        ("last\n", "...\nlast\n", True),
        ("last\nmore\n", "last\n", False),
        ("anything", "", True),
    ],
)
def test_what_is_printed_fits_what_is_shown(printed: str, expected: str, fits: bool) -> None:  # noqa: FBT001  (a case of the test)
    assert is_as_shown(printed, expected) is fits


def test_commands_files_and_settings_are_done_in_order(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("extraction:\n  mz_tolerance_ppm: 5\n", encoding="utf-8")

    run_page(
        page_of(
            tmp_path,
            "```text a.csv\nx,y\n```\n```yaml config.yaml\nextraction:\n  mz_search_ppm: 20\n```\n"
            "```console\n$ cat a.csv\nx,y\n$ grep ppm config.yaml | grep -v '#'\n"
            "mz_tolerance_ppm: 5\nmz_search_ppm: 20\n```\n",
        ),
        tmp_path,
    )


@pytest.mark.parametrize(
    "text",
    [
        "```console\n$ false\n```\n",
        "```console\n$ echo a\nb\n```\n",
        "```console fails\n$ true\n```\n",
        "```python\nraise SystemExit(1)\n```\n",
        "```sh\nlcms check\n```\n",
    ],
    ids=["ends with an error", "prints else", "must fail", "program", "not marked"],
)
def test_what_a_page_says_wrongly_is_an_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        run_page(page_of(tmp_path, text), tmp_path)


def test_few_commands_of_the_documentation_are_not_run() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]

    counted = {
        page.name: sum(block.words == NOT_RUN for block in blocks_of(page)) for page in pages
    }
    assert {name: count for name, count in counted.items() if count} == WITHOUT_TEST


def test_every_block_of_the_documentation_has_a_word_that_says_what_it_is() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]

    assert [page.name for page in pages if any(not block.words for block in blocks_of(page))] == []
