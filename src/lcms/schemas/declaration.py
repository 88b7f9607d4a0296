"""How a table is declared: its columns with type, unit and definition, and its key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

Row = dict[str, Any]  # the values of a table row by column name
CONCENTRATION: Final = "concentration"  # in units: replaced by the configured concentration unit

TEXT: Final = pa.string()
WORDS: Final = pa.list_(pa.string())
NUMBER: Final = pa.float64()
COUNT: Final = pa.int64()
SERIES: Final = pa.list_(pa.float64())
COMPACT_SERIES: Final = pa.list_(pa.float32())
TRUTH: Final = pa.bool_()
TRUTHS: Final = pa.list_(pa.bool_())


@dataclass(frozen=True)
class Column:
    """A column: its name, Arrow type, unit ("" is dimensionless) and definition.

    `term` is the accession in the PSI-MS vocabulary, if there is one. The word `concentration`
    in `unit` is replaced by the configured concentration unit.
    """

    name: str
    dtype: pa.DataType
    unit: str
    definition: str
    term: str = ""
    nullable: bool = True


@dataclass(frozen=True, eq=False)
class Table:
    """A table: its name, its key columns and all its columns in order; each is declared once.

    With `open_columns` the table may have further columns, all of the type `open_dtype`, with
    the unit `open_unit` and the definition `open_definition`.
    """

    name: str
    definition: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    open_columns: bool = False
    open_dtype: pa.DataType = TEXT
    open_unit: str = ""
    open_definition: str = "Study factor, copied from the sample sheet."

    def names(self) -> list[str]:
        """Return the declared column names, in order."""
        return [column.name for column in self.columns]

    def schema(
        self, extra: tuple[str, ...] = (), concentration_unit: str = CONCENTRATION
    ) -> pa.Schema:
        """Return the Arrow schema, with unit and definition in the metadata of each column.

        Parameters
        ----------
        extra : tuple of str
            Names of further columns, appended in their order (only with `open_columns`).
        concentration_unit : str
            Replaces the word `concentration` in the units.
        """
        opened = tuple(
            Column(name, self.open_dtype, self.open_unit, self.open_definition) for name in extra
        )
        return pa.schema(
            [_field(column, concentration_unit) for column in (*self.columns, *opened)]
        )


def _field(column: Column, concentration_unit: str) -> pa.Field[pa.DataType]:
    unit = concentration_unit
    if "/" in unit and column.unit != CONCENTRATION:  # inside a longer unit
        unit = f"({unit})"
    metadata = {
        "unit": column.unit.replace(CONCENTRATION, unit),
        "definition": column.definition,
    }
    if column.term:
        metadata["term"] = column.term
    return pa.field(column.name, column.dtype, nullable=column.nullable, metadata=metadata)


def required(name: str, definition: str, term: str = "") -> Column:
    """Return a text column that is never null."""
    return Column(name, TEXT, "", definition, term, nullable=False)


SAMPLE: Final = required("sample_id", "Injection, by its name in the sample sheet.", "MS:1000002")
ION: Final = required("ion_id", "Ion, by its name in the target sheet.")
TARGET: Final = required("target_id", "Compound, by its name in the target sheet.")
BATCH: Final = required("batch", "Batch: the runs that share one calibration.")
