"""Reads the sample, level and target sheets into records; every problem in one report.

A problem names file, row, column and reason. Rows are counted as a spreadsheet shows them: the
header is row 1.
"""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeVar

from lcms.errors import ChemistryError, SheetError
from lcms.model import Ion, IonRole, Level, Sample, SampleType, TargetKind
from lcms.numerics.mass import adduct_charge, ion_mz, product_charge, product_ion_mz

SAMPLE_COLUMNS: Final = (
    "sample_id",
    "mzml",
    "sample_type",
    "level",
    "batch",
    "injection_order",
    "dilution_factor",
)
LEVEL_COLUMNS: Final = ("level", "target_id", "concentration")
TARGET_COLUMNS: Final = (
    "target_id",
    "name",
    "kind",
    "formula",
    "adduct",
    "precursor_mz",
    "product",
    "ion_role",
    "expected_ion_ratio",
    "internal_standard",
    "retention_time_s",
    "retention_time_window_s",
    "isomer_group",
)
_ID: Final = re.compile(r"[A-Za-z0-9._-]+")
_NEAR: Final = 0.75

Value = TypeVar("Value")
Record = TypeVar("Record")


@dataclass
class Report:
    """Collects the problems of all sheets, so that they are told at once."""

    problems: list[str] = field(default_factory=list)

    def add(self, path: Path, row: int | None, column: str | None, reason: str) -> None:
        """Note one problem; `row` counts the header as 1, None is the whole sheet."""
        where = str(path)
        where += "" if row is None else f", row {row}"
        where += "" if column is None else f", column {column}"
        self.problems.append(f"{where}: {reason}")

    def check(self) -> None:
        """Raise a SheetError with every problem noted so far, if there is one."""
        if self.problems:
            raise SheetError("\n".join(self.problems))


@dataclass(frozen=True)
class _Row:
    """One row of a sheet, with what is needed to name it in a problem."""

    path: Path
    number: int
    cells: Mapping[str, str]
    report: Report

    def text(self, column: str) -> str | None:
        """Return the cell, None if blank or if the sheet lacks the column."""
        return self.cells.get(column, "").strip() or None

    def required(self, column: str) -> str:
        """Return the cell; note a problem and return "" if it is blank."""
        value = self.text(column)
        if value is None:
            self.problem(column, "is blank")
        return value or ""

    def parsed(self, column: str, parse: Callable[[str], Value], default: Value) -> Value:
        """Return the parsed cell; `default` where it is blank or, with a problem, wrong."""
        text = self.text(column)
        if text is None:
            return default
        try:
            return parse(text)
        except (ValueError, ChemistryError) as error:
            self.problem(column, str(error))
            return default

    def problem(self, column: str | None, reason: str) -> None:
        self.report.add(self.path, self.number, column, reason)


def read_samples(path: Path, report: Report) -> tuple[Sample, ...]:
    """Return the injections of a sample sheet; problems are noted in `report`.

    Columns beyond the contract are study factors. A name that is nearly one of the contract is
    taken for a slip. Missing files are problems here.
    """
    rows = _read_rows(path, SAMPLE_COLUMNS, ("sample_id", "mzml", "sample_type"), report, True)
    _note_repeats(rows, ("sample_id",))
    return tuple(_sample(row) for row in rows)


def read_levels(path: Path | None, report: Report) -> tuple[Level, ...]:
    """Return the nominal concentrations of a level sheet; none for no sheet."""
    if path is None:
        return ()
    rows = _read_rows(path, LEVEL_COLUMNS, LEVEL_COLUMNS, report, False)
    _note_repeats(rows, ("level", "target_id"))
    return tuple(
        Level(
            row.required("level"),
            row.required("target_id"),
            row.parsed("concentration", _not_negative, 0.0),
        )
        for row in rows
    )


def read_targets(path: Path, report: Report) -> tuple[Ion, ...]:
    """Return the ions of a target sheet, m/z computed; problems are noted in `report`."""
    rows = _read_rows(path, TARGET_COLUMNS, ("target_id", "kind"), report, False)
    ions = tuple(_ion(row) for row in rows)
    _note_repeated_ions(rows, ions)
    _note_quantifiers(rows, ions)
    _note_internal_standards(rows, ions)
    return ions


