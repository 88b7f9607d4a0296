"""The columns of the sample, level and target sheets with their meanings, declared once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

FACTOR_PREFIX: Final = "factor_"  # with it, any name is that of a study factor


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, the meaning of each column, and the required columns.

    If `has_factors` is true, further columns are carried as study factors. A factor may be named
    like the begin of one that is `unshortened` (`sample`, `amount`). `meant` holds names, in lower
    case, that people give to a column, so that they are no study factors.
    """

    name: str
    definition: str
    columns: Mapping[str, str]
    required: tuple[str, ...]
    has_factors: bool = False
    unshortened: tuple[str, ...] = ()
    meant: Mapping[str, str] = field(default_factory=dict)


SAMPLES: Final = Sheet(
    "samples",
    "One row per injection. Any further column is a study factor (subject, group, time_s ...) "
    "and is carried unchanged into `samples.parquet`; `lcms check` names them. One that looks "
    "like another column has a name that begins with `factor_`.",
    {
        "sample_id": "Key of the injection in every table: unique; letters, digits, `.`, `_` and "
        "`-`.",
        "mzml": "Path of its `.mzML` or `.mzML.gz`, relative to the sheet or absolute.",
        "sample_type": "`unknown`, `calibrator`, `quality_control` (known concentration), "
        "`pooled_qc`, `zero` (matrix and internal standard), `blank` (neither analyte nor "
        "internal standard) or `solvent`.",
        "level": "Level of the level sheet; for a `calibrator` or `quality_control` it must be "
        "there.",
        "batch": "Calibration, drift and verdict are made per batch; letters, digits, `.`, `_` "
        "and `-`; blank: `1`.",
        "injection_order": "Whole number, for all runs of a batch or none, each once; blank: by "
        "the acquisition start time in the mzML, else by row.",
        "dilution_factor": "The reported concentration is that of the undiluted sample, and so is "
        "the level of a `quality_control`; blank: 1. Not for a `calibrator`: its level is what is "
        "in the vial.",
        "spiked_into": "Of a `quality_control` made in a matrix that holds the analyte: the "
        "`sample_id` of the unspiked matrix in the same batch, or a value of `pool` or of a study "
        "factor that its unspiked replicates share. Their measured mean is taken off before the "
        "accuracy is judged.",
        "pool": "Name of the material of which several runs are injections. If a batch has it at "
        "three dilutions or more, its parallelism is judged.",
        "preparation": "Of a `quality_control` for validation that was not prepared as the "
        "samples: `post_extraction` (added to extracted matrix), `neat` (without matrix), or a "
        "name of your own for a condition of storage (`24h_20C`, `3_freeze_thaw`). It is not "
        "judged with the other quality controls, but in `preparation.parquet`; blank: as the "
        "samples.",
        "sample_amount": "Amount of material in the undiluted sample, in `amount_unit`: the "
        "concentrations are divided by it (`concentration_per_amount`).",
        "amount_unit": "Per volume, so that amounts per amount result: `mg/mL`, `10^6 cells/mL`, "
        "`mmol/L creatinine`; nmol/L divided by mg/mL is pmol/mg. One unit in a batch.",
        "exclude": "Why this run takes part in nothing; it keeps its rows. Blank: it takes part.",
        "type_guessed": "From what `lcms init` has guessed the sample type. Empty the cell, or "
        "delete the column, to confirm it; a guess for another type than `sample_type` counts as "
        "corrected.",
    },
    ("sample_id", "mzml", "sample_type"),
    has_factors=True,
    unshortened=("type_guessed", "sample_amount", "amount_unit"),
    meant=dict.fromkeys(
        ("order", "run_order", "inj_order", "acquisition_order", "sequence_order"),
        "injection_order",
    )
    | dict.fromkeys(("use", "used", "include", "skip", "omit", "ignore", "excluded"), "exclude")
    | dict.fromkeys(("run_batch", "batch_id"), "batch")
    | dict.fromkeys(("dil", "df", "dilution_fold"), "dilution_factor")
    | dict.fromkeys(("conc", "nominal", "calibrator_level"), "level"),
)

