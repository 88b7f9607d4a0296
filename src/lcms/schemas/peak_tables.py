"""The integrated peaks, the decisions behind them, and the test of the decoys."""

from typing import Final

from lcms.schemas.chromatogram_tables import CHROMATOGRAM
from lcms.schemas.declaration import (
    COMPACT_SERIES,
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
    "The peak of each ion in each run, or why there is none: one row per run and ion.",
    ("sample_id", "ion_id"),
    (
        SAMPLE,
        ION,
        TARGET,
        required("ion_role", "`quantifier` or `qualifier`, as in the target sheet."),
        required(
            "status",
            "`quantified`, `not_detected`, `saturated`, `not_acquired`, `excluded` or `failed`.",
        ),
        Column("retention_time_s", NUMBER, "s", "Time of the apex.", "MS:1000894"),
        Column("left_s", NUMBER, "s", "Left border, at 5 % of the height."),
        Column("right_s", NUMBER, "s", "Right border, at 5 % of the height."),
        Column("area", NUMBER, "count s", "Peak area above the baseline.", "MS:1001858"),
        Column(
            "area_sd",
            NUMBER,
            "count s",
            "Standard deviation of `area` by noise, baseline, retention time and overlap with "
            "neighbours; of a truncated peak by its shape, too.",
        ),
        Column(
            "area_lod",
            NUMBER,
            "count s",
            "Detection limit in this run: of peaks of this area 5 % are missed, by the score and "
            "the number of scans with a signal. Null if the ion was not acquired, or if the fit "
            "does not determine it (flag `fit_unsettled`). If no retention time is expected: of "
            "usual peaks of this area the search of the batch misses 5 %.",
        ),
        Column(
            "area_decision_limit",
            NUMBER,
            "count s",
            "Decision limit in this run: `detection_score` (3 unless set) times the standard "
            "error of the area without a peak. Noise alone exceeds it about once in 700 runs.",
        ),
        Column(
            "method",
            TEXT,
            "",
            "`fit`: area of the fitted peak shape; `trapezoid`: trapezoid rule between the "
            "borders, after the fitted neighbours and baseline are subtracted, plus the part of "
            "the fitted area outside the borders.",
        ),
        Column("height", NUMBER, "count", "Height of the apex above the baseline."),
        Column(
            "signal_to_noise",
            NUMBER,
            "",
            "Height divided by the standard deviation of the noise beside the peak.",
            "MS:1001884",
        ),
        Column(
            "score",
            NUMBER,
            "",
            "Fitted area divided by its standard error; a peak is detected from "
            "`detection_score` (3 unless set) on.",
        ),
        Column("fwhm_s", NUMBER, "s", "Full width at half height."),
        Column(
            "tailing", NUMBER, "", "Symmetry factor at 5 % height (USP <621>); 1 is symmetric."
        ),
        Column(
            "misfit",
            NUMBER,
            "",
            "Scatter of the points around the fit divided by the scatter expected from their "
            "noise, at least 1.",
        ),
        Column("mz_theoretical", NUMBER, "Th", "m/z calculated from formula and adduct."),
        Column(
            "mz_observed", NUMBER, "Th", "Observed m/z: intensity-weighted mean around the apex."
        ),
        Column(
            "mz_error_ppm",
            NUMBER,
            "ppm",
            "Observed minus theoretical m/z, not corrected for the mass offset of the run.",
        ),
        Column(
            "mz_residual_ppm",
            NUMBER,
            "ppm",
            "`mz_error_ppm` minus the mass offset of the run (minus 0 if the offset is unknown).",
        ),
        Column(
            "n_points", COUNT, "", "Number of scans with an intensity above 0 between the borders."
        ),
        Column(
            "isomers",
            TEXT,
            "",
            "For members of an isomer group: `resolved`, `split` (overlapping, separated by the "
            "fit) or `sum_only` (not resolved).",
        ),
        Column(
            "resolution",
            NUMBER,
            "",
            "Resolution from the nearest isomer, calculated from the widths at half height (USP).",
        ),
        Column(
            "valley",
            NUMBER,
            "",
            "Height of the valley to the nearest isomer divided by the height of the smaller of "
            "the two peaks.",
        ),
        Column(
            "area_correlation",
            NUMBER,
            "",
            "Correlation of the errors of `area` and of the area of the nearest isomer.",
        ),
        Column(
            "group_area",
            NUMBER,
            "count s",
            "Sum of the areas of the isomer group, in the row of every member; null if it was not "
            "detected.",
        ),
        Column("group_area_sd", NUMBER, "count s", "Standard deviation of `group_area`."),
        Column(
            "group_area_lod", NUMBER, "count s", "As `area_lod`, for the sum of the isomer group."
        ),
        Column(
            "co_elution",
            NUMBER,
            "",
            "Highest correlation between the chromatogram of the ion and that of another ion of "
            "the compound, between the borders of the peak; null if no other ion was detected.",
        ),
        Column(
            "ion_ratio",
            NUMBER,
            "",
            "For a qualifier: its area divided by that of the quantifier in the same run.",
        ),
        Column("ion_ratio_sd", NUMBER, "", "Standard deviation of `ion_ratio`."),
        Column(
            "isotope_ratio",
            NUMBER,
            "",
            "Intensity of the 13C isotope (M+1) divided by that of M, fitted to the points "
            "between the borders. Null where the expected M+1 peak is less than three times the "
            "detection threshold, or another target has the m/z of M+1.",
        ),
        Column("isotope_ratio_sd", NUMBER, "", "Standard deviation of `isotope_ratio`."),
        Column(
            "isotope_ratio_expected", NUMBER, "", "`isotope_ratio` calculated from the formula."
        ),
        Column(
            "source_parent",
            TEXT,
            "",
            "Compound that elutes with the peak, is at least twice as high and may have formed it "
            "in the ion source (flag `source_fragment`).",
        ),
        Column(
            "standard_time_difference_s",
            NUMBER,
            "s",
            "Retention time minus that of the internal standard in the same run.",
        ),
        Column(
            "standard_correlation",
            NUMBER,
            "",
            "Correlation between the chromatogram of the ion and that of its internal standard, "
            "between the borders of the peak.",
        ),
        Column(
            "quality",
            NUMBER,
            "",
            "Estimated probability, 0 to 1, that the peak is acceptable (right compound, area "
            "within 30 %): a logistic function of `score`, `misfit`, `mz_residual_ppm` and the "
            "deviation from the expected retention time, fitted to simulated batches "
            "(`docs/method.md`). 0 if its points alternate; of a truncated peak times the "
            "probability that its completed area is within 30 %.",
        ),
        Column("retention_shift_s", NUMBER, "s", "Expected minus listed retention time."),
        Column("expected_time_s", NUMBER, "s", "Retention time expected in this run."),
        Column(
            "area_automatic",
            NUMBER,
            "count s",
            "`area` before the review; null if no reviewer decided on the peak (flag `reviewed`).",
        ),
        Column("flags", WORDS, "", "Flags; `flags.md` explains them.", nullable=False),
    ),
)

