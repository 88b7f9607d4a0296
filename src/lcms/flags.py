"""What the words of status, flag and reason mean, declared once; how a message lists names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lcms.kinds import ConcentrationStatus, IdentificationReason, PeakStatus, RunReason

# Of runs whose `integrity` is `lengths`: what they have, and what follows.
NOT_COVERED: Final = (
    "neither a checksum nor compressed arrays",
    "a damaged number in them does not show; convert the raw files with zlib compression",
)
_MOST_NAMES: Final = 5  # in a message, so that it stays a sentence; chosen by judgement


def listed(names: Iterable[str]) -> str:
    """Return distinct names for a message: the first ones, and how many more there are."""
    distinct = list(dict.fromkeys(names))
    n_others = len(distinct) - _MOST_NAMES
    return ", ".join(distinct[:_MOST_NAMES]) + (f" and {n_others} more" if n_others > 0 else "")


@dataclass(frozen=True)
class Flag:
    """A flag for its readers: a short phrase for the report, and the whole meaning."""

    phrase: str
    meaning: str


FLAGS: Final[Mapping[str, Flag]] = {
    "time_unknown": Flag(
        "no listed retention time: the highest peak of the run",
        "the target sheet lists no retention time, so the highest candidate of the run is "
        "reported; the identification is putative at best",
    ),
    "isobar_abundant": Flag(
        "an abundant compound has the same m/z",
        "a compound that is usually abundant in the sample has the same m/z (`lcms check` names "
        "it): do not report the result without a standard or a labelled internal standard, and "
        "product ions",
    ),
    "isobar_possible": Flag(
        "another compound has the same m/z",
        "other compounds have the same m/z (`lcms check --isobars` names them); only the "
        "retention time distinguishes them",
    ),
    "shared_mz": Flag(
        "another target has the same m/z",
        "another target of the sheet has the same m/z and an overlapping retention time window, "
        "and the two are not declared as isomers (`isomer_group`)",
    ),
    "isomer_group_incomplete": Flag(
        "an isomer has no peak: this peak may be both",
        "a member of the isomer group has no peak of its own, or was not acquired in this run: "
        "the peak may be the sum of both isomers",
    ),
    "isomers_split": Flag(
        "overlaps with its isomer: separated by the fit",
        "the isomers are not resolved to the baseline (resolution below `resolved_at`). The fit "
        "separated them by one peak shape, that of the labelled copy or of the other compounds; "
        "`area_sd` includes what is not known of it, and how far the clear peaks of the run are "
        "from theirs. Peaks that front or tail in an unusual way make it large; the sum of the "
        "group is surer, as beside an isomer a hundred times as high",
    ),
    "sum_only": Flag(
        "not resolved from its isomer: only the sum is given",
        "the isomers are not resolved (resolution below `sum_only_below`): `group_area` is the "
        "sum of their areas, and `area` is null for each of them. The same where nothing shows "
        "which isomer a peak is (`time_unknown`)",
    ),
    "assigned_by_order": Flag(
        "which isomer it is follows from the elution order",
        "the target sheet lists no time for the isomer, and neither its labelled copy nor the "
        "calibrators show which of the peaks it is: the elution order assigns it (setting "
        "`elution_order`)",
    ),
    "poor_fit": Flag(
        "the points scatter around the fitted peak",
        "between the borders the points scatter around the fitted peak at least three times as "
        "much as expected from their noise: another ion may overlap, or the peak shape is unusual",
    ),
    "mz_pulled": Flag(
        "another ion pulls its m/z",
        "the m/z of a peak 30 times as high as the noise is off by more than a third of the m/z "
        "window and five standard errors: an ion that the analyser does not separate elutes with "
        "it, and the area is that of both. `quality` is less",
    ),
    "overlapped": Flag(
        "another peak lies below it",
        "between the borders other peaks of the fit, no isomers of the ion, have more than 0.4 "
        "times its area, and fewer than six runs show its shape: which part of the points is "
        "whose is a guess. A step in the baseline looks so, too",
    ),
    "areas_differ": Flag(
        "the sum of the points and the fit differ",
        "the area is the sum of the points above a straight line (`method` trapezoid), and that "
        "of the fit differs from it by more than a fifth: the baseline is not straight, "
        "another ion overlaps, or the peak shape is unusual. Nothing shows which is right",
    ),
    "fit_unsettled": Flag(
        "the fit did not settle",
        "the fit of the chromatogram did not settle, or does not determine how large an area "
        "would have been seen (`area_lod` is null then): the area may be wrong by more than its "
        "error. Without a peak and an `area_lod` the status is `not_acquired`, not `not_detected`",
    ),
    "truncated": Flag(
        "an end of the data cuts the peak",
        "the run, its scheduled window or a gap in it cuts the peak, or the spray failed in its "
        "middle. If enough of it was acquired, the area is that of the whole peak shape, and "
        "`area_sd` includes what is not known of the rest. Otherwise no area is reported "
        "(`not_acquired`): the compound may be there",
    ),
    "points_alternate": Flag(
        "the points go up and down in turn",
        "every second point of the peak lies above the fitted curve and every other one below it, "
        "by 10 % or more: two kinds of scans are mixed in one chromatogram, and the area is that "
        "of neither. `quality` is 0",
    ),
    "few_points": Flag(
        "fewer scans than `min_points`",
        "the peak has fewer scans with a signal than `min_points`; it is accepted because it is "
        "at least 30 times as high as the noise, or because all scans between its borders have a "
        "signal",
    ),
    "wrong_polarity": Flag(
        "acquired in the other polarity",
        "all scans and chromatograms of the run that could contain the ion have the other "
        "polarity",
    ),
    "outside_scan_range": Flag(
        "outside the scan range",
        "the m/z of the ion is outside the scan range of all scans that could contain it: it was "
        "not measured, which does not mean that it is absent",
    ),
    "outside_run_time": Flag(
        "outside the run time",
        "the run has no scans at the expected retention time of the ion, or not over the whole "
        "peak that is expected there. Without an expected time: scans are so far apart somewhere "
        "that a whole peak may lie between two of them",
    ),
    "no_survey_scan": Flag(
        "the run has no MS1 scans",
        "the ion is measured in MS1 scans, and the run has product-ion scans only",
    ),
    "no_transition": Flag(
        "the run has no such transition",
        "the run has no SRM chromatogram with this precursor and product, and no repeated "
        "isolation window (PRM, DIA) that contains the precursor. MS2 scans triggered by DDA are "
        "used as evidence only, not as chromatograms",
    ),
    "transition_ambiguous": Flag(
        "several transitions match",
        "several SRM chromatograms or collision energies of the run match the ion at the same "
        "retention time and cannot be distinguished; give the m/z as in the method, or "
        "`collision_energy`",
    ),
    "scan_kinds_mixed": Flag(
        "scans of unknown kinds in turn",
        "the points of the chromatogram go up and down in turn, or two functions with different "
        "signals hold the ion, and nothing in the file says how the scans differ (collision "
        "energy, FAIMS voltage, a second experiment): the area may be that of a mixture. "
        "`channel` in `chromatograms.parquet` names the scans; `quality` is 0, and without a peak "
        "the status is `not_acquired`",
    ),
    "mz_window_narrow": Flag(
        "the m/z window is narrower than the scatter of the run",
        "the m/z of an ion scatters between the scans of the run by more than half of the m/z "
        "window (`mz_scatter_ppm` and `mz_window_ppm` in `samples.parquet`), as on a QTOF with "
        "the window of an Orbitrap: points of the peak are lost, and the area is too small. Where "
        "nothing is found, the status is `not_acquired`, not `not_detected`. `quality` is 0",
    ),
    "stronger_candidate": Flag(
        "a far stronger peak in the window was not chosen",
        "a candidate at another time in the search window is at least ten times as high as the "
        "chosen peak, or as what would be seen where none is detected, and more for its distance "
        "from the listed time (`decisions.parquet` gives its time and why it was rejected): the "
        "listed time may be wrong. Not where the labelled copy elutes with the peak. Where no run "
        "of the batch shows the compound, every such candidate near the window counts. `quality` "
        "is 0; without a peak the status is `not_acquired`, because the candidate may be it",
    ),
    "time_moved": Flag(
        "not at the time of the other runs",
        "the compound is not seen where the other runs of the batch show it, or only as the flank "
        "of a higher peak, and the run's own peak in the search window is reported, because it is "
        "far above the noise and hardly any other run shows one there: another method, a bad "
        "column, or another compound. Give runs "
        "of another method a `batch` of their own. `quality` is 0",
    ),
    "source_artefact": Flag(
        "elutes with the free amino acid: formed in the ion source",
        "the peak of a lactoyl amino acid elutes with its free amino acid, which is a target of "
        "the sheet: an adduct of amino acid and lactate formed in the ion source has the same m/z",
    ),
    "source_fragment": Flag(
        "formed in the ion source from a larger compound",
        "a larger compound that loses a group in the ion source elutes with the peak, correlates "
        "with it (0.95 or more) and is at least twice as high; `source_parent` names it. The peak "
        "is probably its fragment, not the target",
    ),
    "quantifier_replaced": Flag(
        "interference with the quantifier: a qualifier is used",
        "over the runs of the batch the ratios of the quantifier to two other ions of the "
        "compound vary, while the ratio of these two is constant: another compound interferes "
        "with the quantifier. A qualifier is used instead in all runs of the batch "
        "(`ions.parquet` names it)",
    ),
    "isotope_ratio_deviant": Flag(
        "the M+1 isotope ratio deviates",
        "the ratio of the 13C isotope (M+1) to M deviates from the value calculated from the "
        "formula by more than 30 % and by more than three standard deviations: another compound "
        "may overlap with the peak",
    ),
    "elution_order": Flag(
        "elutes out of order",
        "the compound elutes before one that it must follow, or after one that must follow it. "
        "The order is that of Lac-Val, Lac-Ile, Lac-Leu and Lac-Phe where the listed times of "
        "two or more of them show it, or the setting `elution_order` states it, and that of "
        "listed retention times that are far apart",
    ),
    "ion_ratio_deviant": Flag(
        "the ion ratio deviates",
        "the ratio of qualifier to quantifier deviates from `expected_ion_ratio`, or else from "
        "the median of the calibrators, by more than 30 % and by more than three standard "
        "deviations; or the qualifier is not detected although its expected area is more than "
        "twice its detection limit",
    ),
    "ms2_contradicts": Flag(
        "product ions are missing in its MS2 scans",
        "the MS2 scans triggered in the peak lack product ions that they would show if the peak "
        "were the compound (`ms2_products_absent` names them): ions that the scans of the "
        "calibrators have with an intensity that would be seen here, or, without such scans, all "
        "expected product ions",
    ),
    "internal_standard_missing": Flag(
        "the internal standard was not found",
        "the internal standard has no peak in this run, or its area is 5 % or less of the median "
        "over the runs of the batch to which it was added, so that the peak may be an "
        "interference. No response and no limit of detection are known; the status is "
        "`undetermined`. An analyte that is not found is `not_acquired`, because the injection "
        "may have failed",
    ),
    "internal_standard_deviant": Flag(
        "the area of the internal standard is unusual",
        "the area of the internal standard is below 50 % or above 150 % of its median over the "
        "runs of the batch to which it was added",
    ),
    "internal_standard_saturated": Flag(
        "the internal standard saturates the detector",
        "the internal standard reaches `saturation_counts`, or its top is level: its area is too "
        "small, and the response too high",
    ),
    "replicates_contradict": Flag(
        "replicates contradict each other: were vials swapped?",
        "the injections of this content differ so much from each other that they cannot be "
        "replicates (vials swapped, a level in the wrong row, several levels declared as one "
        "pooled QC). The run is set aside: drift and scatter are estimated without it. Where most "
        "replicates of a content agree, only the others have this flag",
    ),
    "unspiked_missing": Flag(
        "the content of the unspiked matrix is not known",
        "no run of the matrix that the control was spiked into (`spiked_into`) shows how much it "
        "holds: the accuracy is not judged",
    ),
    "drift_uncertain": Flag(
        "the drift of the response is uncertain here",
        "the 95 % interval of the drift correction alone is wider than 15 % to either side: the "
        "response may have stepped between the replicates around this run, or none is near. The "
        "interval of the concentration holds it",
    ),
    "outside_replicates": Flag(
        "injected outside the replicates of its batch",
        "injected before the first or behind the last injection of known content (pooled QC, "
        "repeated level, calibrator) that shows the drift of this compound: a step of the "
        "response there would not show, and the interval does not hold it",
    ),
    "carry_over": Flag(
        "carry-over from the injection before",
        "more than 5 % of the response is carry-over from the injection before, estimated from "
        "the blanks after the highest calibrator",
    ),
    "carry_over_possible": Flag(
        "may be carry-over from the injection before",
        "more than 20 % of the area may be carry-over from the injection before: by the blanks "
        "after a high injection, or, where no blank shows how much is carried over, if it is 1 %. "
        "After an injection that could not be read or failed the largest area of the batch counts",
    ),
    "run_unusable": Flag(
        "the run shows nothing",
        "the run as a whole is unusable (`verdict` in `samples.parquet` gives the reason): a "
        "compound that is not found in it is `not_acquired`, not below a limit",
    ),
    "reviewed": Flag(
        "a reviewer decided on it",
        "a reviewer decided on this peak, or on that of its internal standard "
        "(`review_audit.parquet` names who, when and why); `area_automatic` is the area before",
    ),
    "review_excluded": Flag(
        "excluded from the calibration by a reviewer",
        "a reviewer excluded this calibrator from the fit",
    ),
    "saturated": Flag(
        "saturates the detector",
        "the peak reaches `saturation_counts`, or its top is level (three highest points that are "
        "equal): its area and concentration are too low",
    ),
}
"""Flags of a row of `peaks` or `concentrations`; the steps write no other words."""

PEAK_STATUSES: Final[Mapping[PeakStatus, str]] = {
    PeakStatus.QUANTIFIED: "detected and integrated",
    PeakStatus.NOT_DETECTED: "no candidate passed the limits on signal, number of points, m/z and "
    "retention time, although the run could have shown a peak: the whole expected peak was "
    "acquired, and `area_lod` is its limit of detection",
    PeakStatus.SATURATED: "detected and integrated, but its height reaches `saturation_counts`, "
    "or its top is level",
    PeakStatus.NOT_ACQUIRED: "the ion was not acquired in this run or not over the whole peak, or "
    "it was not found and the run cannot show that it is absent (its internal standard is "
    "missing, another peak may be it ...); a flag gives the reason",
    PeakStatus.EXCLUDED: "the sample sheet or a reviewer excludes the run; it takes part in "
    "nothing",
    PeakStatus.FAILED: "the run could not be read; `samples.parquet` gives the reason",
}

CONCENTRATION_STATUSES: Final[Mapping[ConcentrationStatus, str]] = {
    ConcentrationStatus.QUANTIFIED: "between LLOQ and ULOQ",
    ConcentrationStatus.SINGLE_POINT: "read from one point, the concentration of the internal "
    "standard in the target sheet, because the batch has no calibrators of the compound. No range "
    "is known; the interval holds the errors of the run, not those of that concentration and of "
    "the response factor",
    ConcentrationStatus.BELOW_LLOQ: "below the LLOQ; the value is reported",
    ConcentrationStatus.ABOVE_ULOQ: "above the ULOQ; the value is reported, but where a "
    "`quadratic` curve does not reach the response",
    ConcentrationStatus.NOT_DETECTED: "below the detection limit: a left-censored value, neither "
    "missing nor zero",
    ConcentrationStatus.NO_CALIBRATION: "a peak without a concentration: the batch has no valid "
    "calibration of this compound; the response is reported",
    ConcentrationStatus.UNDETERMINED: "the run cannot show whether the compound is above or below "
    "a limit; a flag gives the reason. It is neither censored nor a value",
    ConcentrationStatus.EXCLUDED: "the sample sheet or a reviewer excludes the run; "
    "`samples.parquet` gives the reason",
    ConcentrationStatus.NOT_ACQUIRED: "the quantifier was not acquired in this run, or the run "
    "cannot show whether it is absent; a flag gives the reason",
    ConcentrationStatus.FAILED: "the run could not be read; `samples.parquet` gives the reason",
}

RUN_REASONS: Final[Mapping[RunReason, str]] = {
    RunReason.NOT_READ: "unusable: the run could not be read",
    RunReason.NO_STANDARDS: "unusable: no internal standard was found, or their areas are less "
    "than 5 % of the batch's (median over the standards): an empty injection, or a vial without "
    "standard?",
    RunReason.NOTHING_DETECTED: "unusable: no compound at all was found, in a batch without "
    "internal standards whose unknowns and pooled QCs hold three or more",
    RunReason.STANDARDS_MISSING: "suspect: some internal standards were not found",
    RunReason.STANDARDS_DEVIATE: "suspect: the areas of the internal standards are below 50 % or "
    "above 150 % of the batch's (median over the standards); was another volume injected?",
    RunReason.TIME_SHIFT: "suspect: the retention times are shifted against the batch by more "
    "than 4 s and five robust standard deviations",
    RunReason.MZ_SHIFT: "suspect: the m/z are shifted against the batch by more than 3 ppm and "
    "five robust standard deviations",
    RunReason.MZ_WINDOW_NARROW: "suspect: the m/z of an ion scatters so much between scans that "
    "the m/z window loses more than 5 % of its points",
    RunReason.OTHER_POLARITY: "suspect: it was acquired in another polarity than most runs of the "
    "batch",
    RunReason.SAME_START_TIME: "suspect: another run of the batch has the same start time; is it "
    "the same file?",
    RunReason.CHECKSUM_DIFFERS: "suspect: the checksum of its mzML file does not fit, so the file "
    "was changed after it was written, or damaged; every array that was used is intact, but a "
    "number outside of the arrays may be wrong. Copy or convert the file again",
}
"""Why a run has its `verdict` (`verdict_reasons`)."""

EXCLUSIONS: Final[Mapping[str, str]] = {
    "excluded": "the sample sheet, or a reviewer, excludes the run",
    "review_excluded": "a reviewer excluded it",
    "not_detected": "it has no peak",
    "not_acquired": "the run does not hold its quantifier, or cannot show whether it is absent",
    "failed": "the run could not be read",
    "saturated": "its peak reaches `saturation_counts`, or its top is level",
    "internal_standard_missing": "it has no response, because its internal standard is missing",
    "sum_only": "it is not resolved from its isomer, so it has no area of its own",
    "internal_standard_saturated": "its internal standard reaches `saturation_counts`, or its top "
    "is level",
    "not_accurate": "its back-calculated concentration is too far from nominal; "
    "`excluded_at_refit` gives the order of exclusion",
    "replicates_contradict": "it contradicts the other calibrators of its level: were vials "
    "swapped?",
    "concentration_zero": "its nominal concentration is 0",
    "too_few_calibrators": "fewer than `quantification.min_calibrators` remain, or they are all "
    "of one level: no curve is fitted",
}
"""Why a calibrator is not in the fit."""

CALIBRATION_FAILURES: Final[Mapping[str, str]] = {
    "too_few_calibrators": "there are too few calibrators for a curve",
    "slope_not_positive": "the curve does not rise from 0 to its highest calibrator",
    "too_few_levels": "less than 75 % of the calibrators, or fewer than six levels, are in the "
    "fit",
    "calibrators_not_accurate": "a calibrator in the fit is outside the accuracy limits and no "
    "further one may be excluded, or no level is accurate and precise",
}
"""Why the verdict of a calibration is `fail` (`verdict_why`)."""

REJECTIONS: Final[Mapping[str, str]] = {
    "below_detection_score": "the area fitted at the expected retention time is less than "
    "`detection_score` of its standard deviations",
    "too_few_points": "it has fewer scans with a signal than `min_points`, not all scans have "
    "one, and it is less than 30 times as high as the noise",
    "truncated": "the run or its scheduled window ends before the apex: only a flank was acquired",
    "other_mz": "its m/z, corrected for the mass offset of the run, deviates by more than "
    "`mz_residual_ppm`",
    "isomer": "it is the peak of an isomer of the same group",
    "other_compound": "in the runs of the batch another compound elutes at this retention time",
    "outside_window": "it is outside the search window around the listed retention time",
    "other_time": "its retention time differs from that of the target in the other runs of the "
    "batch",
    "source_fragment": "a larger compound, at least twice as high, elutes with it and may have "
    "formed it in the ion source; no retention time is listed, so another candidate was preferred",
    "weaker": "it is lower than the chosen peak, and matches the target no better",
}
"""Why a candidate is not the peak of a target."""

CHANGES: Final[Mapping[str, str]] = {
    "straight_baseline": "one straight baseline under all peaks of the fit",
    "usual_shape": "the usual peak shape of the batch instead of that of the compound",
    "other_method": "the trapezoid rule between the borders where `method` is `fit`, and the fit "
    "where it is `trapezoid`",
    "base_to_base": "the points between the borders (up to the valley to a neighbour), above the "
    "straight line between the border points; neighbours are not subtracted",
}
"""Other ways to integrate a peak, which another analyst might choose."""

IDENTIFICATIONS: Final[Mapping[IdentificationReason, str]] = {
    IdentificationReason.STANDARD_AND_PRODUCTS: "level 1: it elutes with a standard of the same "
    "batch (its calibrators, or its labelled copy in the same run), and the ion ratio is as "
    "expected",
    IdentificationReason.STANDARD_AND_MS2: "level 1: it elutes with a standard of the same batch, "
    "and its MS2 scans are similar to those of the calibrators (`ms2_similarity` 0.75 or more)",
    IdentificationReason.STANDARD_AND_ISOTOPE: "level 2: it elutes with a standard of the same "
    "batch, and the ratio of its 13C isotope (M+1) agrees with the formula, which isomers share; "
    "no abundant isobar is known",
    IdentificationReason.STANDARD_TIME: "level 2: it elutes with a standard of the same batch; "
    "no other property supports it",
    IdentificationReason.PRODUCTS: "level 2: the ion ratio or the product ions in MS2 scans are "
    "as expected, but it does not elute with a standard of the batch",
    IdentificationReason.LISTED_TIME: "level 3: the accurate mass, near the listed retention time",
    IdentificationReason.ISOMERS_NOT_TOLD_APART: "level 3: only the sum of the isomers is "
    "measured, or an isomer has no peak of its own and no standard shows which isomer this is",
    IdentificationReason.EVIDENCE_CONTRADICTS: "the ion ratio, the isotope ratio, the MS2 scans, "
    "the elution order or a larger compound at the same time contradicts the identity (a flag "
    "names which): level 3 at the retention time of a standard, otherwise 4",
    IdentificationReason.ISOBAR_ABUNDANT: "level 4: the peak may be an abundant isobar, and it "
    "does not elute with a standard of the batch",
    IdentificationReason.TIME_UNKNOWN: "level 4: no retention time is listed, only the accurate "
    "mass agrees",
}
"""Why a peak has its `identification_level`."""
