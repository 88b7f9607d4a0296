"""From areas to responses.

Carry-over is subtracted from the area of the analyte, the result is divided by the area of the
internal standard, and the response of unlabelled compound in the standard is subtracted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np

from lcms.config import Quantification
from lcms.decisions import Outcome, outcomes
from lcms.io.sheets.inputs import Inputs, nominal_concentrations
from lcms.kinds import WITHOUT_STANDARD, PeakStatus, ReviewAction, SampleType, TargetKind
from lcms.model import Bools, Decision, Floats, Ion
from lcms.numerics.quantity.response import (
    area_ratio,
    areas_before,
    carried_over,
    carry_over_share,
    may_be_carried_over,
    possible_carry_over_share,
    replicate_means,
    run_sensitivity,
    unlabelled_share,
)
from lcms.numerics.time.labelled_copies import are_equal_but_for_isotopes
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.peak_columns import Peaks, have_status
from lcms.steps.quantify.standards import Flags, as_added, standard_flags, usual_standard

# Of the response before subtraction, from which the flag is set: a third of the accepted
# deviation of 15 %; chosen by judgement.
_FLAGGED_CARRY_OVER_SHARE: Final = 0.05
# Flags of runs that show no response and no limit of detection.
_UNKNOWN: Final = {"internal_standard_missing", "run_unusable", "sum_only", "saturated"}


@dataclass(frozen=True)
class Responses:
    """The responses of one compound in the runs of a batch; arrays of (n,).

    NaN without a peak or without its internal standard. `nominal` is the concentration in the
    vial by the level sheet, NaN without one. `carried`, `unlabelled` and `isotopes_percent` are
    what was subtracted, as in the table.
    """

    target: Ion
    value: Floats
    variance: Floats
    lod: Floats
    status: tuple[PeakStatus, ...]
    flags: tuple[tuple[str, ...], ...]
    nominal: Floats
    carried: Floats
    unlabelled: Floats
    isotopes_percent: Floats

    def is_known(self, run: int) -> bool:
        """Return whether a run, by index, shows a response or that it is below a limit."""
        return np.isfinite(self.value[run]) or not _UNKNOWN.intersection(self.flags[run])

    def have_flag(self, flag: str) -> Bools:
        """Return which runs have a flag; shape (n,)."""
        return np.array([flag in words for words in self.flags], dtype=np.bool_)

    def are_sound(self) -> Bools:
        """Return which responses are finite and without a saturated peak; shape (n,)."""
        is_saturated = np.array(
            [
                status is PeakStatus.SATURATED or "internal_standard_saturated" in flags
                for status, flags in zip(self.status, self.flags, strict=True)
            ],
            dtype=np.bool_,
        )
        return np.asarray(np.isfinite(self.value) & ~is_saturated)


@dataclass(frozen=True)
class Corrected:
    """Responses divided by their drift factors; arrays of (n,).

    `variance` is that due to the area noise, `drift_variance` that due to the error of the factor.
    """

    value: Floats
    variance: Floats
    drift_variance: Floats


@dataclass(frozen=True)
class _CarryOver:
    """The area that each run has from the run before, its variance, and where it may be large.

    Arrays of (n,).
    """

    area: Floats
    variance: Floats
    is_possible: Bools


def responses_of(
    batch: BatchRuns,
    target: Ion,
    peaks: Mapping[str, Peaks],
    inputs: Inputs,
    settings: Quantification,
) -> Responses:
    """Return the areas of a compound, divided by those of its internal standard if it has one.

    Parameters
    ----------
    peaks : mapping
        By target_id, isotopes subtracted (`standards.without_isotopes`).
    """
    target_peaks = peaks[target.target_id]
    standard_id = target.internal_standard
    standard = None if standard_id is None else as_added(batch, peaks[standard_id])
    is_standard = target.kind is TargetKind.INTERNAL_STANDARD
    flagged = target_peaks if is_standard and standard is None else standard
    is_subtracted = settings.carry_over == "subtract"
    carry_over = _carry_over(batch, target, target_peaks, standard)
    value, variance, lod, carried = _ratios(
        batch, target_peaks, standard, carry_over, subtract=is_subtracted
    )
    measured = value + carried if is_subtracted else value
    unlabelled = 0.0
    if settings.has_clean_zero:
        unlabelled = _unlabelled(batch, target, inputs, value, variance)
    value = value - unlabelled
    isotope_share = np.zeros(value.shape) if flagged is None else flagged.isotope_share
    has_response = np.isfinite(value)
    return Responses(
        target=target,
        value=value,
        variance=variance,
        lod=lod,
        status=target_peaks.status,
        flags=_with_exclusions(
            batch,
            target,
            inputs.decisions,
            _flags(
                *(batch, target_peaks, flagged, _is_carry_over_flagged(carried, measured)),
                carry_over.is_possible,
            ),
        ),
        nominal=nominal_of(batch, target, inputs, adds_endogenous=settings.adds_endogenous),
        carried=np.where(has_response, carried, np.nan),
        unlabelled=np.where(has_response, unlabelled, np.nan),
        isotopes_percent=np.where(has_response, 100 * isotope_share, np.nan),
    )


def _ratios(
    batch: BatchRuns,
    peaks: Peaks,
    standard: Peaks | None,
    carry_over: _CarryOver,
    *,
    subtract: bool,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return responses, their variances and LODs, and the carry-over.

    All are areas, or areas divided by that of the standard; the LOD of a blank, which has none,
    by the usual area in the runs near it. Carry-over that is not subtracted is an error of its
    size.
    """
    carried = carry_over.area
    value, variance = peaks.area, peaks.area_variance + carry_over.variance
    if subtract:
        value = value - carried
    else:
        variance = variance + carried**2
    if standard is None:
        return value, variance, peaks.area_lod, carried
    value, variance = area_ratio(value, variance, standard.area, standard.area_variance)
    usual = usual_standard(batch, standard)
    return value, variance, peaks.area_lod / usual, carried / standard.area


