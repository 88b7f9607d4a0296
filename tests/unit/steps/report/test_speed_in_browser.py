"""Five hundred peaks are reviewed by keyboard; a usual decision has no frame that is felt."""

from pathlib import Path

import numpy as np
import pytest
from selenium.webdriver import Chrome

from browsing import chromium, open_page, wait_for
from lcms.kinds import SampleType
from reported import RUNS, Run, written_report

N_PEAKS = 500
MOST_MS = 50.0  # of the longest frame of a usual decision: a person feels more
FRAMES = 3  # of a decision: the next peak is chosen, drawn, and its neighbours
NEXT_FRAME = "requestAnimationFrame(arguments[0])"


def busy_ms(browser: Chrome) -> float:
    """Return how long the page has used the processor: other programs do not count."""
    metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return 1000 * float(next(one["value"] for one in metrics if one["name"] == "ThreadTime"))


def frames_of_decision(browser: Chrome) -> list[float]:
    """Accept a peak; return how long the page worked in each frame until the next one is shown."""
    before_ms, times_ms = busy_ms(browser), []
    browser.execute_script("act('a')")
    for _ in range(FRAMES):
        browser.execute_async_script(NEXT_FRAME)
        now_ms = busy_ms(browser)
        times_ms.append(now_ms - before_ms)
        before_ms = now_ms
    return times_ms


@pytest.mark.slow
def test_a_usual_frame_takes_less_than_50_ms_while_500_peaks_are_reviewed(tmp_path: Path) -> None:
    runs: list[Run] = [
        (f"r{number:03}", SampleType.UNKNOWN, "ok", "warning", ["quality_low"])
        for number in range(N_PEAKS)
    ]
    page = written_report(tmp_path, runs=(RUNS[0], *runs))
    with chromium() as browser:
        open_page(browser, page, "#/panels?compound=LacLeu&type=unknown")
        browser.execute_cdp_cmd("Performance.enable", {})
        wait_for(browser, "bench.plot !== null")
        browser.execute_script("decisions.who = 'Ada'")
        times_ms = [max(frames_of_decision(browser)) for _ in range(N_PEAKS)]
        n_decided = browser.execute_script("return valid().length")

    assert n_decided == N_PEAKS
    assert np.median(times_ms) < MOST_MS
