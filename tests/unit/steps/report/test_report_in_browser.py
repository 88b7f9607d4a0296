from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browsing import chromium, open_page, problems, wait_for
from reported import GROUP, HOSTILE, written_report

CHOSEN = "document.querySelector('#bench h2')?.textContent"
PANEL_NAMES = "[...document.querySelectorAll('.panel b')].map((name) => name.textContent).join()"
LEU = "#/panels?compound=LacLeu"


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written_report(tmp_path_factory.mktemp("report"))


@pytest.fixture
def bench(browser: Chrome, page: Path) -> Chrome:
    """The view of one compound, whose reviewer is known."""
    open_page(browser, page, LEU)
    browser.execute_script("decisions.who = 'Ada'")
    wait_for(browser, "bench.plot !== null && document.querySelectorAll('.border').length === 2")
    return browser


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def review(browser: Chrome) -> list[dict[str, str]]:
    """Return the rows of the file that would be downloaded."""
    text = str(browser.execute_script("return reviewTable()"))
    head, *lines = (line.split("\t") for line in text.splitlines())
    return [dict(zip(head, line, strict=True)) for line in lines]


@pytest.mark.parametrize(
    "view",
    ["#/", "#/map", "#/panels", LEU, "#/panels?run=lost", "#/panels?rule=saturated", "#/help"],
)
def test_every_view_opens_without_an_error(browser: Chrome, page: Path, view: str) -> None:
    open_page(browser, page, view)

    wait_for(browser, "document.querySelector('main .card') !== null")
    assert problems(browser) == []


def test_the_worst_panel_comes_first_and_is_on_the_bench(bench: Chrome) -> None:
    assert wait_for(bench, PANEL_NAMES) == "bad,lost,low,cal"
    assert "bad" in str(wait_for(bench, CHOSEN))


def test_panels_are_sorted_by_injection_on_request(browser: Chrome, page: Path) -> None:
    open_page(browser, page, LEU + "&sort=injection")

    assert wait_for(browser, PANEL_NAMES) == "cal,low,bad,lost"


def test_a_filter_leaves_the_panels_that_pass_it(browser: Chrome, page: Path) -> None:
    open_page(browser, page, LEU)
    wait_for(browser, PANEL_NAMES)

    browser.find_element(By.CSS_SELECTOR, "select[name=triage]").send_keys("warning")

    wait_for(browser, f"{PANEL_NAMES} === 'low'")


def test_the_first_screen_gives_the_verdict_over_all_batches(browser: Chrome, page: Path) -> None:
    open_page(browser, page)

    text = str(wait_for(browser, "document.querySelector('.card')?.innerText"))
    assert "All batches togetherrejected analytes: 0 accepted, 1 rejected" in text


def test_a_line_of_the_first_screen_leads_to_its_panels(browser: Chrome, page: Path) -> None:
    open_page(browser, page)

    browser.find_element(By.PARTIAL_LINK_TEXT, "saturates the detector").click()

    wait_for(browser, f"{PANEL_NAMES} === 'bad'")


def test_a_cell_of_the_heat_map_is_opened_by_the_keyboard(browser: Chrome, page: Path) -> None:
    open_page(browser, page, "#/map")
    canvas = browser.find_element(By.CSS_SELECTOR, "canvas")

    canvas.send_keys(Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ENTER)

    wait_for(browser, f"{CHOSEN}?.includes('LacLeu') || {CHOSEN}?.includes('Lac-Leu')")
    assert "at=low" in browser.current_url


def test_a_hostile_text_stays_text(browser: Chrome, page: Path) -> None:
    open_page(browser, page)

    wait_for(browser, "document.querySelector('.attention') !== null")
    assert HOSTILE in browser.find_element(By.CSS_SELECTOR, ".attention").text
    assert browser.find_elements(By.CSS_SELECTOR, "img") == []
    assert browser.title != "1"


def test_the_fitted_curve_goes_through_the_points_of_its_own_shape(bench: Chrome) -> None:
    off = bench.execute_script(
        "return ionData(1).then((runs) => { const pair = runs[0], { x, y } = traceOf(pair);"
        "const base = straight(pair.baseline, x);"
        "const curves = pair.components.map((one) => componentCurve(one, x));"
        "const rest = x.map((_, k) => y[k] - base[k] - curves[0][k] - curves[1][k]);"
        "return Math.max(...rest.map(Math.abs)); })"
    )

    assert off < 1e-2 * 1.2e5  # of the height of the peaks


def test_a_neighbour_flattens_nothing_where_no_peak_was_found(bench: Chrome) -> None:
    trace = "{ x: [80, 90, 100, 120], y: [2, 3, 40, 9000] }"

    heights = bench.execute_script(
        f"const trace = {trace}; return [{{ expected: 100 }}, {{ expected: 60 }}, {{}}].map("
        "(pair) => peakHeight(pair, trace, [80, 120]))"
    )

    assert heights == [40, 9000, 9000]


def test_a_standard_without_a_peak_is_not_drawn(bench: Chrome) -> None:
    trace = "steps: [100, 100, 100], counts: [1, 5, 2], unit: 2"

    found, lost = bench.execute_script(
        f"return [standardOf({{ left: 0.5, right: 3.5, {trace} }}), standardOf({{ {trace} }})]"
    )

    assert (found["height"], found["x"], found["y"]) == (10, [1, 2, 3], [2, 10, 4])
    assert lost is None


