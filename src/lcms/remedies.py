"""What to do about the words of the tables, for the person who reads them; declared once.

`words` says what a word means, this module what follows from it. `docs/flags.md` shows both.
"""

from collections.abc import Mapping
from typing import Final

from lcms.kinds import ConcentrationStatus, IdentificationReason, PeakStatus, RunReason

_LOOK: Final = "look at the chromatogram in the report"
_NOTHING: Final = "nothing"
_CONVERT: Final = "copy the file, or convert the raw file, again"

OF_FLAGS: Final[Mapping[str, str]] = {
    "time_unknown": "give a time in the target sheet, from a standard",
    "isobar_abundant": "measure a product ion, or give the labelled compound as internal standard",
    "isobar_possible": "nothing where a standard of the batch elutes at this time",
    "shared_mz": "declare isomers by one `isomer_group`, or give windows that do not overlap",
    "isomer_group_incomplete": f"{_LOOK}: is it one peak or two? If two, add the decision `swap` "
    "or `merge`; the sum of the group holds in any case",
    "isomers_split": "nothing; where `area_sd` is too large, use the sum of the group",
    "sum_only": "use the sum of the group; a longer gradient separates the isomers",
    "assigned_by_order": "inject one isomer alone, or give the times of both",
    "poor_fit": f"{_LOOK}; if another ion overlaps, use another ion or a narrower m/z window",
    "mz_pulled": "use a higher resolution or a product ion; else leave the value out",
    "overlapped": f"{_LOOK}; set the borders there, or measure more runs of the batch together",
    "areas_differ": f"{_LOOK}; set the borders there, or leave the value out",
    "fit_unsettled": f"{_LOOK}; decide there, or leave the value out",
    "truncated": "widen the scheduled window or the run; leave the value out if the apex is at an "
    "end",
    "points_alternate": "convert the raw file so that the two kinds of scans are distinguished or "
    "only one is left",
    "few_points": "shorten the cycle (fewer ions, shorter dwell times); the area is less precise",
    "wrong_polarity": "choose the adduct of the polarity that was acquired",
    "outside_scan_range": "widen the scan range of the method, or remove the ion from the sheet",
    "outside_run_time": "list a time, or correct the listed one, or acquire longer",
    "no_survey_scan": "give the product ion of the compound in the target sheet",
    "no_transition": "compare precursor and product in the sheet with the method",
    "transition_ambiguous": "give `collision_energy`, or the m/z with the decimals of the method",
    "scan_kinds_mixed": "convert the raw file again with collision energies and voltages kept; "
    "else leave the value out",
    "mz_window_narrow": "set `mz_tolerance_ppm` to three times `mz_scatter_ppm`, and "
    "`mz_residual_ppm` to two thirds of that",
    "stronger_candidate": "compare the listed time with a standard; correct it, or choose the "
    "other candidate in the report",
    "time_moved": "give the run a `batch` of its own if its method differs; compare its peak with "
    "those of other runs in the report, and confirm or reject it",
    "source_artefact": "do not report it; separate the compound from its amino acid, or lower the "
    "energy of the ion source",
    "source_fragment": "do not report it; separate it from the parent that is named",
    "quantifier_replaced": "choose another quantifier in the target sheet for the next batch",
    "isotope_ratio_deviant": f"{_LOOK}; compare with the calibrators: is another compound there?",
    "elution_order": "compare the listed times with standards; are two names exchanged?",
    "ion_ratio_deviant": "compare the qualifier with that of the calibrators; report it as not "
    "confirmed",
    "ms2_contradicts": "compare its MS2 scan with that of a standard; report it as not confirmed",
    "internal_standard_missing": "inject again: was standard added, was the vial empty?",
    "internal_standard_deviant": "compare with its neighbours: another volume, suppression or a "
    "pipetting error? The response corrects what analyte and standard share",
    "internal_standard_saturated": "dilute, or add less standard",
    "replicates_contradict": "compare the sheet with the tray and correct the rows; or `exclude` "
    "the wrong run",
    "unspiked_missing": "add the unspiked matrix to the batch, or correct `spiked_into`",
    "drift_uncertain": "inject pooled QCs more densely, two before and two behind each change of "
    "the instrument; or use an internal standard",
    "outside_replicates": "begin and end each batch with a pooled QC; or inject the sample again",
    "carry_over": "inject again behind a blank; or `quantification.carry_over: subtract`",
    "carry_over_possible": "inject again behind a blank; a blank directly behind the highest "
    "calibrator would show how much is carried over",
    "run_unusable": "inject again; `verdict_reasons` says what was wrong",
    "reviewed": _NOTHING,
    "review_excluded": _NOTHING,
    "saturated": "dilute and inject again, with its `dilution_factor`; or use a weaker ion",
}

