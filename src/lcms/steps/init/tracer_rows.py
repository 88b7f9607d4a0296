"""The rows of a tracer in the target sheet: isotopologues of it and of what is made from it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.errors import InitError
from lcms.flags import listed
from lcms.io.reference.combined_tables import read_blocks
from lcms.kinds import TargetKind
from lcms.numerics.mass.formulas import (
    ISOTOPE_MASSES_DA,
    ion_mz,
    n_labelled_atoms,
    parse_formula,
)

Row = Mapping[str, str]

_TRACER: Final = re.compile(r"(\d+)([A-Z][a-z]?)(\d+)-(.+)")
_SAME_MZ_PPM: Final = 3.0  # the usual m/z window of an Orbitrap


@dataclass(frozen=True)
class LabelledTracer:
    """A tracer as it is bought: its compound, the isotope, and the number of labelled atoms.

    `short` is its name in the target_id of what is made from it: `Lac` in `Lac-Leu`.
    """

    compound: str
    formula: str
    short: str
    isotope: str
    n_labels: int


def parse_tracer(text: str) -> LabelledTracer:
    """Return the tracer of a text like `13C3-lactate`.

    Raises
    ------
    InitError
        If it is none, or the compound is no building block of the panel.
    """
    match = _TRACER.fullmatch(text)
    if match is None or match[2] not in ISOTOPE_MASSES_DA:
        raise InitError(f"--tracer `{text}`: write isotope, atoms and compound: 13C3-lactate")
    isotope, element, n_labels, compound = match[1], match[2], int(match[3]), match[4]
    block = next((block for block in read_blocks() if block.compound == compound), None)
    if block is None:
        known = ", ".join(block.compound for block in read_blocks() if block.kind != "thiol_group")
        raise InitError(f"--tracer `{text}`: `{compound}` is none of {known}")
    n_atoms = parse_formula(block.formula).get(element, 0)
    if int(isotope) not in ISOTOPE_MASSES_DA[element] or not 0 < n_labels <= n_atoms:
        raise InitError(
            f"--tracer `{text}`: {compound} ({block.formula}) cannot have {n_labels} atoms of "
            f"{isotope}{element}"
        )
    return LabelledTracer(compound, block.formula, block.short, f"({isotope}){element}", n_labels)


def with_tracer(rows: Sequence[Row], tracer: LabelledTracer) -> list[Row]:
    """Return a target sheet with the isotopologues M+1 … M+n of the tracer and its products.

    Products are the analytes whose `target_id` has the tracer as a part (`Lac-Leu` of lactate).
    The tracer itself is added if it is not there.
    """
    analytes = [row for row in rows if row["kind"] == TargetKind.ANALYTE]
    there = {row["target_id"]: row for row in analytes}
    made = [row for row in analytes if tracer.short in row["target_id"].split("-")]
    first = made[0] if made else next(iter(analytes))
    own = there.get(tracer.compound) or {
        **dict.fromkeys(first, ""),
        "target_id": tracer.compound,
        "name": tracer.compound,
        "kind": TargetKind.ANALYTE.value,
        "formula": tracer.formula,
        "adduct": first["adduct"],
        "ion_role": first["ion_role"],
    }
    added = [] if tracer.compound in there else [own]
    labelled = [
        _labelled(row, n, tracer) for row in (own, *made) for n in range(1, tracer.n_labels + 1)
    ]
    return [*rows, *added, *labelled]


def _labelled(row: Row, n: int, tracer: LabelledTracer) -> Row:
    """Return the row of an isotopologue; it has no internal standard, only its areas count."""
    group = row.get("isomer_group", "")
    return {
        **row,
        "target_id": f"{row['target_id']} M+{n}",
        "name": f"{row['name']} M+{n}",
        "formula": _with_labels(row["formula"], n, tracer.isotope),
        "internal_standard": "",
        "isomer_group": f"{group} M+{n}" if group else "",
        "isotopologue_of": row["target_id"],
    }


def warn_of_products(rows: Sequence[Row], warn: Callable[[str], None]) -> None:
    """Warn of isotopologues read as product ions: which labels these keep is not known."""
    names = [row["target_id"] for row in rows if row.get("isotopologue_of") and row.get("product")]
    if names:
        warn(
            f"the products of {listed(names)} are written without a label; where a product keeps "
            "the labels of the tracer, write them into its formula, such as (13)C3H6NO2-"
        )


def _with_labels(formula: str, n: int, isotope: str) -> str:
    element = isotope.partition(")")[2]
    atoms = parse_formula(formula)
    left = {atom: count - (n if atom == element else 0) for atom, count in atoms.items()}
    rest = "".join(f"{atom}{count if count > 1 else ''}" for atom, count in left.items() if count)
    return f"{isotope}{n}{rest}"


def warn_of_equal_standards(rows: Sequence[Row], warn: Callable[[str], None]) -> None:
    """Warn of internal standards that are themselves an isotopologue of the tracer."""
    standards = [row for row in rows if row["kind"] == TargetKind.INTERNAL_STANDARD]
    labelled = [row for row in rows if row.get("isotopologue_of")]
    mz = np.array([ion_mz(row["formula"], row["adduct"]) for row in labelled])
    for standard in standards:
        of_standard = ion_mz(standard["formula"], standard["adduct"])
        same = np.flatnonzero(np.abs(mz / of_standard - 1) <= _SAME_MZ_PPM * 1e-6)
        for k in same.tolist():
            warn(
                f"the internal standard {standard['target_id']} "
                f"({n_labelled_atoms(standard['formula'])} labels) has the m/z of "
                f"{labelled[k]['target_id']}: nothing distinguishes them; use a standard with "
                "another label"
            )