def check_levels(
    samples_path: Path, samples: Sequence[Sample], levels: Sequence[Level], report: Report
) -> None:
    """Note every calibrator and quality control whose level has no concentration."""
    known = {level.level for level in levels}
    for number, sample in enumerate(samples, 2):
        if sample.sample_type in {SampleType.CALIBRATOR, SampleType.QUALITY_CONTROL}:
            if sample.level is None:
                report.add(samples_path, number, "level", f"a {sample.sample_type} needs one")
            elif sample.level not in known:
                near = _nearest(sample.level, known)
                report.add(
                    samples_path,
                    number,
                    "level",
                    f"`{sample.level}` is not in the level sheet{near}",
                )


def _read_rows(
    path: Path, known: Sequence[str], required: Sequence[str], report: Report, factors: bool
) -> list[_Row]:
    """Return the rows of a sheet that are not blank; its header is checked."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        report.add(path, None, None, f"cannot be read: {_reason(error)}")
        return []
    delimiter = "," if path.suffix.lower() == ".csv" else "\t"
    lines = list(csv.reader(text.splitlines(), delimiter=delimiter))
    if not lines or not any(cell.strip() for cell in lines[0]):
        report.add(path, None, None, "is empty; its first row must name the columns")
        return []
    header = [cell.strip() for cell in lines[0]]
    _note_columns(path, header, known, required, report, factors)
    rows = [
        _row(path, number, header, cells, report)
        for number, cells in enumerate(lines[1:], 2)
        if any(cell.strip() for cell in cells)
    ]
    if not rows:
        report.add(path, None, None, "has a header but no rows")
    return rows


def _row(path: Path, number: int, header: list[str], cells: list[str], report: Report) -> _Row:
    if any(cell.strip() for cell in cells[len(header) :]):
        report.add(path, number, None, f"has more than {len(header)} cells")
    return _Row(path, number, dict(zip(header, cells, strict=False)), report)


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _note_columns(
    path: Path,
    header: list[str],
    known: Sequence[str],
    required: Sequence[str],
    report: Report,
    factors: bool,
) -> None:
    missing = [name for name in required if name not in header]
    for name in missing:
        report.add(path, 1, name, "this column is missing")
    for name in sorted({name for name in header if header.count(name) > 1}):
        report.add(path, 1, name, "this column is there more than once")
    for name in header:
        if name in known:
            continue
        near = get_close_matches(name, known, n=1, cutoff=_NEAR if factors else 0.0)
        if near:
            report.add(path, 1, name, f"unknown column; the nearest known one is `{near[0]}`")


def _note_repeats(rows: Sequence[_Row], key: Sequence[str]) -> None:
    first: dict[tuple[str, ...], int] = {}
    for row in rows:
        value = tuple(row.cells.get(column, "").strip() for column in key)
        seen = first.setdefault(value, row.number)
        if seen != row.number and all(value):
            row.problem(" and ".join(key), f"`{' '.join(value)}` is already in row {seen}")


def _sample(row: _Row) -> Sample:
    sample_id = row.required("sample_id")
    if sample_id and not _ID.fullmatch(sample_id):
        row.problem("sample_id", f"`{sample_id}`: only letters, digits, `.`, `_` and `-`")
    batch = row.text("batch") or "1"
    if not _ID.fullmatch(batch):
        row.problem("batch", f"`{batch}`: only letters, digits, `.`, `_` and `-`")
    return Sample(
        sample_id=sample_id,
        mzml=_mzml_path(row),
        sample_type=row.parsed("sample_type", _word(SampleType), SampleType.UNKNOWN)
        if row.required("sample_type")
        else SampleType.UNKNOWN,
        level=row.text("level"),
        batch=batch,
        injection_order=row.parsed("injection_order", _whole, None),
        dilution_factor=row.parsed("dilution_factor", _positive, 1.0),
        factors={
            name: value.strip()
            for name, value in row.cells.items()
            if name and name not in SAMPLE_COLUMNS
        },
    )


def _mzml_path(row: _Row) -> str:
    text = row.required("mzml")
    path = row.path.parent / text
    if not text:
        return ""
    if not path.name.lower().endswith((".mzml", ".mzml.gz")):
        row.problem("mzml", f"`{text}` does not end in .mzML or .mzML.gz")
    elif not path.is_file():
        row.problem("mzml", f"there is no file {path}")
    return str(path)


def _ion(row: _Row) -> Ion:
    target_id = row.required("target_id")
    kind = TargetKind.ANALYTE
    if row.required("kind"):
        kind = row.parsed("kind", _word(TargetKind), kind)
    precursor_mz, charge = _precursor(row)
    product = row.text("product")
    return Ion(
        ion_id=_ion_id(target_id, row.text("adduct") or f"{precursor_mz:.4f}", product),
        target_id=target_id,
        name=row.text("name") or target_id,
        kind=kind,
        role=row.parsed("ion_role", _word(IonRole), IonRole.QUANTIFIER),
        precursor_mz=precursor_mz,
        charge=charge,
        formula=row.text("formula"),
        adduct=row.text("adduct"),
        product=product,
        product_mz=_product_mz(row, charge),
        expected_ion_ratio=row.parsed("expected_ion_ratio", _positive, None),
        internal_standard=row.text("internal_standard"),
        retention_time_s=row.parsed("retention_time_s", _not_negative, None),
        retention_time_window_s=row.parsed("retention_time_window_s", _positive, None),
        isomer_group=row.text("isomer_group"),
    )


def _ion_id(target_id: str, ion: str, product: str | None) -> str:
    return f"{target_id} {ion}" + (f" > {product}" if product else "")


def _precursor(row: _Row) -> tuple[float, int]:
    """Return m/z and signed charge; a charge of 0 says that the sheet does not tell.

    Where neither can be computed a problem is noted and 1.0 stands for the m/z.
    """
    given = row.parsed("precursor_mz", _positive, None)
    charge = row.parsed("adduct", adduct_charge, 0)
    if given is not None:
        return given, charge or row.parsed("product", product_charge, None) or 0
    adduct = row.text("adduct")
    for column in ("formula", "adduct"):
        if row.text(column) is None:
            row.problem(column, "is blank, and so is precursor_mz")
    if adduct is None or charge == 0:
        return 1.0, charge
    return row.parsed("formula", lambda text: ion_mz(text, adduct), 1.0), charge


def _product_mz(row: _Row, charge: int) -> float | None:
    product_mz = row.parsed("product", product_ion_mz, None)
    if product_mz is None:
        return None
    sign = row.parsed("product", product_charge, None)
    if sign is not None and sign * charge < 0:
        row.problem("product", "has not the polarity of the adduct")
    return product_mz


def _note_repeated_ions(rows: Sequence[_Row], ions: Sequence[Ion]) -> None:
    first: dict[str, int] = {}
    for row, ion in zip(rows, ions, strict=True):
        seen = first.setdefault(ion.ion_id, row.number)
        if seen != row.number:
            row.problem(None, f"the ion `{ion.ion_id}` is already in row {seen}")


def _note_quantifiers(rows: Sequence[_Row], ions: Sequence[Ion]) -> None:
    for row, ion in _first_of_each(rows, ions):
        same = [other for other in ions if other.target_id == ion.target_id]
        n = sum(other.role is IonRole.QUANTIFIER for other in same)
        if n != 1:
            row.problem(
                "ion_role", f"`{ion.target_id}` has {n} quantifiers; it must have exactly one"
            )
        if len({(other.kind, other.internal_standard) for other in same}) > 1:
            row.problem(None, f"the rows of `{ion.target_id}` differ in kind or internal_standard")


def _note_internal_standards(rows: Sequence[_Row], ions: Sequence[Ion]) -> None:
    standards = {ion.target_id for ion in ions if ion.kind is TargetKind.INTERNAL_STANDARD}
    for row, ion in _first_of_each(rows, ions):
        name = ion.internal_standard
        if name is not None and name not in standards:
            near = _nearest(name, standards)
            row.problem(
                "internal_standard", f"`{name}` is no target of kind internal_standard{near}"
            )


def _first_of_each(rows: Sequence[_Row], ions: Sequence[Ion]) -> list[tuple[_Row, Ion]]:
    first: dict[str, tuple[_Row, Ion]] = {}
    for row, ion in zip(rows, ions, strict=True):
        first.setdefault(ion.target_id, (row, ion))
    return list(first.values())


def _nearest(name: str, known: set[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.0)
    return f"; the nearest known one is `{near[0]}`" if near else ""


Word = TypeVar("Word", SampleType, TargetKind, IonRole)


def _word(words: type[Word]) -> Callable[[str], Word]:
    def parse(text: str) -> Word:
        known = {word.value: word for word in words}
        if text not in known:
            raise ValueError(f"`{text}` is not one of {', '.join(known)}")
        return known[text]

    return parse


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"`{text}` is not a number (decimal point, no unit)") from None
    if not -1e300 < value < 1e300:  # noqa: PLR2004  (neither infinite nor NaN)
        raise ValueError(f"`{text}` is not a finite number")
    return value


def _positive(text: str) -> float:
    value = _number(text)
    if value <= 0:
        raise ValueError(f"`{text}` must be above 0")
    return value


def _not_negative(text: str) -> float:
    value = _number(text)
    if value < 0:
        raise ValueError(f"`{text}` must not be below 0")
    return value


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"`{text}` is not a whole number") from None
