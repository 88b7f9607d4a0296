"""The results in the columns of other programs: Skyline, MRMhub."""

import re
from pathlib import Path
from typing import Final

import pandas as pd

from lcms.io.reference.packaged import read_packaged
from lcms.io.tables.parquet import read_table
from lcms.kinds import IonRole, SampleType, TargetKind

# Skyline writes C' for (13)C, H' for (2)H, O" for (18)O.
_SKYLINE_ISOTOPES: Final = {
    "(13)C": "C'",
    "(2)H": "H'",
    "(15)N": "N'",
    "(17)O": "O'",
    "(18)O": 'O"',
    "(33)S": "S'",
    "(34)S": 'S"',
}
_DEUTERIUM: Final = re.compile(r"D(?![a-z])")
_CHARGE_OF_ADDUCT: Final = re.compile(r"\]\d*[+-]$")  # Skyline counts it itself
_MRMHUB_TYPES: Final = {
    SampleType.UNKNOWN: "SPL",
    SampleType.CALIBRATOR: "CAL",
    SampleType.QUALITY_CONTROL: "QC",
    SampleType.POOLED_QC: "BQC",
    SampleType.ZERO: "MBLK",
    SampleType.BLANK: "PBLK",
    SampleType.SOLVENT: "SBLK",
}
_OF_RUN: Final = ["sample_id", "batch", "sample_type", "injection_order"]
_OF_PEAK: Final = [
    *("sample_id", "ion_id", "retention_time_s", "left_s", "right_s", "area", "height"),
    *("fwhm_s", "mz_error_ppm"),
]
_OF_ION: Final = [
    *("ion_id", "target_id", "kind", "ion_role", "formula", "adduct", "precursor_mz"),
    *("product_mz", "internal_standard"),
]
_OF_CONCENTRATION: Final = ["sample_id", "target_id", "concentration", "accuracy_percent"]


def renamed(frame: pd.DataFrame, format_name: str) -> pd.DataFrame:
    """Return the columns of a format, with its names and units."""
    rows = [row for row in read_packaged("export_columns.tsv") if row["format"] == format_name]
    columns = {
        row["header"]: frame[row["column"]] * float(row["factor"])
        if row["factor"]
        else frame[row["column"]]
        for row in rows
    }
    return pd.DataFrame(columns)


def long_frame(results: Path) -> pd.DataFrame:
    """Return a row for each run and ion, with what is known of run, ion and concentration.

    The concentration stands in the row of the quantifier.

    Raises
    ------
    TableError
        If a table cannot be read.
    """
    runs = _read(results, "samples", _OF_RUN)
    ions = _read(results, "targets", _OF_ION)
    concentrations = _read(results, "concentrations", _OF_CONCENTRATION)
    frame = _read(results, "peaks", _OF_PEAK).merge(runs, on="sample_id", how="left")
    frame = frame.merge(ions, on="ion_id", how="left")
    frame["is_quantifier"] = frame["ion_role"] == IonRole.QUANTIFIER
    keyed = concentrations.assign(is_quantifier=True)
    frame = frame.merge(keyed, on=["sample_id", "target_id", "is_quantifier"], how="left")
    quantifiers = ions[ions["ion_role"] == IonRole.QUANTIFIER].set_index("target_id")["ion_id"]
    order = {name: number for number, name in enumerate(_injected(runs), 1)}
    return frame.assign(
        measured_mz=frame["product_mz"].fillna(frame["precursor_mz"]),
        is_standard=frame["kind"] == TargetKind.INTERNAL_STANDARD,
        standard_ion_id=frame["internal_standard"].map(quantifiers),
        mrmhub_type=frame["sample_type"].map(_MRMHUB_TYPES),
        analysis_order=frame["sample_id"].map(order),
    )


def _injected(runs: pd.DataFrame) -> "pd.Series[str]":
    """Return the runs in the order of injection, batch by batch."""
    batches = runs["batch"].map({name: k for k, name in enumerate(runs["batch"].unique())})
    return runs.assign(k=batches).sort_values(["k", "injection_order"], kind="stable")["sample_id"]


def skyline_list(results: Path) -> pd.DataFrame:
    """Return the targets as a transition list of Skyline; raises TableError.

    An ion with formula and adduct has no m/z, which Skyline computes. A compound whose polarity
    is unknown counts as a positive ion.
    """
    ions = read_table(results / "targets.parquet").to_pandas()
    adducts = ions["adduct"].str.replace(_CHARGE_OF_ADDUCT, "]", regex=True)
    is_computed = ions["formula"].notna() & ions["adduct"].notna()
    charge = ions["charge"].fillna(1).astype(int)
    frame = ions.assign(
        list_name=ions["kind"],
        skyline_formula=ions["formula"].map(_skyline_formula, na_action="ignore"),
        skyline_adduct=adducts,
        listed_mz=ions["precursor_mz"].where(~is_computed),
        charge=charge,
        measured_mz=ions["product_mz"].fillna(ions["precursor_mz"]),
        product_charge=charge.where(ions["product_mz"].isna(), charge.map(_unit_charge)),
        note=ions["ion_role"],
    )
    return renamed(frame, "skyline_list")


def _unit_charge(charge: int) -> int:
    return 1 if charge > 0 else -1


def _skyline_formula(formula: str) -> str:
    for ours, theirs in _SKYLINE_ISOTOPES.items():
        formula = formula.replace(ours, theirs)
    return _DEUTERIUM.sub("H'", formula)


def _read(results: Path, name: str, columns: list[str]) -> pd.DataFrame:
    return read_table(results / f"{name}.parquet", columns).to_pandas()