DECISIONS: Final = Table(
    "decisions",
    "Decisions: one row per candidate that was rejected (`kind` `rejected`), and one row per "
    "other way to integrate the peak (`kind` `changed`).",
    ("sample_id", "ion_id", "number"),
    (
        SAMPLE,
        ION,
        Column(
            "number",
            COUNT,
            "",
            "Number within the run and ion, from 1: first the target itself if it was not "
            "detected, then the candidates in order of retention time, then the changes.",
            nullable=False,
        ),
        required("kind", "`rejected` or `changed`."),
        required(
            "reason",
            "Why the candidate was rejected, or what is done differently (see `flags.md`).",
        ),
        Column("retention_time_s", NUMBER, "s", "Time of the apex.", "MS:1000894"),
        Column("left_s", NUMBER, "s", "Left border."),
        Column("right_s", NUMBER, "s", "Right border."),
        Column("height", NUMBER, "count", "Height of the apex above the baseline."),
        Column("signal_to_noise", NUMBER, "", "As in `peaks`."),
        Column("score", NUMBER, "", "As in `peaks`; null for candidates, which are not fitted."),
        Column("mz_residual_ppm", NUMBER, "ppm", "As in `peaks`."),
        Column(
            "area_change_percent",
            NUMBER,
            "%",
            "Change of the area of the peak if it is integrated in this way; null for `kind` "
            "`rejected`.",
        ),
    ),
)

