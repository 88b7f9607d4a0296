"""Decisions that the report downloads, replayed by the next run."""

import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By

from browsing import chromium, wait_for
from lcms.simulation.plan import PRESETS
from lcms.steps.review import ReviewServer
from lcms.steps.simulate import simulate
from pipeline import (
    TABLES,
    Ended,
    by_key,
    planned_jobs,
    read_sheet,
    rows_of,
    snakemake,
    write_sheet,
)

pytestmark = pytest.mark.slow

PEAK = ("sim_013_unknown", "Lac-Val [M-H]-")
WHO = {"who": "Ada", "when": "2026-01-01T10:00:00Z", "why": "tail"}


def review(folder: Path, rows: Sequence[dict[str, object]]) -> Path:
    """Write the decisions and name them in the configuration; return it."""
    blank = dict.fromkeys(["other_ion_id", "new_left_s", "new_right_s"], "")
    write_sheet(folder / "review.tsv", [blank | row | WHO for row in rows])
    config = folder / "config.yaml"
    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    config.write_text(yaml.safe_dump(settings | {"review": "review.tsv"}), encoding="utf-8")
    return config


def run(config: Path, folder: Path, *arguments: str) -> Ended:
    ended = snakemake(config, *arguments, folder=folder)
    assert ended.code == 0, ended.out + ended.err
    return ended


def test_reviewed_borders_change_that_peak_and_what_depends_on_it_twice_with_the_same_bytes(
    tmp_path: Path,
) -> None:
    study, work = tmp_path / "study", tmp_path / "work"
    simulate(study, PRESETS["plain"], ())
    results, before = study / "results", tmp_path / "before"
    run(study / "config.yaml", work)
    shutil.copytree(results, before)
    peak = by_key(before, "peaks", "ion_id")[PEAK]
    seen = {"old_left_s": peak["left_s"], "old_right_s": peak["right_s"]}
    key = dict(zip(("sample_id", "ion_id"), PEAK, strict=True)) | {"action": "borders"}
    borders = {"new_left_s": peak["left_s"] - 1, "new_right_s": peak["right_s"] + 2}

    config = review(study, [key | seen | borders])
    jobs = planned_jobs(snakemake(config, "-n", folder=work))
    run(config, work)

    assert jobs == {"integrate_peaks": 1, "write_results": 1, "gate_failures": 1}
    was, now = by_key(before, "peaks", "ion_id"), by_key(results, "peaks", "ion_id")
    assert [pair for pair in now if now[pair] != was[pair]] == [PEAK]
    assert now[PEAK]["area_automatic"] == peak["area"]
    assert now[PEAK]["area"] == pytest.approx(peak["area"], rel=0.1)
    was, now = by_key(before, "concentrations"), by_key(results, "concentrations")
    changed = [pair for pair in now if now[pair]["concentration"] != was[pair]["concentration"]]
    assert changed == [(PEAK[0], "Lac-Val")]
    assert "reviewed" in now[changed[0]]["flags"]
    (audit,) = rows_of(results, "review_audit")
    assert (audit["outcome"], audit["who"], audit["why"]) == ("applied", "Ada", "tail")

    once = {name: (results / f"{name}.parquet").read_bytes() for name in TABLES}
    run(config, work, "--forceall")
    again = {name: (results / f"{name}.parquet").read_bytes() for name in TABLES}
    assert [name for name in TABLES if once[name] != again[name]] == []


def decide_in_browser(browser: Chrome, server: ReviewServer, ion: str) -> None:
    """Accept the first panel, reject the second, drag a border of the third."""
    at = f"document.querySelector('#bench h2')?.textContent.includes('{PEAK[0]}')"
    browser.get(f"{server.address}#/panels?compound={ion}&type=unknown&at={PEAK[0]}")
    wait_for(browser, f"bench.plot !== null && {at}")
    browser.execute_script("decisions.who = 'Ada'")
    right = browser.find_element(By.CSS_SELECTOR, ".border[data-side='1']")
    ActionChains(browser).drag_and_drop_by_offset(right, 30, 0).perform()
    wait_for(browser, "decisions.list.length === 1")
    ActionChains(browser).send_keys("n").perform()
    wait_for(browser, f"bench.plot !== null && !{at}")
    ActionChains(browser).send_keys("r").perform()
    wait_for(browser, "decisions.list.length === 2")
    ActionChains(browser).send_keys("a").perform()
    wait_for(browser, "decisions.list.length === 3")
    saved = "document.getElementById('saved').textContent === 'saved to review.tsv'"
    wait_for(browser, saved)
    browser.execute_async_script("serving.queue.then(arguments[0])")


def check_what_changed(before: Path, results: Path, rows: Sequence[dict[str, str]]) -> None:
    """Check that the three peaks are as decided, and that no other one has moved."""
    actions = {row["sample_id"]: row["action"] for row in rows}
    assert sorted(actions.values()) == ["accept", "borders", "reject"]
    was, now = by_key(before, "peaks", "ion_id"), by_key(results, "peaks", "ion_id")
    changed = {pair for pair in now if now[pair] != was[pair]}
    assert changed == {(sample_id, PEAK[1]) for sample_id in actions}
    of_action = {actions[sample_id]: (sample_id, ion_id) for sample_id, ion_id in changed}
    assert all("reviewed" in now[pair]["flags"] for pair in changed)
    (moved,) = (row for row in rows if row["action"] == "borders")
    assert of_action["borders"] == PEAK
    assert now[PEAK]["right_s"] == pytest.approx(float(moved["new_right_s"]), abs=0.01)
    assert now[PEAK]["area_automatic"] == was[PEAK]["area"]
    assert now[of_action["accept"]]["area"] == was[of_action["accept"]]["area"]
    assert now[of_action["reject"]]["area"] is None
    was, now = by_key(before, "concentrations"), by_key(results, "concentrations")
    moved_values = {
        pair for pair in now if now[pair]["concentration"] != was[pair]["concentration"]
    }
    rejected = of_action["reject"][0]
    assert moved_values == {(PEAK[0], "Lac-Val"), (rejected, "Lac-Val")}


def test_what_is_decided_in_the_browser_changes_those_peaks_twice_with_the_same_bytes(
    tmp_path: Path,
) -> None:
    study, work = tmp_path / "study", tmp_path / "work"
    simulate(study, PRESETS["plain"], ())
    results, before = study / "results", tmp_path / "before"
    config = study / "config.yaml"
    run(config, work)
    shutil.copytree(results, before)

    sheet = study / "review.tsv"
    with chromium() as browser, ReviewServer(results / "report.html", sheet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        decide_in_browser(browser, server, "Lac-Val")
        server.shutdown()
    rows = read_sheet(sheet)
    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    config.write_text(yaml.safe_dump(settings | {"review": "review.tsv"}), encoding="utf-8")
    run(config, work)

    check_what_changed(before, results, rows)
    once = {name: (results / f"{name}.parquet").read_bytes() for name in TABLES}
    run(config, work, "--forceall")
    again = {name: (results / f"{name}.parquet").read_bytes() for name in TABLES}
    assert [name for name in TABLES if once[name] != again[name]] == []
