"""Of quality controls that were not prepared as the samples: matrix, extraction, stability."""

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

PREPARATION: Final = Table(
    "preparation",
    "Matrix factor, recovery of the extraction and stability, from quality controls with a "
    "`preparation` in the sample sheet: one row per batch, analyte, measure, preparation, level "
    "and dilution factor.",
    ("batch", "target_id", "measure", "preparation", "level", "dilution_factor"),
    (
        BATCH,
        TARGET,
        required(
            "measure",
            "`matrix_factor`: `post_extraction` divided by `neat`; `extraction_recovery`: "
            "prepared as the samples divided by `post_extraction`; `stability`: divided by "
            "nominal.",
        ),
        required("preparation", "`preparation` of the runs; `extracted`: as the samples."),
        Column("level", TEXT, "", "Level of the controls.", nullable=False),
        Column("dilution_factor", NUMBER, "", "Dilution factor of the runs.", nullable=False),
        Column("nominal", NUMBER, CONCENTRATION, "Its concentration, undiluted."),
        Column("n", COUNT, "", "Number of runs with a value.", nullable=False),
        Column("n_reference", COUNT, "", "Number of runs they are divided by; null: nominal."),
        Column(
            "value_percent",
            NUMBER,
            "%",
            "Mean of the runs divided by that of the reference: for `matrix_factor` of the "
            "response (divided by the internal standard), for `extraction_recovery` of the area, "
            "for `stability` of the concentration.",
        ),
        Column("area_percent", NUMBER, "%", "The same of the area; null for `stability`."),
        Column("cv_percent", NUMBER, "%", "Coefficient of variation of the runs."),
        Column(
            "limit_percent",
            NUMBER,
            "%",
            "Limit of `cv_percent` (`matrix_factor`) or of the deviation of `value_percent` from "
            "100 % (`stability`); null: none.",
        ),
        Column("pass", TRUTH, "", "Whether it is within the limit; null if not known."),
    ),
)
