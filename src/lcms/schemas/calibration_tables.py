"""What concentrations are read from: the ions that quantify, the lines, the calibrators."""

from typing import Final

from lcms.schemas.declaration import (
    BATCH,
    COUNT,
    ION,
    NUMBER,
    SAMPLE,
    TARGET,
    TEXT,
    TRUTH,
    Column,
    Table,
    required,
)

IONS: Final = Table(
    "ions",
    "How the ions of a compound agree in a batch: one row per batch and ion.",
    ("batch", "ion_id"),
    (
        BATCH,
        TARGET,
        ION,
        required("ion_role", "`quantifier` or `qualifier`, as in the target sheet."),
        required(
            "use",
            "`quantifies`: concentrations are made of it; `supports`; `dropped`: it tells nothing "
            "of the compound.",
        ),
        Column("reason", TEXT, "", "Why it was dropped: `interfered`."),
        Column("n_runs", COUNT, "", "Number of runs where it was found."),
        Column("area_ratio", NUMBER, "", "Median of its area by that of the quantifier."),
        Column(
            "disagreement",
            NUMBER,
            "",
            "Scatter over the runs of its ratio to the ion that it agrees with best, by what "
            "noise and 5 % let expect; from 3 on it disagrees. Null with fewer than four runs.",
        ),
    ),
)

CALIBRATION: Final = Table(
    "calibration",
    "One row per batch and analyte that has calibrators.",
    ("batch", "target_id"),
    (
        BATCH,
        TARGET,
        required(
            "calibration_approach",
            "`ordinary`, `surrogate_matrix` or `standard_addition` (see the settings).",
        ),
        Column(
            "endogenous",
            NUMBER,
            "concentration",
            "With `standard_addition`: what the matrix of the calibrators held, minus the "
            "x-intercept. It is in every concentration, not in `nominal` and accuracies.",
        ),
        Column("endogenous_sd", NUMBER, "concentration", "One standard deviation of it."),
        required(
            "model",
            "`linear`: response = intercept + slope x concentration; `linear_through_zero`: "
            "without the intercept; `quadratic`: with curvature x concentration^2 added.",
        ),
        required(
            "weighting",
            "Weights of the fit: `1`, `1/x` or `1/x^2`, x the concentration; `auto`: "
            "1 / (area_sd^2 as response + (scatter x response)^2).",
        ),
        Column("intercept", NUMBER, "response", "Response at concentration 0."),
        Column("slope", NUMBER, "response / concentration", "Slope at concentration 0."),
        Column("curvature", NUMBER, "response / concentration^2", "0 unless `quadratic`."),
        Column("intercept_variance", NUMBER, "response^2", "Variance of the intercept."),
        Column("slope_variance", NUMBER, "(response / concentration)^2", "Variance of the slope."),
        Column(
            "curvature_variance",
            NUMBER,
            "(response / concentration^2)^2",
            "Variance of the curvature.",
        ),
        Column("covariance", NUMBER, "response^2 / concentration", "Of intercept and slope."),
        Column(
            "intercept_curvature_covariance",
            NUMBER,
            "response^2 / concentration^2",
            "Of intercept and curvature.",
        ),
        Column(
            "slope_curvature_covariance",
            NUMBER,
            "response^2 / concentration^3",
            "Of slope and curvature.",
        ),
        Column(
            "residual_sd",
            NUMBER,
            "",
            "Weighted residual standard deviation, n less the number of coefficients; with "
            "`auto` 1 where the calibrators scatter as expected.",
        ),
        Column("lloq", NUMBER, "concentration", "Lowest level that is accurate and precise."),
        Column(
            "uloq",
            NUMBER,
            "concentration",
            "Highest level up to which all are accurate and precise, `endogenous` added.",
        ),
        Column(
            "lod",
            NUMBER,
            "concentration",
            "Limit of detection: the median over the runs of the smallest detectable response "
            "(`area_lod` of the peak by the area of its standard), by the slope. Null where the "
            "runs tell no `area_lod`.",
        ),
        Column("n_used", COUNT, "", "Calibrators in the fit.", nullable=False),
        Column("n_excluded", COUNT, "", "Calibrators left out.", nullable=False),
        Column("excluded_why", TEXT, "", "The reasons, with their counts."),
        required(
            "verdict",
            "`pass`: all calibrators in the fit are within the accuracy limits, and at least "
            "75 % of all and six levels are in it; else `fail`.",
        ),
        Column("verdict_why", TEXT, "", "Why the verdict is `fail`."),
        required(
            "drift",
            "How the responses are corrected for drift over the batch: `linear` (it may bend a "
            "little), `smooth` (only with six pooled QCs or more), "
            "`refused` (replicates are not predicted better with it than without) or "
            "`not_judged` (too few replicates).",
        ),
        Column(
            "drift_percent",
            NUMBER,
            "%",
            "Change of the response from the first run of the batch to the last, as corrected.",
        ),
        Column(
            "drift_error_ratio",
            NUMBER,
            "",
            "Squared leave-one-out error of the replicates with drift by that without.",
        ),
        Column(
            "scatter_percent",
            NUMBER,
            "%",
            "Relative standard deviation between runs beyond the area noise, after drift: matrix "
            "effects, injection.",
        ),
        Column(
            "scatter_degrees_of_freedom",
            NUMBER,
            "",
            "Degrees of freedom of `scatter_percent`, with those lent by the other compounds.",
        ),
    ),
)

CALIBRATORS: Final = Table(
    "calibrators",
    "One row per calibrator injection and analyte.",
    ("sample_id", "target_id"),
    (
        SAMPLE,
        TARGET,
        BATCH,
        Column("nominal", NUMBER, "concentration", "Concentration of the level sheet."),
        Column("response", NUMBER, "", "As in `concentrations`."),
        Column("back_calculated", NUMBER, "concentration", "Read back from the final curve."),
        Column("accuracy_percent", NUMBER, "%", "100 x back-calculated by nominal."),
        Column("used", TRUTH, "", "Whether it is in the fit.", nullable=False),
        Column("excluded_why", TEXT, "", "Why it is not in the fit."),
        Column(
            "excluded_at_refit",
            COUNT,
            "",
            "Before which refit it was excluded as `not_accurate`, counted from 1.",
        ),
    ),
)
