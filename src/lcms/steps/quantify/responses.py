"""From areas to responses: carry-over off, ratio to the internal standard, impurity off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np

from lcms.config import Quantification
from lcms.io.sheets.inputs import Inputs, nominal_concentrations
from lcms.model import WITHOUT_STANDARD, Bools, Floats, Ion, PeakStatus, SampleType, TargetKind
from lcms.numerics.quantity.response import (
    area_ratio,
    areas_before,
    carried_over,
    carry_over_share,
    unlabelled_share,
)
from lcms.numerics.time.labelled_copies import are_equal_but_for_isotopes
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.peak_columns import Peaks
from lcms.steps.quantify.standards import Flags, as_added, standard_flags

_NOTED_CARRY_OVER: Final = 0.05  # of the response: flagged


@dataclass(frozen=True)
class Responses:
    """What one compound answered in the runs of a batch; arrays of (n,).

    NaN without a peak or without its internal standard. `nominal` is the concentration in the
    vial that the level sheet tells, NaN where it tells none. `carried`, `unlabelled` and
    `isotopes_percent` are what was taken off, as in the table.
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

    def are_sound(self) -> Bools:
        """Return which responses are there and not cut off by the detector; shape (n,)."""
        cut = np.array(
            [
                status is PeakStatus.SATURATED or "internal_standard_saturated" in flags
                for status, flags in zip(self.status, self.flags, strict=True)
            ],
            dtype=np.bool_,
        )
        return np.asarray(np.isfinite(self.value) & ~cut)


@dataclass(frozen=True)
class Corrected:
    """Responses by their drift factors; arrays of (n,).

    `variance` is by the area noise, `drift_variance` by the doubt of the factor.
    """

    value: Floats
    variance: Floats
    drift_variance: Floats


def responses_of(
    batch: BatchRuns,
    target: Ion,
    peaks: Mapping[str, Peaks],
    inputs: Inputs,
    settings: Quantification,
) -> Responses:
    """Return the areas of a compound, or their ratios to those of its internal standard.

    Parameters
    ----------
    peaks : mapping
        By target_id, isotopes taken off (`standards.without_isotopes`).
    """
    own = peaks[target.target_id]
    name = target.internal_standard
    standard = None if name is None else as_added(batch, peaks[name])
    is_standard = target.kind is TargetKind.INTERNAL_STANDARD
    judged = own if is_standard and standard is None else standard  # a standard by itself
    is_subtracted = settings.carry_over == "subtract"
    value, variance, lod, carried = _ratios(batch, target, own, standard, subtract=is_subtracted)
    unlabelled = _unlabelled(batch, target, inputs.ions, (value, variance), settings)
    value = value - unlabelled
    isotope_share = np.zeros(value.shape) if judged is None else judged.isotope_share
    is_there = np.isfinite(value)
    return Responses(
        target=target,
        value=value,
        variance=variance,
        lod=lod,
        status=own.status,
        flags=_flags(batch, own, judged, _is_noted(carried, value)),
        nominal=nominal_of(batch, target, inputs, settings),
        carried=np.where(is_there, carried, np.nan),
        unlabelled=np.where(is_there, unlabelled, np.nan),
        isotopes_percent=np.where(is_there, 100 * isotope_share, np.nan),
    )


def _ratios(
    batch: BatchRuns, target: Ion, own: Peaks, standard: Peaks | None, *, subtract: bool
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return responses, their variances and LODs, and the carry-over: areas, or ratios of them."""
    carried, carried_variance = _carried(batch, target, own)
    value, variance = own.area, own.area_variance
    if subtract:
        value, variance = value - carried, variance + carried_variance
    if standard is None:
        return value, variance, own.area_lod, carried
    value, variance = area_ratio(value, variance, standard.area, standard.area_variance)
    return value, variance, own.area_lod / standard.area, carried / standard.area


def nominal_of(batch: BatchRuns, target: Ion, inputs: Inputs, settings: Quantification) -> Floats:
    """Return what the level sheet says is (or was added) in each vial, NaN without a level."""
    known = nominal_concentrations(batch.samples, target, inputs.levels)
    if settings.adds_endogenous and known:
        unspiked = batch.are(SampleType.ZERO)
        known |= {
            run.sample_id: 0.0 for run, zero in zip(batch.samples, unspiked, strict=True) if zero
        }
    return np.array(
        [known.get(run.sample_id, np.nan) / run.dilution_factor for run in batch.samples]
    )


def _carried(batch: BatchRuns, target: Ion, own: Peaks) -> tuple[Floats, Floats]:
    """Return what each run holds of the analyte of the run before, and its variance."""
    area, variance = np.nan_to_num(own.area), np.nan_to_num(own.area_variance)
    earlier = areas_before(area, batch.position)
    share = carry_over_share(area, variance, earlier, batch.are(*WITHOUT_STANDARD))
    return carried_over(share if target.kind is TargetKind.ANALYTE else 0.0, earlier)


def _unlabelled(
    batch: BatchRuns,
    target: Ion,
    ions: Sequence[Ion],
    response: tuple[Floats, Floats],
    settings: Quantification,
) -> float:
    """Return what zero samples answer to an analyte whose standard is its labelled copy."""
    if target.internal_standard is None or not settings.has_clean_zero:
        return 0.0
    standard = next(ion for ion in ions if ion.target_id == target.internal_standard)
    if not are_equal_but_for_isotopes(target, standard):
        return 0.0
    zeros = batch.are(SampleType.ZERO)
    return unlabelled_share(response[0][zeros], response[1][zeros])


def _is_noted(carried: Floats, value: Floats) -> Bools:
    """Return where the carry-over is so much of the response that a flag tells it."""
    with np.errstate(invalid="ignore"):
        return np.asarray(carried > _NOTED_CARRY_OVER * (value + carried))


def _flags(
    batch: BatchRuns, own: Peaks, standard: Peaks | None, is_carried: Bools
) -> tuple[tuple[str, ...], ...]:
    """Return the flags of each run: of the peak, of the standard, of the response."""
    nothing: Flags = [()] * len(own.flags)
    saturated: Flags = [
        ("saturated",) if status is PeakStatus.SATURATED else () for status in own.status
    ]
    of_standard = nothing if standard is None else standard_flags(batch, own, standard)
    carried: Flags = [("carry_over",) if noted else () for noted in is_carried]
    told = zip(own.flags, saturated, of_standard, carried, strict=True)
    return tuple(tuple(dict.fromkeys(chain.from_iterable(of_run))) for of_run in told)
