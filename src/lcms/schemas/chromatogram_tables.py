"""Chromatograms of the ions of a run, and the candidate peaks in them."""

from typing import Final

from lcms.schemas.declaration import (
    COMPACT_SERIES,
    COUNT,
    ION,
    NUMBER,
    SAMPLE,
    SERIES,
    TEXT,
    TRUTH,
    Column,
    Table,
    required,
)

CHROMATOGRAMS: Final = Table(
    "chromatograms",
    "The chromatograms that were integrated: one row per run and ion.",
    ("sample_id", "ion_id"),
    (
        SAMPLE,
        ION,
        Column(
            "source",
            TEXT,
            "",
            "Origin: `ms1` (MS1 scans), `ms2` (product-ion scans) or `srm` (chromatograms of the "
            "file); null if the ion was not acquired.",
        ),
        Column(
            "multiplicity",
            COUNT,
            "",
            "Number of SRM chromatograms, or isolation windows, of the run that match the ion.",
        ),
        Column(
            "channel",
            TEXT,
            "",
            "The scans or transition that the ion is read from: MS level, kind if not full scan, "
            "polarity, scan or isolation windows, compensation voltage, collision energy, number "
            "of the function; Q1 and Q3 of SRM.",
        ),
        Column(
            "is_mixed",
            TRUTH,
            "",
            "Whether scans of several unknown kinds may be mixed in it (flag `scan_kinds_mixed`); "
            "null without a chromatogram.",
        ),
        Column(
            "isolation_low_mz",
            NUMBER,
            "Th",
            "Lower edge of the isolation window that was used.",
            "MS:1000828",
        ),
        Column(
            "isolation_high_mz",
            NUMBER,
            "Th",
            "Upper edge of the isolation window that was used.",
            "MS:1000829",
        ),
        Column(
            "not_acquired_why",
            TEXT,
            "",
            "Why the ion was not acquired; the words are those of the flags of `peaks`.",
        ),
        Column(
            "retention_time_s",
            SERIES,
            "s",
            "Start times of the scans inside the search window and its margin.",
            "MS:1000894",
        ),
        Column(
            "intensity",
            COMPACT_SERIES,
            "count",
            "Intensity of the centroid nearest to the expected m/z in each scan; 0 if there is "
            "none in the m/z window.",
            "MS:1000042",
        ),
        Column(
            "centroid_error_ppm",
            COMPACT_SERIES,
            "ppm",
            "Observed minus theoretical m/z of that centroid, not corrected for the mass offset "
            "of the run; NaN if there is none.",
        ),
        Column(
            "hidden_intensity",
            COMPACT_SERIES,
            "count",
            "If there is none: intensity of the ion that may be hidden in an unresolved centroid "
            "just outside the m/z window, so that an intensity of 0 does not prove its absence; "
            "otherwise 0.",
        ),
    ),
)

COMPANIONS: Final = Table(
    "companions",
    "Chromatograms of the decoys, isotopes and parents of the targets (a part); the columns are "
    "those of `chromatograms`.",
    ("sample_id", "ion_id"),
    CHROMATOGRAMS.columns,
)

CHROMATOGRAM: Final = required(
    "chromatogram_id", "Chromatogram: an ion, or the isomers that share one chromatogram."
)

CANDIDATES: Final = Table(
    "candidates",
    "Candidates: one row per peak picked in a chromatogram, whatever its compound (a part).",
    ("sample_id", "chromatogram_id", "retention_time_s"),
    (
        SAMPLE,
        CHROMATOGRAM,
        Column("retention_time_s", NUMBER, "s", "Time of the apex.", nullable=False),
        Column("left_s", NUMBER, "s", "Left border of the peak.", nullable=False),
        Column("right_s", NUMBER, "s", "Right border of the peak.", nullable=False),
        Column("area", NUMBER, "count s", "Area above the baseline by the trapezoid rule."),
        Column("area_sd", NUMBER, "count s", "One standard deviation of `area`."),
        Column("height", NUMBER, "count", "Height of the apex above the baseline."),
        Column(
            "signal_to_noise",
            NUMBER,
            "",
            "Height divided by the standard deviation of the noise beside the peak.",
        ),
        Column("fwhm_s", NUMBER, "s", "Full width at half height of the peak."),
        Column("tailing", NUMBER, "", "Symmetry factor at 5 % height (USP <621>)."),
        Column(
            "error_ppm",
            NUMBER,
            "ppm",
            "Observed minus theoretical m/z, not corrected for the mass offset of the run.",
        ),
        Column(
            "n_points", COUNT, "", "Number of scans with an intensity above 0 between the borders."
        ),
        Column(
            "shape",
            NUMBER,
            "",
            "Fraction of the variance of the intensities between the borders that the smoothed "
            "chromatogram explains.",
        ),
        Column(
            "parent_ratio",
            NUMBER,
            "",
            "Height of the highest compound that elutes with the candidate and may have formed "
            "it in the ion source, divided by the height of the candidate; 0 if there is none.",
        ),
    ),
)
