"""What was cut out of a run, and what in it may be a peak."""

from typing import Final

from lcms.schemas.declaration import (
    COMPACT_SERIES,
    COUNT,
    ION,
    NUMBER,
    SAMPLE,
    SERIES,
    TEXT,
    Column,
    Table,
    required,
)

CHROMATOGRAMS: Final = Table(
    "chromatograms",
    "What was integrated: one row per run and ion.",
    ("sample_id", "ion_id"),
    (
        SAMPLE,
        ION,
        Column(
            "source",
            TEXT,
            "",
            "`ms1`, `ms2` (product-ion scans) or `srm` (chromatograms of the file); null where "
            "nothing was acquired.",
        ),
        Column(
            "multiplicity",
            COUNT,
            "",
            "How many SRM chromatograms, or isolation windows, of the run fit the ion.",
        ),
        Column(
            "isolation_low_mz",
            NUMBER,
            "Th",
            "Lower edge of the isolation window that was taken.",
            "MS:1000828",
        ),
        Column(
            "isolation_high_mz",
            NUMBER,
            "Th",
            "Upper edge of the isolation window that was taken.",
            "MS:1000829",
        ),
        Column(
            "not_acquired_why",
            TEXT,
            "",
            "Why the run cannot hold the ion, as in the flags of `peaks`.",
        ),
        Column(
            "retention_time_s",
            SERIES,
            "s",
            "Scan start times inside the search window and its margin.",
            "MS:1000894",
        ),
        Column(
            "intensity",
            COMPACT_SERIES,
            "count",
            "Intensity of the centroid nearest to the expected m/z; 0 where there is none.",
            "MS:1000042",
        ),
        Column(
            "centroid_error_ppm",
            COMPACT_SERIES,
            "ppm",
            "m/z error of that centroid against theory, uncorrected; NaN where there is none.",
        ),
        Column(
            "hidden_intensity",
            COMPACT_SERIES,
            "count",
            "Where there is none: how much of the ion may be merged into a centroid right outside "
            "of the m/z window, so that the 0 does not tell its absence; else 0.",
        ),
    ),
)

COMPANIONS: Final = Table(
    "companions",
    "Decoys and isotopes of the targets, as `chromatograms` (a part).",
    ("sample_id", "ion_id"),
    CHROMATOGRAMS.columns,
)

SIGNAL: Final = required("chromatogram_id", "The ion, or the isomers that share its chromatogram.")

CANDIDATES: Final = Table(
    "candidates",
    "What may be a peak: one row per stretch of a chromatogram that rises out of it (a part).",
    ("sample_id", "chromatogram_id", "retention_time_s"),
    (
        SAMPLE,
        SIGNAL,
        Column("retention_time_s", NUMBER, "s", "Time of the apex.", nullable=False),
        Column("left_s", NUMBER, "s", "Left border.", nullable=False),
        Column("right_s", NUMBER, "s", "Right border.", nullable=False),
        Column("area", NUMBER, "count s", "By the trapezoid rule above the baseline."),
        Column("area_sd", NUMBER, "count s", "One standard deviation of `area`."),
        Column("height", NUMBER, "count", "Height of the apex above the baseline."),
        Column("signal_to_noise", NUMBER, "", "Height by the noise beside the peak."),
        Column("fwhm_s", NUMBER, "s", "Full width at half height."),
        Column("tailing", NUMBER, "", "Symmetry factor at 5 % height (USP <621>)."),
        Column("error_ppm", NUMBER, "ppm", "Observed against theoretical m/z, uncorrected."),
        Column("n_points", COUNT, "", "Scans with a signal between the borders."),
        Column("shape", NUMBER, "", "Share of the variance that the smoothed curve explains."),
    ),
)
