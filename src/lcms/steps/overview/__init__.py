"""`lcms overview`: every target's chromatogram with its borders, on a page that opens offline.

`results` reads what is drawn, `sections` makes words of it, `plots` numbers; the page itself is
`data/overview.html.j2`.
"""

from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from lcms.config import Settings
from lcms.groups import by_chromatogram
from lcms.io.tables.parquet import whole_file
from lcms.model import Ion, PeakStatus, RunStatus, SampleType
from lcms.schemas import Row
from lcms.steps.overview.page_results import Results, read_results
from lcms.steps.overview.sections import section, word
from lcms.words import PEAK_STATUSES

_GLYPHS: Final = {
    PeakStatus.QUANTIFIED: "",
    PeakStatus.NOT_DETECTED: "o",
    PeakStatus.SATURATED: "^",
    PeakStatus.NOT_ACQUIRED: "n",
    PeakStatus.EXCLUDED: "e",
    PeakStatus.FAILED: "x",
}


def write_overview(results: Path, targets: Sequence[Ion], settings: Settings, out: Path) -> None:
    """Write the page that shows every chromatogram with its integration borders.

    Parameters
    ----------
    results : Path
        Folder of `samples`, `chromatograms`, `peaks` and `concentrations` (Parquet).
    targets : sequence of Ion
        The ions to draw, in the order of the page.
    settings : Settings
        `overview_runs` limits the runs drawn; `concentration_unit` is written beside numbers.
    out : Path
        The page; the same input gives the same bytes.

    Raises
    ------
    TableError
        If a table cannot be read or has no row for a run and an ion.
    """
    page_results = read_results(results, settings.overview_runs)
    page = _page(page_results, targets, settings.concentration_unit)
    template = (files("lcms") / "data" / "overview.html.j2").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    # plotly's own script is trusted, and holds no end tag that would close its element
    plotly = Markup(get_plotlyjs())  # noqa: S704
    text = environment.from_string(template).render(page, plotly=plotly)
    with whole_file(out) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def _page(results: Results, targets: Sequence[Ion], unit: str) -> dict[str, Any]:
    """Return the values of the template."""
    failed = [run for run in results.samples if run["status"] == RunStatus.FAILED]
    by_id = by_chromatogram(targets)
    statuses: Counter[str] = Counter()
    for ion in targets:
        statuses.update(results.ion_tally.statuses[ion.ion_id])
    return {
        "n_runs": len(results.samples),
        "n_drawn": len(results.drawn),
        "failed": failed,
        "n_targets": len({ion.target_id for ion in targets}),
        "statuses": [
            (status.value, word(status.value), statuses[status.value], meaning.replace("`", ""))
            for status, meaning in PEAK_STATUSES.items()
        ],
        "glyphs": {status.value: glyph for status, glyph in _GLYPHS.items()},
        "types": _types(results.samples),
        "runs": [_run(run) for run in results.drawn],
        "sections": [section(results, by_id[ion.chromatogram_id], ion, unit) for ion in targets],
    }


def _types(samples: Sequence[Row]) -> list[tuple[str, str, int]]:
    """Return the sample types that occur: the value, the word and the count."""
    counts = Counter(run["sample_type"] for run in samples)
    return [
        (sample_type.value, word(sample_type.value), counts[sample_type])
        for sample_type in SampleType
        if counts[sample_type]
    ]


def _run(run: Row) -> dict[str, Any]:
    level = f" {run['level']}" if run["level"] else ""
    return {
        "sample_id": run["sample_id"],
        "type": run["sample_type"],
        "type_word": word(run["sample_type"]) + level,
        "error": run["error"],
    }
