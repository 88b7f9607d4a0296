"""`lcms report`: a page that opens offline, to look at the results and to review them.

page_tables   what the page needs of the tables, some runs at a time
pair_view     what is shown of an ion in a run
ion_data      the same of all runs, packed ion by ion
shards        files with such data beside the page of a very large study
page_view     runs, ions and batches: what the page opens with
attention     what a person should look at first
assembly      the page, from its template, scripts and data

The page itself is `data/report`: each of its parts stands in a file of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lcms.config import Settings
from lcms.io.tables.parquet import whole_file
from lcms.model import Ion
from lcms.steps.report.assembly import page_text
from lcms.steps.report.attention import attention
from lcms.steps.report.ion_data import empty_marks, packed_blocks
from lcms.steps.report.page_tables import read_page_tables
from lcms.steps.report.page_view import page_view
from lcms.steps.report.shards import Shards


@dataclass(frozen=True)
class Texts:
    """Texts of the page: what probably went wrong, worst first; the methods of a paper."""

    diagnosis: Sequence[str] = ()
    methods: Sequence[str] = ()


def write_report(
    results: Path, ions: Sequence[Ion], settings: Settings, texts: Texts, out: Path
) -> None:
    """Write the page that shows and reviews the results.

    Parameters
    ----------
    results : Path
        Folder of the tables.
    ions : sequence of Ion
        The ions to show, in the order of the page.
    settings : Settings
    texts : Texts
    out : Path
        The page; the same input gives the same bytes. Data of a very large study stand in files
        beside it.

    Raises
    ------
    TableError
        If a table cannot be read or has no row for a run and an ion.
    """
    tables = read_page_tables(results)
    marks = empty_marks(ions)
    shards = Shards(out, len(tables.runs), len(marks))
    packed = shards.written(packed_blocks(results, tables.runs, ions, marks))
    view = page_view(tables, ions, settings, marks)
    view["shards"] = shards.described()
    view["attention"] = attention(tables, view, texts.diagnosis, settings.triage.rules)
    view["methods"] = list(texts.methods)
    with whole_file(out) as part:
        part.write_text(page_text(view, packed), encoding="utf-8", newline="\n")
