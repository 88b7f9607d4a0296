"""MS2 evidence for each peak, and hypotheses of further conjugates."""

from typing import Final

from lcms.schemas.declaration import (
    COMPACT_SERIES,
    COUNT,
    NUMBER,
    SAMPLE,
    TARGET,
    TEXT,
    WORDS,
    Column,
    Table,
)

MS2_EVIDENCE: Final = Table(
    "ms2_evidence",
    "MS2 evidence from the scans triggered inside a peak: one row per run and compound.",
    ("sample_id", "target_id"),
    (
        SAMPLE,
        TARGET,
        Column(
            "n_scans",
            COUNT,
            "",
            "Number of MS2 scans of the precursor between the borders of the peak, including its "
            "tail. With isomers, a scan is assigned to the isomer between whose borders it lies, "
            "otherwise to the nearest one. Null if the run could not be read.",
        ),
        Column(
            "products_expected",
            WORDS,
            "",
            "Expected product ions: those of the target sheet, or, if it lists none, those common "
            "to all lactoyl amino acids.",
        ),
        Column(
            "products_matched",
            WORDS,
            "",
            "Expected product ions that a scan contains with at least 1 % of its base peak; null "
            "without a scan.",
        ),
        Column(
            "products_not_scannable",
            WORDS,
            "",
            "Expected product ions outside the m/z range of all scans: they were not measured, "
            "which does not mean that they are absent.",
        ),
        Column(
            "best_scan",
            TEXT,
            "",
            "Native id of the scan with the most intense precursor in the preceding MS1 scan; "
            "without MS1 scans, of the most intense scan.",
        ),
        Column("best_scan_time_s", NUMBER, "s", "Start time of the best scan.", "MS:1000016"),
        Column(
            "collision_energy", NUMBER, "eV", "Collision energy of the best scan.", "MS:1000045"
        ),
        Column(
            "isolation_low_mz",
            NUMBER,
            "Th",
            "Lower edge of the isolation window of the best scan.",
        ),
        Column(
            "isolation_high_mz",
            NUMBER,
            "Th",
            "Upper edge of the isolation window of the best scan.",
        ),
        Column(
            "purity",
            NUMBER,
            "",
            "Intensity of the precursor divided by the total intensity in the isolation window, "
            "in the preceding MS1 scan; median over the scans.",
        ),
        Column(
            "precursor_intensity",
            NUMBER,
            "count",
            "Intensity of the precursor in the MS1 scan before the best scan.",
        ),
        Column(
            "lowest_intensity",
            NUMBER,
            "count",
            "Lowest intensity above 0 in the best scan, or its median over the scans if lower.",
        ),
        Column(
            "fragment_mz",
            COMPACT_SERIES,
            "Th",
            "m/z of the fragments in the best scan: up to 30 peaks below the isolation window, "
            "each at least 1 % of the highest.",
        ),
        Column("fragment_intensity", COMPACT_SERIES, "count", "Their intensities."),
        Column("library_name", TEXT, "", "Name of the most similar spectrum of the library."),
        Column(
            "cosine",
            NUMBER,
            "",
            "Cosine similarity to it, of the square roots of the intensities.",
        ),
        Column("entropy_similarity", NUMBER, "", "Spectral entropy similarity to it."),
        Column("n_library_peaks", COUNT, "", "Number of peaks that both spectra have."),
    ),
)

DISCOVERED: Final = Table(
    "candidates",
    "Hypotheses of further lactoyl conjugates from `lcms discover`: precursors whose product "
    "ions have the lactoyl signature. Isomers of other structure may have it too, so none of "
    "these compounds is identified.",
    ("sample_id", "number"),
    (
        SAMPLE,
        Column("number", COUNT, "", "Number within the run, from 1.", nullable=False),
        Column(
            "source",
            TEXT,
            "",
            "`dda`: the precursor was selected by the instrument; `dia`: it was paired with the "
            "product ions by its elution.",
        ),
        Column("polarity", TEXT, "", "`+` or `-`.", "MS:1000465"),
        Column(
            "precursor_mz",
            NUMBER,
            "Th",
            "m/z of the precursor, median over the scans.",
            "MS:1000744",
        ),
        Column(
            "retention_time_s", NUMBER, "s", "Start time of the most intense scan.", "MS:1000894"
        ),
        Column("first_s", NUMBER, "s", "Start time of the first scan."),
        Column("last_s", NUMBER, "s", "Start time of the last scan."),
        Column("n_scans", COUNT, "", "Number of scans with the signature."),
        Column(
            "evidence",
            WORDS,
            "",
            "Parts of the signature that were observed: `amino_acid`: loss of 72.0211; "
            "`lactamide`: m/z 88.0404; `lactate`: m/z 89.0244; `immonium`: loss of 72.0211 and "
            "of formic acid.",
        ),
        Column(
            "formulas",
            WORDS,
            "",
            "CHNOS formulas within the m/z tolerance, nearest first; ten at most.",
        ),
        Column("n_formulas", COUNT, "", "Number of formulas within the m/z tolerance."),
        Column(
            "known", WORDS, "", "Compounds of the packaged panel that have one of the formulas."
        ),
    ),
)
