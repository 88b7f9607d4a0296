"""Of analytes that the matrix holds: recovery of what was added, parallelism of dilutions."""

from typing import Final

from lcms.schemas.declaration import (
    BATCH,
    CONCENTRATION,
    COUNT,
    NUMBER,
    TARGET,
    TEXT,
    TRUTH,
    Column,
    Table,
    required,
)

RECOVERY: Final = Table(
    "recovery",
    "Recovery of what was added to study matrix: one row per batch, analyte, matrix and level.",
    ("batch", "target_id", "spiked_into", "level"),
    (
        BATCH,
        TARGET,
        required("spiked_into", "Sample or pool that the controls were spiked into."),
        Column("level", TEXT, "", "Level of the controls.", nullable=False),
        Column("nominal", NUMBER, CONCENTRATION, "Concentration that was added, undiluted."),
        Column(
            "unspiked_concentration", NUMBER, CONCENTRATION, "Mean content of the unspiked matrix."
        ),
        Column("n", COUNT, "", "Number of controls with a recovery.", nullable=False),
        Column(
            "recovery_percent",
            NUMBER,
            "%",
            "Mean of `accuracy_percent`: 100 x (found - unspiked) / added.",
        ),
        Column("cv_percent", NUMBER, "%", "Coefficient of variation of the recoveries."),
        Column("limit_percent", NUMBER, "%", "Largest accepted deviation of the mean from 100 %."),
        Column("pass", TRUTH, "", "Whether it is within the limit; null if not known."),
    ),
)

PARALLELISM: Final = Table(
    "parallelism",
    "Dilution series of one material: one row per batch, analyte and `pool` with three dilutions "
    "or more at which it is `quantified`.",
    ("batch", "target_id", "pool"),
    (
        BATCH,
        TARGET,
        required("pool", "`pool` of the sample sheet; `pooled_qc` for pooled QCs without one."),
        Column("n_dilutions", COUNT, "", "Number of dilution factors.", nullable=False),
        Column("n_runs", COUNT, "", "Number of runs.", nullable=False),
        Column(
            "slope",
            NUMBER,
            "",
            "Slope of log concentration in the vial against -log dilution factor; 1 if the "
            "material is parallel to the calibrators.",
        ),
        Column("slope_low", NUMBER, "", "Lower end of its 95 % interval."),
        Column("slope_high", NUMBER, "", "Upper end of its 95 % interval."),
        Column(
            "cv_percent",
            NUMBER,
            "%",
            "Coefficient of variation of the mean back-calculated (undiluted) concentrations of "
            "the dilutions.",
        ),
        Column("limit_percent", NUMBER, "%", "Limit of `cv_percent`."),
        Column("pass", TRUTH, "", "Whether `cv_percent` is within the limit."),
    ),
)
