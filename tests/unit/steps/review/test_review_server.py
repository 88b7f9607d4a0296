"""`lcms review`: who gets an answer, and what is saved."""

import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By

from browsing import chromium, problems, wait_for
from lcms.io.sheets import sheet_columns
from lcms.io.sheets.review_sheet import read_review
from lcms.io.sheets.sheet_rows import Report
from lcms.steps.review import ReviewServer, review_sheet_of
from pipeline import write_config
from reported import PANEL, written_report

HEAD = "\t".join(sheet_columns.REVIEW.columns) + "\n"
ROW = "bad\tLacLeu\treject\t\t314.00\t330.00\t\t\tGrace\t2026-01-01T10:00:00Z\t\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReviewServer]:
    page = written_report(tmp_path / "results")
    with ReviewServer(page, tmp_path / "review.tsv") as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def asked(
    server: ReviewServer,
    method: str,
    path: str,
    body: str | None = None,
    headers: dict[str, str] | None = None,
) -> HTTPResponse:
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request(method, path, body, headers or {})
    return connection.getresponse()


def version(server: ReviewServer) -> str:
    answer = asked(server, "GET", f"/{server.token}/review.tsv")
    return answer.headers["ETag"]


def test_nothing_is_answered_without_the_token(server: ReviewServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    for path in ("/", "/report.html", "/wrong/report.html", f"/{server.token[:-1]}/report.html"):
        assert asked(server, "GET", path).status == 403
    assert asked(server, "GET", f"/{server.token}/report.html").status == 200


def test_no_other_file_is_served(server: ReviewServer) -> None:
    for path in (
        "samples.parquet",
        "../config.yaml",
        "%2e%2e/config.yaml",
        "",
        "report_data/1-1.js",
    ):
        assert asked(server, "GET", f"/{server.token}/{path}").status == 404


def test_a_request_under_another_name_of_the_host_is_refused(server: ReviewServer) -> None:
    path = f"/{server.token}/report.html"
    assert asked(server, "GET", path, headers={"Host": "evil.example"}).status == 403


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (HEAD + ROW, {}, 204),
        (HEAD + ROW, {"Origin": "http://evil.example"}, 403),
        (HEAD + ROW, {"If-Match": '"other"'}, 412),
        ("sample_id\n", {}, 422),
    ],
)
def test_only_a_review_sheet_from_this_page_is_saved(
    server: ReviewServer, body: str, headers: dict[str, str], status: int
) -> None:
    path = f"/{server.token}/review.tsv"
    given = {"If-Match": version(server)} | headers

    assert asked(server, "PUT", path, body, given).status == status

    assert server.sheet.exists() == (status == 204)
    assert asked(server, "PUT", path.replace("review.tsv", "report.html"), body).status == 403


def test_a_sheet_that_changed_meanwhile_is_not_replaced(server: ReviewServer) -> None:
    before = version(server)
    server.sheet.write_text(HEAD + ROW, encoding="utf-8")

    headers = {"If-Match": before}
    answer = asked(server, "PUT", f"/{server.token}/review.tsv", HEAD, headers)

    assert answer.status == 412
    assert server.sheet.read_text(encoding="utf-8") == HEAD + ROW


def test_the_sheet_is_that_of_the_configuration_or_beside_the_results(tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.mkdir()
    assert review_sheet_of(results) == (tmp_path / "review.tsv", False)
    write_config(tmp_path / "config.yaml", review="ours.tsv")
    assert review_sheet_of(results) == (tmp_path / "ours.tsv", True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as opened:
        yield opened


def saved_by(browser: Chrome) -> None:
    wait_for(browser, "document.getElementById('saved').textContent === 'saved to review.tsv'")


def test_decisions_are_saved_in_place_beside_those_of_before(
    browser: Chrome, server: ReviewServer
) -> None:
    server.sheet.write_text(HEAD + ROW, encoding="utf-8")
    browser.get(f"{server.address}#/panels?compound=LacLeu")
    wait_for(browser, "bench.plot !== null && document.querySelectorAll('.border').length === 2")
    assert browser.find_element(By.CSS_SELECTOR, ".decided").text == "rejected: no peak by Grace"
    browser.execute_script("decisions.who = 'Ada'")

    ActionChains(browser).send_keys("a").perform()
    saved_by(browser)

    report = Report()
    decisions = read_review(server.sheet, PANEL, report)
    assert report.problems == []
    assert [(made.who, made.action, made.sample_id) for made in decisions] == [
        ("Grace", "reject", "bad"),
        ("Ada", "accept", "bad"),
    ]
    assert problems(browser) == []
