"""The page, put together from `data/report`: template, style, scripts, and the data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from jinja2.utils import htmlsafe_json_dumps

from lcms.io.offline_page import offline_page

# In this order: each uses only those before it.
_SCRIPTS: Final = (
    "uPlot.iife.min.js",
    "data.js",
    "elements.js",
    "peak_shape.js",
    "chart_parts.js",
    "trace.js",
    "decisions.js",
    "serving.js",
    "summary.js",
    "heatmap.js",
    "analyte.js",
    "bench.js",
    "panels.js",
    "main.js",
)
_STYLES: Final = ("uPlot.min.css", "style.css")


def page_text(view: Mapping[str, Any], packed: Sequence[str]) -> str:
    """Return the page, with the view as JSON and the packed data of each ion."""
    return offline_page(
        "report.html.j2",
        _STYLES,
        _SCRIPTS,
        view=htmlsafe_json_dumps(view, separators=(",", ":"), allow_nan=False),
        packed=packed,
        has_shards=view["shards"]["folder"] is not None,
    )
