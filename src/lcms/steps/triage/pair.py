"""A compound in a run, and which rules of the triage hold for it."""

from typing import Final, NamedTuple

from lcms.config import Quantification, Settings
from lcms.kinds import (
    FOUND,
    WITH_LEVEL,
    WITHOUT_STANDARD,
    ConcentrationStatus,
    PeakStatus,
    RunStatus,
    RunVerdict,
    SampleType,
    TargetKind,
)
from lcms.model import Ion, Sample
from lcms.schemas import Row
from lcms.steps.triage.calibrated import CalibratedRange
from lcms.triage_rules import RULES

_PLACE: Final = {name: k for k, name in enumerate(RULES)}


class Pair(NamedTuple):
    """A compound in a run: its rows of the tables.

    `peak` is that of the quantifier; `concentration` is None for an internal standard,
    `calibrated` where the batch has no calibrators of the compound.
    """

    sample: Sample
    ion: Ion
    run: Row
    peak: Row
    concentration: Row | None
    calibrated: CalibratedRange | None

    @property
    def flags(self) -> set[str]:
        """The flags of the peak and of the concentration."""
        return {*self.peak["flags"], *(self.concentration or {"flags": []})["flags"]}

    def has_status(self, status: ConcentrationStatus) -> bool:
        """Return whether the concentration has a status."""
        return self.concentration is not None and self.concentration["status"] == status


def rules_of(pair: Pair, settings: Settings) -> list[str]:
    """Return the rules that hold for a pair, in the order of `RULES`.

    In a run that could not be read nothing else is judged.
    """
    if pair.run["status"] == RunStatus.FAILED:
        return ["run_failed"]
    holds = {
        **_of_run_and_status(pair),
        **_of_quality(pair, settings),
        **_of_calibration(pair, settings),
    }
    names = {name for name, is_held in holds.items() if is_held} | (pair.flags - holds.keys())
    return sorted(names & RULES.keys(), key=_PLACE.__getitem__)


def _of_run_and_status(pair: Pair) -> dict[str, bool]:
    is_undetermined = pair.has_status(ConcentrationStatus.UNDETERMINED)
    return {
        "run_failed": False,
        "run_unusable": pair.run["verdict"] == RunVerdict.UNUSABLE,
        "run_suspect": pair.run["verdict"] == RunVerdict.SUSPECT,
        "not_shown": pair.peak["status"] == PeakStatus.NOT_ACQUIRED or is_undetermined,
        "no_calibration": pair.has_status(ConcentrationStatus.NO_CALIBRATION)
        and pair.calibrated is not None,
        "above_uloq": pair.has_status(ConcentrationStatus.ABOVE_ULOQ),
        "standard_not_detected": pair.peak["status"] == PeakStatus.NOT_DETECTED
        and _was_added(pair),
    }


def _was_added(pair: Pair) -> bool:
    """Return whether the compound was added to the sample: a standard, or a known content."""
    if pair.ion.kind is TargetKind.INTERNAL_STANDARD:
        return pair.sample.sample_type not in WITHOUT_STANDARD
    if pair.sample.sample_type is SampleType.QUALITY_CONTROL:
        return True
    nominal = 0.0
    if pair.calibrated is not None:
        nominal = pair.calibrated.nominal.get(pair.sample.sample_id, 0.0)
    return nominal > 0.0


def _of_quality(pair: Pair, settings: Settings) -> dict[str, bool]:
    quality, limits = pair.peak["quality"], settings.triage
    is_very_low = quality is not None and quality < limits.quality_error_below
    is_low = quality is not None and quality < limits.quality_warning_below
    return {"quality_very_low": is_very_low, "quality_low": is_low and not is_very_low}


def _of_calibration(pair: Pair, settings: Settings) -> dict[str, bool]:
    calibrated, is_analyte = pair.calibrated, pair.ion.kind is TargetKind.ANALYTE
    area = pair.peak["area"] if pair.peak["status"] in FOUND else None
    limit = settings.triage.blank_percent / 100
    return {
        "not_accurate": _is_inaccurate(pair, settings.quantification),
        "calibrator_excluded": calibrated is not None
        and pair.sample.sample_id in calibrated.excluded
        and pair.sample.sample_type is SampleType.CALIBRATOR,
        "peak_in_blank": is_analyte
        and calibrated is not None
        and area is not None
        and area > limit * calibrated.lowest_area,
    }


def _is_inaccurate(pair: Pair, limits: Quantification) -> bool:
    """Return whether a calibrator or quality control is outside the accuracy limit."""
    accuracy = None if pair.concentration is None else pair.concentration["accuracy_percent"]
    if accuracy is None or pair.sample.sample_type not in WITH_LEVEL:
        return False
    calibrated, sample_id = pair.calibrated, pair.sample.sample_id
    is_lowest = calibrated is not None and calibrated.nominal.get(sample_id) == calibrated.lowest
    limit = limits.accuracy_limit_lloq_percent if is_lowest else limits.accuracy_limit_percent
    return bool(abs(accuracy - 100) > limit)
