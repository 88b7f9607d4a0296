"""The page of a study: every figure, in sections; it opens without a network."""

import base64
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Final

from lcms.io.tables.parquet import whole_file
from lcms.steps.figures.drawing import svg_bytes
from lcms.steps.figures.study import Drawing


def write_study_page(page: Path, drawings: Iterable[Drawing], lines: Iterable[str]) -> None:
    """Write the page; without a figure there is none.

    Parameters
    ----------
    page : Path
    drawings : iterable
        Of `study_drawings`.
    lines : iterable of str
        What `lcms study` said of the tables.
    """
    sections: dict[str, list[str]] = {}
    for section, name, draw in drawings:  # each is drawn before the next: its rows are let go
        sections.setdefault(section, []).append(_figure(name, svg_bytes(draw)))
    if not sections:
        return
    links = " · ".join(f'<a href="#{_anchor(s)}">{escape(s)}</a>' for s in sections)
    notes = "".join(f"<li>{escape(line)}</li>" for line in lines)
    body = "".join(
        f'<h2 id="{_anchor(title)}">{escape(title)}</h2><div>{"".join(figures)}</div>'
        for title, figures in sections.items()
    )
    with whole_file(page) as part:
        part.write_text(_HTML.format(links=links, notes=notes, body=body), encoding="utf-8")


def _figure(name: str, svg: bytes) -> str:
    data = base64.b64encode(svg).decode("ascii")
    return f'<img alt="{escape(name)}" src="data:image/svg+xml;base64,{data}">'


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


_HTML: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Study</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem;
        padding: 0 1rem; color: #1a1a1a; background: #fff; }}
h2 {{ margin-top: 2.5rem; border-bottom: 1px solid #ccc; }}
div {{ display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }}
img {{ max-width: 100%; height: auto; zoom: 1.2; }}
</style>
</head>
<body>
<h1>Study</h1>
<nav>{links}</nav>
{body}
<h2>Tables</h2>
<ul>{notes}</ul>
<p>The peaks behind the numbers: <a href="report.html">report.html</a>. Values below a limit are
open triangles at their limit; in the ratios they count as censored. The figures as files, SVG and
PNG: <code>lcms figures --kind study</code>.</p>
</body>
</html>
"""
