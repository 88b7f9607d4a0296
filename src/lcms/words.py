"""What the words in `status`, `flags` and `excluded_why` mean, declared once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lcms.model import ConcentrationStatus, IdentificationReason, PeakStatus


@dataclass(frozen=True)
class Flag:
    """A flag as people read it: a short phrase for the overview, and the whole meaning."""

    phrase: str
    meaning: str


FLAGS: Final[Mapping[str, Flag]] = {
    "time_unknown": Flag(
        "no expected time: the best peak of the whole run",
        "the target sheet gives no retention time: the highest candidate of the run is reported, "
        "at best a putative identification",
    ),
    "isobar_abundant": Flag(
        "an abundant compound may lie under this m/z",
        "a compound of the same m/z is usually there in plenty (`lcms check` names it): do not "
        "report without a standard or a labelled internal standard, and product ions",
    ),
    "isobar_possible": Flag(
        "a known compound may lie under this m/z",
        "compounds of the same m/z exist; the retention time decides",
    ),
    "shared_mz": Flag(
        "another target has the same m/z",
        "another target of the sheet has this m/z in an overlapping time window and is no "
        "declared isomer of this one",
    ),
    "isomer_group_incomplete": Flag(
        "not every isomer was found: this peak may hold two",
        "a member of the isomer group has no peak of its own, or is outside of what the run "
        "acquired: the peak may hold both",
    ),
    "isomers_split": Flag(
        "overlaps with its isomer: split by the fit",
        "the isomers are not resolved to the baseline (resolution below `resolved_at`): the fit "
        "of shapes that the batch knows has split them, and `area_sd` holds what that costs",
    ),
    "sum_only": Flag(
        "not told from its isomer: only the sum is given",
        "the isomers lie too near to each other (resolution below `sum_only_below`): "
        "`group_area` is their sum, the area of each is null",
    ),
    "poor_fit": Flag(
        "the points scatter around the fitted peak",
        "the points between the borders scatter three times as much around the fitted peak as "
        "their noise lets expect: another ion may lie under it, or its shape is unusual",
    ),
    "wrong_polarity": Flag(
        "acquired in the other polarity",
        "nothing in the run that could hold the ion is of its polarity",
    ),
    "outside_scan_range": Flag(
        "outside of the scan range",
        "no scan of the run that could hold the ion reaches its m/z: it was not looked at, which "
        "is not the same as not there",
    ),
    "outside_run_time": Flag(
        "outside of the run time",
        "nothing was acquired in the time where the ion is expected",
    ),
    "no_survey_scan": Flag(
        "the run has no MS1 scans",
        "the ion is read in MS1 and the run has product ions only",
    ),
    "no_transition": Flag(
        "no such transition",
        "no SRM chromatogram of the run has this precursor and product, and no isolation window "
        "that recurs (PRM, DIA) holds the precursor; what DDA triggers is evidence, no "
        "chromatogram",
    ),
    "transition_ambiguous": Flag(
        "several transitions fit",
        "several SRM chromatograms or collision energies of the run fit the ion at the same time "
        "and are not told apart; give the m/z as in the method, or `collision_energy`",
    ),
    "source_artefact": Flag(
        "elutes with the free amino acid: made in the source",
        "the peak of a lactoyl amino acid comes at the time of its free amino acid, which the "
        "sheet has as a target: amino acid and lactate meet in the source and give the same m/z",
    ),
    "quantifier_replaced": Flag(
        "another compound disturbs the quantifier: a qualifier stands in",
        "over the runs of the batch the quantifier disagrees with two other ions of the compound "
        "that agree: another compound adds to it. A qualifier quantifies in all runs of the "
        "batch (`ions.parquet` tells which)",
    ),
    "isotope_ratio_deviant": Flag(
        "its isotope is too strong or too weak",
        "the 13C isotope (M+1) is off from what the formula lets expect by more than 30 % and "
        "three standard deviations: another compound may lie under the peak",
    ),
    "elution_order": Flag(
        "elutes out of order",
        "it elutes before a compound that it must follow, or the reverse: by Lac-Val, Lac-Ile, "
        "Lac-Leu, Lac-Phe (reversed phase), or by listed times that are far apart",
    ),
    "ion_ratio_deviant": Flag(
        "the qualifier is too strong or too weak",
        "the ratio of the qualifier to the quantifier is off from `expected_ion_ratio`, or from "
        "the median of the calibrators, by more than 30 % and three standard deviations; or the "
        "qualifier is missing where it must be seen",
    ),
    "internal_standard_missing": Flag(
        "the internal standard was not found",
        "the internal standard has no peak in this run, or one of at most 5 % of its median area "
        "over the runs of the batch that hold it, as another ion may have: neither response nor "
        "concentration, status `no_calibration`",
    ),
    "internal_standard_deviant": Flag(
        "the internal standard is unusually weak or strong",
        "the area of the internal standard is outside 50 to 150 % of its median over the runs of "
        "the batch that hold it",
    ),
    "internal_standard_saturated": Flag(
        "the internal standard is cut off by the detector",
        "the internal standard is as high as `saturation_counts` or higher: the response is too "
        "high",
    ),
    "carry_over": Flag(
        "carry-over of the injection before",
        "the injection before left more than 5 % of the response, by what the blanks after the "
        "highest calibrator show",
    ),
    "saturated": Flag(
        "cut off by the detector",
        "the peak is as high as `saturation_counts` or higher: the concentration is too low",
    ),
}
"""What qualifies a row of `peaks` or `concentrations`; steps may write these words only."""

PEAK_STATUSES: Final[Mapping[PeakStatus, str]] = {
    PeakStatus.QUANTIFIED: "found and integrated",
    PeakStatus.NOT_DETECTED: "no candidate passed the limits on signal, points, m/z and time",
    PeakStatus.SATURATED: "found, but as high as `saturation_counts` or higher",
    PeakStatus.NOT_ACQUIRED: "the run cannot hold this ion; a flag says why",
    PeakStatus.FAILED: "the run could not be read; `samples.parquet` says why",
}

CONCENTRATION_STATUSES: Final[Mapping[ConcentrationStatus, str]] = {
    ConcentrationStatus.QUANTIFIED: "between LLOQ and ULOQ",
    ConcentrationStatus.BELOW_LLOQ: "below the range; the value is kept",
    ConcentrationStatus.ABOVE_ULOQ: "above the range; the value is kept",
    ConcentrationStatus.NOT_DETECTED: "left-censored: below what can be seen, not missing, not "
    "zero",
    ConcentrationStatus.NO_CALIBRATION: "a peak, but no usable line for this compound in this "
    "batch (the response is given), or no response (flag `internal_standard_missing`)",
    ConcentrationStatus.NOT_ACQUIRED: "the run cannot hold the quantifier",
    ConcentrationStatus.FAILED: "the run could not be read; `samples.parquet` says why",
}

EXCLUSIONS: Final[Mapping[str, str]] = {
    "not_detected": "it has no peak",
    "not_acquired": "the run cannot hold the quantifier",
    "failed": "the run could not be read",
    "saturated": "its peak is as high as `saturation_counts` or higher",
    "internal_standard_missing": "it has no response without its internal standard",
    "sum_only": "its area is not told from that of its isomer",
    "internal_standard_saturated": "its internal standard is as high as `saturation_counts`",
    "not_accurate": "read back from the curve it is too far from nominal; `excluded_at_refit` "
    "tells when",
    "concentration_zero": "its nominal concentration is 0",
    "too_few_calibrators": "fewer than `quantification.min_calibrators` are left, or only one "
    "level: no line",
}
"""Why a calibrator is not in the fit."""

CALIBRATION_FAILURES: Final[Mapping[str, str]] = {
    "too_few_calibrators": "there is no curve",
    "slope_not_positive": "the curve does not rise from 0 to its highest calibrator",
    "too_few_levels": "less than 75 % of the calibrators or fewer than six levels are in the fit",
    "calibrators_not_accurate": "a calibrator in the fit is outside the accuracy limits, and no "
    "more may be excluded; or no level is accurate and precise",
}
"""Why the verdict of a calibration is `fail` (`verdict_why`)."""

REJECTIONS: Final[Mapping[str, str]] = {
    "below_detection_score": "what is at the place of the target is no peak by `detection_score`",
    "too_few_points": "it has fewer scans with a signal than `min_points`",
    "other_mz": "its m/z, the mass offset of the run taken off, is off by more than "
    "`mz_residual_ppm`",
    "isomer": "it is the peak of an isomer of the same group",
    "other_compound": "the runs of the batch show another compound at this place",
    "outside_window": "it is outside the search window around the listed time",
    "other_time": "it elutes elsewhere than the runs of the batch together let the target",
    "weaker": "it is lower than the chosen peak, which fits as well",
}
"""Why a candidate is not the peak of a target."""

CHANGES: Final[Mapping[str, str]] = {
    "straight_baseline": "one straight line as the baseline under all that was fitted",
    "usual_shape": "the usual shape of the batch's peaks in place of the compound's own",
    "other_method": "trapezoid rule between the borders where `method` is `fit`, and the reverse",
    "base_to_base": "the raw points between the borders (up to the valley to a neighbour) above "
    "the line that joins them, no neighbour taken off",
}
"""What another person might do otherwise when a peak is integrated."""

IDENTIFICATIONS: Final[Mapping[IdentificationReason, str]] = {
    IdentificationReason.STANDARD_AND_PRODUCTS: "level 1: it elutes with a standard of the same "
    "batch (its calibrators, or its labelled copy in the same run), and the ion ratio is as "
    "expected",
    IdentificationReason.STANDARD_AND_ISOTOPE: "level 1: it elutes with a standard of the same "
    "batch, and its 13C isotope is as strong as the formula asks; no abundant isobar is known",
    IdentificationReason.STANDARD_TIME: "level 2: it elutes with a standard of the same batch; "
    "nothing else is measured",
    IdentificationReason.PRODUCTS: "level 2: the ion ratio is as expected, but it does not elute "
    "with a standard of the batch",
    IdentificationReason.LISTED_TIME: "level 3: exact mass near the listed time",
    IdentificationReason.ISOMERS_NOT_TOLD_APART: "level 3: only the sum with its isomers is "
    "known, or an isomer has no peak of its own and no standard tells which of them it is",
    IdentificationReason.EVIDENCE_CONTRADICTS: "ion ratio, isotope ratio or elution order "
    "contradict (a flag says which): level 3 at the time of a standard, else 4",
    IdentificationReason.ISOBAR_ABUNDANT: "level 4: an abundant isobar may be the peak, and it "
    "does not elute with a standard of the batch",
    IdentificationReason.TIME_UNKNOWN: "level 4: no time is listed, only the mass speaks for it",
}
"""Why a peak has its `identification_level`."""
