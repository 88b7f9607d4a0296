"""The rows of the target sheet from the packaged panel, its names, and its absent standards."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from lcms.errors import MzmlError
from lcms.io.mzml.presence import are_present
from lcms.io.reference.panel import PanelCompound, read_panel
from lcms.io.sheets.file_names import guess
from lcms.io.sheets.run_sheets import TARGET_COLUMNS
from lcms.kinds import WITHOUT_STANDARD, TargetKind
from lcms.numerics.mass.formulas import ion_mz
from lcms.steps.init.run_heads import Run

_LABELLED: Final = "labelled_internal_standard"
_ISOMER_GROUPS: Final = dict.fromkeys(("Lac-Leu", "Lac-Ile"), "Lac-Leu/Ile")
ADDUCTS: Final = {1: "[M+H]+", -1: "[M-H]-", 0: "[M-H]-"}
_MOST_RUNS: Final = 2  # that are read to look for the standards
_TOLERANCE_PPM: Final = 10.0  # wide enough for a QTOF

Row = Mapping[str, str]


def adduct_of(runs: Sequence[Run], warn: Callable[[str], None]) -> str:
    """Return the ion type for the polarity of the first run that names one."""
    named = (run.method.polarities for run in runs if run.method and run.method.polarities)
    polarity = min(next(named, {0}))  # of a run that switches the negative one
    if polarity == 0:
        warn(f"warning: no run names its polarity; {ADDUCTS[0]} is assumed")
    return ADDUCTS[polarity]


def panel_rows(adduct: str) -> list[Row]:
    """Return a row for each compound of the default panel, as the given ion."""
    panel = [compound for compound in read_panel() if compound.default_panel]
    labelled = [compound.target_id for compound in panel if compound.compound_class == _LABELLED]
    return [_panel_row(compound, adduct, labelled) for compound in panel]


def _panel_row(compound: PanelCompound, adduct: str, labelled: Sequence[str]) -> Row:
    kind = TargetKind.ANALYTE
    if compound.compound_class == _LABELLED:
        kind = TargetKind.INTERNAL_STANDARD
    standards = [name for name in labelled if name.startswith(f"{compound.target_id}-")]
    return dict.fromkeys(TARGET_COLUMNS, "") | {
        "target_id": compound.target_id,
        "name": compound.name,
        "kind": kind.value,
        "formula": compound.formula,
        "adduct": adduct,
        "ion_role": "quantifier",
        "internal_standard": next(iter(standards), ""),
        "isomer_group": _ISOMER_GROUPS.get(compound.target_id, ""),
    }


def panel_mz(adduct: str) -> dict[str, float]:
    """Return the m/z of every compound of the panel as the given ion, by its id."""
    return {compound.target_id: ion_mz(compound.formula, adduct) for compound in read_panel()}


def absent_standards(rows: Sequence[Row], runs: Sequence[Run]) -> str | None:
    """Return a message about the internal standards that are in none of the runs looked at.

    Looked at are the first runs of scans whose names do not say that they hold no standard.
    """
    standards = [row for row in rows if row["kind"] == TargetKind.INTERNAL_STANDARD]
    mz = [ion_mz(row["formula"], row["adduct"]) for row in standards]
    seen = _presence(mz, runs) if mz else {}
    absent = [
        f"{row['target_id']} (m/z {mz[k]:.4f}{_users(row, rows)})"
        for k, row in enumerate(standards)
        if seen and not any(present[k] for present in seen.values())
    ]
    if not absent:
        return None
    return (
        f"{' and '.join(seen)} hold no ion of the internal standards {', '.join(absent)}: of "
        "those that were not added, delete the rows and clear `internal_standard` of their "
        "analytes"
    )


def _presence(mz: Sequence[float], runs: Sequence[Run]) -> dict[str, list[bool]]:
    """Return for some runs by name whether each m/z is present."""
    seen: dict[str, list[bool]] = {}
    for run in runs:
        is_srm = run.method is None or run.method.is_srm
        if is_srm or guess(run.path.name).sample_type in WITHOUT_STANDARD:
            continue
        try:
            seen[run.path.name] = are_present(run.path, mz, _TOLERANCE_PPM)
        except MzmlError:
            continue
        if len(seen) == _MOST_RUNS:
            break
    return seen


def _users(standard: Row, rows: Sequence[Row]) -> str:
    names = [row["target_id"] for row in rows if row["internal_standard"] == standard["target_id"]]
    return f", of {' and '.join(names)}" if names else ""
