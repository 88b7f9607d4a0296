"""How surely each peak is the compound: the identification columns of `concentrations`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.io.sheets.inputs import Inputs, nominal_concentrations
from lcms.model import FOUND, Ion, IonRole, PeakStatus, SampleType
from lcms.numerics.identity.identification import IdentitySupport, identification, usual_ratio
from lcms.numerics.identity.ion_ratios import deviates
from lcms.numerics.time.labelled_copies import are_equal_but_for_isotopes, is_deuterated
from lcms.schemas import Row
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.peak_columns import Rows, numbers

_CONTRADICTIONS: Final = {"isotope_ratio_deviant", "elution_order"}
_SURELY_SEEN: Final = 2.0  # times the smallest area that is detected
_CERTAIN: Final = 0.15  # relative standard deviation of an isotope ratio that tells anything


@dataclass(frozen=True)
class _CompoundEvidence:
    """What a batch knows of a compound before it looks at one run.

    `copy` is its internal standard where that may be its labelled copy; `standard_s` the time
    of the compound in its own standards, NaN without any; `qualifiers` are its other ions with
    their expected ratio to the quantifier, NaN where it is not known.
    """

    quantifier: Ion
    copy: Ion | None
    standard_s: float
    qualifiers: tuple[tuple[Ion, float], ...]


@dataclass(frozen=True)
class _IonRatio:
    """The ratio of a qualifier to its quantifier, and what it should be; NaN where unknown."""

    found: float = np.nan
    expected: float = np.nan
    is_deviant: bool = False


def with_identification(
    batch: BatchRuns, inputs: Inputs, evidence: Rows, concentrations: Iterable[Sequence[Row]]
) -> Iterator[list[Row]]:
    """Yield the rows of `concentrations` with how surely each peak is the compound."""
    compounds = _compounds(batch, inputs, evidence)
    for rows in concentrations:
        yield [
            _identified(row, compounds[row["target_id"]], row["sample_id"], evidence)
            for row in rows
        ]


def _compounds(batch: BatchRuns, inputs: Inputs, evidence: Rows) -> dict[str, _CompoundEvidence]:
    quantifiers = {ion.target_id: ion for ion in inputs.ions if ion.role is IonRole.QUANTIFIER}
    qualifiers: dict[str, list[tuple[Ion, float]]] = {name: [] for name in quantifiers}
    for ion in inputs.ions:
        if ion.role is IonRole.QUALIFIER:
            qualifiers[ion.target_id].append((ion, _expected_ratio(batch, ion, evidence)))
    return {
        name: _CompoundEvidence(
            quantifier=ion,
            copy=_copy_of(ion, quantifiers),
            standard_s=_standard_s(batch, ion, inputs, evidence),
            qualifiers=tuple(qualifiers[name]),
        )
        for name, ion in quantifiers.items()
    }


def _copy_of(ion: Ion, quantifiers: Mapping[str, Ion]) -> Ion | None:
    """Return the internal standard of an analyte where it may be its labelled copy."""
    standard = quantifiers.get(ion.internal_standard or "")
    if standard is None or not are_equal_but_for_isotopes(ion, standard):
        return None
    return standard


def _standard_s(batch: BatchRuns, ion: Ion, inputs: Inputs, evidence: Rows) -> float:
    """Return when a compound elutes in its own standards, shifts of the runs taken off; NaN."""
    nominal = nominal_concentrations(batch.samples, ion, inputs.levels)
    rows = [evidence[name, ion.ion_id] for name, known in nominal.items() if known > 0]
    times_s = [
        row["retention_time_s"] - row["retention_shift_s"]
        for row in rows
        if np.isfinite(row["retention_time_s"])
    ]
    return float(np.median(times_s)) if times_s else float("nan")


def _expected_ratio(batch: BatchRuns, qualifier: Ion, evidence: Rows) -> float:
    """Return the listed ion ratio, else the median of the calibrators; NaN without any."""
    if qualifier.expected_ion_ratio is not None:
        return qualifier.expected_ion_ratio
    calibrators = batch.are(SampleType.CALIBRATOR)
    rows = [
        evidence[run.sample_id, qualifier.ion_id]
        for run, is_one in zip(batch.samples, calibrators, strict=True)
        if is_one
    ]
    return usual_ratio(numbers(rows, "ion_ratio"))


def _identified(row: Row, compound: _CompoundEvidence, sample_id: str, evidence: Rows) -> Row:
    """Return a row with its ion ratio and how surely the peak is the compound; null without."""
    own = evidence[sample_id, compound.quantifier.ion_id]
    ratio = _worst_ratio(sample_id, compound, own["area"], evidence)
    level = reason = None
    if own["status"] in FOUND:
        level, reason = identification(_sighting(compound, own, ratio))
    return row | {
        "ion_ratio": ratio.found,
        "ion_ratio_expected": ratio.expected,
        "identification_level": level,
        "identification_reason": None if reason is None else reason.value,
        "flags": [*row["flags"], *(["ion_ratio_deviant"] if ratio.is_deviant else [])],
    }


def _worst_ratio(
    sample_id: str, compound: _CompoundEvidence, quantifier_area: float, evidence: Rows
) -> _IonRatio:
    """Return the ion ratio of the qualifier that is furthest from what is expected."""
    told = [
        _ion_ratio(evidence[sample_id, ion.ion_id], expected, expected * quantifier_area)
        for ion, expected in compound.qualifiers
        if np.isfinite(expected * quantifier_area)
    ]
    known = [one for one in told if one is not None]
    return max(known, key=lambda one: abs(one.found / one.expected - 1.0), default=_IonRatio())


def _ion_ratio(row: Row, expected: float, expected_area: float) -> _IonRatio | None:
    """Return the ratio of a qualifier, 0 where it is missing but must be seen; None if untold."""
    if np.isfinite(row["ion_ratio"]):
        is_off = deviates(row["ion_ratio"], row["ion_ratio_sd"], expected)
        return _IonRatio(row["ion_ratio"], expected, is_off)
    is_missing = row["status"] == PeakStatus.NOT_DETECTED
    if is_missing and expected_area > _SURELY_SEEN * row["area_lod"]:
        return _IonRatio(0.0, expected, is_deviant=True)
    return None


def _sighting(compound: _CompoundEvidence, own: Row, ratio: _IonRatio) -> IdentitySupport:
    """Return what is known of the identity of a peak."""
    copy = compound.copy
    is_isotope_known = own["isotope_ratio_sd"] < _CERTAIN * own["isotope_ratio_expected"]
    return IdentitySupport(
        is_timed=compound.quantifier.retention_time_s is not None,
        fwhm_s=own["fwhm_s"],
        time_s=own["retention_time_s"] - own["retention_shift_s"],
        standard_s=compound.standard_s,
        copy_difference_s=own["standard_time_difference_s"] if copy else float("nan"),
        is_copy_deuterated=copy is not None and is_deuterated(copy),
        products=not ratio.is_deviant if np.isfinite(ratio.expected) else None,
        isotope="isotope_ratio_deviant" not in own["flags"] if is_isotope_known else None,
        is_contradicted=ratio.is_deviant or not _CONTRADICTIONS.isdisjoint(own["flags"]),
        is_sum="sum_only" in own["flags"],
        may_hold_isomer="isomer_group_incomplete" in own["flags"],
        has_abundant_isobar="isobar_abundant" in own["flags"],
    )
