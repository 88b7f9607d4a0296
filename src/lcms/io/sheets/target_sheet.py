"""Reads the target sheet into ions, their m/z computed."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final, get_args

from lcms.config import CurveModel, Weighting
from lcms.io.sheets import sheet_columns
from lcms.io.sheets.sheet_cells import (
    half_width,
    not_an_option,
    not_negative,
    one_of,
    positive,
    word,
)
from lcms.io.sheets.sheet_rows import Report, Row, nearest, read_rows
from lcms.kinds import IonRole, TargetKind
from lcms.model import EVERY_ANALYTE, Ion
from lcms.numerics.mass.formulas import (
    adduct_charge,
    have_one_mz,
    ion_mz,
    monoisotopic_mass,
    product_charge,
    product_ion_mz,
    unlabelled_formula,
)

NO_MZ: Final = 1.0  # Th, of an ion with a problem, whose sheet is refused
_MINUTE_S: Final = 60.0
_RESERVED: Final = {
    EVERY_ANALYTE: "it stands for every analyte",
    "sample_id": "it is a column of the tables",
    "sample_type": "it is a column of the tables",
}
_KIND: Final = word(TargetKind)
_ROLE: Final = word(IonRole)
_MODEL: Final = one_of(get_args(CurveModel))
_WEIGHTING: Final = one_of(get_args(Weighting))


def read_targets(path: Path, report: Report, default_window_s: float) -> tuple[Ion, ...]:
    """Return the ions of a target sheet, m/z computed; problems are noted in `report`.

    Parameters
    ----------
    path : Path
    report : Report
    default_window_s : float
        Half-width of the search, s, for a row that states none.
    """
    rows = read_rows(path, sheet_columns.TARGETS, report)
    ions = tuple(_ion(row, default_window_s) for row in rows)
    _note_repeated_ions(rows, ions)
    _note_quantifiers(rows, ions)
    _note_internal_standards(rows, ions)
    _note_single_points(rows, ions)
    _note_isomer_groups(rows, ions)
    _note_isotopologues(rows, ions)
    return ions


def _ion(row: Row, default_window_s: float) -> Ion:
    target_id = _target_id(row)
    kind = TargetKind.ANALYTE
    if row.required("kind"):
        kind = row.parsed("kind", _KIND, kind)
    precursor_mz, charge = _precursor(row)
    return Ion(
        ion_id=_ion_id(row, target_id),
        target_id=target_id,
        name=row.text("name") or target_id,
        kind=kind,
        role=row.parsed("ion_role", _ROLE, IonRole.QUANTIFIER),
        precursor_mz=precursor_mz,
        charge=charge,
        formula=row.text("formula"),
        adduct=row.text("adduct"),
        product=row.text("product"),
        product_mz=_product_mz(row, charge),
        expected_ion_ratio=row.parsed("expected_ion_ratio", positive, None),
        internal_standard=row.text("internal_standard"),
        retention_time_s=_retention_time_s(row),
        retention_time_window_s=row.parsed(
            "retention_time_window_s", half_width, default_window_s
        ),
        isomer_group=row.text("isomer_group"),
        collision_energy=row.parsed("collision_energy", positive, None),
        model=row.parsed("model", _MODEL, None),
        weighting=row.parsed("weighting", _WEIGHTING, None),
        internal_standard_concentration=row.parsed(
            "internal_standard_concentration", positive, None
        ),
        response_factor=row.parsed("response_factor", positive, None),
        isotopologue_of=row.text("isotopologue_of"),
    )


def _retention_time_s(row: Row) -> float | None:
    time_s = row.parsed("retention_time_s", not_negative, None)
    time_min = row.parsed("retention_time_min", not_negative, None)
    if time_min is None:
        return time_s
    if time_s is not None:
        row.problem("retention_time_min", "retention_time_s is given too; give one of the two")
    return time_min * _MINUTE_S


def _target_id(row: Row) -> str:
    target_id = row.required("target_id")
    if target_id:
        row.parsed("target_id", not_an_option, "")
    if target_id in _RESERVED:
        row.problem("target_id", f"`{target_id}` cannot be a compound: {_RESERVED[target_id]}")
    return target_id


def _ion_id(row: Row, target_id: str) -> str:
    """Return the compound with adduct, given m/z and product, which distinguish its ions."""
    parts = [target_id, row.text("adduct"), row.text("precursor_mz")]
    product = row.text("product")
    return " ".join(filter(None, parts)) + (f" > {product}" if product else "")


def _precursor(row: Row) -> tuple[float, int]:
    """Return m/z (Th) and signed charge; the charge is 0 if the sheet gives none."""
    charge = row.parsed("adduct", adduct_charge, 0)
    mass_da = row.parsed("formula", monoisotopic_mass, None)
    if row.text("precursor_mz") is not None:
        charge = charge or row.parsed("product", product_charge, None) or 0
        return row.parsed("precursor_mz", positive, NO_MZ), charge
    for column in ("formula", "adduct"):
        if row.text(column) is None:
            row.problem(column, "is blank, and so is precursor_mz")
    if mass_da is None or charge == 0:
        return NO_MZ, charge
    formula = row.text("formula") or ""
    return row.parsed("adduct", lambda adduct: ion_mz(formula, adduct), NO_MZ), charge


def _product_mz(row: Row, charge: int) -> float | None:
    product_mz = row.parsed("product", product_ion_mz, None)
    if product_mz is None:
        return None
    sign = row.parsed("product", product_charge, None)
    if sign is not None and sign * charge < 0:
        row.problem("product", "does not have the polarity of the adduct")
    return product_mz


def _note_repeated_ions(rows: Sequence[Row], ions: Sequence[Ion]) -> None:
    first: dict[str, int] = {}
    for row, ion in zip(rows, ions, strict=True):
        seen = first.setdefault(ion.ion_id, row.number)
        if seen != row.number and ion.target_id:
            row.problem(None, f"the ion `{ion.ion_id}` is already in row {seen}")


def _note_quantifiers(rows: Sequence[Row], ions: Sequence[Ion]) -> None:
    for target_id, ions_of_target in _by_compound(rows, ions).items():
        row, _ = ions_of_target[0]
        n = sum(ion.role is IonRole.QUANTIFIER for _, ion in ions_of_target)
        if n != 1:
            row.problem("ion_role", f"`{target_id}` has {n} quantifiers; it must have exactly one")
        if len({(ion.kind, ion.internal_standard) for _, ion in ions_of_target}) > 1:
            row.problem(None, f"the rows of `{target_id}` differ in kind or internal_standard")


def _note_internal_standards(rows: Sequence[Row], ions: Sequence[Ion]) -> None:
    standards = {ion.target_id for ion in ions if ion.kind is TargetKind.INTERNAL_STANDARD}
    for (row, ion), *_ in _by_compound(rows, ions).values():
        name = ion.internal_standard
        if name is not None and name not in standards:
            near = nearest(name, standards)
            row.problem(
                "internal_standard", f"`{name}` is no target of kind internal_standard{near}"
            )


def _note_single_points(rows: Sequence[Row], ions: Sequence[Ion]) -> None:
    """Note the cells of a one-point quantification that mean nothing."""
    for row, ion in zip(rows, ions, strict=True):
        given = ion.internal_standard_concentration
        if given is not None and ion.internal_standard is None:
            row.problem(
                "internal_standard_concentration",
                "belongs in the row of an analyte that names its `internal_standard`",
            )
        if ion.response_factor is not None and given is None:
            row.problem("response_factor", "needs an `internal_standard_concentration`")


def _note_isomer_groups(rows: Sequence[Row], ions: Sequence[Ion]) -> None:
    """Note the quantifiers whose m/z differs from that of the first of their isomer group.

    The sum of a group is a compound of the tables by the name of the group, which must be free.
    """
    compounds = {ion.target_id: "a compound has this name" for ion in ions} | _RESERVED
    for row, ion in zip(rows, ions, strict=True):
        if ion.isomer_group in compounds:
            why = compounds[ion.isomer_group]
            row.problem("isomer_group", f"`{ion.isomer_group}` cannot name their sum: {why}")
    first: dict[str, tuple[Row, Ion]] = {}
    for row, ion in zip(rows, ions, strict=True):
        if ion.isomer_group is None or ion.role is IonRole.QUALIFIER or ion.precursor_mz == NO_MZ:
            continue
        first_row, isomer = first.setdefault(ion.isomer_group, (row, ion))
        if not have_one_mz(ion.precursor_mz, isomer.precursor_mz):
            row.problem(
                "isomer_group",
                f"`{ion.target_id}` (m/z {ion.precursor_mz:.4f}) is no isomer of "
                f"`{isomer.target_id}` (m/z {isomer.precursor_mz:.4f}, row {first_row.number}), "
                f"which is in `{ion.isomer_group}` too",
            )


def _note_isotopologues(rows: Sequence[Row], ions: Sequence[Ion]) -> None:
    """Note isotopologues of nothing, and those that differ from it by more than the label."""
    formulas = {ion.target_id: ion.formula for ion in ions}
    for row, ion in zip(rows, ions, strict=True):
        base = ion.isotopologue_of
        if base is None:
            continue
        if base not in formulas or base == ion.target_id:
            near = nearest(base, set(formulas) - {ion.target_id})
            row.problem("isotopologue_of", f"`{base}` is no other target{near}")
        elif ion.formula is None or formulas[base] is None:
            row.problem("isotopologue_of", f"needs the formulas of `{ion.target_id}` and `{base}`")
        elif unlabelled_formula(ion.formula) != unlabelled_formula(formulas[base] or ""):
            row.problem("isotopologue_of", f"differs from `{base}` by more than the label")


def _by_compound(rows: Sequence[Row], ions: Sequence[Ion]) -> dict[str, list[tuple[Row, Ion]]]:
    """Return rows and ions of each compound by target_id; rows without one are left out."""
    compounds: dict[str, list[tuple[Row, Ion]]] = defaultdict(list)
    for row, ion in zip(rows, ions, strict=True):
        if ion.target_id:
            compounds[ion.target_id].append((row, ion))
    return compounds
