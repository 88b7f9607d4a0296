"""What MS2 scans say: the evidence for each peak, and hypotheses of further conjugates."""

from typing import Final

from lcms.schemas.declaration import COUNT, NUMBER, SAMPLE, TARGET, TEXT, WORDS, Column, Table

MS2_EVIDENCE: Final = Table(
    "ms2_evidence",
    "What the MS2 scans that were triggered inside a peak say: one row per run and compound.",
    ("sample_id", "target_id"),
    (
        SAMPLE,
        TARGET,
        Column(
            "n_scans",
            COUNT,
            "",
            "MS2 scans inside the peak, its tail included, whose selected ion is the precursor. "
            "Of isomers, a scan belongs to the one between whose borders it lies, else to the "
            "nearer. Null where the run could not be read.",
        ),
        Column(
            "products_expected",
            WORDS,
            "",
            "Product ions of the target sheet; without any there, those that every lactoyl amino "
            "acid gives.",
        ),
        Column(
            "products_matched",
            WORDS,
            "",
            "Those that a scan shows with 1 % of its base peak; null without a scan.",
        ),
        Column(
            "products_not_scannable",
            WORDS,
            "",
            "Those outside of the m/z range of all scans: not looked at, which is not the same as "
            "not there.",
        ),
        Column("best_scan", TEXT, "", "Native id of the most intense of the scans."),
        Column("best_scan_time_s", NUMBER, "s", "Its time.", "MS:1000016"),
        Column("collision_energy", NUMBER, "eV", "Its collision energy.", "MS:1000045"),
        Column("isolation_low_mz", NUMBER, "Th", "Lower edge of its isolation window."),
        Column("isolation_high_mz", NUMBER, "Th", "Upper edge of its isolation window."),
        Column(
            "purity",
            NUMBER,
            "",
            "Share of the precursor in the intensity of the isolation window in the MS1 scan "
            "before; median over the scans.",
        ),
        Column("library_name", TEXT, "", "Most similar spectrum of the library."),
        Column("cosine", NUMBER, "", "Cosine of both by the square roots of intensities."),
        Column("entropy_similarity", NUMBER, "", "Spectral entropy similarity of both."),
        Column("n_library_peaks", COUNT, "", "Peaks that both have."),
    ),
)

DISCOVERED: Final = Table(
    "candidates",
    "Hypotheses of further lactoyl conjugates that `lcms discover` has found: precursors whose "
    "product ions have the lactoyl signature. Isomers may have it, too: nothing here is "
    "identified.",
    ("sample_id", "number"),
    (
        SAMPLE,
        Column("number", COUNT, "", "Number within the run, from 1.", nullable=False),
        Column("source", TEXT, "", "`dda`: the precursor was selected; `dia`: it was paired."),
        Column("polarity", TEXT, "", "`+` or `-`.", "MS:1000465"),
        Column("precursor_mz", NUMBER, "Th", "Median over the scans.", "MS:1000744"),
        Column("retention_time_s", NUMBER, "s", "Time of the most intense scan.", "MS:1000894"),
        Column("first_s", NUMBER, "s", "Time of the first scan."),
        Column("last_s", NUMBER, "s", "Time of the last scan."),
        Column("n_scans", COUNT, "", "Scans with the signature."),
        Column(
            "evidence",
            WORDS,
            "",
            "`amino_acid`: the loss of 72.0211; `lactamide`: m/z 88.0404; `lactate`: m/z 89.0244; "
            "`immonium`: the loss of 72.0211 and of formic acid.",
        ),
        Column("formulas", WORDS, "", "CHNOS formulas within the tolerance, nearest first."),
        Column("n_formulas", COUNT, "", "How many there are; ten are listed."),
        Column("known", WORDS, "", "Compounds of the packaged panel with one of the formulas."),
    ),
)
