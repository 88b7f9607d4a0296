"""The ions used for quantification, the calibration curves, and the calibrators."""

from typing import Final

from lcms.schemas.declaration import (
    BATCH,
    COUNT,
    ION,
    NUMBER,
    SAMPLE,
    SERIES,
    TARGET,
    TEXT,
    TRUTH,
    Column,
    Table,
    required,
)

IONS: Final = Table(
    "ions",
    "Agreement of the ions of a compound over the runs of a batch: one row per batch and ion.",
    ("batch", "ion_id"),
    (
        BATCH,
        TARGET,
        ION,
        required("ion_role", "`quantifier` or `qualifier`, as in the target sheet."),
        required(
            "use",
            "`quantifies`: the concentrations are calculated from this ion; `supports`: another "
            "ion of the compound without a sign of interference; `dropped`: another compound "
            "interferes with it.",
        ),
        Column(
            "reason",
            TEXT,
            "",
            "Why it was dropped: `interfered` (another compound adds to its area).",
        ),
        Column("n_runs", COUNT, "", "Number of runs in which it has a peak."),
        Column(
            "area_ratio",
            NUMBER,
            "",
            "Median over the runs of its area divided by that of the quantifier.",
        ),
        Column(
            "disagreement",
            NUMBER,
            "",
            "Scatter over the runs of its ratio to another ion, divided by the scatter expected "
            "from area noise and 5 % variation; of several ions the one with the best agreement. "
            "It disagrees from 3 on. Null with fewer than four runs.",
        ),
    ),
)

CALIBRATION: Final = Table(
    "calibration",
    "Calibration curve: one row per batch and analyte that has calibrators.",
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
            "With `standard_addition`: concentration in the matrix of the calibrators before the "
            "analyte was added, the negative x-intercept. Every concentration includes it; "
            "`nominal` and accuracies do not.",
        ),
        Column("endogenous_sd", NUMBER, "concentration", "Standard deviation of `endogenous`."),
        required(
            "model",
            "`linear`: response = intercept + slope x concentration; `linear_through_zero`: "
            "response = slope x concentration; `quadratic`: response = intercept + slope x "
            "concentration + curvature x concentration^2.",
        ),
        required(
            "weighting",
            "Weights of the least-squares fit: `1`, `1/x` or `1/x^2` with the nominal "
            "concentration x; `auto`: 1 / (response_sd^2 + (scatter x fitted response)^2).",
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
        Column(
            "covariance",
            NUMBER,
            "response^2 / concentration",
            "Covariance of intercept and slope.",
        ),
        Column(
            "intercept_curvature_covariance",
            NUMBER,
            "response^2 / concentration^2",
            "Covariance of intercept and curvature.",
        ),
        Column(
            "slope_curvature_covariance",
            NUMBER,
            "response^2 / concentration^3",
            "Covariance of slope and curvature.",
        ),
        Column(
            "residual_sd",
            NUMBER,
            "",
            "Standard deviation of the weighted residuals, with n minus the number of "
            "coefficients as degrees of freedom; with `auto` it is 1 if the calibrators scatter "
            "as expected.",
        ),
        Column(
            "lloq",
            NUMBER,
            "concentration",
            "Lower limit of quantification in the vial: lowest accurate and precise level. With "
            "`standard_addition` it includes `endogenous`; zero samples in the fit are then the "
            "lowest level.",
        ),
        Column(
            "uloq",
            NUMBER,
            "concentration",
            "Upper limit of quantification in the vial: highest accurate and precise level; at "
            "least 75 % of the levels from the LLOQ up to it are. It includes `endogenous`.",
        ),
        Column(
            "failed_levels",
            SERIES,
            "concentration",
            "Nominal concentrations of the levels between LLOQ and ULOQ that are not accurate and "
            "precise. They do not end the range.",
            nullable=False,
        ),
        Column(
            "lod",
            NUMBER,
            "concentration",
            "Limit of detection: median over the runs of the smallest detectable response "
            "(`area_lod` divided by the area of the internal standard), divided by the slope. "
            "Null if no run has an `area_lod`.",
        ),
        Column("n_used", COUNT, "", "Number of calibrators in the fit.", nullable=False),
        Column("n_excluded", COUNT, "", "Number of calibrators not in the fit.", nullable=False),
        Column("excluded_why", TEXT, "", "Reasons for the exclusions, with their counts."),
        required(
            "verdict",
            "`pass` if all calibrators in the fit are within the accuracy limits and the fit has "
            "at least 75 % of the calibrators and six levels; otherwise `fail`.",
        ),
        Column("verdict_why", TEXT, "", "Why the verdict is `fail`."),
        required(
            "drift",
            "Most probable drift of the responses: `none`, `linear` (a line over the batch), "
            "`smooth` (a curve), "
            "`stepped` (a step between two runs, with replicates on both sides) or `not_judged` "
            "(no correction, because there are too few replicates). The correction is the average "
            "of all, each weighted by its probability.",
        ),
        Column(
            "drift_percent",
            NUMBER,
            "%",
            "Change of the response from the first to the last run of the batch by the drift that "
            "was corrected.",
        ),
        Column(
            "drift_probability",
            NUMBER,
            "",
            "Probability that the response drifts at all, given the replicates.",
        ),
        Column(
            "scatter_percent",
            NUMBER,
            "%",
            "Relative standard deviation of the response between runs (matrix effects, "
            "injection), without the area noise and after drift correction.",
        ),
        Column(
            "scatter_degrees_of_freedom",
            NUMBER,
            "",
            "Degrees of freedom of `scatter_percent`, including those gained from the other "
            "compounds.",
        ),
    ),
)

CALIBRATORS: Final = Table(
    "calibrators",
    "Calibrators and their accuracy: one row per calibrator injection and analyte.",
    ("sample_id", "target_id"),
    (
        SAMPLE,
        TARGET,
        BATCH,
        Column("nominal", NUMBER, "concentration", "Nominal concentration of the level sheet."),
        Column("response", NUMBER, "", "As in `concentrations`."),
        Column(
            "back_calculated",
            NUMBER,
            "concentration",
            "Concentration read back from the final curve.",
        ),
        Column("accuracy_percent", NUMBER, "%", "100 x `back_calculated` / `nominal`."),
        Column("used", TRUTH, "", "Whether the calibrator is in the fit.", nullable=False),
        Column("excluded_why", TEXT, "", "Why the calibrator is not in the fit."),
        Column(
            "excluded_at_refit",
            COUNT,
            "",
            "Number, from 1, of the refit before which it was excluded as `not_accurate`.",
        ),
    ),
)
