"""The page of a study: every figure, in sections; it opens without a network."""

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from lcms.io.offline_page import offline_page
from lcms.io.tables.parquet import whole_file
from lcms.steps.figures.drawing import svg_bytes
from lcms.steps.figures.study import Drawing


class _Figure(NamedTuple):
    """The name of a figure, and its SVG in base64."""

    name: str
    svg: str


def write_study_page(
    page: Path, drawings: Iterable[Drawing], lines: Iterable[str], *, is_simulated: bool
) -> None:
    """Write the page; without a figure there is none.

    Parameters
    ----------
    page : Path
    drawings : iterable
        Of `study_drawings`.
    lines : iterable of str
        What `lcms study` said of the tables.
    is_simulated : bool
        The page then says so at its top.
    """
    sections: dict[str, list[_Figure]] = {}
    for section, name, draw in drawings:  # each is drawn before the next: its rows are let go
        svg = base64.b64encode(svg_bytes(draw)).decode("ascii")
        sections.setdefault(section, []).append(_Figure(name, svg))
    if not sections:
        return
    text = offline_page(
        "study.html.j2",
        ("study.css",),
        (),
        sections=sections,
        lines=list(lines),
        is_simulated=is_simulated,
    )
    with whole_file(page) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
