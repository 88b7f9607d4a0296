"""The runs: `runs` (a part), `samples`, and the offsets of triggered scans (a part)."""

from typing import Final

import pyarrow as pa

from lcms.schemas.declaration import (
    BATCH,
    COUNT,
    NUMBER,
    SAMPLE,
    TEXT,
    WORDS,
    Column,
    Table,
    required,
)

_RUN_FACTS = (
    required(
        "status",
        "`ok`, `failed` if the run could not be read, or `excluded` by the sample sheet.",
    ),
    Column("error", TEXT, "", "Why the run could not be read, or is excluded."),
    Column(
        "input_fingerprint",
        TEXT,
        "",
        "Size of the mzML file in bytes and a hash of its beginning, two parts of its middle and "
        "its end: another file has another one. Null if it could not be read.",
    ),
    Column(
        "integrity",
        TEXT,
        "",
        "What covers the values: `checksum`, that of the mzML file; `arrays`, it has none, and "
        "every array that was used was decoded to its end and checked; `lengths`, likewise, but "
        "arrays that are not compressed have no checksum of their own, so that another number in "
        "them does not show; `checksum_differs`, as these, because the checksum does not fit.",
    ),
    Column("start_time", TEXT, "", "Start of the acquisition, from the mzML file (ISO 8601)."),
    Column("instrument", TEXT, "", "Instrument model, from the mzML file.", "MS:1000031"),
    Column("n_ms1", COUNT, "", "Number of MS1 scans."),
    Column("n_ms2", COUNT, "", "Number of scans of MS level 2 and above."),
    Column("n_chromatograms", COUNT, "", "Number of chromatograms stored in the mzML file."),
    Column("polarity", TEXT, "", "`+`, `-` or `+/-`.", "MS:1000465"),
    Column("scan_start_s", NUMBER, "s", "Time of the first MS1 scan.", "MS:1000016"),
    Column("scan_end_s", NUMBER, "s", "Time of the last MS1 scan.", "MS:1000016"),
    Column(
        "mz_error_ppm",
        NUMBER,
        "ppm",
        "Mass offset of the run: median m/z error of the ions with an intense, steady signal. m/z "
        "errors are corrected by it. Null if there are fewer than three such ions; no correction "
        "is made then.",
    ),
    Column("n_mz_anchors", COUNT, "", "Number of ions of which `mz_error_ppm` is the median."),
    Column(
        "mz_window_ppm",
        NUMBER,
        "ppm",
        "Half-width of the m/z window of each ion: `mz_tolerance_ppm`, or twice that where the "
        "mass offset is not known. Null for a run without scans.",
    ),
    Column(
        "mz_scatter_ppm",
        NUMBER,
        "ppm",
        "Scatter (one standard deviation) of the m/z of an ion between MS1 scans, from the "
        "strongest centroids of every thirty-second one. A window below twice this loses points "
        "of every peak (`mz_window_narrow`). Null for profile scans, or too few ions.",
    ),
    Column(
        "detection_threshold",
        NUMBER,
        "count",
        "Intensity below which the instrument reports nothing: the lowest centroid intensity of a "
        "scan, as the median over every thirty-second MS1 scan (product-ion scans if there are no "
        "MS1 scans). For SRM: the lowest intensity above 0 in the chromatograms.",
    ),
)

RUNS: Final = Table(
    "runs",
    "Properties of each run that were determined while it was read (a part of `samples`).",
    ("sample_id",),
    (SAMPLE, *_RUN_FACTS),
)

SAMPLES: Final = Table(
    "samples",
    "One row per injection: the columns of the sample sheet and the properties of the run.",
    ("sample_id",),
    (
        SAMPLE,
        required("mzml", "Path of the mzML file, as the sample sheet gives it."),
        required("sample_type", "Type of the injection, as in the sample sheet."),
        Column(
            "level", TEXT, "", "Level of a calibrator or quality control, as in the level sheet."
        ),
        BATCH,
        Column(
            "injection_order",
            COUNT,
            "",
            "Injection order within the batch: from the sample sheet; without it, by start time; "
            "without that, by row of the sheet.",
        ),
        Column(
            "injection_order_from",
            TEXT,
            "",
            "`sheet`; `start_time`; `neighbour`: the run has no start time and stands behind the "
            "run of the row above it; `row`: no run of the batch has a start time.",
        ),
        Column(
            "dilution_factor",
            NUMBER,
            "",
            "Dilution of the sample: the concentrations in the vial are multiplied by it.",
        ),
        Column(
            "sample_amount",
            NUMBER,
            "amount_unit",
            "Amount of material in the undiluted sample, as in the sample sheet.",
        ),
        Column("amount_unit", TEXT, "", "Unit of `sample_amount`, as in the sample sheet."),
        Column(
            "type_guessed",
            TEXT,
            "",
            "From what the sample type is guessed; null where it is confirmed or corrected.",
        ),
        Column("exclude", TEXT, "", "Why the sheet excludes the run; null: it takes part."),
        Column(
            "spiked_into",
            TEXT,
            "",
            "Sample or pool that a quality control was spiked into, as in the sample sheet.",
        ),
        Column("pool", TEXT, "", "Material of the injection, as in the sample sheet."),
        Column(
            "preparation",
            TEXT,
            "",
            "How a quality control differs from the samples, as in the sample sheet.",
        ),
        *_RUN_FACTS,
        Column(
            "retention_shift_s",
            NUMBER,
            "s",
            "Retention time shift of the run: median of expected minus listed retention time "
            "over the ions with a listed time; null without such ions.",
        ),
        Column("n_quantified", COUNT, "", "Number of ions with status `quantified`."),
        Column(
            "verdict",
            TEXT,
            "",
            "Whether the run as a whole can be trusted: `ok`, `suspect` or `unusable`.",
        ),
        Column("verdict_reasons", WORDS, "", "Reasons for it; `flags.md` explains them."),
        Column(
            "standards_found_percent",
            NUMBER,
            "%",
            "Percentage of the internal standards found; null in runs to which none is added. "
            "Standards that are found in less than half of the runs of the batch do not count.",
        ),
        Column(
            "standards_area_percent",
            NUMBER,
            "%",
            "Area of the internal standards divided by their median in the batch; median over the "
            "standards.",
        ),
    ),
    open_columns=True,
)

_OFFSETS: Final = pa.list_(pa.int64())

TRIGGERED: Final = Table(
    "triggered",
    "Offsets, in the file of each run, of the MS2 scans whose precursor is that of a target (a "
    "part); null if the file must be read from its start.",
    ("sample_id",),
    (
        SAMPLE,
        Column("file_bytes", COUNT, "byte", "Size of the file."),
        Column("begin", _OFFSETS, "byte", "Offset of the first byte of each scan."),
        Column("end", _OFFSETS, "byte", "Offset of the byte after the last one of each scan."),
        Column("survey_begin", _OFFSETS, "byte", "`begin` of the preceding MS1 scan; -1: none."),
        Column("survey_end", _OFFSETS, "byte", "`end` of the preceding MS1 scan; -1: none."),
    ),
)
