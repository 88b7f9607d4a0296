"""How much there is: `concentrations`, and the same as a wide matrix."""

from typing import Final

from lcms.schemas.declaration import (
    BATCH,
    CONCENTRATION,
    COUNT,
    NUMBER,
    SAMPLE,
    TARGET,
    TEXT,
    WORDS,
    Column,
    Table,
    required,
)

CONCENTRATIONS: Final = Table(
    "concentrations",
    "One row per run and compound.",
    ("sample_id", "target_id"),
    (
        SAMPLE,
        TARGET,
        BATCH,
        required("sample_type", "What the injection is for."),
        required(
            "status",
            "`quantified`, `below_lloq`, `above_uloq`, `not_detected` (left-censored), "
            "`no_calibration`, `not_acquired` or `failed`.",
        ),
        Column(
            "response",
            NUMBER,
            "",
            "Area of the quantifier by that of the internal standard; "
            "the area itself (count s) where the target names no internal standard. Carry-over "
            "and cross-talk, given in the columns below, are taken off.",
            "MS:1001859",
        ),
        Column("response_sd", NUMBER, "", "One standard deviation of `response`."),
        Column(
            "response_corrected", NUMBER, "", "Response after drift correction, else `response`."
        ),
        Column(
            "carry_over_response",
            NUMBER,
            "",
            "What the injection before left, estimated by the blanks after the highest "
            "calibrator; taken off unless `carry_over` is `flag`.",
        ),
        Column(
            "unlabelled_response",
            NUMBER,
            "",
            "Taken off for unlabelled compound in the labelled standard, by zero samples.",
        ),
        Column(
            "standard_isotopes_percent",
            NUMBER,
            "%",
            "Share of the standard's area that was taken off as natural isotopes of analytes.",
        ),
        Column("concentration", NUMBER, "concentration", "Of the undiluted sample."),
        Column("concentration_low", NUMBER, "concentration", "Lower end of the 95 % interval."),
        Column("concentration_high", NUMBER, "concentration", "Upper end of the 95 % interval."),
        Column(
            "group_concentration",
            NUMBER,
            CONCENTRATION,
            "Of the sum of the isomer group, where only that is known (flag `sum_only`): the "
            "same in the row of each member, whose own `concentration` is null.",
        ),
        Column(
            "group_concentration_low", NUMBER, CONCENTRATION, "Lower end of its 95 % interval."
        ),
        Column(
            "group_concentration_high", NUMBER, CONCENTRATION, "Upper end of its 95 % interval."
        ),
        Column(
            "accuracy_percent",
            NUMBER,
            "%",
            "100 x found by nominal, of calibrators and quality controls.",
        ),
        Column(
            "identification_level",
            COUNT,
            "",
            "Metabolomics Standards Initiative: 1 identified, 2 and 3 putative, 4 unknown; null "
            "without a peak.",
        ),
        Column("identification_reason", TEXT, "", "Why it is that level (see `flags.md`)."),
        Column(
            "ion_ratio",
            NUMBER,
            "",
            "Of the qualifier that is furthest from what is expected: its area by that of the "
            "quantifier; 0 where it is missing although it must be seen.",
        ),
        Column(
            "ion_ratio_expected",
            NUMBER,
            "",
            "`expected_ion_ratio`, else the median of the calibrators of the batch.",
        ),
        Column("flags", WORDS, "", "Words that qualify the row.", nullable=False),
    ),
)

ABUNDANCE_MATRIX: Final = Table(
    "abundance_matrix",
    "Wide: one row per injection, one column per analyte. The concentration where it is "
    "`quantified`; the response where the batch has no calibration for that analyte; else null "
    "(`concentrations` says why).",
    ("sample_id",),
    (SAMPLE,),
    open_columns=True,
    open_dtype=NUMBER,
    open_unit="concentration",
    open_definition="Concentration of this analyte, or its response where it is not calibrated.",
)