def test_next_and_previous_go_through_the_panels(bench: Chrome) -> None:
    press(bench, "n")
    wait_for(bench, f"{CHOSEN}.includes('lost')")
    press(bench, "p")
    wait_for(bench, f"{CHOSEN}.includes('bad')")


def test_accepting_goes_on_and_can_be_undone(bench: Chrome) -> None:
    press(bench, "a")
    wait_for(bench, f"{CHOSEN}.includes('lost')")
    (accepted,) = review(bench)
    assert (accepted["sample_id"], accepted["ion_id"], accepted["action"], accepted["who"]) == (
        "bad", "LacLeu", "accept", "Ada",
    )  # fmt: skip

    press(bench, "u")
    wait_for(bench, f"{CHOSEN}.includes('bad')")
    assert review(bench) == []


def test_a_dragged_border_is_a_decision_with_old_and_new_borders(bench: Chrome) -> None:
    right = bench.find_element(By.CSS_SELECTOR, ".border[data-side='1']")

    ActionChains(bench).drag_and_drop_by_offset(right, 40, 0).perform()

    wait_for(bench, "decisions.list.length === 1")
    (moved,) = review(bench)
    assert (moved["action"], moved["old_left_s"], moved["old_right_s"]) == (
        "borders", "314.00", "330.00",
    )  # fmt: skip
    assert moved["new_left_s"] == "314.00"
    assert 331 < float(moved["new_right_s"]) < 345
    wait_for(bench, "document.querySelector('.decided')?.textContent.includes('borders moved')")


def test_a_border_is_moved_by_the_arrow_keys(bench: Chrome) -> None:
    left = bench.find_element(By.CSS_SELECTOR, ".border[data-side='0']")

    left.send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ENTER)

    wait_for(bench, "decisions.list.length === 1")
    assert review(bench)[0]["new_left_s"] == "313.80"


def test_a_rejected_candidate_is_chosen_by_its_number(bench: Chrome) -> None:
    press(bench, "1")

    wait_for(bench, "decisions.list.length === 1")
    (chosen,) = review(bench)
    assert (chosen["action"], chosen["new_left_s"], chosen["new_right_s"]) == (
        "candidate", "336.00", "345.00",
    )  # fmt: skip


@pytest.mark.parametrize(("key", "action"), [("s", "swap"), ("m", "merge")])
def test_isomers_are_swapped_and_merged(bench: Chrome, key: str, action: str) -> None:
    press(bench, key)

    wait_for(bench, "decisions.list.length === 1")
    (made,) = review(bench)
    assert (made["action"], made["other_ion_id"]) == (action, "LacIle")


def test_an_exclusion_needs_a_reason_which_may_hold_anything(bench: Chrome) -> None:
    press(bench, "x")
    wait_for(bench, "document.getElementById('ask').open")
    bench.find_element(By.ID, "ask-input").send_keys("<b>spilt</b>", Keys.ENTER)

    wait_for(bench, "decisions.list.length === 1")
    (made,) = review(bench)
    assert (made["action"], made["why"]) == ("exclude_sample", "<b>spilt</b>")
    wait_for(bench, "document.querySelector('.decided')?.textContent.includes('<b>spilt</b>')")


def test_who_decides_is_asked_once(browser: Chrome, page: Path) -> None:
    open_page(browser, page, LEU)
    wait_for(browser, "bench.plot !== null")

    press(browser, "a")
    wait_for(browser, "document.getElementById('ask').open")
    browser.find_element(By.ID, "ask-input").send_keys("Grace", Keys.ENTER)

    wait_for(browser, "decisions.list.length === 1")
    assert review(browser)[0]["who"] == "Grace"


def test_decisions_are_kept_when_the_page_is_opened_again(bench: Chrome, page: Path) -> None:
    press(bench, "r")
    wait_for(bench, "decisions.list.length === 1")

    bench.get("about:blank")
    bench.get(page.as_uri() + LEU)

    wait_for(bench, "document.getElementById('decided').textContent === '1 decision'")
    assert review(bench)[0]["action"] == "reject"


def test_a_later_decision_on_a_peak_replaces_the_one_before(bench: Chrome) -> None:
    press(bench, "1")
    wait_for(bench, "decisions.list.length === 1")
    press(bench, "r")
    wait_for(bench, "decisions.list.length === 2")

    assert [made["action"] for made in review(bench)] == ["reject"]


def test_an_isomer_sum_has_panels_a_row_of_the_heat_map_and_no_decision_of_its_own(
    browser: Chrome, page: Path
) -> None:
    open_page(browser, page, "#/map")
    names = "[...document.querySelectorAll('.names a')].map((name) => name.textContent).join()"
    assert wait_for(browser, names) == f"LacIle,LacLeu,IS,{GROUP}"

    browser.find_element(By.LINK_TEXT, GROUP).click()
    wait_for(browser, f"{CHOSEN}?.includes('sum of Lac-Ile and Lac-Leu')")
    press(browser, "a", "x", "r")

    assert browser.execute_script("return decisions.list.length") == 0
    browser.find_element(By.CSS_SELECTOR, "#bench .buttons").find_element(
        By.LINK_TEXT, "LacLeu"
    ).click()
    wait_for(browser, f"{CHOSEN}?.startsWith('Lac-Leu in')")
    assert problems(browser) == []


@pytest.mark.parametrize("width", [1440, 900, 390])
def test_no_view_is_wider_than_the_window(browser: Chrome, page: Path, width: int) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    for view in ("#/", LEU, "#/panels?run=low", "#/help"):
        open_page(browser, page, view)
        wait_for(browser, "document.querySelector('main .card') !== null")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
