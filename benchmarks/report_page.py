"""How large the report of a large study is, and how long a browser takes to show it.

    python benchmarks/report_page.py                        # 1,000 runs x 20 ions
    python benchmarks/report_page.py --runs 1000 10000 --ions 20 100 --write

The tables are made of random parts (`made_parts.py`), which compress badly: chromatograms of 100
points. A headless Chromium opens the page from the disk, without anything in its memory; the times
are those until the view is complete. Needs Chromium and chromedriver.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from selenium.webdriver import Chrome

from lcms import __version__
from made_parts import write_all_parts, write_project
from page import write_section
from spent import spent

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from browsing import chromium, wait_for

RUNS_PER_BATCH: Final = 500
ASKED_OPEN_S: Final = 3.0
ASKED_MB: Final = 30.0
BYTES_PER_MB: Final = 1e6
_PATIENCE_S: Final = 300.0
MEMORY: Final = "return performance.memory.usedJSHeapSize"
SUMMARY: Final = "document.querySelector('#main .card') !== null"
BENCH: Final = "bench.plot !== null && document.querySelectorAll('.panel canvas').length > 3"
CHARTS: Final = "bench.plot !== null && document.querySelectorAll('.chart canvas').length > 3"


@dataclass(frozen=True)
class Shown:
    """A page: sizes in MB, and seconds until its views are complete."""

    n_runs: int
    n_ions: int
    page_mb: float
    beside_mb: float
    open_s: float
    compound_s: float
    run_s: float
    memory_mb: float


def show(n_runs: int, n_ions: int) -> Shown:
    """Make the page of a study and open it."""
    with TemporaryDirectory() as folder:
        config = write_project(
            Path(folder) / "study", n_runs, n_ions, -(-n_runs // RUNS_PER_BATCH)
        )
        write_all_parts(config)
        for step in ("combine", "quantify", "judge", "triage", "report"):
            spent([sys.executable, "-m", "lcms", step, "-s", str(config)])
        page = config.parent / "results" / "report.html"
        beside = [path.stat().st_size for path in page.parent.glob("report_data/*.js")]
        with chromium() as browser:
            browser.set_page_load_timeout(_PATIENCE_S)
            return Shown(
                n_runs,
                n_ions,
                page_mb=page.stat().st_size / BYTES_PER_MB,
                beside_mb=sum(beside) / BYTES_PER_MB,
                open_s=_seconds(browser, page, "#/", SUMMARY),
                compound_s=_seconds(browser, page, "#/panels?compound=T001&batch=b0", CHARTS),
                run_s=_seconds(browser, page, "#/panels?run=run00007", BENCH),
                memory_mb=browser.execute_script(MEMORY) / BYTES_PER_MB,
            )


def _seconds(browser: Chrome, page: Path, view: str, complete: str) -> float:
    browser.get("about:blank")
    start = perf_counter()
    browser.get(page.as_uri() + view)
    wait_for(browser, complete)
    return perf_counter() - start


def section(pages: Sequence[Shown]) -> str:
    """Return the section of docs/benchmarks.md."""
    rows = [
        f"| {shown.n_runs:,} | {shown.n_ions} | {shown.page_mb:.1f} | {shown.beside_mb:.0f} | "
        f"{shown.open_s:.1f} | {shown.compound_s:.1f} | {shown.run_s:.1f} "
        f"| {shown.memory_mb:.0f} |\n"
        for shown in pages
    ]
    return _SECTION + "".join(rows)


_SECTION: Final = f"""\
# The report of a large study

Random tables, chromatograms of 100 points. Version {__version__}. Written by

    python benchmarks/report_page.py --write

Asked of 1,000 runs and 20 ions: a page of at most {ASKED_MB:g} MB, open in {ASKED_OPEN_S:g} s.
A compound is shown in one batch of {RUNS_PER_BATCH} runs, a run with all its compounds.

| runs | ions | page MB | data beside it MB | open: s | a compound: s | a run: s | memory MB |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


def main(argv: Sequence[str]) -> None:
    """Measure, print, and write the section of the page of benchmarks if that is wanted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, nargs="+", default=[1000])
    parser.add_argument("--ions", type=int, nargs="+", default=[20])
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args(argv)
    text = section([show(*size) for size in zip(chosen.runs, chosen.ions, strict=True)])
    print(text)
    if chosen.write:
        write_section(text)


if __name__ == "__main__":
    main(sys.argv[1:])
