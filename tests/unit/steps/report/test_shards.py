"""The page of a very large study: its chromatograms lie in files beside it."""

import base64
import json
import shutil
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome

from browsing import chromium, open_page, problems, wait_for
from lcms.config import Settings
from lcms.io.manifest import read_manifest, write_manifest
from lcms.io.tables.parquet import provenance
from lcms.steps.report import ion_data
from lcms.steps.review import ReviewServer
from reported import PANEL, RUNS, written_report

RUNS_PER_SHARD = 3  # so that the last of four runs lies in a second file
LOST = "#/panels?compound=LacLeu&at=low"
CHOSEN = "document.querySelector('#bench h2')?.textContent"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The report of a study that counts as very large."""
    monkeypatch.setattr(ion_data, "_MOST_PAIRS", len(RUNS))
    monkeypatch.setattr(ion_data, "_RUNS_PER_SHARD", RUNS_PER_SHARD)
    return written_report(tmp_path / "results")


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as opened:
        yield opened


def unpacked(text: str) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = json.loads(zlib.decompress(base64.b64decode(text)))
    return runs


def test_files_beside_the_page_hold_what_the_page_of_one_file_holds(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    whole = written_report(tmp_path / "small").read_text(encoding="utf-8")

    shards = {path.name: path.read_text("ascii") for path in page.parent.glob("report_data/*.js")}

    n_rows = len(PANEL) + 1  # and the sum of the isomers
    assert sorted(shards) == [f"{ion}-{block}.js" for ion in range(n_rows) for block in range(2)]
    for ion in range(n_rows):
        texts = [shards[f"{ion}-{block}.js"].split('"')[3] for block in range(2)]
        runs = [run for text in texts for run in unpacked(text)]
        inline = whole.partition(f'id="ion-{ion}">')[2].partition("</script>")[0]
        assert runs == unpacked(inline)
        assert [len(unpacked(text)) for text in texts] == [RUNS_PER_SHARD, 1]
    assert "ion-0" not in page.read_text(encoding="utf-8")


def test_a_page_of_one_file_removes_the_files_of_an_earlier_one(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (page.parent / "report_data").is_dir()
    monkeypatch.undo()

    written_report(page.parent)

    assert not (page.parent / "report_data").exists()


def test_files_that_a_killed_job_left_do_not_stay(page: Path) -> None:
    before = sorted((page.parent / "report_data").iterdir())
    for folder in (".report_data.part", "report_data"):
        (page.parent / folder).mkdir(exist_ok=True)
        (page.parent / folder / "9-9.js").write_text("left", encoding="ascii")

    written_report(page.parent)

    assert sorted((page.parent / "report_data").iterdir()) == before
    assert not (page.parent / ".report_data.part").exists()


def test_the_manifest_lists_the_files_beside_the_page(page: Path) -> None:
    write_manifest(page.parent, [], provenance(Settings().recorded()))

    assert "report_data/3-1.js" in read_manifest(page.parent)["outputs"]


def test_a_page_opened_from_a_disk_loads_what_is_looked_at(browser: Chrome, page: Path) -> None:
    open_page(browser, page, LOST)

    assert wait_for(browser, f"bench.plot !== null && {CHOSEN}") == "Lac-Leu in low"
    assert browser.execute_script("return ionData(1).then((runs) => runs.length)") == len(RUNS)
    last = browser.execute_script("return pairData(1, 3)")
    assert last == {"status": "failed", "result": "failed"}
    assert problems(browser) == []


def test_a_page_without_its_folder_says_so(browser: Chrome, page: Path) -> None:
    shutil.rmtree(page.parent / "report_data")

    open_page(browser, page, LOST)

    told = wait_for(browser, "document.getElementById('saved').textContent")
    assert told == (
        "The folder report_data is not beside this page: chromatograms cannot be shown"
    )
    browser.get("about:blank")  # what still loads ends here, and complains in no later test
    assert all("report_data" in problem for problem in problems(browser))


def test_the_server_of_the_review_gives_the_files(browser: Chrome, page: Path) -> None:
    with ReviewServer(page, page.parent / "review.tsv") as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser.get(f"{server.address}{LOST}")
        assert wait_for(browser, f"bench.plot !== null && {CHOSEN}") == "Lac-Leu in low"
        assert problems(browser) == []
        server.shutdown()
