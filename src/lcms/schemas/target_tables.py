"""The target sheet as it was understood."""

from typing import Final

from lcms.schemas.declaration import (
    COUNT,
    ION,
    NUMBER,
    TARGET,
    TEXT,
    WORDS,
    Column,
    Table,
    required,
)

TARGETS: Final = Table(
    "targets",
    "The target sheet as it was understood: one row per ion.",
    ("ion_id",),
    (
        ION,
        TARGET,
        required("name", "Name for people."),
        required("kind", "`analyte` or `internal_standard`."),
        required("ion_role", "`quantifier` or `qualifier`."),
        Column("formula", TEXT, "", "Neutral compound."),
        Column("adduct", TEXT, "", "Adduct."),
        Column("charge", COUNT, "", "Signed charge; null if the sheet gives none."),
        required("polarity", "`+`, `-`, or `unknown` if the sheet gives no charge."),
        Column("precursor_mz", NUMBER, "Th", "m/z of the precursor.", "MS:1000744"),
        Column("product", TEXT, "", "Product ion; null for an ion that is read in MS1."),
        Column("product_mz", NUMBER, "Th", "m/z of the product ion.", "MS:1001225"),
        Column(
            "mz_tolerance_ppm",
            NUMBER,
            "ppm",
            "Half-width of the m/z window, after the mass offset of the run is subtracted. SRM "
            "chromatograms are matched by `extraction.transition_tolerance_mz` instead.",
        ),
        Column("collision_energy", NUMBER, "eV", "Collision energy of the product ion."),
        Column("retention_time_s", NUMBER, "s", "Listed retention time."),
        Column(
            "retention_time_window_s",
            NUMBER,
            "s",
            "Half-width of the search around it; without a listed time the whole run is searched.",
        ),
        Column("expected_ion_ratio", NUMBER, "", "Listed ratio of qualifier to quantifier."),
        Column("internal_standard", TEXT, "", "Internal standard of the analyte."),
        Column("isomer_group", TEXT, "", "Isomers that are integrated together."),
        Column("model", TEXT, "", "Calibration curve of the analyte, if the sheet names one."),
        Column("weighting", TEXT, "", "Weights of the curve, if the sheet names them."),
        Column(
            "internal_standard_concentration",
            NUMBER,
            "concentration",
            "Concentration of its internal standard in the vial, if the sheet gives it.",
        ),
        Column("response_factor", NUMBER, "", "Response factor, if the sheet gives it."),
        Column(
            "shared_mz",
            WORDS,
            "",
            "Other targets with this m/z and an overlapping search window, outside the isomer "
            "group.",
            nullable=False,
        ),
        Column(
            "isobars",
            WORDS,
            "",
            "Known compounds with this m/z; `(abundant)` if the sample usually holds at least as "
            "much of one.",
            nullable=False,
        ),
    ),
)
