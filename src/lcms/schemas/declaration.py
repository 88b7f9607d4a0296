"""How a table is declared: its columns with type, unit and meaning, and its key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

Row = dict[str, Any]  # of a table, by column
CONCENTRATION: Final = "concentration"  # in a unit, it stands for the configured one

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
    """A column: its name, Arrow type, unit ("" is dimensionless) and meaning.

    `term` is the accession in the PSI-MS vocabulary, where there is one. In `unit` the word
    `concentration` stands for the configured concentration unit.
    """

    name: str
    dtype: pa.DataType
    unit: str
    definition: str
    term: str = ""
    nullable: bool = True


@dataclass(frozen=True)
class Table:
    """A table: its name, its key columns and all its columns in order.

    `open_columns` tells whether further columns are carried, all of the type `open_dtype` and
    with the meaning `open_definition` and the unit `open_unit`.
    """

    name: str
    definition: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    open_columns: bool = False
    open_dtype: pa.DataType = TEXT
    open_unit: str = ""
    open_definition: str = "Study factor of the sample sheet, unchanged."

    def names(self) -> list[str]:
        """Return the declared column names, in order."""
        return [column.name for column in self.columns]

    def schema(
        self, extra: tuple[str, ...] = (), concentration_unit: str = CONCENTRATION
    ) -> pa.Schema:
        """Return the Arrow schema, unit and definition of each column in its metadata.

        Parameters
        ----------
        extra : tuple of str
            Names of further columns, appended in their order (only where `open_columns`).
        concentration_unit : str
            Stands in the units for the word `concentration`.
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
    """Return a column of text that is never null."""
    return Column(name, TEXT, "", definition, term, nullable=False)


SAMPLE: Final = required("sample_id", "Injection: a row of the sample sheet.", "MS:1000002")
ION: Final = required("ion_id", "Ion: a row of the target sheet.")
TARGET: Final = required("target_id", "Compound of the target sheet.")
BATCH: Final = required("batch", "Runs that share one calibration.")
