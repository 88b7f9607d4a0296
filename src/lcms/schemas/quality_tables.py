"""Quality of the measurement: metrics, verdicts of the rules, false detections."""

from typing import Final

import pyarrow as pa

from lcms.schemas.declaration import (
    BATCH,
    CONCENTRATION,
    COUNT,
    NUMBER,
    SAMPLE,
    SERIES,
    TARGET,
    TEXT,
    TRUTH,
    TRUTHS,
    WORDS,
    Column,
    Table,
    required,
)


def _limited(name: str, definition: str) -> tuple[Column, ...]:
    """Return three columns: a metric in percent, its limit, and whether it passes."""
    stem = name.removesuffix("_percent")
    return (
        Column(name, NUMBER, "%", definition),
        Column(f"{stem}_limit_percent", NUMBER, "%", f"Limit of `{name}`."),
        Column(
            f"{stem}_pass", TRUTH, "", f"Whether `{name}` is within the limit; null if not known."
        ),
    )


QUALITY: Final = Table(
    "quality",
    "Quality of the measurement: one row per batch and analyte; with the profile `validation` "
    "also one for all batches together (batch `*`). The limits are those of the "
    "chosen rule profile, or of another one if the chosen profile has no such rule.",
    ("batch", "target_id"),
    (
        BATCH,
        TARGET,
        required(
            "acceptance",
            "Result of all rules of the chosen profile (`verdict`): `accepted`, `rejected` (a "
            "required or decisive rule fails) or `not_judged` (none fails, but the batch has no "
            "data for a required one).",
        ),
        Column(
            "acceptance_why",
            WORDS,
            "",
            "The rules that fail, or those without data.",
            nullable=False,
        ),
        Column(
            "pooled_qc_cv_raw_percent",
            NUMBER,
            "%",
            "Coefficient of variation of the responses of the pooled QCs before drift correction.",
        ),
        *_limited(
            "pooled_qc_cv_percent",
            "Coefficient of variation of the responses of the pooled QCs after drift correction; "
            "null with fewer than two values.",
        ),
        *_limited(
            "pooled_qc_detected_percent",
            "Percentage of the pooled QCs in which the analyte was detected.",
        ),
        *_limited(
            "d_ratio_percent",
            "D-ratio: 100 x standard deviation of the pooled QCs / standard deviation of the "
            "unknowns, both of the logarithms of the drift-corrected responses (Broadhurst 2018); "
            "values that are not above 0 are left out.",
        ),
        *_limited(
            "blank_ratio_percent",
            "100 x median area of blanks and solvents / median area of pooled QCs.",
        ),
        *_limited(
            "blank_percent",
            "100 x highest area in a blank or solvent / mean area at the LLOQ; blanks right after "
            "the highest calibrator are left out.",
        ),
        *_limited(
            "blank_standard_percent",
            "100 x highest area of the internal standard in these blanks / its median area.",
        ),
        *_limited(
            "zero_percent", "100 x highest response of a zero sample / mean response at the LLOQ."
        ),
        *_limited(
            "carry_over_percent",
            "100 x highest area in a blank or solvent right after the highest calibrator / mean "
            "area at the LLOQ.",
        ),
        *_limited(
            "carry_over_standard_percent",
            "100 x highest area of the internal standard in these blanks / its median area.",
        ),
        *_limited(
            "standard_deviant_percent",
            "Percentage of the runs in which the area of the internal standard is below 50 % or "
            "above 150 % of its median.",
        ),
        Column(
            "qc_nominal",
            SERIES,
            CONCENTRATION,
            "Nominal concentrations of the quality controls in the vial, one per level and "
            "dilution, ascending; undiluted ones first. The columns below have the same order.",
        ),
        Column("qc_dilution_factor", SERIES, "", "Dilution factor of each level."),
        Column(
            "qc_in_range", TRUTHS, "", "Whether each level lies in the range that the curve kept."
        ),
        Column(
            "qc_n",
            pa.list_(COUNT),
            "",
            "Number of injections per level, including those without a result.",
        ),
        Column("qc_accuracy_percent", SERIES, "%", "Mean accuracy of each level."),
        Column("qc_cv_percent", SERIES, "%", "Coefficient of variation of each level."),
        Column("qc_accepted_percent", SERIES, "%", "Percentage of each level within the limit."),
        Column(
            "qc_limit_percent", NUMBER, "%", "Largest accepted deviation of a QC from nominal."
        ),
        Column(
            "qc_pass", TRUTHS, "", "Whether the mean accuracy of each level is within the limit."
        ),
    ),
)

