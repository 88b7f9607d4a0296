"""What is known of each run: `runs` (a part) and `samples`."""

from typing import Final

import pyarrow as pa

from lcms.schemas.declaration import BATCH, COUNT, NUMBER, SAMPLE, TEXT, Column, Table, required

_RUN_FACTS = (
    required("status", "`ok`, or `failed` where the run could not be read."),
    Column("error", TEXT, "", "Why the run could not be read."),
    Column("start_time", TEXT, "", "Start of the acquisition as the mzML gives it (ISO 8601)."),
    Column("instrument", TEXT, "", "Instrument model as the mzML names it.", "MS:1000031"),
    Column("n_ms1", COUNT, "", "Number of MS1 scans."),
    Column("n_ms2", COUNT, "", "Number of scans of MS level 2 and above."),
    Column("n_chromatograms", COUNT, "", "Number of chromatograms stored in the mzML."),
    Column("polarity", TEXT, "", "`+`, `-` or `+/-`.", "MS:1000465"),
    Column("scan_start_s", NUMBER, "s", "Time of the first MS1 scan.", "MS:1000016"),
    Column("scan_end_s", NUMBER, "s", "Time of the last MS1 scan.", "MS:1000016"),
    Column(
        "mz_error_ppm",
        NUMBER,
        "ppm",
        "Mass offset of the run: median m/z error of the ions with a strong, steady signal. "
        "Null where fewer than three such ions were seen; no correction is made then.",
    ),
    Column("n_mz_anchors", COUNT, "", "Number of ions behind `mz_error_ppm`."),
    Column(
        "detection_threshold",
        NUMBER,
        "count",
        "Median over one MS1 scan in thirty-two (without any: product-ion scans) of the lowest "
        "centroid intensity in a scan; of SRM chromatograms the lowest intensity above 0.",
    ),
)

RUNS: Final = Table(
    "runs",
    "What was learned of each run while it was read (a part; `samples` is made of it).",
    ("sample_id",),
    (SAMPLE, *_RUN_FACTS),
)

SAMPLES: Final = Table(
    "samples",
    "One row per injection: the sample sheet and what was learned of the run.",
    ("sample_id",),
    (
        SAMPLE,
        required("mzml", "Path of the run, as it was opened from the working directory."),
        required("sample_type", "What the injection is for."),
        Column("level", TEXT, "", "Level of a calibrator or quality control."),
        BATCH,
        Column(
            "injection_order",
            COUNT,
            "",
            "Order within the batch: of the sheet, else by start time, else by row.",
        ),
        Column("dilution_factor", NUMBER, "", "Concentrations are multiplied by it."),
        *_RUN_FACTS,
        Column(
            "retention_shift_s",
            NUMBER,
            "s",
            "Median over the ions with a listed time of expected less listed retention time; "
            "null where there is none.",
        ),
        Column("n_quantified", COUNT, "", "Number of ions with status `quantified`."),
    ),
    open_columns=True,
)

_PLACES: Final = pa.list_(pa.int64())

TRIGGERED: Final = Table(
    "triggered",
    "Where in the file of each run the MS2 scans stand whose precursor is that of a target (a "
    "part); null where the file must be read from its start.",
    ("sample_id",),
    (
        SAMPLE,
        Column("file_bytes", COUNT, "byte", "Size of the file."),
        Column("begin", _PLACES, "byte", "First byte of each scan."),
        Column("end", _PLACES, "byte", "Behind its last byte."),
        Column("survey_begin", _PLACES, "byte", "The same of the MS1 scan before; -1: none."),
        Column("survey_end", _PLACES, "byte", "The same."),
    ),
)
