"""Makes the packaged tables of combined compounds from those of their building blocks.

    python -m lcms.io.reference.combined_tables src/lcms/data

writes `source_fragments.tsv` (from `blocks.tsv` and `source_losses.tsv`).
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, cast

from lcms.io.reference.packaged import read_packaged
from lcms.numerics.mass.combinations import WATER, Block, condensed, less

Row = dict[str, str]


def read_blocks() -> tuple[Block, ...]:
    """Return the packaged building blocks, in the order of their table."""
    return tuple(
        Block(
            kind=cast("Literal['amino_acid', 'acyl']", row["kind"]),
            short=row["short"],
            name=row["name"],
            compound=row["compound"],
            formula=row["formula"],
            lost_in_source=row["lost_in_source"] == "true",
        )
        for row in read_packaged("blocks.tsv")
    )


def source_fragment_rows() -> list[Row]:
    """Return the rows of `source_fragments.tsv`.

    First amides that lose their acyl group and leave the amino acid, then the rows of
    `source_losses.tsv`.
    """
    blocks = read_blocks()
    acyls = [block for block in blocks if block.kind == "acyl" and block.lost_in_source]
    amides = [
        {
            "fragment": acid.short,
            "formula": acid.formula,
            "parent": f"{acyl.short}-{acid.short}",
            "parent_formula": condensed(acyl.formula, acid.formula),
            "loss": less(acyl.formula, WATER),
            "polarity": "both",
            "note": f"loss of the {acyl.name} group",
        }
        for acid in blocks
        if acid.kind == "amino_acid"
        for acyl in acyls
    ]
    return amides + read_packaged("source_losses.tsv")


TABLES: Final = {"source_fragments.tsv": source_fragment_rows}


def table_text(rows: Sequence[Mapping[str, str]]) -> str:
    """Return rows as the text of a table."""
    return "".join("\t".join(line) + "\n" for line in _lines(rows))


def _lines(rows: Sequence[Mapping[str, str]]) -> Iterator[list[str]]:
    yield list(rows[0])
    yield from (list(row.values()) for row in rows)


def main(folder: str) -> None:
    """Write the tables into a folder."""
    for name, rows in TABLES.items():
        (Path(folder) / name).write_text(table_text(rows()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