VERDICT: Final = Table(
    "verdict",
    "Acceptance rules: one row per batch, analyte and rule of the chosen profile. Batch `*` are "
    "all batches together (profile `validation`).",
    ("batch", "target_id", "rule"),
    (
        BATCH,
        TARGET,
        required("rule", "Metric that the rule limits; in percent if the name ends so."),
        required("profile", "Rule profile of the configuration."),
        required("clause", "The rule in plain words, and its source."),
        Column(
            "clause_checked",
            TRUTH,
            "",
            "Whether `clause` was compared with the text of its source; null for usual practice.",
        ),
        required(
            "weight",
            "`required`: without its value the batch is not accepted, and a failure rejects; "
            "`decisive`: a failure rejects; `informative`: a failure does not reject.",
        ),
        Column("value", NUMBER, "", "Value of the metric; null if the batch has no data for it."),
        required(
            "relation", "`at_most` or `at_least`: on which side of the limit the value passes."
        ),
        Column("limit", NUMBER, "", "Limit; a value equal to it passes.", nullable=False),
        Column("pass", TRUTH, "", "Whether the value passes; null without a value."),
    ),
)

TRIAGE: Final = Table(
    "triage",
    "Whether a person must look at a result: one row per run and compound, internal standards and "
    "isomer sums included.",
    ("sample_id", "target_id"),
    (
        SAMPLE,
        TARGET,
        BATCH,
        required("sample_type", "Type of the injection, as in the sample sheet."),
        Column(
            "triage",
            TEXT,
            "",
            "`valid`, `warning` or `error`: the gravest level of the rules below for this sample "
            "type; null in a run that the sheet excludes.",
        ),
        Column(
            "triage_rules",
            WORDS,
            "",
            "Rules that hold and are not `valid` for this sample type, the gravest first; "
            "`flags.md` explains them.",
            nullable=False,
        ),
    ),
)

DETECTION: Final = Table(
    "detection",
    "Rate of false detections, estimated from the decoys: one row per batch and polarity.",
    ("batch", "polarity"),
    (
        BATCH,
        required(
            "polarity", "`+`, `-`, or `unknown` for targets that are given by their m/z only."
        ),
        Column("n_decoys", COUNT, "", "Number of decoys that were tested.", nullable=False),
        Column(
            "n_with_signal",
            COUNT,
            "",
            "Number of these with enough points for a peak; only they can fail.",
            nullable=False,
        ),
        Column(
            "n_detected",
            COUNT,
            "",
            "Number of decoys in which a peak was detected.",
            nullable=False,
        ),
        Column(
            "false_detection_percent",
            NUMBER,
            "%",
            "Percentage of the decoys in which a peak was detected: the estimated probability "
            "that an absent compound is detected. Null where fewer than 20 decoys hold a signal: "
            "then they show only that m/z space is empty.",
        ),
        Column("false_detection_low_percent", NUMBER, "%", "Lower limit of its 95 % interval."),
        Column(
            "false_detection_high_percent",
            NUMBER,
            "%",
            "Upper limit of its 95 % interval (Clopper and Pearson), a decoy counted once for all "
            "runs.",
        ),
        Column(
            "n_targets", COUNT, "", "Number of ions of targets that were tested.", nullable=False
        ),
        Column("n_targets_detected", COUNT, "", "Number of these with a peak.", nullable=False),
        Column(
            "false_share_percent",
            NUMBER,
            "%",
            "Estimated percentage of false detections among the detected targets: 100 x p / (1 - "
            "p) x number not detected / number detected, with the false-detection rate p.",
        ),
    ),
)
