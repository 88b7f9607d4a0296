"""The concentrations, as a long table and as wide matrices."""

from typing import Final

from lcms.schemas.declaration import (
    BATCH,
    COUNT,
    NUMBER,
    SAMPLE,
    TARGET,
    TEXT,
    TRUTH,
    WORDS,
    Column,
    Table,
    required,
)

_TYPE: Final = required("sample_type", "Type of the injection, as in the sample sheet.")

CONCENTRATIONS: Final = Table(
    "concentrations",
    "Response and concentration: one row per run and analyte or isomer sum.",
    ("sample_id", "target_id"),
    (
        SAMPLE,
        TARGET,
        required(
            "kind",
            "`analyte`, or `isomer_sum`: the sum of the analytes of an isomer group, under the "
            "name of the group. Never add it to its members.",
        ),
        BATCH,
        _TYPE,
        Column(
            "dilution_factor",
            NUMBER,
            "",
            "Dilution of the sample before the injection, as in the sample sheet.",
            nullable=False,
        ),
        required(
            "status",
            "`quantified`, `single_point`, `below_lloq`, `above_uloq`, `not_detected` "
            "(left-censored), `no_calibration`, `undetermined`, `excluded`, `not_acquired` or "
            "`failed`.",
        ),
        Column(
            "response",
            NUMBER,
            "",
            "Area of the quantifier divided by the area of the internal standard, or the area "
            "(count s) if the target has no internal standard. Unlabelled compound and "
            "isotopes (columns below) are subtracted, carry-over on request.",
            "MS:1001859",
        ),
        Column("response_sd", NUMBER, "", "Standard deviation of `response`."),
        Column(
            "response_corrected",
            NUMBER,
            "",
            "`response` divided by the drift factor of the run; `response` if it has none.",
        ),
        Column(
            "response_bridged",
            NUMBER,
            "",
            "`response_corrected` on one scale for all batches, by the pooled QCs of each; null "
            "unless `quantification.bridging` is `pooled_qc`, and where a batch has no pooled QC "
            "with a response.",
        ),
        Column(
            "bridge_sd_percent",
            NUMBER,
            "%",
            "Relative standard deviation of the factor from `response_corrected` to "
            "`response_bridged`.",
        ),
        Column(
            "response_lod",
            NUMBER,
            "",
            "Smallest detectable response of this run: `area_lod` divided by the area of the "
            "internal standard (of a blank or solvent: its median in the six nearest runs that "
            "have it) and by the drift factor. Null where the run shows none.",
        ),
        Column(
            "carry_over_response",
            NUMBER,
            "",
            "Carry-over from the injection before, estimated from the blanks after the highest "
            "calibrator; it is subtracted if `carry_over` is `subtract`.",
        ),
        Column(
            "unlabelled_response",
            NUMBER,
            "",
            "Response of unlabelled compound in the labelled standard, estimated from the zero "
            "samples; it is subtracted.",
        ),
        Column(
            "standard_isotopes_percent",
            NUMBER,
            "%",
            "Percentage of the area of the internal standard that was subtracted as natural "
            "isotopes of analytes.",
        ),
        Column("concentration", NUMBER, "concentration", "Concentration in the undiluted sample."),
        Column("concentration_low", NUMBER, "concentration", "Lower end of the 95 % interval."),
        Column("concentration_high", NUMBER, "concentration", "Upper end of the 95 % interval."),
        Column(
            "concentration_per_amount",
            NUMBER,
            "concentration / amount_unit",
            "`concentration` divided by `sample_amount` of the sample sheet: nmol/L divided by "
            "mg/mL is pmol/mg. Null without an amount.",
        ),
        Column("amount_unit", TEXT, "", "Unit of `sample_amount`, as in the sample sheet."),
        Column(
            "lod",
            NUMBER,
            "concentration",
            "Limit of detection of this row, in the undiluted sample: `response_lod` divided by "
            "the slope at 0, times `dilution_factor`. Null without a curve or without "
            "`response_lod`.",
        ),
        Column(
            "lloq",
            NUMBER,
            "concentration",
            "Lower limit of quantification of this row, in the undiluted sample: that of the "
            "batch times `dilution_factor`, or `lod` where that is higher.",
        ),
        Column(
            "uloq",
            NUMBER,
            "concentration",
            "Upper limit of quantification of this row, in the undiluted sample.",
        ),
        Column(
            "censored",
            TRUTH,
            "",
            "Whether the value is left-censored: the status is `not_detected`, and the "
            "concentration lies below `lod` (the response below `response_lod`).",
            nullable=False,
        ),
        Column(
            "accuracy_percent",
            NUMBER,
            "%",
            "100 x concentration / nominal concentration of calibrators and quality controls, "
            "both without `endogenous`; of a control that was spiked into a matrix (`spiked_into`)"
            " 100 x (concentration - `unspiked_concentration`) / nominal concentration.",
        ),
        Column(
            "accuracy_low_percent",
            NUMBER,
            "%",
            "Lower end of its 95 % interval, of quality controls; the uncertainty of the unspiked "
            "matrix is included.",
        ),
        Column("accuracy_high_percent", NUMBER, "%", "Upper end of its 95 % interval."),
        Column(
            "unspiked_concentration",
            NUMBER,
            "concentration",
            "Mean concentration of the unspiked matrix of a spiked control, undiluted; half of "
            "the limit of detection where the compound is not detected in it.",
        ),
        Column(
            "identification_level",
            COUNT,
            "",
            "Level of the Metabolomics Standards Initiative: 1 identified, 2 and 3 putative, 4 "
            "unknown; null without a peak.",
        ),
        Column("identification_reason", TEXT, "", "Reason for the level (see `flags.md`)."),
        Column(
            "ion_ratio",
            NUMBER,
            "",
            "Area of the qualifier divided by that of the quantifier; of several qualifiers the "
            "one with the largest relative deviation. 0 if the qualifier is not detected "
            "although its expected area is more than twice its detection limit.",
        ),
        Column(
            "ion_ratio_expected",
            NUMBER,
            "",
            "Expected ratio: `expected_ion_ratio` of the target sheet, or else the median of the "
            "calibrators of the batch.",
        ),
        Column(
            "ms2_similarity",
            NUMBER,
            "",
            "Spectral entropy similarity of the best MS2 scan in the peak to those in the "
            "calibrators and quality controls of the batch at the same collision energy, the "
            "precursor left out; median over the five most intense of them.",
        ),
        Column(
            "ms2_products_absent",
            WORDS,
            "",
            "Expected product ions that no MS2 scan in the peak holds, although they would be "
            "seen if the peak were the compound (flag `ms2_contradicts`).",
        ),
        Column("flags", WORDS, "", "Flags; `flags.md` explains them.", nullable=False),
    ),
)

CONCENTRATION_MATRIX: Final = Table(
    "concentration_matrix",
    "Wide table of concentrations: one row per injection, one column per analyte and isomer sum. "
    "Null unless the status is `quantified` or `single_point`, and where a peak is saturated "
    "(`concentrations` gives the reason).",
    ("sample_id",),
    (SAMPLE, _TYPE),
    open_columns=True,
    open_dtype=NUMBER,
    open_unit="concentration",
    open_definition="Concentration of this analyte in the undiluted sample.",
)

RESPONSE_MATRIX: Final = Table(
    "response_matrix",
    "Wide table of responses in the vial: one row per injection, one column per analyte and "
    "isomer sum. Null without a response, and where a peak is saturated.",
    ("sample_id",),
    (SAMPLE, _TYPE),
    open_columns=True,
    open_dtype=NUMBER,
    open_unit="response",
    open_definition="`response_corrected` of `concentrations`: the area ratio to the internal "
    "standard, or the area (count s) if the target has none; `response_bridged` for a compound "
    "that has it.",
)
