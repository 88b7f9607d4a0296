import re
from importlib.resources import files

import numpy as np
import pytest
from molmass import Formula

from lcms.io.reference.combined_tables import TABLES, read_blocks, table_text
from lcms.io.reference.packaged import read_packaged
from lcms.numerics.mass.formulas import ion_mz

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


ADDED = {"HCOO": "HCO2", "CH3COO": "C2H3O2"}
ELECTRON_DA = 5.48579909e-4


def mz_by_molmass(formula: str, adduct: str) -> float:
    """Return the m/z of an ion of one charge, from the masses of molmass alone."""
    mass_da = Formula(formula).monoisotopic_mass
    for sign, group in re.findall(r"([+-])([A-Z][A-Za-z0-9]*)", adduct.split("]", maxsplit=1)[0]):
        group_da = Formula(ADDED.get(group, group)).monoisotopic_mass
        mass_da += group_da if sign == "+" else -group_da
    return float(mass_da + (ELECTRON_DA if adduct.endswith("-") else -ELECTRON_DA))


ISOBARS = read_packaged("isobars.tsv")
PANEL = [row for row in read_packaged("panel.tsv") if "(" not in row["formula"]]
CURATED = len(read_packaged("curated_isobars.tsv"))


@pytest.mark.parametrize("sign", ["-", "+"])
def test_combined_isobars_have_the_mz_of_a_compound_of_the_panel_by_molmass(sign: str) -> None:
    own = {"-": "[M-H]-", "+": "[M+H]+"}[sign]
    panel_mz = np.array([mz_by_molmass(row["formula"], own) for row in PANEL])

    off_ppm = {
        (row["name"], row["adduct"]): float(np.abs(mz / panel_mz - 1).min() * 1e6)
        for row in ISOBARS[CURATED:]
        if row["polarity"] in {sign, "both"}
        for mz in [mz_by_molmass(row["formula"], row["adduct"] or own)]
    }

    assert len(off_ppm) > 100
    assert {name: off for name, off in off_ppm.items() if off > 5.0} == {}


def test_the_mz_of_every_isobar_is_that_of_molmass() -> None:
    for row in ISOBARS:
        adduct = row["adduct"] or ("[M+H]+" if row["polarity"] == "+" else "[M-H]-")
        if "(" not in row["formula"]:
            expected = mz_by_molmass(row["formula"], adduct)
            assert ion_mz(row["formula"], adduct) == pytest.approx(expected, abs=2e-5), row["name"]