def nominal_of(batch: BatchRuns, target: Ion, inputs: Inputs, *, adds_endogenous: bool) -> Floats:
    """Return the nominal concentration in each vial by the level sheet, NaN without a level.

    With standard addition it is the added concentration, 0 in the zero samples.
    """
    nominal = nominal_concentrations(batch.samples, target, inputs.levels_of(target))
    if adds_endogenous and nominal:
        nominal |= {
            run.sample_id: 0.0
            for run, is_zero in zip(batch.samples, batch.are(SampleType.ZERO), strict=True)
            if is_zero
        }
    return np.array(
        [nominal.get(run.sample_id, np.nan) / run.dilution_factor for run in batch.samples]
    )


def _carry_over(batch: BatchRuns, target: Ion, peaks: Peaks, standard: Peaks | None) -> _CarryOver:
    """Return what each run has from the run before; of analytes only.

    Of a run that could not be read, or whose standard is missing, it is not known what was
    injected. A clear share may be learned behind an unreadable run by what its replicates hold;
    that nothing is carried over may not. Areas are compared as multiples of the standard, so that
    the sensitivity of the single runs cancels.
    """
    nothing = np.zeros(peaks.area.shape)
    if target.kind is not TargetKind.ANALYTE:
        return _CarryOver(nothing, nothing, np.zeros(nothing.shape, dtype=np.bool_))
    is_known = np.isfinite(peaks.area) | have_status(peaks, PeakStatus.NOT_DETECTED)
    if standard is not None:
        is_known &= np.isfinite(standard.area) | batch.are(*WITHOUT_STANDARD)
    sensitivity = nothing + 1.0
    if standard is not None:
        sensitivity = run_sensitivity(standard.area, batch.position)
    area = np.where(is_known, np.nan_to_num(peaks.area) / sensitivity, np.nan)
    variance = np.nan_to_num(peaks.area_variance) / sensitivity**2
    earlier, blanks = areas_before(area, batch.position), batch.are(*WITHOUT_STANDARD)
    is_unread = have_status(peaks, PeakStatus.FAILED, PeakStatus.EXCLUDED)
    assumed = np.where(is_unread, replicate_means(area, batch.contents), area)
    assumed_earlier = areas_before(assumed, batch.position)
    share = carry_over_share(area, variance, assumed_earlier, blanks)
    highest = np.where(area > 0, area + 2 * np.sqrt(variance), peaks.area_lod / sensitivity)
    possible = possible_carry_over_share(share, highest, earlier, blanks)
    carried, carried_variance = carried_over(share, assumed_earlier)
    is_possible = may_be_carried_over(possible, np.where(area > 0, area, np.nan), earlier)
    return _CarryOver(carried * sensitivity, carried_variance * sensitivity**2, is_possible)


def _unlabelled(
    batch: BatchRuns, target: Ion, inputs: Inputs, response: Floats, variance: Floats
) -> float:
    """Return the response of an analyte in the zero samples if its standard is a labelled copy.

    It is the unlabelled compound in that standard; 0 for other analytes.
    """
    if target.internal_standard is None:
        return 0.0
    standard = inputs.compounds[target.internal_standard][0]
    if not are_equal_but_for_isotopes(target, standard):
        return 0.0
    zeros = batch.are(SampleType.ZERO)
    return unlabelled_share(response[zeros], variance[zeros])


def _is_carry_over_flagged(carried: Floats, measured: Floats) -> Bools:
    """Return where so much of the measured response is carry-over that it is flagged."""
    with np.errstate(invalid="ignore"):
        return np.asarray(carried > _FLAGGED_CARRY_OVER_SHARE * measured)


def _with_exclusions(
    batch: BatchRuns,
    target: Ion,
    decisions: Sequence[Decision],
    flags: Sequence[tuple[str, ...]],
) -> tuple[tuple[str, ...], ...]:
    """Return the flags, with one more for calibrators that a reviewer has excluded."""
    of_ion = [decision for decision in decisions if decision.ion_id == target.ion_id]
    excluded = {
        decision.sample_id
        for decision, outcome in outcomes(of_ion).items()
        if decision.action is ReviewAction.EXCLUDE_CALIBRATOR and outcome is Outcome.APPLIED
    }
    return tuple(
        (*words, "review_excluded") if sample.sample_id in excluded else words
        for sample, words in zip(batch.samples, flags, strict=True)
    )


def _flags(
    batch: BatchRuns,
    peaks: Peaks,
    standard: Peaks | None,
    has_carry_over: Bools,
    may_have_carry_over: Bools,
) -> tuple[tuple[str, ...], ...]:
    """Return the flags of each run: of the peak, of the standard, of the response."""
    saturated: Flags = [
        ("saturated",) if status is PeakStatus.SATURATED else () for status in peaks.status
    ]
    of_standard: Flags = [()] * len(peaks.flags)
    if standard is not None:
        of_standard = standard_flags(batch, peaks, standard)
    carried: Flags = [
        ("carry_over",) if is_clear else ("carry_over_possible",) if is_possible else ()
        for is_clear, is_possible in zip(has_carry_over, may_have_carry_over, strict=True)
    ]
    is_read = ~have_status(peaks, PeakStatus.FAILED)
    unusable: Flags = [
        ("run_unusable",) if is_set else () for is_set in batch.is_unusable & is_read
    ]
    by_run = zip(peaks.flags, saturated, of_standard, carried, unusable, strict=True)
    return tuple(tuple(dict.fromkeys(chain.from_iterable(flags))) for flags in by_run)
