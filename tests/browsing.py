"""A headless Chromium that opens a report; the tests are skipped where there is none."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from selenium.common.exceptions import JavascriptException
from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS: Final = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--window-size=1440,900"),
)
_PATIENCE_S: Final = 20.0  # for a browser on a busy machine


@contextmanager
def chromium() -> Iterator[Chrome]:
    """Give a browser of its own profile; skip the test where there is no browser or driver."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("needs Chromium and chromedriver, which are not installed here")
    with tempfile.TemporaryDirectory() as profile:
        options = Options()
        options.binary_location = program
        for argument in (*_ARGUMENTS, f"--user-data-dir={profile}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        browser = Chrome(options=options, service=Service(driver))
        try:
            yield browser
        finally:
            browser.quit()


def open_page(browser: Chrome, page: Path, view: str = "#/") -> None:
    """Open a view of a page anew, without decisions of before."""
    browser.get(page.as_uri())
    browser.execute_script("localStorage.clear()")
    browser.get("about:blank")
    browser.get(page.as_uri() + view)


def wait_for(browser: Chrome, script: str) -> object:
    """Wait until a JavaScript expression is true; return its value.

    On a busy machine what it names may not be there yet.
    """

    def value(_: Chrome) -> object:
        return browser.execute_script(f"return {script}")

    waiting = WebDriverWait(browser, _PATIENCE_S, 0.05, [JavascriptException])
    return waiting.until(value, f"never true: {script}")


def problems(browser: Chrome) -> list[str]:
    """Return what the browser complained about since it was last asked."""
    entries = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]
