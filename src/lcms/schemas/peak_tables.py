"""What was integrated: `peaks`, with the decisions behind them and the test of decoys."""

from typing import Final

from lcms.schemas.declaration import (
    COUNT,
    ION,
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

PEAKS: Final = Table(
    "peaks",
    "One row per run and ion.",
    ("sample_id", "ion_id"),
    (
        SAMPLE,
        ION,
        TARGET,
        required("ion_role", "`quantifier` or `qualifier`."),
        required(
            "status", "`quantified`, `not_detected`, `saturated`, `not_acquired` or `failed`."
        ),
        Column("retention_time_s", NUMBER, "s", "Time of the apex.", "MS:1000894"),
        Column("left_s", NUMBER, "s", "Left border: 5 % of the height."),
        Column("right_s", NUMBER, "s", "Right border: 5 % of the height."),
        Column("area", NUMBER, "count s", "Time integral above the baseline.", "MS:1001858"),
        Column(
            "area_sd",
            NUMBER,
            "count s",
            "One standard deviation of `area`: noise, baseline, place, overlap with neighbours.",
        ),
        Column(
            "area_lod",
            NUMBER,
            "count s",
            "Smallest area that would have been detected here: three standard errors without a "
            "peak (of `detection_score`, if set otherwise). Null where nothing was acquired.",
        ),
        Column(
            "method",
            TEXT,
            "",
            "`fit`: area of the fitted shape; `trapezoid`: trapezoid rule between the borders, "
            "neighbours and baseline of the fit taken off, share beyond the borders added.",
        ),
        Column("height", NUMBER, "count", "Height of the apex above the baseline."),
        Column(
            "signal_to_noise",
            NUMBER,
            "",
            "Height by the standard deviation of the noise beside the peak.",
            "MS:1001884",
        ),
        Column("score", NUMBER, "", "Area by the standard error of its fit: 3 is a detection."),
        Column("fwhm_s", NUMBER, "s", "Full width at half height."),
        Column(
            "tailing", NUMBER, "", "Symmetry factor at 5 % height (USP <621>): 1 is symmetric."
        ),
        Column(
            "misfit",
            NUMBER,
            "",
            "Scatter of the points around the fitted model by what their noise lets expect, at "
            "least 1.",
        ),
        Column("mz_theoretical", NUMBER, "Th", "m/z computed from formula and adduct."),
        Column("mz_observed", NUMBER, "Th", "Intensity-weighted m/z around the apex."),
        Column("mz_error_ppm", NUMBER, "ppm", "Observed against theoretical m/z, uncorrected."),
        Column(
            "mz_residual_ppm",
            NUMBER,
            "ppm",
            "`mz_error_ppm` less the mass offset of the run (less 0 where that is unknown).",
        ),
        Column("n_points", COUNT, "", "Number of scans with a signal between the borders."),
        Column("isomers", TEXT, "", "Of an isomer group: `resolved`, `split` or `sum_only`."),
        Column("resolution", NUMBER, "", "To the nearest isomer, by half-height widths (USP)."),
        Column("valley", NUMBER, "", "Lowest point between the two, by the smaller apex."),
        Column("area_correlation", NUMBER, "", "Of `area` with that of the nearest isomer."),
        Column("group_area", NUMBER, "count s", "Sum over the isomer group."),
        Column("group_area_sd", NUMBER, "count s", "One standard deviation of `group_area`."),
        Column(
            "co_elution",
            NUMBER,
            "",
            "Highest correlation of its chromatogram, between its borders, with that of another "
            "ion of the compound; null where no other was found.",
        ),
        Column(
            "ion_ratio",
            NUMBER,
            "",
            "Of a qualifier: its area by that of the quantifier in the same run.",
        ),
        Column("ion_ratio_sd", NUMBER, "", "One standard deviation of `ion_ratio`."),
        Column(
            "isotope_ratio",
            NUMBER,
            "",
            "Of the 13C isotope (M+1) to the ion, by the points between the borders. Null where "
            "the isotope is too weak to be seen, or another target is there.",
        ),
        Column("isotope_ratio_sd", NUMBER, "", "One standard deviation of `isotope_ratio`."),
        Column("isotope_ratio_expected", NUMBER, "", "The same by the formula."),
        Column(
            "standard_time_difference_s",
            NUMBER,
            "s",
            "Time of the apex less that of the internal standard in the same run.",
        ),
        Column(
            "standard_correlation",
            NUMBER,
            "",
            "Correlation with the chromatogram of the internal standard between the borders.",
        ),
        Column(
            "quality",
            NUMBER,
            "",
            "0 to 1: probability that it is acceptable (right compound, area within 30 %), by "
            "signal, fit, m/z and time, as simulated batches taught (`docs/evidence.md`).",
        ),
        Column("retention_shift_s", NUMBER, "s", "Expected time less the listed one."),
        Column("expected_time_s", NUMBER, "s", "Where batch and run let it be expected."),
        Column("flags", WORDS, "", "Words that qualify the row.", nullable=False),
    ),
)

DECISIONS: Final = Table(
    "decisions",
    "Why the peaks are what they are: one row per candidate that was rejected (`kind` "
    "`rejected`) and per way to integrate the peak otherwise (`kind` `changed`).",
    ("sample_id", "ion_id", "number"),
    (
        SAMPLE,
        ION,
        Column(
            "number",
            COUNT,
            "",
            "From 1 within the run and ion: the place of the target itself where it was not "
            "detected, the candidates in order of time, the changes.",
            nullable=False,
        ),
        required("kind", "`rejected` or `changed`."),
        required("reason", "Why it was rejected, or what is done otherwise."),
        Column("retention_time_s", NUMBER, "s", "Time of the apex.", "MS:1000894"),
        Column("height", NUMBER, "count", "Height of the apex above the baseline."),
        Column("signal_to_noise", NUMBER, "", "Height by the noise beside the peak."),
        Column("score", NUMBER, "", "Area by its standard deviation; not of a candidate."),
        Column("mz_residual_ppm", NUMBER, "ppm", "As in `peaks`."),
        Column(
            "area_change_percent",
            NUMBER,
            "%",
            "By which the area of the peak would differ; only of `kind` `changed`.",
        ),
    ),
)

DECOYS: Final = Table(
    "decoys",
    "The detection test at m/z near the targets where no ion of the panel can be: one row per "
    "run, ion and decoy. What is detected there is found by chance. Ions without a listed time "
    "and product ions have no decoys.",
    ("sample_id", "ion_id", "number"),
    (
        SAMPLE,
        ION,
        Column("number", COUNT, "", "Of the decoy, from 1.", nullable=False),
        Column("mz", NUMBER, "Th", "m/z of the decoy."),
        Column("expected_time_s", NUMBER, "s", "Where the target is expected in this run."),
        Column("score", NUMBER, "", "As in `peaks`; null where there are too few points."),
        Column("misfit", NUMBER, "", "As in `peaks`; null where the score is low."),
        Column("mz_residual_ppm", NUMBER, "ppm", "As in `peaks`; null where the score is low."),
        Column(
            "detected", TRUTH, "", "Whether it passes for a peak of the target.", nullable=False
        ),
    ),
)
