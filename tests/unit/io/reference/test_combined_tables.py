from importlib.resources import files

import pytest
from molmass import Formula

from lcms.io.reference.combined_tables import TABLES, read_blocks, table_text
from lcms.io.reference.packaged import read_packaged

FRAGMENTS = read_packaged("source_fragments.tsv")


@pytest.mark.parametrize("name", TABLES)
def test_the_packaged_table_is_the_one_that_the_command_makes(name: str) -> None:
    packaged = (files("lcms") / "data" / name).read_text(encoding="utf-8")

    assert packaged == table_text(TABLES[name]())


@pytest.mark.parametrize("block", read_blocks(), ids=lambda block: block.short)
def test_every_block_has_a_formula_that_can_be_read(block: object) -> None:
    assert Formula(block.formula).monoisotopic_mass > 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("row", FRAGMENTS, ids=lambda row: f"{row['parent']} to {row['fragment']}")
def test_a_fragment_is_its_parent_less_what_is_lost(row: dict[str, str]) -> None:
    parent_da, fragment_da, lost_da = (
        Formula(row[name]).monoisotopic_mass for name in ("parent_formula", "formula", "loss")
    )

    assert parent_da - fragment_da == pytest.approx(lost_da, abs=1e-6)


def test_no_fragment_has_a_parent_twice() -> None:
    pairs = [(row["fragment"], row["parent"], row["polarity"]) for row in FRAGMENTS]

    assert len(pairs) == len(set(pairs))