OF_PEAK_STATUSES: Final[Mapping[PeakStatus, str]] = {
    PeakStatus.QUANTIFIED: "use it, with its flags",
    PeakStatus.NOT_DETECTED: "use it as below `area_lod`, neither as zero nor as missing",
    PeakStatus.SATURATED: "dilute and inject again",
    PeakStatus.NOT_ACQUIRED: "treat it as missing; the flag says what the method lacks",
    PeakStatus.EXCLUDED: "treat it as missing; empty `exclude` to take the run back",
    PeakStatus.FAILED: _CONVERT,
}

OF_CONCENTRATION_STATUSES: Final[Mapping[ConcentrationStatus, str]] = {
    ConcentrationStatus.QUANTIFIED: "use it, with its interval and flags",
    ConcentrationStatus.SINGLE_POINT: "use it to compare samples; calibrators make it exact",
    ConcentrationStatus.BELOW_LLOQ: "use it with care, or as below `lloq`",
    ConcentrationStatus.ABOVE_ULOQ: "dilute and inject again, with its `dilution_factor`",
    ConcentrationStatus.NOT_DETECTED: "use it as below `lod`, neither as zero nor as missing",
    ConcentrationStatus.NO_CALIBRATION: "compare responses within the batch; `verdict_why` in "
    "`calibration` says what the curve lacks",
    ConcentrationStatus.UNDETERMINED: "treat it as missing; the flag says what to repeat",
    ConcentrationStatus.EXCLUDED: "treat it as missing; empty `exclude` to take the run back",
    ConcentrationStatus.NOT_ACQUIRED: "treat it as missing; the flag says what the method lacks",
    ConcentrationStatus.FAILED: _CONVERT,
}

OF_RUN_REASONS: Final[Mapping[RunReason, str]] = {
    RunReason.NOT_READ: _CONVERT,
    RunReason.NO_STANDARDS: "inject again; if no standard was added on purpose, correct the "
    "sample type",
    RunReason.NOTHING_DETECTED: "inject again; does the run belong to this method?",
    RunReason.STANDARDS_MISSING: "compare with the neighbours: times, suppression, a missing "
    "addition?",
    RunReason.STANDARDS_DEVIATE: "look up what was injected; responses correct a volume, absolute "
    "areas do not",
    RunReason.TIME_SHIFT: f"{_LOOK}; begin a new batch where the column was changed",
    RunReason.MZ_SHIFT: "calibrate the instrument; widen `mz_search_ppm` if the offset is larger",
    RunReason.MZ_WINDOW_NARROW: "set `mz_tolerance_ppm` to three times `mz_scatter_ppm`",
    RunReason.OTHER_POLARITY: "give it a batch of its own, with its adducts",
    RunReason.SAME_START_TIME: "remove one of the two rows",
    RunReason.CHECKSUM_DIFFERS: _CONVERT,
}

OF_EXCLUSIONS: Final[Mapping[str, str]] = {
    "excluded": _NOTHING,
    "review_excluded": _NOTHING,
    "not_detected": "nothing at a level below the limit of detection; else look for the peak",
    "not_acquired": "compare the method of this run with that of the others",
    "failed": _CONVERT,
    "saturated": "dilute the highest levels, or use a weaker ion",
    "internal_standard_missing": "inject again: was standard added?",
    "sum_only": "use the curve of the sum",
    "internal_standard_saturated": "add less standard",
    "not_accurate": "compare its nominal concentration and its chromatogram with its neighbours",
    "replicates_contradict": "compare the sheet with the tray",
    "concentration_zero": _NOTHING,
    "too_few_calibrators": "inject more levels",
}

OF_CALIBRATION_FAILURES: Final[Mapping[str, str]] = {
    "too_few_calibrators": "inject more levels; `excluded_why` says why the others are not in it",
    "slope_not_positive": "compare the levels with the tray; is the internal standard the right "
    "one?",
    "too_few_levels": "inject at least six levels within the range",
    "calibrators_not_accurate": "look at the curve: a wrong level, another `model`, saturation?",
}

OF_IDENTIFICATIONS: Final[Mapping[IdentificationReason, str]] = {
    IdentificationReason.STANDARD_AND_PRODUCTS: _NOTHING,
    IdentificationReason.STANDARD_AND_MS2: _NOTHING,
    IdentificationReason.STANDARD_AND_ISOTOPE: "a product ion would make it level 1",
    IdentificationReason.STANDARD_TIME: "a product ion would make it level 1",
    IdentificationReason.PRODUCTS: "a standard in the batch would make it level 1",
    IdentificationReason.LISTED_TIME: "a standard in the batch would make it level 2",
    IdentificationReason.ISOMERS_NOT_TOLD_APART: "report the sum of the isomers",
    IdentificationReason.EVIDENCE_CONTRADICTS: "report it as not confirmed; the flag says "
    "where to look",
    IdentificationReason.ISOBAR_ABUNDANT: "measure a product ion, or add a labelled standard",
    IdentificationReason.TIME_UNKNOWN: "give a time in the target sheet, from a standard",
}
