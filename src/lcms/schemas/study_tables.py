"""What a study reports: its rows ready for models, its time courses, its contrasts."""

from typing import Final

from lcms.schemas.declaration import (
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
from lcms.schemas.declaration import (
    SERIES as NUMBERS,
)

_KIND: Final = required("kind", "`analyte` or `isomer_sum`, as in `concentrations`.")
_MATRIX: Final = Column("matrix", TEXT, "", "Matrix, as in the sample sheet.")
_PERIOD: Final = Column("period", TEXT, "", "Period, as in the sample sheet.")
_MATRIX_OF_KEY: Final = required("matrix", "Matrix; empty text where the sheet has none.")
_PERIOD_OF_KEY: Final = required("period", "Period; empty text where the sheet has none.")
_SUBJECT: Final = required("subject", "Subject, as in the sample sheet.")
_AREA: Final = "concentration s"

DESIGN: Final = Table(
    "design",
    "The study as one long table, ready for models: one row per sample with a subject and "
    "analyte or isomer sum. Runs that are excluded are left out.",
    ("sample_id", "target_id"),
    (
        SAMPLE,
        TARGET,
        _KIND,
        _SUBJECT,
        Column("group", TEXT, "", "Group of the subject."),
        Column("sequence", TEXT, "", "Sequence of treatments of the subject (crossover)."),
        _PERIOD,
        Column("treatment", TEXT, "", "Treatment of the row."),
        _MATRIX,
        Column("time_s", NUMBER, "s", "Actual time since the dose or the start of exercise."),
        Column("nominal_time_s", NUMBER, "s", "Planned time; `time_s` where the sheet has none."),
        Column("is_baseline", TRUTH, "", "Whether the row is a baseline.", nullable=False),
        Column("dose", NUMBER, "dose_unit", "Dose, as in the sample sheet."),
        Column("dose_unit", TEXT, "", "Unit of `dose`."),
        Column("dose_time_s", NUMBER, "s", "Time of the dose, by the clock of `time_s`."),
        Column("drug_form", TEXT, "", "What was given: `L`, `DL` or `D`."),
        required("status", "Status of the concentration, as in `concentrations`."),
        Column(
            "value",
            NUMBER,
            "concentration",
            "Concentration; null where it is censored or missing.",
        ),
        Column("low", NUMBER, "concentration", "Lower end of its 95 % interval; 0 if censored."),
        Column(
            "high", NUMBER, "concentration", "Upper end of its 95 % interval; `limit` if censored."
        ),
        Column(
            "censored",
            TRUTH,
            "",
            "Whether the value lies somewhere below `limit`: `not_detected` or `below_lloq`.",
            nullable=False,
        ),
        Column(
            "limit",
            NUMBER,
            "concentration",
            "Limit of a censored row: `lod` of a row that is `not_detected`, `lloq` of one that "
            "is `below_lloq`.",
        ),
        Column(
            "used",
            TRUTH,
            "",
            "Whether the row enters `series` and `contrasts`: it has a value or a limit above 0, "
            "and is no replicate (`replicate_of`).",
            nullable=False,
        ),
        Column("flags", WORDS, "", "Flags, as in `concentrations`.", nullable=False),
    ),
    open_columns=True,
)

AMOUNTS: Final = Table(
    "amounts",
    "Concentrations divided by what the sample sheet gives: one row per sample, analyte or isomer "
    "sum, and normaliser. A sample without its columns has no row.",
    ("sample_id", "target_id", "normaliser"),
    (
        SAMPLE,
        TARGET,
        _KIND,
        required(
            "normaliser",
            "`tissue` (`extract_volume_ul`, `sample_mass_mg`), `protein` (`protein_mg`), `cells` "
            "(`cell_count`), `creatinine` (mmol/L), `excretion` (`urine_volume_ml`, "
            "`collection_s`) or `dried_blood` (`punch_volume_ul`).",
        ),
        Column("amount", NUMBER, "unit", "Amount; null where it is censored or missing."),
        Column("low", NUMBER, "unit", "Lower end of its 95 % interval; 0 if censored."),
        Column("high", NUMBER, "unit", "Upper end of its 95 % interval; `limit` if censored."),
        required("unit", "Unit of the amount."),
        Column(
            "censored",
            TRUTH,
            "",
            "Whether the amount lies somewhere below `limit`, as in `design`.",
            nullable=False,
        ),
        Column("limit", NUMBER, "unit", "Limit of a censored row."),
        Column(
            "n_used",
            COUNT,
            "",
            "Number of concentrations, a censored one included: 1, or 0 where it is missing.",
            nullable=False,
        ),
        Column("n_censored", COUNT, "", "Number of censored ones: 1 or 0.", nullable=False),
        required("method", "Formula, with the concentration c in nmol/L."),
        Column(
            "flags",
            WORDS,
            "",
            "As in `concentrations`; `nominal_punch_volume`: the volume of blood in a punch "
            "depends on the haematocrit.",
            nullable=False,
        ),
    ),
)

RATIOS: Final = Table(
    "ratios",
    "Mass-action ratios, product / (reactant x reactant): one row per sample and product of "
    "`study.ratios`.",
    ("sample_id", "target_id"),
    (
        SAMPLE,
        Column("target_id", TEXT, "", "The product.", nullable=False),
        required("reactant_a", "Target, or column of the sample sheet."),
        required("reactant_b", "The other one."),
        Column(
            "ratio_l_mol",
            NUMBER,
            "L/mol",
            "The ratio; where a concentration is censored, a bound made with its limit.",
        ),
        Column(
            "bound",
            TEXT,
            "",
            "`=`; `<=`: the product is censored; `>=`: a reactant is; null: no ratio.",
        ),
        Column(
            "log_sd",
            NUMBER,
            "",
            "Standard deviation of its logarithm by those of the concentrations; null of a bound.",
        ),
        Column("low", NUMBER, "L/mol", "Lower end of its 95 % interval; null of a bound."),
        Column("high", NUMBER, "L/mol", "Upper end of its 95 % interval; null of a bound."),
        Column(
            "hydrolysis_kj_mol",
            NUMBER,
            "kJ/mol",
            "Gibbs energy of the hydrolysis, -RT ln(ratio / `study.equilibrium_l_mol`); above 0 "
            "the product is formed. Null without the constant, and of a bound.",
        ),
        Column("n_used", COUNT, "", "Number of concentrations.", nullable=False),
        Column("n_censored", COUNT, "", "Number of censored ones.", nullable=False),
        required("method", "`mass_action`."),
        Column(
            "flags",
            WORDS,
            "",
            "Why there is no ratio: `concentration_missing`; `both_sides_censored`: the product "
            "and a reactant.",
            nullable=False,
        ),
    ),
)


def _constant(name: str, unit: str, meaning: str) -> tuple[Column, ...]:
    """Return the columns of a constant: estimate, standard deviation, interval."""
    return (
        Column(name, NUMBER, unit, meaning),
        Column(f"{name}_sd", NUMBER, unit, f"Standard deviation of `{name}`."),
        Column(
            f"{name}_low", NUMBER, unit, "Lower end of its 95 % interval (profile likelihood)."
        ),
        Column(f"{name}_high", NUMBER, unit, "Upper end; null where the data set no limit."),
    )


KINETICS: Final = Table(
    "kinetics",
    "Enzyme assays: one row per `assay_id` of the sample sheet and product. From the wells, less "
    "their start and the controls without active enzyme, to initial rates and constants. A "
    "product below a limit counts as half of it.",
    ("assay_id", "target_id"),
    (
        required("assay_id", "Assay, as in the sample sheet."),
        TARGET,
        *_constant("kcat", "1/s", "Turnover number: highest rate divided by the enzyme."),
        *_constant("k_a", "nmol/L", "Half-saturation constant of `substrate_a`."),
        *_constant("k_b", "nmol/L", "That of `substrate_b`; null of the law of one substrate."),
        *_constant("k_ia", "nmol/L", "Dissociation constant of `substrate_a` without the other."),
        Column(
            "k_eq_l_mol",
            NUMBER,
            "L/mol",
            "Equilibrium constant of the formation: product / (substrate x substrate) at the "
            "plateau, geometric mean of the wells that reach one. Of an assay of the splitting "
            "what is left of `substrate_a` / (made x made): both directions have the same.",
        ),
        Column(
            "k_eq_log_sd",
            NUMBER,
            "",
            "Standard deviation of its logarithm, by the plateaus or the scatter of the wells.",
        ),
        Column("substrate_a", NUMBERS, "nmol/L", "Of each well with a rate.", nullable=False),
        Column("substrate_b", NUMBERS, "nmol/L", "Likewise; NaN: none.", nullable=False),
        Column(
            "turnover",
            NUMBERS,
            "1/s",
            "Initial rate of each well divided by its enzyme.",
            nullable=False,
        ),
        Column("turnover_sd", NUMBERS, "1/s", "Its standard deviation.", nullable=False),
        Column(
            "well_points",
            NUMBERS,
            "",
            "Number of points of the rate of each well.",
            nullable=False,
        ),
        Column(
            "well_r2",
            NUMBERS,
            "",
            "R\N{SUPERSCRIPT TWO} of its line, or of its approach to equilibrium.",
            nullable=False,
        ),
        Column(
            "well_lack_of_fit_p",
            NUMBERS,
            "",
            "p-value of the lack of fit of its line against replicates at equal times; NaN "
            "without replicates, and of an approach.",
            nullable=False,
        ),
        Column("r2", NUMBER, "", "Weighted share of the scatter of rates that the law explains."),
        Column("residual_sd", NUMBER, "", "Of the rates, in their standard deviations."),
        Column("freedom", COUNT, "", "Degrees of freedom of the fit."),
        Column(
            "identifiable",
            TRUTH,
            "",
            "Whether the data determine the constants; `flags` say why not.",
            nullable=False,
        ),
        Column("n_used", COUNT, "", "Number of wells with a rate.", nullable=False),
        Column("n_censored", COUNT, "", "Number of censored points.", nullable=False),
        Column(
            "n_left_out", COUNT, "", "Number of points without value and limit.", nullable=False
        ),
        required("method", "`michaelis_menten`, or `sequential` where both substrates vary."),
        Column(
            "flags",
            WORDS,
            "",
            "`too_few_rates`: no constants; `few_points`, `curved`: of some well; "
            "`censored_points`, `points_left_out`; `highest_substrate_below_twice_k_m` (`_k_a`, "
            "`_k_b`) and `constants_correlated`: not identifiable.",
            nullable=False,
        ),
    ),
)

ISOTOPOLOGUES: Final = Table(
    "isotopologues",
    "How the molecules of a compound share the label of a tracer: one row per sample, compound "
    "with `isotopologue_of` in the target sheet, and number of labels. Natural isotopes and the "
    "impurity of the tracer are taken off.",
    ("sample_id", "target_id", "n_label"),
    (
        SAMPLE,
        TARGET,
        Column("n_label", COUNT, "", "Number of labelled atoms, 0 to n.", nullable=False),
        Column("area", NUMBER, "count s", "Area of its quantifier; 0 if it is not detected."),
        Column("fraction", NUMBER, "", "Its share of the molecules; all of a compound are 1."),
        Column(
            "fraction_unbounded",
            NUMBER,
            "",
            "The same without the bound at 0, with the area that the fit gives to what is not "
            "detected; where the scans hide small peaks, with that of the natural isotopes of "
            "molecules with fewer labels. Differences and means are made of it.",
        ),
        Column(
            "fraction_sd",
            NUMBER,
            "",
            "Standard deviation of `fraction_unbounded` by those of the areas; of one that is not "
            "detected the standard error without a peak, of one that the scans hide that of any "
            "area up to `area_lod`.",
        ),
        Column(
            "residual", NUMBER, "", "What the fit leaves of the area, by the sum of the areas."
        ),
        Column("enrichment", NUMBER, "", "Mean share of labelled atoms of the compound, of n."),
        Column(
            "precursor_ratio",
            NUMBER,
            "",
            "`fraction` divided by that of `study.tracer_precursor` with as many labels: the "
            "share made from its pool. Null for M+0, and for compounds with another n.",
        ),
        Column("n_used", COUNT, "", "Number of isotopologues with an area or 0.", nullable=False),
        Column("n_censored", COUNT, "", "Number that are not detected.", nullable=False),
        required("method", "`non_negative_least_squares`."),
        Column(
            "flags",
            WORDS,
            "",
            "Why there is no fraction: `isotopologue_missing` (not acquired, saturated, failed), "
            "`nothing_detected`; `label_not_located`: the product ions are not formulas of one "
            "product that keeps all labels, or none: natural isotopes cannot be taken off.",
            nullable=False,
        ),
    ),
)

SYNTHESIS: Final = Table(
    "synthesis",
    "How fast a product is made of the precursor `study.tracer_precursor`: one row per subject, "
    "period, matrix, product and interval between two samples (neighbours in time, and the first "
    "and the last), by the molecules that carry all labels (`isotopologues`).",
    ("subject", "period", "matrix", "target_id", "start_s", "end_s"),
    (
        _SUBJECT,
        _PERIOD_OF_KEY,
        _MATRIX_OF_KEY,
        TARGET,
        Column("start_s", NUMBER, "s", "Time of the first sample.", nullable=False),
        Column("end_s", NUMBER, "s", "Time of the last sample.", nullable=False),
        Column("product_change", NUMBER, "", "Change of the labelled share of the product."),
        Column(
            "precursor_mean",
            NUMBER,
            "",
            "Mean over time of the labelled share of the precursor, by trapezoids.",
        ),
        Column(
            "rate_per_h",
            NUMBER,
            "1/h",
            "Fractional synthesis rate: `product_change` / (`precursor_mean` x duration).",
        ),
        Column("rate_sd", NUMBER, "1/h", "Its standard deviation by those of the fractions."),
        Column("rate_low", NUMBER, "1/h", "Lower end of its 95 % interval."),
        Column("rate_high", NUMBER, "1/h", "Upper end of its 95 % interval."),
        Column("n_used", COUNT, "", "Number of samples of the interval.", nullable=False),
        Column(
            "n_censored",
            COUNT,
            "",
            "Number of areas of the subject, with all labels, that are not detected.",
            nullable=False,
        ),
        required("method", "`precursor_product`."),
        Column(
            "flags",
            WORDS,
            "",
            "`fraction_missing`: no rate, since a fraction is missing or the precursor has no "
            "label.",
            nullable=False,
        ),
    ),
)

SERIES: Final = Table(
    "series",
    "Time courses: one row per subject, period, matrix and analyte. Censored points are taken as "
    "half of their limit; `_low` and `_high` take them as 0 and as the limit.",
    ("subject", "period", "matrix", "target_id"),
    (
        _SUBJECT,
        _PERIOD_OF_KEY,
        _MATRIX_OF_KEY,
        TARGET,
        _KIND,
        Column("baseline", NUMBER, "concentration", "Geometric mean of the baseline rows."),
        Column("times_s", NUMBERS, "s", "Actual times of the points.", nullable=False),
        Column(
            "fold_change",
            NUMBERS,
            "",
            "Concentration divided by the baseline, at each of `times_s`; NaN if the point is "
            "censored.",
            nullable=False,
        ),
        Column(
            "log2_fold_change",
            NUMBERS,
            "",
            "Binary logarithm of `fold_change`.",
            nullable=False,
        ),
        Column("auc", NUMBER, _AREA, "Area under the points, linear trapezoids, actual times."),
        Column("auc_low", NUMBER, _AREA, "The same, censored points as 0."),
        Column("auc_high", NUMBER, _AREA, "The same, censored points as their limit."),
        Column("iauc_net", NUMBER, _AREA, "`auc` minus baseline x duration."),
        Column("iauc_positive", NUMBER, _AREA, "Area above the baseline only."),
        Column("iauc_positive_low", NUMBER, _AREA, "Its lower bound by the censored points."),
        Column("iauc_positive_high", NUMBER, _AREA, "Its upper bound by the censored points."),
        Column("cmax", NUMBER, "concentration", "Highest concentration."),
        Column("tmax_s", NUMBER, "s", "Its time, the first of equals."),
        Column(
            "half_life_s",
            NUMBER,
            "s",
            "Half-life of the return from the peak to the baseline; null with fewer than three "
            "points above the baseline after the peak.",
        ),
        Column("n_used", COUNT, "", "Number of points, censored ones included.", nullable=False),
        Column("n_censored", COUNT, "", "Number of censored points.", nullable=False),
        required("method", "How areas are made: `linear_trapezoid`."),
        Column(
            "flags",
            WORDS,
            "",
            "`no_baseline`: no usable baseline row; `baseline_censored`: a baseline row is "
            "censored; `points_left_out`: rows without value and limit (see `design`).",
            nullable=False,
        ),
    ),
)

NCA: Final = Table(
    "nca",
    "Non-compartmental pharmacokinetics: two rows per subject, period, matrix and analyte with a "
    "dose above 0. Times count from the dose (`dose_time_s`); the last point before it is taken "
    "as that at the dose. Below the limit: 0 before the peak, left out after it.",
    ("subject", "period", "matrix", "target_id", "correction"),
    (
        _SUBJECT,
        _PERIOD_OF_KEY,
        _MATRIX_OF_KEY,
        TARGET,
        _KIND,
        required(
            "correction",
            "`none`: as measured; `baseline`: less the geometric mean of the quantified baseline "
            "rows, negatives as 0, because the body makes the compound, too.",
        ),
        Column("dose", NUMBER, "dose_unit", "Dose, as in the sample sheet."),
        Column("dose_unit", TEXT, "", "Unit of `dose`."),
        Column("drug_form", TEXT, "", "What was given: `L`, `DL` or `D`; they are one ion."),
        Column("cmax", NUMBER, "concentration", "Highest concentration."),
        Column("tmax_s", NUMBER, "s", "Its time, the first of equals."),
        Column("clast", NUMBER, "concentration", "Last quantified concentration above 0."),
        Column("tlast_s", NUMBER, "s", "Its time."),
        Column("auc_last", NUMBER, _AREA, "Area to `tlast_s`, linear trapezoids."),
        Column(
            "auc_last_log_down",
            NUMBER,
            _AREA,
            "Area to `tlast_s`, linear where it rises, logarithmic where it falls.",
        ),
        Column(
            "auc_all",
            NUMBER,
            _AREA,
            "Linear area up to the first point below the limit after `tlast_s`, which is 0.",
        ),
        Column("lambda_z", NUMBER, "1/s", "Rate of the terminal phase."),
        Column("lambda_z_adjusted_r2", NUMBER, "", "Adjusted R\N{SUPERSCRIPT TWO} of its line."),
        Column(
            "lambda_z_points",
            COUNT,
            "",
            "Its number of points: the last three or more after the peak with the best adjusted "
            "R\N{SUPERSCRIPT TWO}, the most points within 0.0001; 0: no terminal phase.",
            nullable=False,
        ),
        Column("half_life_s", NUMBER, "s", "ln 2 divided by `lambda_z`."),
        Column("auc_inf", NUMBER, _AREA, "`auc_last` plus `clast` / `lambda_z`."),
        Column("auc_inf_predicted", NUMBER, _AREA, "The same with the concentration of the line."),
        Column("extrapolated_percent", NUMBER, "%", "Extrapolated percentage of `auc_inf`."),
        Column("aumc_last", NUMBER, "concentration s s", "Area under time x concentration."),
        Column("mean_residence_s", NUMBER, "s", "Mean residence time, extrapolated."),
        Column(
            "clearance_l_h",
            NUMBER,
            "L/h",
            "Apparent clearance CL/F: dose divided by `auc_inf`, at steady state by `auc_tau`. "
            "Only of the target `study.dosed`.",
        ),
        Column("volume_l", NUMBER, "L", "Apparent volume Vz/F, clearance divided by `lambda_z`."),
        Column("auc_tau", NUMBER, _AREA, "Area over `study.dosing_interval_s`, linear."),
        Column("average", NUMBER, "concentration", "Average over it."),
        Column("fluctuation", NUMBER, "", "(Highest - lowest) / average, over it."),
        Column(
            "accumulation",
            NUMBER,
            "",
            "Level at steady state divided by that after the first dose, by `lambda_z`.",
        ),
        Column(
            "carry_over_percent",
            NUMBER,
            "%",
            "Baseline minus that of the first period of the subject, divided by `cmax` minus the "
            "same; of later periods, as measured.",
        ),
        Column("n_used", COUNT, "", "Number of points in `auc_last`.", nullable=False),
        Column("n_censored", COUNT, "", "Number of censored points.", nullable=False),
        required("method", "`non_compartmental`."),
        Column(
            "flags",
            WORDS,
            "",
            "`no_baseline`; `negative_as_zero`; `no_terminal_phase`; `extrapolated`: more than "
            "20 %; `carry_over`: more than 5 %; `points_left_out`: rows without value and limit; "
            "`interval_not_covered`: no points over the whole dosing interval.",
            nullable=False,
        ),
    ),
)

CONTRASTS: Final = Table(
    "contrasts",
    "Ratios of geometric means: one row per analyte, matrix and contrast of the design.",
    ("target_id", "matrix", "contrast"),
    (
        TARGET,
        _KIND,
        _MATRIX_OF_KEY,
        required(
            "contrast",
            "What is divided by what; `change`: each side is first divided by its baseline.",
        ),
        Column("time_s", NUMBER, "s", "Nominal time of the contrast; null: no times."),
        Column("ratio", NUMBER, "", "Ratio of geometric means."),
        Column("ratio_low_90", NUMBER, "", "Lower end of its 90 % interval."),
        Column("ratio_high_90", NUMBER, "", "Upper end of its 90 % interval."),
        Column("ratio_low", NUMBER, "", "Lower end of its 95 % interval."),
        Column("ratio_high", NUMBER, "", "Upper end of its 95 % interval."),
        Column("p_value", NUMBER, "", "Two-sided p-value of a ratio of 1."),
        Column(
            "q_value",
            NUMBER,
            "",
            "`p_value` adjusted over the analytes and isomer sums of one contrast "
            "(Benjamini-Hochberg).",
        ),
        Column(
            "carry_over_p_value",
            NUMBER,
            "",
            "p-value of equal subject sums in both sequences of a crossover; null in other "
            "designs, and where a value is censored or missing.",
        ),
        Column("n_subjects", COUNT, "", "Number of subjects with a used row.", nullable=False),
        Column(
            "n_used", COUNT, "", "Number of values used, censored ones included.", nullable=False
        ),
        Column("n_censored", COUNT, "", "Number of censored values.", nullable=False),
        Column(
            "n_left_out",
            COUNT,
            "",
            "Number of rows left out because they have neither value nor limit.",
            nullable=False,
        ),
        required(
            "method",
            "`t_test`, `random_intercept`, `censored_likelihood`, "
            "`censored_likelihood_random_intercept`, `proportions` (no ratio: above 50 % "
            "censored) or `none`.",
        ),
        Column(
            "flags",
            WORDS,
            "",
            "`too_few_subjects`, `values_do_not_scatter`, `not_estimable`, `not_bounded`, "
            "`mostly_censored`: why there is no ratio; `above_uloq`: rows above the range are "
            "left out, so that the ratio is biased towards 1.",
            nullable=False,
        ),
    ),
)
