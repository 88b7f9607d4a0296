"""The page, put together from `data/report`: template, style, scripts, and the data."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

# In this order: each uses only those before it.
_SCRIPTS: Final = (
    "uPlot.iife.min.js",
    "data.js",
    "elements.js",
    "peak_shape.js",
    "charts.js",
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
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(_file("report.html.j2"))
    return template.render(
        view=htmlsafe_json_dumps(view, separators=(",", ":"), allow_nan=False),
        packed=packed,
        styles=[_trusted(name) for name in _STYLES],
        scripts=[_trusted(name) for name in _SCRIPTS],
    )


def _trusted(name: str) -> Markup:
    """Return a script or style of the package, which holds no tag that would end its element."""
    return Markup(_file(name))  # noqa: S704


def _file(name: str) -> str:
    return (files("lcms") / "data" / "report" / name).read_text(encoding="utf-8")
