"""Random valid records for the laws, made from the declarations."""

from typing import Any

import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from lcms.kinds import SampleType
from lcms.model import Sample
from lcms.schemas import Column, Table

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_SCALARS: dict[pa.DataType, SearchStrategy[Any]] = {
    pa.string(): _TEXTS,
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float64(): st.floats(allow_nan=False),
    pa.float32(): st.floats(width=32, allow_nan=False),
    pa.bool_(): st.booleans(),
}


def values(dtype: pa.DataType) -> SearchStrategy[Any]:
    """Values of an Arrow type, without NaN (which is written as null) and without null."""
    if isinstance(dtype, pa.ListType):
        return st.lists(values(dtype.value_type), max_size=4)
    return _SCALARS[dtype]


def cells(column: Column) -> SearchStrategy[Any]:
    """Values of a column, null among them where it may be."""
    return st.none() | values(column.dtype) if column.nullable else values(column.dtype)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A table of random columns, one of each type at most, with a key of one or two columns."""
    types = [*_SCALARS, pa.list_(pa.string()), pa.list_(pa.float64())]
    dtypes = draw(st.lists(st.sampled_from(types), max_size=6))
    free = tuple(
        Column(f"column_{n}", dtype, "", "A column.", nullable=draw(st.booleans()))
        for n, dtype in enumerate(dtypes)
    )
    key = tuple(f"key_{n}" for n in range(draw(st.integers(1, 2))))
    keys = tuple(Column(name, pa.string(), "", "A key.", nullable=False) for name in key)
    return Table("random", "Random.", key, keys + free)


def rows(table: Table, max_size: int = 5) -> SearchStrategy[list[dict[str, Any]]]:
    """Rows of a table; no key comes twice."""
    row = st.fixed_dictionaries({column.name: cells(column) for column in table.columns})
    return st.lists(
        row, max_size=max_size, unique_by=lambda one: tuple(one[name] for name in table.key)
    )


@st.composite
def sample_sheets(draw: st.DrawFn, min_size: int = 0) -> list[Sample]:
    """Samples of up to three batches, mixed, each with an id of its own."""
    batches = draw(st.lists(st.sampled_from(["1", "2", "b_3"]), min_size=min_size, max_size=40))
    return [
        Sample(f"s{n}", f"s{n}.mzML", SampleType.UNKNOWN, batch=batch)
        for n, batch in enumerate(batches)
    ]
