"""Every table the pipeline writes: column, type, unit, definition and key, declared once.

The Arrow schemas, the write guard, the page `docs/tables.md` and the metadata of the Parquet
files are made from these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

SCHEMA_VERSION: Final = "1"
CONCENTRATION: Final = "concentration"  # in a unit, it stands for the configured one

_TEXT: Final = pa.string()
_WORDS: Final = pa.list_(pa.string())
_NUMBER: Final = pa.float64()
_COUNT: Final = pa.int64()
_SERIES: Final = pa.list_(pa.float64())
_COMPACT_SERIES: Final = pa.list_(pa.float32())
_TRUTH: Final = pa.bool_()
_TRUTHS: Final = pa.list_(pa.bool_())


@dataclass(frozen=True)
class Column:
    """A column: its name, Arrow type, unit ("" is dimensionless) and meaning.

    `term` is the accession in the PSI-MS vocabulary, where there is one. In `unit` the word
    `concentration` stands for the configured concentration unit.
    """

    name: str
    dtype: pa.DataType
    unit: str
    definition: str
    term: str = ""
    nullable: bool = True


@dataclass(frozen=True)
class Table:
    """A table: its name, its key columns and all its columns in order.

    `open_columns` tells whether further columns are carried, all of the type `open_dtype` and
    with the meaning `open_definition` and the unit `open_unit`.
    """

    name: str
    definition: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    open_columns: bool = False
    open_dtype: pa.DataType = _TEXT
    open_unit: str = ""
    open_definition: str = "Study factor of the sample sheet, unchanged."

    def names(self) -> list[str]:
        """Return the declared column names, in order."""
        return [column.name for column in self.columns]

    def schema(
        self, extra: tuple[str, ...] = (), concentration_unit: str = CONCENTRATION
    ) -> pa.Schema:
        """Return the Arrow schema, unit and definition of each column in its metadata.

        Parameters
        ----------
        extra : tuple of str
            Names of further columns, appended in their order (only where `open_columns`).
        concentration_unit : str
            Stands in the units for the word `concentration`.
        """
        opened = tuple(
            Column(name, self.open_dtype, self.open_unit, self.open_definition) for name in extra
        )
        return pa.schema(
            [_field(column, concentration_unit) for column in (*self.columns, *opened)]
        )


def _field(column: Column, concentration_unit: str) -> pa.Field[pa.DataType]:
    unit = concentration_unit
    if "/" in unit and column.unit != CONCENTRATION:  # inside a longer unit
        unit = f"({unit})"
    metadata = {
        "unit": column.unit.replace(CONCENTRATION, unit),
        "definition": column.definition,
    }
    if column.term:
        metadata["term"] = column.term
    return pa.field(column.name, column.dtype, nullable=column.nullable, metadata=metadata)


def _key(name: str, definition: str, term: str = "") -> Column:
    return Column(name, _TEXT, "", definition, term, nullable=False)


_SAMPLE = _key("sample_id", "Injection: a row of the sample sheet.", "MS:1000002")
_ION = _key("ion_id", "Ion: a row of the target sheet.")
_TARGET = _key("target_id", "Compound of the target sheet.")
_BATCH = _key("batch", "Runs that share one calibration.")

_RUN_FACTS = (
    _key("status", "`ok`, or `failed` where the run could not be read."),
    Column("error", _TEXT, "", "Why the run could not be read."),
    Column("start_time", _TEXT, "", "Start of the acquisition as the mzML gives it (ISO 8601)."),
    Column("instrument", _TEXT, "", "Instrument model as the mzML names it.", "MS:1000031"),
    Column("n_ms1", _COUNT, "", "Number of MS1 scans."),
    Column("n_ms2", _COUNT, "", "Number of scans of MS level 2 and above."),
    Column("n_chromatograms", _COUNT, "", "Number of chromatograms stored in the mzML."),
    Column("polarity", _TEXT, "", "`+`, `-` or `+/-`.", "MS:1000465"),
    Column("scan_start_s", _NUMBER, "s", "Time of the first MS1 scan.", "MS:1000016"),
    Column("scan_end_s", _NUMBER, "s", "Time of the last MS1 scan.", "MS:1000016"),
    Column(
        "mz_error_ppm",
        _NUMBER,
        "ppm",
        "Mass offset of the run: median m/z error of the ions with a strong, steady signal. "
        "Null where fewer than three such ions were seen; no correction is made then.",
    ),
    Column("n_mz_anchors", _COUNT, "", "Number of ions behind `mz_error_ppm`."),
    Column(
        "detection_threshold",
        _NUMBER,
        "count",
        "Median over one MS1 scan in thirty-two (without any: product-ion scans) of the lowest "
        "centroid intensity in a scan; of SRM chromatograms the lowest intensity above 0.",
    ),
)

RUNS: Final = Table(
    "runs",
    "What was learned of each run while it was read (a part; `samples` is made of it).",
    ("sample_id",),
    (_SAMPLE, *_RUN_FACTS),
)

SAMPLES: Final = Table(
    "samples",
    "One row per injection: the sample sheet and what was learned of the run.",
    ("sample_id",),
    (
        _SAMPLE,
        _key("mzml", "Path of the run, as it was opened from the working directory."),
        _key("sample_type", "What the injection is for."),
        Column("level", _TEXT, "", "Level of a calibrator or quality control."),
        _BATCH,
        Column(
            "injection_order",
            _COUNT,
            "",
            "Order within the batch: of the sheet, else by start time, else by row.",
        ),
        Column("dilution_factor", _NUMBER, "", "Concentrations are multiplied by it."),
        *_RUN_FACTS,
        Column(
            "retention_shift_s",
            _NUMBER,
            "s",
            "Median over the ions with a listed time of expected less listed retention time; "
            "null where there is none.",
        ),
        Column("n_quantified", _COUNT, "", "Number of ions with status `quantified`."),
    ),
    open_columns=True,
)

CHROMATOGRAMS: Final = Table(
    "chromatograms",
    "What was integrated: one row per run and ion.",
    ("sample_id", "ion_id"),
    (
        _SAMPLE,
        _ION,
        Column(
            "source",
            _TEXT,
            "",
            "`ms1`, `ms2` (product-ion scans) or `srm` (chromatograms of the file); null where "
            "nothing was acquired.",
        ),
        Column(
            "multiplicity",
            _COUNT,
            "",
            "How many SRM chromatograms, or isolation windows, of the run fit the ion.",
        ),
        Column(
            "isolation_low_mz",
            _NUMBER,
            "Th",
            "Lower edge of the isolation window that was taken.",
            "MS:1000828",
        ),
        Column(
            "isolation_high_mz",
            _NUMBER,
            "Th",
            "Upper edge of the isolation window that was taken.",
            "MS:1000829",
        ),
        Column(
            "not_acquired_why",
            _TEXT,
            "",
            "Why the run cannot hold the ion, as in the flags of `peaks`.",
        ),
        Column(
            "retention_time_s",
            _SERIES,
            "s",
            "Scan start times inside the search window and its margin.",
            "MS:1000894",
        ),
        Column(
            "intensity",
            _COMPACT_SERIES,
            "count",
            "Intensity of the centroid nearest to the expected m/z; 0 where there is none.",
            "MS:1000042",
        ),
        Column(
            "centroid_error_ppm",
            _COMPACT_SERIES,
            "ppm",
            "m/z error of that centroid against theory, uncorrected; NaN where there is none.",
        ),
    ),
)

COMPANIONS: Final = Table(
    "companions",
    "Decoys and isotopes of the targets, as `chromatograms` (a part).",
    ("sample_id", "ion_id"),
    CHROMATOGRAMS.columns,
)

_SIGNAL = _key("signal", "The ion, or the isomers that share its chromatogram.")

CANDIDATES: Final = Table(
    "candidates",
    "What may be a peak: one row per stretch of a chromatogram that rises out of it (a part).",
    ("sample_id", "signal", "retention_time_s"),
    (
        _SAMPLE,
        _SIGNAL,
        Column("retention_time_s", _NUMBER, "s", "Time of the apex.", nullable=False),
        Column("left_s", _NUMBER, "s", "Left border.", nullable=False),
        Column("right_s", _NUMBER, "s", "Right border.", nullable=False),
        Column("area", _NUMBER, "count s", "By the trapezoid rule above the baseline."),
        Column("area_sd", _NUMBER, "count s", "One standard deviation of `area`."),
        Column("height", _NUMBER, "count", "Height of the apex above the baseline."),
        Column("signal_to_noise", _NUMBER, "", "Height by the noise beside the peak."),
        Column("fwhm_s", _NUMBER, "s", "Full width at half height."),
        Column("tailing", _NUMBER, "", "Symmetry factor at 5 % height (USP <621>)."),
        Column("error_ppm", _NUMBER, "ppm", "Observed against theoretical m/z, uncorrected."),
        Column("n_points", _COUNT, "", "Scans with a signal between the borders."),
        Column("shape", _NUMBER, "", "Share of the variance that the smoothed curve explains."),
    ),
)

TIMES: Final = Table(
    "times",
    "Time map of each run: a compound of the common time scale elutes at t + retention_shift_s "
    "+ retention_stretch x (t - centre_s) (a part).",
    ("sample_id",),
    (
        _SAMPLE,
        Column("retention_shift_s", _NUMBER, "s", "Shift against the common time scale."),
        Column("retention_stretch", _NUMBER, "", "Stretch, seconds per second."),
        Column("centre_s", _NUMBER, "s", "Where the stretch moves nothing."),
        Column("retention_sd_s", _NUMBER, "s", "One standard deviation of an expected time."),
        Column("retention_jitter_s", _NUMBER, "s", "That of one compound in one run around it."),
    ),
)

_SHAPE = (
    Column("sigma_s", _NUMBER, "s", "Width of the Gaussian of the peak shape.", nullable=False),
    Column("tau_s", _NUMBER, "s", "Time constant of its exponential tail.", nullable=False),
    Column(
        "tail_fraction", _NUMBER, "", "Share of the area with the longer tail.", nullable=False
    ),
    Column("tail_s", _NUMBER, "s", "Time constant of the longer tail.", nullable=False),
)

COMPOUNDS: Final = Table(
    "compounds",
    "What a batch knows of each peak of a signal, targets and persistent neighbours (a part).",
    ("signal", "position"),
    (
        _SIGNAL,
        Column("position", _COUNT, "", "Number within the signal, from 0.", nullable=False),
        Column("ion_id", _TEXT, "", "The target; null for a neighbour."),
        Column("retention_time_s", _NUMBER, "s", "Place on the common time scale."),
        Column("retention_sd_s", _NUMBER, "s", "One standard deviation of that place."),
        *_SHAPE,
        Column("n_runs", _COUNT, "", "Runs whose candidates tell the place; 0: only the list."),
        Column("floor", _NUMBER, "count", "Noise of the signal beside the peaks (one sd)."),
        Column("inflation", _NUMBER, "", "Scatter of areas by what white noise lets expect."),
    ),
)

BATCHES: Final = Table(
    "batches",
    "Noise and usual peak shape of a batch (a part).",
    ("batch",),
    (
        _BATCH,
        Column("gain", _NUMBER, "count", "Counting noise: variance by intensity."),
        Column("relative", _NUMBER, "", "Noise that is a share of the intensity (one sd)."),
        Column("mz_scatter_ppm", _NUMBER, "ppm", "Scatter of one centroid on a strong peak."),
        *_SHAPE,
    ),
)

PEAKS: Final = Table(
    "peaks",
    "One row per run and ion.",
    ("sample_id", "ion_id"),
    (
        _SAMPLE,
        _ION,
        _TARGET,
        _key("ion_role", "`quantifier` or `qualifier`."),
        _key("status", "`quantified`, `not_detected`, `saturated`, `not_acquired` or `failed`."),
        Column("retention_time_s", _NUMBER, "s", "Time of the apex.", "MS:1000894"),
        Column("left_s", _NUMBER, "s", "Left border: 5 % of the height."),
        Column("right_s", _NUMBER, "s", "Right border: 5 % of the height."),
        Column("area", _NUMBER, "count s", "Time integral above the baseline.", "MS:1001858"),
        Column(
            "area_sd",
            _NUMBER,
            "count s",
            "One standard deviation of `area`: noise, baseline, place, overlap with neighbours.",
        ),
        Column(
            "area_lod",
            _NUMBER,
            "count s",
            "Smallest area that would have been detected here: three standard errors without a "
            "peak (of `detection_score`, if set otherwise). Null where nothing was acquired.",
        ),
        Column(
            "method",
            _TEXT,
            "",
            "`fit`: area of the fitted shape; `trapezoid`: trapezoid rule between the borders, "
            "neighbours and baseline of the fit taken off, share beyond the borders added.",
        ),
        Column("height", _NUMBER, "count", "Height of the apex above the baseline."),
        Column(
            "signal_to_noise",
            _NUMBER,
            "",
            "Height by the standard deviation of the noise beside the peak.",
            "MS:1001884",
        ),
        Column("score", _NUMBER, "", "Area by the standard error of its fit: 3 is a detection."),
        Column("fwhm_s", _NUMBER, "s", "Full width at half height."),
        Column(
            "tailing", _NUMBER, "", "Symmetry factor at 5 % height (USP <621>): 1 is symmetric."
        ),
        Column(
            "misfit",
            _NUMBER,
            "",
            "Scatter of the points around the fitted model by what their noise lets expect, at "
            "least 1.",
        ),
        Column("mz_theoretical", _NUMBER, "Th", "m/z computed from formula and adduct."),
        Column("mz_observed", _NUMBER, "Th", "Intensity-weighted m/z around the apex."),
        Column("mz_error_ppm", _NUMBER, "ppm", "Observed against theoretical m/z, uncorrected."),
        Column(
            "mz_residual_ppm",
            _NUMBER,
            "ppm",
            "`mz_error_ppm` less the mass offset of the run (less 0 where that is unknown).",
        ),
        Column("n_points", _COUNT, "", "Number of scans with a signal between the borders."),
        Column("isomers", _TEXT, "", "Of an isomer group: `resolved`, `split` or `sum_only`."),
        Column("resolution", _NUMBER, "", "To the nearest isomer, by half-height widths (USP)."),
        Column("valley", _NUMBER, "", "Lowest point between the two, by the smaller apex."),
        Column("area_correlation", _NUMBER, "", "Of `area` with that of the nearest isomer."),
        Column("group_area", _NUMBER, "count s", "Sum over the isomer group."),
        Column("group_area_sd", _NUMBER, "count s", "One standard deviation of `group_area`."),
        Column(
            "co_elution",
            _NUMBER,
            "",
            "Highest correlation of its chromatogram, between its borders, with that of another "
            "ion of the compound; null where no other was found.",
        ),
        Column(
            "ion_ratio",
            _NUMBER,
            "",
            "Of a qualifier: its area by that of the quantifier in the same run.",
        ),
        Column("ion_ratio_sd", _NUMBER, "", "One standard deviation of `ion_ratio`."),
        Column(
            "isotope_ratio",
            _NUMBER,
            "",
            "Of the 13C isotope (M+1) to the ion, by the points between the borders. Null where "
            "the isotope is too weak to be seen, or another target is there.",
        ),
        Column("isotope_ratio_sd", _NUMBER, "", "One standard deviation of `isotope_ratio`."),
        Column("isotope_ratio_expected", _NUMBER, "", "The same by the formula."),
        Column(
            "standard_time_difference_s",
            _NUMBER,
            "s",
            "Time of the apex less that of the internal standard in the same run.",
        ),
        Column(
            "standard_correlation",
            _NUMBER,
            "",
            "Correlation with the chromatogram of the internal standard between the borders.",
        ),
        Column(
            "quality",
            _NUMBER,
            "",
            "0 to 1: probability that it is acceptable (right compound, area within 30 %), by "
            "signal, fit, m/z and time, as simulated batches taught (`docs/evidence.md`).",
        ),
        Column("retention_shift_s", _NUMBER, "s", "Expected time less the listed one."),
        Column("expected_time_s", _NUMBER, "s", "Where batch and run let it be expected."),
        Column("flags", _WORDS, "", "Words that qualify the row.", nullable=False),
    ),
)

DECISIONS: Final = Table(
    "decisions",
    "Why the peaks are what they are: one row per candidate that was rejected (`kind` "
    "`rejected`) and per way to integrate the peak otherwise (`kind` `changed`).",
    ("sample_id", "ion_id", "number"),
    (
        _SAMPLE,
        _ION,
        Column(
            "number",
            _COUNT,
            "",
            "From 1 within the run and ion: the place of the target itself where it was not "
            "detected, the candidates in order of time, the changes.",
            nullable=False,
        ),
        _key("kind", "`rejected` or `changed`."),
        _key("reason", "Why it was rejected, or what is done otherwise."),
        Column("retention_time_s", _NUMBER, "s", "Time of the apex.", "MS:1000894"),
        Column("height", _NUMBER, "count", "Height of the apex above the baseline."),
        Column("signal_to_noise", _NUMBER, "", "Height by the noise beside the peak."),
        Column("score", _NUMBER, "", "Area by its standard deviation; not of a candidate."),
        Column("mz_residual_ppm", _NUMBER, "ppm", "As in `peaks`."),
        Column(
            "area_change_percent",
            _NUMBER,
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
        _SAMPLE,
        _ION,
        Column("number", _COUNT, "", "Of the decoy, from 1.", nullable=False),
        Column("mz", _NUMBER, "Th", "m/z of the decoy."),
        Column("expected_time_s", _NUMBER, "s", "Where the target is expected in this run."),
        Column("score", _NUMBER, "", "As in `peaks`; null where there are too few points."),
        Column("misfit", _NUMBER, "", "As in `peaks`; null where the score is low."),
        Column("mz_residual_ppm", _NUMBER, "ppm", "As in `peaks`; null where the score is low."),
        Column(
            "detected", _TRUTH, "", "Whether it passes for a peak of the target.", nullable=False
        ),
    ),
)

DETECTION: Final = Table(
    "detection",
    "How often chance passes for a peak: one row per batch and polarity.",
    ("batch", "polarity"),
    (
        _BATCH,
        _key("polarity", "`+`, `-`, or `unknown` where only an m/z is given."),
        Column("n_decoys", _COUNT, "", "Decoys that were tested.", nullable=False),
        Column("n_detected", _COUNT, "", "Decoys that passed for a peak.", nullable=False),
        Column(
            "false_detection_percent",
            _NUMBER,
            "%",
            "Share of the decoys that passed: the estimated chance that an absent compound is "
            "detected.",
        ),
        Column("false_detection_low_percent", _NUMBER, "%", "Its lower 95 % limit."),
        Column(
            "false_detection_high_percent",
            _NUMBER,
            "%",
            "Its upper 95 % limit (Clopper and Pearson).",
        ),
        Column("n_targets", _COUNT, "", "Ions of targets that were tested.", nullable=False),
        Column("n_targets_detected", _COUNT, "", "Of these, those with a peak.", nullable=False),
        Column(
            "false_share_percent",
            _NUMBER,
            "%",
            "Estimated share of chance among the detected targets: p / (1 - p) x not detected "
            "by detected, p the false-detection rate.",
        ),
    ),
)

CONCENTRATIONS: Final = Table(
    "concentrations",
    "One row per run and compound.",
    ("sample_id", "target_id"),
    (
        _SAMPLE,
        _TARGET,
        _BATCH,
        _key("sample_type", "What the injection is for."),
        _key(
            "status",
            "`quantified`, `below_lloq`, `above_uloq`, `not_detected` (left-censored), "
            "`no_calibration`, `not_acquired` or `failed`.",
        ),
        Column(
            "response",
            _NUMBER,
            "",
            "Area of the quantifier by that of the internal standard; "
            "the area itself (count s) where the target names no internal standard. Carry-over "
            "and cross-talk, given in the columns below, are taken off.",
            "MS:1001859",
        ),
        Column("response_sd", _NUMBER, "", "One standard deviation of `response`."),
        Column(
            "response_corrected", _NUMBER, "", "Response after drift correction, else `response`."
        ),
        Column(
            "carry_over_response",
            _NUMBER,
            "",
            "What the injection before left, estimated by the blanks after the highest "
            "calibrator; taken off unless `carry_over` is `flag`.",
        ),
        Column(
            "unlabelled_response",
            _NUMBER,
            "",
            "Taken off for unlabelled compound in the labelled standard, by zero samples.",
        ),
        Column(
            "standard_isotopes_percent",
            _NUMBER,
            "%",
            "Share of the standard's area that was taken off as natural isotopes of analytes.",
        ),
        Column("concentration", _NUMBER, "concentration", "Of the undiluted sample."),
        Column("concentration_low", _NUMBER, "concentration", "Lower end of the 95 % interval."),
        Column("concentration_high", _NUMBER, "concentration", "Upper end of the 95 % interval."),
        Column(
            "group_concentration",
            _NUMBER,
            CONCENTRATION,
            "Of the sum of the isomer group, where only that is known (flag `sum_only`): the "
            "same in the row of each member, whose own `concentration` is null.",
        ),
        Column(
            "group_concentration_low", _NUMBER, CONCENTRATION, "Lower end of its 95 % interval."
        ),
        Column(
            "group_concentration_high", _NUMBER, CONCENTRATION, "Upper end of its 95 % interval."
        ),
        Column(
            "accuracy_percent",
            _NUMBER,
            "%",
            "100 x found by nominal, of calibrators and quality controls.",
        ),
        Column(
            "identification_level",
            _COUNT,
            "",
            "Metabolomics Standards Initiative: 1 identified, 2 and 3 putative, 4 unknown; null "
            "without a peak.",
        ),
        Column("identification_reason", _TEXT, "", "Why it is that level (see `flags.md`)."),
        Column(
            "ion_ratio",
            _NUMBER,
            "",
            "Of the qualifier that is furthest from what is expected: its area by that of the "
            "quantifier; 0 where it is missing although it must be seen.",
        ),
        Column(
            "ion_ratio_expected",
            _NUMBER,
            "",
            "`expected_ion_ratio`, else the median of the calibrators of the batch.",
        ),
        Column("flags", _WORDS, "", "Words that qualify the row.", nullable=False),
    ),
)

CALIBRATION: Final = Table(
    "calibration",
    "One row per batch and analyte that has calibrators.",
    ("batch", "target_id"),
    (
        _BATCH,
        _TARGET,
        _key(
            "calibration_approach",
            "`ordinary`, `surrogate_matrix` or `standard_addition` (see the settings).",
        ),
        Column(
            "endogenous",
            _NUMBER,
            "concentration",
            "With `standard_addition`: what the matrix of the calibrators held, minus the "
            "x-intercept. It is in every concentration, not in `nominal` and accuracies.",
        ),
        Column("endogenous_sd", _NUMBER, "concentration", "One standard deviation of it."),
        _key(
            "model",
            "`linear`: response = intercept + slope x concentration; `linear_through_zero`: "
            "without the intercept; `quadratic`: with curvature x concentration^2 added.",
        ),
        _key(
            "weighting",
            "Weights of the fit: `1`, `1/x` or `1/x^2`, x the concentration; `auto`: "
            "1 / (area_sd^2 as response + (scatter x response)^2).",
        ),
        Column("intercept", _NUMBER, "response", "Response at concentration 0."),
        Column("slope", _NUMBER, "response / concentration", "Slope at concentration 0."),
        Column("curvature", _NUMBER, "response / concentration^2", "0 unless `quadratic`."),
        Column("intercept_variance", _NUMBER, "response^2", "Variance of the intercept."),
        Column(
            "slope_variance", _NUMBER, "(response / concentration)^2", "Variance of the slope."
        ),
        Column(
            "curvature_variance",
            _NUMBER,
            "(response / concentration^2)^2",
            "Variance of the curvature.",
        ),
        Column("covariance", _NUMBER, "response^2 / concentration", "Of intercept and slope."),
        Column(
            "intercept_curvature_covariance",
            _NUMBER,
            "response^2 / concentration^2",
            "Of intercept and curvature.",
        ),
        Column(
            "slope_curvature_covariance",
            _NUMBER,
            "response^2 / concentration^3",
            "Of slope and curvature.",
        ),
        Column(
            "residual_sd",
            _NUMBER,
            "",
            "Weighted residual standard deviation, n less the number of coefficients; with "
            "`auto` 1 where the calibrators scatter as expected.",
        ),
        Column("lloq", _NUMBER, "concentration", "Lowest level that is accurate and precise."),
        Column(
            "uloq",
            _NUMBER,
            "concentration",
            "Highest level up to which all are accurate and precise, `endogenous` added.",
        ),
        Column(
            "lod",
            _NUMBER,
            "concentration",
            "Limit of detection: the median over the runs of the smallest detectable response "
            "(`area_lod` of the peak by the area of its standard), by the slope. Null where the "
            "runs tell no `area_lod`.",
        ),
        Column("n_used", _COUNT, "", "Calibrators in the fit.", nullable=False),
        Column("n_excluded", _COUNT, "", "Calibrators left out.", nullable=False),
        Column("excluded_why", _TEXT, "", "The reasons, with their counts."),
        _key(
            "verdict",
            "`pass`: all calibrators in the fit are within the accuracy limits, and at least "
            "75 % of all and six levels are in it; else `fail`.",
        ),
        Column("verdict_why", _TEXT, "", "Why the verdict is `fail`."),
        _key(
            "drift",
            "How the responses are corrected for drift over the batch: `linear` (it may bend a "
            "little), `smooth` (only with six pooled QCs or more), "
            "`refused` (replicates are not predicted better with it than without) or "
            "`not_judged` (too few replicates).",
        ),
        Column(
            "drift_percent",
            _NUMBER,
            "%",
            "Change of the response from the first run of the batch to the last, as corrected.",
        ),
        Column(
            "drift_error_ratio",
            _NUMBER,
            "",
            "Squared leave-one-out error of the replicates with drift by that without.",
        ),
        Column(
            "scatter_percent",
            _NUMBER,
            "%",
            "Relative standard deviation between runs beyond the area noise, after drift: matrix "
            "effects, injection.",
        ),
        Column(
            "scatter_degrees_of_freedom",
            _NUMBER,
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
        _SAMPLE,
        _TARGET,
        _BATCH,
        Column("nominal", _NUMBER, "concentration", "Concentration of the level sheet."),
        Column("response", _NUMBER, "", "As in `concentrations`."),
        Column("back_calculated", _NUMBER, "concentration", "Read back from the final curve."),
        Column("accuracy_percent", _NUMBER, "%", "100 x back-calculated by nominal."),
        Column("used", pa.bool_(), "", "Whether it is in the fit.", nullable=False),
        Column("excluded_why", _TEXT, "", "Why it is not in the fit."),
        Column(
            "excluded_at_refit",
            _COUNT,
            "",
            "Before which refit it was excluded as `not_accurate`, counted from 1.",
        ),
    ),
)


def _limited(name: str, definition: str) -> tuple[Column, ...]:
    """Return the columns of a metric in percent, its limit and whether it passes."""
    stem = name.removesuffix("_percent")
    return (
        Column(name, _NUMBER, "%", definition),
        Column(f"{stem}_limit_percent", _NUMBER, "%", f"Limit of `{name}`."),
        Column(f"{stem}_pass", _TRUTH, "", f"Whether `{name}` keeps to it; null: not known."),
    )


QUALITY: Final = Table(
    "quality",
    "One row per batch and analyte: how well it was measured. A limit is that of the chosen rule "
    "profile, or of another one where the chosen profile has no such rule.",
    ("batch", "target_id"),
    (
        _BATCH,
        _TARGET,
        Column(
            "pooled_qc_cv_raw_percent",
            _NUMBER,
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
            _SERIES,
            CONCENTRATION,
            "Nominal concentrations of the quality controls, ascending, one per level; the "
            "columns below have the same order.",
        ),
        Column("qc_n", pa.list_(_COUNT), "", "Injections per level, failed ones too."),
        Column("qc_accuracy_percent", _SERIES, "%", "Mean accuracy of each level."),
        Column("qc_cv_percent", _SERIES, "%", "Coefficient of variation of each level."),
        Column(
            "qc_accepted_percent", _SERIES, "%", "Share of each level within `qc_limit_percent`."
        ),
        Column("qc_limit_percent", _NUMBER, "%", "Largest deviation of a QC from nominal."),
        Column(
            "qc_pass", _TRUTHS, "", "Whether the mean accuracy of each level keeps to that limit."
        ),
    ),
)

VERDICT: Final = Table(
    "verdict",
    "One row per batch, analyte and acceptance rule of the chosen profile.",
    ("batch", "target_id", "rule"),
    (
        _BATCH,
        _TARGET,
        _key("rule", "What is limited; a number in percent where the name says so."),
        _key("profile", "Rule profile of the configuration."),
        _key("clause", "What the rule says, and where it comes from."),
        Column("value", _NUMBER, "", "What was found; null where the batch cannot tell."),
        _key("relation", "`at_most` or `at_least`: how the value must stand to the limit."),
        Column("limit", _NUMBER, "", "Limit; it belongs to what passes.", nullable=False),
        Column("pass", _TRUTH, "", "Whether it passes; null where there is no value."),
    ),
)

DISCOVERED: Final = Table(
    "candidates",
    "Hypotheses of further lactoyl conjugates that `lcms discover` has found: precursors whose "
    "product ions have the lactoyl signature. Isomers may have it, too: nothing here is "
    "identified.",
    ("sample_id", "number"),
    (
        _SAMPLE,
        Column("number", _COUNT, "", "Number within the run, from 1.", nullable=False),
        Column("source", _TEXT, "", "`dda`: the precursor was selected; `dia`: it was paired."),
        Column("polarity", _TEXT, "", "`+` or `-`.", "MS:1000465"),
        Column("precursor_mz", _NUMBER, "Th", "Median over the scans.", "MS:1000744"),
        Column("retention_time_s", _NUMBER, "s", "Time of the most intense scan.", "MS:1000894"),
        Column("first_s", _NUMBER, "s", "Time of the first scan."),
        Column("last_s", _NUMBER, "s", "Time of the last scan."),
        Column("n_scans", _COUNT, "", "Scans with the signature."),
        Column(
            "evidence",
            _WORDS,
            "",
            "`amino_acid`: the loss of 72.0211; `lactamide`: m/z 88.0404; `lactate`: m/z 89.0244; "
            "`immonium`: the loss of 72.0211 and of formic acid.",
        ),
        Column("formulas", _WORDS, "", "CHNOS formulas within the tolerance, nearest first."),
        Column("n_formulas", _COUNT, "", "How many there are; ten are listed."),
        Column("known", _WORDS, "", "Compounds of the packaged panel with one of the formulas."),
    ),
)

MS2_EVIDENCE: Final = Table(
    "ms2_evidence",
    "What the MS2 scans that were triggered inside a peak say: one row per run and compound.",
    ("sample_id", "target_id"),
    (
        _SAMPLE,
        _TARGET,
        Column(
            "n_scans",
            _COUNT,
            "",
            "MS2 scans inside the peak, its tail included, whose selected ion is the precursor. "
            "Of isomers, a scan belongs to the one between whose borders it lies, else to the "
            "nearer. Null where the run could not be read.",
        ),
        Column(
            "products_expected",
            _WORDS,
            "",
            "Product ions of the target sheet; without any there, those that every lactoyl amino "
            "acid gives.",
        ),
        Column(
            "products_matched",
            _WORDS,
            "",
            "Those that a scan shows with 1 % of its base peak; null without a scan.",
        ),
        Column(
            "products_not_scannable",
            _WORDS,
            "",
            "Those outside of the m/z range of all scans: not looked at, which is not the same as "
            "not there.",
        ),
        Column("best_scan", _TEXT, "", "Native id of the most intense of the scans."),
        Column("best_scan_time_s", _NUMBER, "s", "Its time.", "MS:1000016"),
        Column("collision_energy", _NUMBER, "eV", "Its collision energy.", "MS:1000045"),
        Column("isolation_low_mz", _NUMBER, "Th", "Lower edge of its isolation window."),
        Column("isolation_high_mz", _NUMBER, "Th", "Upper edge of its isolation window."),
        Column(
            "purity",
            _NUMBER,
            "",
            "Share of the precursor in the intensity of the isolation window in the MS1 scan "
            "before; median over the scans.",
        ),
        Column("library_name", _TEXT, "", "Most similar spectrum of the library."),
        Column("cosine", _NUMBER, "", "Cosine of both by the square roots of intensities."),
        Column("entropy_similarity", _NUMBER, "", "Spectral entropy similarity of both."),
        Column("n_library_peaks", _COUNT, "", "Peaks that both have."),
    ),
)

IONS: Final = Table(
    "ions",
    "How the ions of a compound agree in a batch: one row per batch and ion.",
    ("batch", "ion_id"),
    (
        _BATCH,
        _TARGET,
        _ION,
        _key("ion_role", "`quantifier` or `qualifier`, as in the target sheet."),
        _key(
            "use",
            "`quantifies`: concentrations are made of it; `supports`; `dropped`: it tells nothing "
            "of the compound.",
        ),
        Column("reason", _TEXT, "", "Why it was dropped: `interfered`."),
        Column("n_runs", _COUNT, "", "Number of runs where it was found."),
        Column("area_ratio", _NUMBER, "", "Median of its area by that of the quantifier."),
        Column(
            "disagreement",
            _NUMBER,
            "",
            "Scatter over the runs of its ratio to the ion that it agrees with best, by what "
            "noise and 5 % let expect; from 3 on it disagrees. Null with fewer than four runs.",
        ),
    ),
)

ABUNDANCE_MATRIX: Final = Table(
    "abundance_matrix",
    "Wide: one row per injection, one column per analyte. The concentration where it is "
    "`quantified`; the response where the batch has no calibration for that analyte; else null "
    "(`concentrations` says why).",
    ("sample_id",),
    (_SAMPLE,),
    open_columns=True,
    open_dtype=_NUMBER,
    open_unit="concentration",
    open_definition="Concentration of this analyte, or its response where it is not calibrated.",
)

TABLES: Final = (
    SAMPLES,
    CHROMATOGRAMS,
    PEAKS,
    DECISIONS,
    DECOYS,
    CONCENTRATIONS,
    CALIBRATION,
    CALIBRATORS,
    IONS,
    MS2_EVIDENCE,
    DISCOVERED,
    QUALITY,
    VERDICT,
    DETECTION,
    ABUNDANCE_MATRIX,
)