FITS: Final = Table(
    "fits",
    "What was fitted to each chromatogram: one row per run and chromatogram, so that the curves "
    "can be drawn. A component is area x the peak shape of unit area (`docs/method.md`) at its "
    "retention time; the fitted curve is the sum of the components and the baseline.",
    ("sample_id", "chromatogram_id"),
    (
        SAMPLE,
        CHROMATOGRAM,
        Column(
            "component_ions",
            WORDS,
            "",
            "Ion of each component; empty for another compound, which is no target. The columns "
            "below have the same order.",
            nullable=False,
        ),
        Column("component_times", COMPACT_SERIES, "s", "Times of the apexes."),
        Column("component_areas", COMPACT_SERIES, "count s", "Fitted areas; may be negative."),
        Column("component_sigmas", COMPACT_SERIES, "s", "Widths of the Gaussians."),
        Column("component_taus", COMPACT_SERIES, "s", "Time constants of the exponential tails."),
        Column(
            "component_tail_fractions",
            COMPACT_SERIES,
            "",
            "Shares of the areas with the longer tail.",
        ),
        Column("component_tails", COMPACT_SERIES, "s", "Time constants of the longer tails."),
        Column(
            "baseline_times",
            COMPACT_SERIES,
            "s",
            "Times of the knots of the baseline; it is straight between them.",
        ),
        Column("baseline_levels", COMPACT_SERIES, "count", "Levels of the baseline at the knots."),
    ),
)

DECOYS: Final = Table(
    "decoys",
    "The detection test where no target can be: at other possible compositions of the nominal "
    "mass of a target (`composition`), and at its own m/z before and after its search window "
    "(`time`): one row per run, ion and decoy. Peaks detected there are false detections. Ions "
    "without a listed retention time have no decoys, product ions only those in time.",
    ("sample_id", "ion_id", "number"),
    (
        SAMPLE,
        ION,
        Column("number", COUNT, "", "Number of the decoy, from 1.", nullable=False),
        required("kind", "`composition` or `time`."),
        Column("mz", NUMBER, "Th", "m/z of the decoy."),
        Column(
            "expected_time_s",
            NUMBER,
            "s",
            "Retention time at which a peak is tested: the expected one of the target in this "
            "run, or for a decoy in time one at which the target cannot elute.",
        ),
        Column(
            "holds_signal",
            TRUTH,
            "",
            "Whether enough scans show an intensity there: only such a decoy can fail.",
            nullable=False,
        ),
        Column("score", NUMBER, "", "As in `peaks`; null if there are too few points."),
        Column("misfit", NUMBER, "", "As in `peaks`; null if the score is low."),
        Column("mz_residual_ppm", NUMBER, "ppm", "As in `peaks`; null if the score is low."),
        Column(
            "detected", TRUTH, "", "Whether the decoy passed all tests of a peak.", nullable=False
        ),
    ),
)

_SIDES: Final = (("before", "automatic result"), ("after", "reviewed result"))

REVIEW_AUDIT: Final = Table(
    "review_audit",
    "What reviewers decided, and what became of it: one row per row of the review sheet.",
    ("sample_id", "ion_id", "number"),
    (
        SAMPLE,
        ION,
        Column("number", COUNT, "", "Row of the review sheet, the first is 1.", nullable=False),
        required("action", "What was decided, as in the review sheet."),
        Column("other_ion_id", TEXT, "", "Isomer of `swap` and `merge`."),
        required("who", "Reviewer."),
        required("when", "Time of the decision."),
        Column("why", TEXT, "", "Reason of the reviewer."),
        required(
            "outcome",
            "`applied`; `superseded` by a later decision of the same person, or by the same "
            "decision of another; `conflict`: persons decided differently, neither is followed; "
            "`stale`: the peak has moved since; `not_possible`: the run has no such "
            "chromatogram, peak or isomer.",
        ),
        *(
            Column(f"{name}_{side}", dtype, unit, f"{meaning} of the {result}.")
            for side, result in _SIDES
            for name, dtype, unit, meaning in (
                ("status", TEXT, "", "Status"),
                ("area", NUMBER, "count s", "Area"),
                ("left", NUMBER, "s", "Left border"),
                ("right", NUMBER, "s", "Right border"),
            )
        ),
    ),
)
