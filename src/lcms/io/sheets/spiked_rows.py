"""Notes the rows whose `spiked_into` names no unspiked matrix."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

from lcms.groups import MATRIX_TYPES, unspiked_runs
from lcms.io.sheets.sheet_rows import Row, nearest
from lcms.kinds import SampleType
from lcms.model import Sample

_COLUMN: Final = "spiked_into"


def note_unknown_matrices(rows: Sequence[Row], samples: Sequence[Sample]) -> None:
    """Note every `spiked_into` that does not name one unspiked matrix of the same batch."""
    for row, sample in zip(rows, samples, strict=True):
        if sample.spiked_into is None:
            continue
        if sample.sample_type is not SampleType.QUALITY_CONTROL:
            row.problem(_COLUMN, "only a `quality_control` has one: its level is what was added")
        elif not unspiked_runs(sample, samples):
            row.problem(_COLUMN, _why_not_found(sample, samples))
        elif len(columns := _columns_of(sample.spiked_into, sample, samples)) > 1:
            listed = " and ".join(f"`{name}`" for name in columns)
            row.problem(
                _COLUMN,
                f"`{sample.spiked_into}` is in the columns {listed}, which mark different runs",
            )


def _why_not_found(spiked: Sample, samples: Sequence[Sample]) -> str:
    """Return why the name of a matrix cannot be used, the nearest reason first."""
    name = spiked.spiked_into or ""
    named = [run for run in samples if run.sample_id == name] or [
        run for run in samples if name in {run.pool, *run.factors.values()}
    ]
    unspiked = [run for run in named if run.spiked_into is None]
    if not named:
        names = {run.sample_id for run in samples} | {run.pool for run in samples if run.pool}
        near = nearest(name, names)
        return f"`{name}` is neither a sample_id nor a value of `pool` or a study factor{near}"
    if not unspiked:
        return f"`{name}` is itself spiked; name the unspiked matrix"
    if all(run.batch != spiked.batch for run in unspiked):
        batches = ", ".join(f"`{batch}`" for batch in sorted({run.batch for run in unspiked}))
        return f"`{name}` is in batch {batches}, this row in batch `{spiked.batch}`"
    kinds = ", ".join(f"`{kind}`" for kind in sorted({run.sample_type for run in unspiked}))
    return f"`{name}` is of type {kinds}; the matrix is one of {', '.join(MATRIX_TYPES)}"


def _columns_of(name: str, spiked: Sample, samples: Sequence[Sample]) -> list[str]:
    """Return the columns that mark different runs by the name; one where it is not ambiguous."""
    runs = unspiked_runs(spiked, samples)
    if any(run.sample_id == name for run in runs):
        return ["sample_id"]
    cells: list[Mapping[str, str]] = [{"pool": run.pool or "", **run.factors} for run in runs]
    marked = {
        column: frozenset(k for k, row in enumerate(cells) if row.get(column) == name)
        for column in dict.fromkeys(chain.from_iterable(cells))
    }
    different = {members: column for column, members in marked.items() if members}
    return list(different.values())
