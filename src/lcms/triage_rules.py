"""The rules of the triage: what makes a result a warning or an error, by sample type.

A rule has the name of a flag and holds where a peak or a concentration has it, or it is one of
`MEASURED_RULES`, which `lcms triage` finds in the tables. The levels are chosen by judgement; the
setting `triage.levels` changes them.
"""

from collections.abc import Mapping
from typing import Final

from lcms.flags import FLAGS, Flag
from lcms.kinds import WITH_LEVEL, WITHOUT_STANDARD, SampleType, TriageLevel

_VALID, _WARNING, _ERROR = TriageLevel

Levels = Mapping[SampleType, TriageLevel]

MEASURED_RULES: Final[Mapping[str, Flag]] = {
    "run_failed": Flag("the run could not be read", "the status of the run is `failed`"),
    "run_unusable": Flag("the run as a whole is unusable", "the `verdict` of the run"),
    "run_suspect": Flag("the run as a whole is suspect", "the `verdict` of the run"),
    "standard_not_detected": Flag(
        "not detected although it was added",
        "an internal standard, or an analyte whose nominal concentration is above 0, has the "
        "status `not_detected`",
    ),
    "not_shown": Flag(
        "the run cannot show it",
        "the status of the peak is `not_acquired`, or that of the concentration `undetermined`",
    ),
    "quality_very_low": Flag(
        "very low quality", "the `quality` of the peak is below `triage.quality_error_below`"
    ),
    "quality_low": Flag(
        "low quality", "the `quality` of the peak is below `triage.quality_warning_below`"
    ),
    "no_calibration": Flag(
        "no valid calibration",
        "the analyte has calibrators in the batch, but no curve: the status is `no_calibration`",
    ),
    "above_uloq": Flag("above the calibrated range", "the status is `above_uloq`"),
    "not_accurate": Flag(
        "not within the accuracy limit",
        "`accuracy_percent` deviates from 100 by more than "
        "`quantification.accuracy_limit_percent`, at the lowest level by more than "
        "`quantification.accuracy_limit_lloq_percent`",
    ),
    "calibrator_excluded": Flag(
        "a calibrator that is not in the fit", "`used` is false in `calibrators`"
    ),
    "peak_in_blank": Flag(
        "a peak in a blank",
        "the area of an analyte is above `triage.blank_percent` of its mean area in the lowest "
        "calibrators of the fit",
    ),
}

_INTEGRATION: Final = (
    "truncated",
    "poor_fit",
    "mz_pulled",
    "overlapped",
    "areas_differ",
    "fit_unsettled",
    "few_points",
)
_IDENTITY: Final = (
    "ion_ratio_deviant",
    "ms2_contradicts",
    "isotope_ratio_deviant",
    "elution_order",
    "time_moved",
    "source_artefact",
    "isomer_group_incomplete",
)
_OF_ALL_RUNS: Final = ("time_unknown", "isobar_abundant")  # once known, no news in a standard


def _levels(usual: TriageLevel, exceptions: Levels | None = None) -> Levels:
    return dict.fromkeys(SampleType, usual) | dict(exceptions or {})


def _only(types: tuple[SampleType, ...], level: TriageLevel) -> Levels:
    """Return a level for some sample types, `valid` for the others."""
    return _levels(_VALID, dict.fromkeys(types, level))


_WITH_STANDARD: Final = tuple(kind for kind in SampleType if kind not in WITHOUT_STANDARD)
_WITHOUT_ANALYTE: Final = (SampleType.ZERO, *WITHOUT_STANDARD)
_WITH_ANALYTE: Final = tuple(kind for kind in SampleType if kind not in _WITHOUT_ANALYTE)

RULES: Final[Mapping[str, Levels]] = {
    "run_failed": _levels(_ERROR),
    "run_unusable": _levels(_ERROR),
    "replicates_contradict": _levels(_ERROR),
    "saturated": _levels(_ERROR),
    "points_alternate": _levels(_ERROR),
    "scan_kinds_mixed": _levels(_ERROR),
    "mz_window_narrow": _levels(_ERROR),
    "source_fragment": _only(_WITH_ANALYTE, _ERROR),
    "internal_standard_missing": _only(_WITH_STANDARD, _ERROR),
    "internal_standard_saturated": _only(_WITH_STANDARD, _ERROR),
    "standard_not_detected": _only((*WITH_LEVEL, SampleType.UNKNOWN, SampleType.ZERO), _ERROR),
    "quality_very_low": _only(_WITH_ANALYTE, _ERROR),
    "no_calibration": _only(_WITH_ANALYTE, _ERROR),
    "run_suspect": _levels(_WARNING),
    "internal_standard_deviant": _only(_WITH_STANDARD, _WARNING),
    "quality_low": _only(_WITH_ANALYTE, _WARNING),
    **{name: _only(_WITH_ANALYTE, _WARNING) for name in _INTEGRATION},
    **{name: _only(_WITH_ANALYTE, _WARNING) for name in _IDENTITY},
    **{name: _only((SampleType.UNKNOWN,), _WARNING) for name in _OF_ALL_RUNS},
    "sum_only": _only(_WITH_ANALYTE, _WARNING),
    "assigned_by_order": _only(_WITH_ANALYTE, _WARNING),
    "not_shown": _only(_WITH_ANALYTE, _WARNING),
    "above_uloq": _only((SampleType.UNKNOWN, SampleType.POOLED_QC), _WARNING),
    "drift_uncertain": _only(_WITH_ANALYTE, _WARNING),
    "outside_replicates": _only(_WITH_ANALYTE, _WARNING),
    "carry_over": _only(_WITH_ANALYTE, _WARNING),
    "carry_over_possible": _only(_WITH_ANALYTE, _WARNING),
    "not_accurate": _only(WITH_LEVEL, _WARNING),
    "calibrator_excluded": _only((SampleType.CALIBRATOR,), _WARNING),
    "peak_in_blank": _only(_WITHOUT_ANALYTE, _WARNING),
}
"""The level of each rule by sample type, the gravest first."""


def phrase_of(rule: str) -> str:
    """Return a rule in a few words."""
    return (MEASURED_RULES.get(rule) or FLAGS[rule]).phrase


def meaning_of(rule: str) -> str:
    """Return when a rule holds, and its level by sample type, as documentation."""
    of_flag = f"flag `{rule}`"
    when = MEASURED_RULES[rule].meaning if rule in MEASURED_RULES else of_flag
    by_level = {
        level: [kind.value for kind in SampleType if RULES[rule][kind] is level]
        for level in (_ERROR, _WARNING)
    }
    levels = "; ".join(
        f"{level.value}: "
        + (
            "every sample type"
            if len(kinds) == len(SampleType)
            else ", ".join(f"`{kind}`" for kind in kinds)
        )
        for level, kinds in by_level.items()
        if kinds
    )
    return f"{when}. {levels[0].upper()}{levels[1:]}"
