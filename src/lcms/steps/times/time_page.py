"""The picture of proposed times: a page with the chromatograms, which opens offline."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jinja2.utils import htmlsafe_json_dumps

from lcms.io.offline_page import offline_page
from lcms.io.tables.parquet import whole_file
from lcms.numerics.batch.proposed_times import ProposedTime
from lcms.numerics.batch_data import BatchData
from lcms.steps.times.time_texts import reason_text

_STYLES: Final = ("uPlot.min.css", "style.css")
_SCRIPTS: Final = ("uPlot.iife.min.js", "times.js")
_DECIMALS: Final = 2  # of a time, s


def write_page(
    path: Path, names: Sequence[str], data: BatchData, proposals: Sequence[ProposedTime]
) -> None:
    """Write the page of proposals; `names` are the runs in the order of the page."""
    page = offline_page(
        "times.html.j2",
        _STYLES,
        _SCRIPTS,
        runs=names,
        targets=[_heading(proposal) for proposal in proposals],
        view=htmlsafe_json_dumps([_view(names, data, proposal) for proposal in proposals]),
    )
    with whole_file(path) as part:
        part.write_text(page, encoding="utf-8", newline="\n")


def _heading(proposal: ProposedTime) -> Mapping[str, str]:
    is_proposed = proposal.doubt is None
    where = "" if proposal.time_s is None else f"{proposal.time_s:.1f} s"
    return {
        "name": proposal.ion.target_id,
        "where": where,
        "mark": "valid" if is_proposed else "warning",
        "verdict": "proposed" if is_proposed else "in doubt",
        "why": reason_text(proposal),
    }


def _view(names: Sequence[str], data: BatchData, proposal: ProposedTime) -> Mapping[str, Any]:
    """Return the curves (s, counts) of the runs that hold an ion, and the marked times, s."""
    chromatograms = [data.chromatogram(name, proposal.ion.chromatogram_id) for name in names]
    return {
        "time": proposal.time_s,
        "rivals": proposal.rivals_s,
        "curves": [
            {
                "run": run,
                "time": chromatogram.retention_time_s.round(_DECIMALS).tolist(),
                "counts": chromatogram.intensity.round().tolist(),
            }
            for run, chromatogram in enumerate(chromatograms)
            if chromatogram is not None
        ],
    }
