"""How well it was measured: metrics, the verdict of the rules, false detections."""

from typing import Final

import pyarrow as pa

from lcms.schemas.declaration import (
    BATCH,
    CONCENTRATION,
    COUNT,
    NUMBER,
    SERIES,
    TARGET,
    TRUTH,
    TRUTHS,
    Column,
    Table,
    required,
)


def _limited(name: str, definition: str) -> tuple[Column, ...]:
    """Return the columns of a metric in percent, its limit and whether it passes."""
    stem = name.removesuffix("_percent")
    return (
        Column(name, NUMBER, "%", definition),
        Column(f"{stem}_limit_percent", NUMBER, "%", f"Limit of `{name}`."),
        Column(f"{stem}_pass", TRUTH, "", f"Whether `{name}` keeps to it; null: not known."),
    )


QUALITY: Final = Table(
    "quality",
    "One row per batch and analyte: how well it was measured. A limit is that of the chosen rule "
    "profile, or of another one where the chosen profile has no such rule.",
    ("batch", "target_id"),
    (
        BATCH,
        TARGET,
        Column(
            "pooled_qc_cv_raw_percent",
            NUMBER,
            "%",
            "Coefficient of variation of the responses of the pooled QCs before drift correction.",
        ),
        *_limited(
            "pooled_qc_cv_percent", "The same after drift correction; null below two values."
        ),
        *_limited(
            "pooled_qc_detected_percent", "Share of the pooled QCs in which it was detected."
        ),
        *_limited(
            "d_ratio_percent",
            "100 x standard deviation of the pooled QCs by that of the unknowns, both of the "
            "corrected response (Broadhurst 2018).",
        ),
        *_limited(
            "blank_ratio_percent", "Median area of blanks and solvents by that of pooled QCs."
        ),
        *_limited(
            "blank_percent",
            "Highest area in a blank or solvent by the mean at the LLOQ, those right after the "
            "highest calibrator left out.",
        ),
        *_limited("blank_standard_percent", "The same of the internal standard, by its median."),
        *_limited("zero_percent", "Highest response of a zero sample by the mean at the LLOQ."),
        *_limited(
            "carry_over_percent",
            "Highest area in a blank or solvent right after the highest calibrator, by the mean "
            "at the LLOQ.",
        ),
        *_limited(
            "carry_over_standard_percent", "The same of the internal standard, by its median."
        ),
        *_limited(
            "standard_deviant_percent",
            "Share of the runs whose internal standard is outside 50 to 150 % of its median.",
        ),
        Column(
            "qc_nominal",
            SERIES,
            CONCENTRATION,
            "Nominal concentrations of the quality controls, ascending, one per level; the "
            "columns below have the same order.",
        ),
        Column("qc_n", pa.list_(COUNT), "", "Injections per level, failed ones too."),
        Column("qc_accuracy_percent", SERIES, "%", "Mean accuracy of each level."),
        Column("qc_cv_percent", SERIES, "%", "Coefficient of variation of each level."),
        Column(
            "qc_accepted_percent", SERIES, "%", "Share of each level within `qc_limit_percent`."
        ),
        Column("qc_limit_percent", NUMBER, "%", "Largest deviation of a QC from nominal."),
        Column(
            "qc_pass", TRUTHS, "", "Whether the mean accuracy of each level keeps to that limit."
        ),
    ),
)

VERDICT: Final = Table(
    "verdict",
    "One row per batch, analyte and acceptance rule of the chosen profile.",
    ("batch", "target_id", "rule"),
    (
        BATCH,
        TARGET,
        required("rule", "What is limited; a number in percent where the name says so."),
        required("profile", "Rule profile of the configuration."),
        required("clause", "What the rule says, and where it comes from."),
        Column("value", NUMBER, "", "What was found; null where the batch cannot tell."),
        required("relation", "`at_most` or `at_least`: how the value must stand to the limit."),
        Column("limit", NUMBER, "", "Limit; it belongs to what passes.", nullable=False),
        Column("pass", TRUTH, "", "Whether it passes; null where there is no value."),
    ),
)

DETECTION: Final = Table(
    "detection",
    "How often chance passes for a peak: one row per batch and polarity.",
    ("batch", "polarity"),
    (
        BATCH,
        required("polarity", "`+`, `-`, or `unknown` where only an m/z is given."),
        Column("n_decoys", COUNT, "", "Decoys that were tested.", nullable=False),
        Column("n_detected", COUNT, "", "Decoys that passed for a peak.", nullable=False),
        Column(
            "false_detection_percent",
            NUMBER,
            "%",
            "Share of the decoys that passed: the estimated chance that an absent compound is "
            "detected.",
        ),
        Column("false_detection_low_percent", NUMBER, "%", "Its lower 95 % limit."),
        Column(
            "false_detection_high_percent",
            NUMBER,
            "%",
            "Its upper 95 % limit (Clopper and Pearson).",
        ),
        Column("n_targets", COUNT, "", "Ions of targets that were tested.", nullable=False),
        Column("n_targets_detected", COUNT, "", "Of these, those with a peak.", nullable=False),
        Column(
            "false_share_percent",
            NUMBER,
            "%",
            "Estimated share of chance among the detected targets: p / (1 - p) x not detected "
            "by detected, p the false-detection rate.",
        ),
    ),
)