LEVELS: Final = Sheet(
    "levels",
    "Nominal concentrations: one row per level and analyte.",
    {
        "level": "Name of the level, as in the sample sheet.",
        "target_id": "Analyte of the target sheet; `*` is every analyte.",
        "concentration": "In the unit of the setting `concentration_unit`.",
        "comment": "For people.",
    },
    ("level", "target_id", "concentration"),
)

REVIEW: Final = Sheet(
    "review",
    "Decisions of reviewers, as the report downloads them: one row per decision. The next run "
    "applies them; `review_audit.parquet` says what became of each.",
    {
        "sample_id": "Injection.",
        "ion_id": "Ion whose peak was looked at.",
        "action": "`accept`; `reject`: there is no peak; `borders`, `candidate`: the peak between "
        "the new borders; `swap`: the peaks of this ion and of its isomer change places; `merge`: "
        "only the sum of the isomers is given; `exclude_calibrator`; `exclude_sample`; `comment`.",
        "other_ion_id": "Isomer of `swap` and `merge`.",
        "old_left_s": "Left border that the reviewer saw, s; blank: there was no peak. If the "
        "peak has moved since, the decision is `stale` and not applied.",
        "old_right_s": "Right border, likewise.",
        "new_left_s": "Left border that the reviewer set, s.",
        "new_right_s": "Right border that the reviewer set, s.",
        "who": "Reviewer. If two persons decide differently on a peak, neither is followed.",
        "when": "Time of the decision (ISO 8601); of one person the last counts.",
        "why": "Reason, for people.",
    },
    ("sample_id", "ion_id", "action", "who", "when"),
)

TARGETS: Final = Sheet(
    "targets",
    "One row per ion, as in a transition list.",
    {
        "target_id": "Compound; several rows (ions) may share it.",
        "name": "For people; blank: the target_id.",
        "kind": "`analyte` or `internal_standard`.",
        "formula": "Neutral compound, isotopes as `(13)C6`, `(15)N`, `(2)H5` or `D5`; may be "
        "blank where `precursor_mz` is given.",
        "adduct": "`[M-H]-`, `[M+H]+`, `[M+HCOO]-` ...; sets polarity and charge; may be blank "
        "where `precursor_mz` is given.",
        "precursor_mz": "m/z in Th, instead of the one computed from formula and adduct.",
        "product": "Blank: the precursor itself in MS1. Else the product ion: its formula with "
        "the charge sign (`C6H12NO2-`) or its m/z.",
        "ion_role": "`quantifier` (exactly one per compound; blank is the same) or `qualifier`.",
        "expected_ion_ratio": "Area of the qualifier divided by that of the quantifier; blank: "
        "learned from the calibrators.",
        "internal_standard": "`target_id` of the internal standard of this analyte; blank: "
        "external calibration.",
        "retention_time_s": "Expected, s. Blank: the whole run is searched and the result is "
        "putative (flag `time_unknown`).",
        "retention_time_min": "The same in minutes, instead of `retention_time_s`; each row gives "
        "one of the two.",
        "retention_time_window_s": "Half-width of the search, s; blank: the setting "
        "`extraction.retention_time_window_s`.",
        "isomer_group": "Compounds that share their ions and elute close together (Lac-Leu and "
        "Lac-Ile) name one group; they are integrated together. Their quantifiers have one m/z. "
        "The sum of its analytes is a compound of the tables by the name of the group.",
        "collision_energy": "Of a product ion, eV, where a run has it at several; blank: any.",
        "model": "Calibration curve of this analyte: `linear`, `linear_through_zero` or "
        "`quadratic`; blank: the setting `quantification.model`.",
        "weighting": "Its weights: `auto`, `1`, `1/x` or `1/x^2`; blank: the setting "
        "`quantification.weighting`.",
        "internal_standard_concentration": "Concentration of the internal standard of this "
        "analyte in the vial. In batches without calibrators of the analyte: concentration = "
        "response x this / `response_factor` (status `single_point`).",
        "response_factor": "Response (area ratio) where analyte and internal standard have one "
        "concentration; blank: 1, as for a labelled copy.",
        "isotopologue_of": "Of a compound with the label of a tracer: the `target_id` of the same "
        "compound without it; the label stands in `formula`, and in `product` where the product "
        "keeps it (`(13)C3H6NO2-`). Both elute together, and the table `isotopologues` has their "
        "distribution.",
        "comment": "For people.",
    },
    ("target_id", "kind"),
)
