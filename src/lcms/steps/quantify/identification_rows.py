"""How sure the identity of each peak is: the identification columns of `concentrations`."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

import numpy as np

from lcms.io.sheets.inputs import Inputs, nominal_concentrations
from lcms.io.tables.pairs import PairRows
from lcms.kinds import (
    FOUND,
    CompoundKind,
    ConcentrationStatus,
    IdentificationReason,
    IonRole,
    PeakStatus,
    SampleType,
)
from lcms.model import Ion
from lcms.numerics.identity.identification import IdentitySupport, identification, usual_ratio
from lcms.numerics.identity.ion_ratios import deviates
from lcms.numerics.identity.ms2_support import FragmentSpectrum, Ms2Support
from lcms.numerics.time.labelled_copies import are_equal_but_for_isotopes, is_deuterated
from lcms.schemas import Row
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.ms2_spectra import NO_SUPPORT, Ms2Spectra
from lcms.steps.quantify.peak_columns import numbers

_IDENTITY_COLUMNS: Final = (
    *("ion_ratio", "ion_ratio_expected", "identification_level", "identification_reason"),
    *("ms2_similarity", "ms2_products_absent"),
)
_CONTRADICTIONS: Final = {"isotope_ratio_deviant", "elution_order", "source_fragment"}
# A qualifier counts as missing only if its expected area is above this many of its detection
# limits, of which chance hides one in 20: next to none at twice that. Chosen by judgement.
_SURELY_DETECTED_LODS: Final = 2.0
# Relative standard deviation (a share of the expected value) of an isotope ratio, below which it
# counts: half of the deviation of 30 % that `isotope_ratio_deviant` flags. By judgement.
_MOST_ISOTOPE_SD_SHARE: Final = 0.15


@dataclass(frozen=True)
class _CompoundEvidence:
    """What is used in every run of a batch to judge the identity of a compound.

    `copy` is its internal standard where that may be its labelled copy; `standard_s` the
    retention time of the compound in its calibrators and controls, NaN without any;
    `qualifiers` are its other ions with their expected ratio to the quantifier, NaN where that
    is unknown. `standard_scans` are its scans in the calibrators and controls that hold it, by
    sample_id, the most intense first.
    """

    quantifier: Ion
    copy: Ion | None
    standard_s: float
    qualifiers: tuple[tuple[Ion, float], ...]
    standard_scans: Mapping[str, FragmentSpectrum]


@dataclass(frozen=True)
class _IonRatio:
    """Area of a qualifier divided by that of the quantifier, and its expected value; or NaN."""

    measured: float = np.nan
    expected: float = np.nan
    is_deviant: bool = False


def with_identification(
    batch: BatchRuns,
    inputs: Inputs,
    evidence: PairRows,
    ms2: Ms2Spectra,
    concentrations: Iterable[Sequence[Row]],
) -> Iterator[list[Row]]:
    """Yield the rows of `concentrations` with ion ratio, MS2 support and level added.

    Parameters
    ----------
    concentrations : iterable of sequences of rows
        Those of a compound in all runs of the batch together.
    """
    compounds = _compounds(batch, inputs, evidence, ms2)
    for rows in concentrations:
        if rows[0]["kind"] == CompoundKind.ISOMER_SUM:
            yield [_identified_sum(row) for row in rows]
            continue
        compound = compounds[rows[0]["target_id"]]
        peaks = evidence.of((row["sample_id"], compound.quantifier.ion_id) for row in rows)
        yield [
            _identified(row, peak, compound, evidence, ms2)
            for row, peak in zip(rows, peaks, strict=True)
        ]


def _compounds(
    batch: BatchRuns, inputs: Inputs, evidence: PairRows, ms2: Ms2Spectra
) -> dict[str, _CompoundEvidence]:
    quantifiers = {ion.target_id: ion for ion in inputs.ions if ion.role is IonRole.QUANTIFIER}
    qualifiers: dict[str, list[tuple[Ion, float]]] = {name: [] for name in quantifiers}
    for ion in inputs.ions:
        if ion.role is IonRole.QUALIFIER:
            qualifiers[ion.target_id].append((ion, _expected_ratio(batch, ion, evidence)))
    standards = {name: _standards(batch, ion, inputs) for name, ion in quantifiers.items()}
    return {
        name: _CompoundEvidence(
            quantifier=ion,
            copy=_copy_of(ion, quantifiers),
            standard_s=_standard_s(standards[name], ion, evidence),
            qualifiers=tuple(qualifiers[name]),
            standard_scans=ms2.of_standards(name, standards[name]),
        )
        for name, ion in quantifiers.items()
    }


def _copy_of(ion: Ion, quantifiers: Mapping[str, Ion]) -> Ion | None:
    """Return the internal standard of an analyte where it may be its labelled copy."""
    standard = quantifiers.get(ion.internal_standard or "")
    if standard is None or not are_equal_but_for_isotopes(ion, standard):
        return None
    return standard


def _standards(batch: BatchRuns, ion: Ion, inputs: Inputs) -> frozenset[str]:
    """Return the calibrators and controls of a batch that hold a compound, by sample_id."""
    taking_part = [run for run in batch.samples if run.exclude is None]
    nominal = nominal_concentrations(taking_part, ion, inputs.levels_of(ion))
    return frozenset(name for name, concentration in nominal.items() if concentration > 0)


def _standard_s(standards: Collection[str], ion: Ion, evidence: PairRows) -> float:
    """Return the median retention time of a compound in its calibrators and controls.

    The retention shift of each run is subtracted; NaN without any such peak.
    """
    rows = evidence.of((sample_id, ion.ion_id) for sample_id in standards)
    times_s = [
        row["retention_time_s"] - row["retention_shift_s"]
        for row in rows
        if isfinite(row["retention_time_s"])
    ]
    return float(np.median(times_s)) if times_s else float("nan")


def _expected_ratio(batch: BatchRuns, qualifier: Ion, evidence: PairRows) -> float:
    """Return the listed ion ratio, else the median of the calibrators; NaN without any."""
    if qualifier.expected_ion_ratio is not None:
        return qualifier.expected_ion_ratio
    calibrators = batch.are(SampleType.CALIBRATOR)
    rows = [
        evidence[run.sample_id, qualifier.ion_id]
        for run, is_calibrator in zip(batch.samples, calibrators, strict=True)
        if is_calibrator
    ]
    return usual_ratio(numbers(rows, "ion_ratio"))


def _identified_sum(row: Row) -> Row:
    """Return a row of an isomer sum with its level; only its members have other evidence."""
    cells = dict.fromkeys(_IDENTITY_COLUMNS) | {"ms2_products_absent": []}
    if isfinite(row["response"]):
        reason = IdentificationReason.ISOMERS_NOT_TOLD_APART
        cells |= {"identification_level": 3, "identification_reason": reason.value}
    return row | cells


def _identified(
    row: Row, peak: Row, compound: _CompoundEvidence, evidence: PairRows, spectra: Ms2Spectra
) -> Row:
    """Return a row with ion ratio, MS2 support and level added; null without a peak.

    `peak` is the row of the quantifier.
    """
    if row["status"] == ConcentrationStatus.EXCLUDED:
        return row | dict.fromkeys(_IDENTITY_COLUMNS) | {"ms2_products_absent": []}
    sample_id = row["sample_id"]
    ratio = _worst_ratio(sample_id, compound, peak["area"], evidence)
    level = reason = None
    ms2 = NO_SUPPORT
    if peak["status"] in FOUND:
        ms2 = spectra.support(row["target_id"], sample_id, compound.standard_scans)
        level, reason = identification(_identity_support(compound, peak, ratio, ms2))
    words = {"ion_ratio_deviant": ratio.is_deviant, "ms2_contradicts": bool(ms2.absent)}
    return row | {
        "ion_ratio": ratio.measured,
        "ion_ratio_expected": ratio.expected,
        "identification_level": level,
        "identification_reason": None if reason is None else reason.value,
        "ms2_similarity": ms2.similarity,
        "ms2_products_absent": list(ms2.absent),
        "flags": [*row["flags"], *(word for word, holds in words.items() if holds)],
    }


def _worst_ratio(
    sample_id: str, compound: _CompoundEvidence, quantifier_area: float, evidence: PairRows
) -> _IonRatio:
    """Return the ion ratio with the largest relative deviation from its expected value."""
    ratios = [
        _ion_ratio(evidence[sample_id, ion.ion_id], expected, expected * quantifier_area)
        for ion, expected in compound.qualifiers
        if isfinite(expected * quantifier_area)
    ]
    measured = [ratio for ratio in ratios if ratio is not None]
    return max(
        measured, key=lambda ratio: abs(ratio.measured / ratio.expected - 1.0), default=_IonRatio()
    )


def _ion_ratio(row: Row, expected: float, expected_area: float) -> _IonRatio | None:
    """Return the ion ratio of a qualifier.

    It is 0 where the qualifier is not detected although its expected area is well above its
    detection limit, and None where it is not detected otherwise.
    """
    if isfinite(row["ion_ratio"]):
        is_deviant = deviates(row["ion_ratio"], row["ion_ratio_sd"], expected)
        return _IonRatio(row["ion_ratio"], expected, is_deviant)
    is_missing = row["status"] == PeakStatus.NOT_DETECTED
    if is_missing and expected_area > _SURELY_DETECTED_LODS * row["area_lod"]:
        return _IonRatio(0.0, expected, is_deviant=True)
    return None


def _identity_support(
    compound: _CompoundEvidence, peak: Row, ratio: _IonRatio, ms2: Ms2Support
) -> IdentitySupport:
    """Return what supports the identity of a peak; `peak` is the row of the quantifier."""
    copy = compound.copy
    largest_sd = _MOST_ISOTOPE_SD_SHARE * peak["isotope_ratio_expected"]
    is_isotope_measured = peak["isotope_ratio_sd"] < largest_sd
    return IdentitySupport(
        is_timed=compound.quantifier.retention_time_s is not None,
        fwhm_s=peak["fwhm_s"],
        time_s=peak["retention_time_s"] - peak["retention_shift_s"],
        standard_s=compound.standard_s,
        copy_difference_s=peak["standard_time_difference_s"] if copy else float("nan"),
        is_copy_deuterated=copy is not None and is_deuterated(copy),
        products=not ratio.is_deviant if isfinite(ratio.expected) else None,
        isotope="isotope_ratio_deviant" not in peak["flags"] if is_isotope_measured else None,
        ms2_like_standard=ms2.is_like_standard,
        ms2_products=ms2.has_products,
        is_contradicted=ratio.is_deviant
        or bool(ms2.absent)
        or not _CONTRADICTIONS.isdisjoint(peak["flags"]),
        is_sum="sum_only" in peak["flags"],
        may_hold_isomer="isomer_group_incomplete" in peak["flags"],
        has_abundant_isobar="isobar_abundant" in peak["flags"],
    )
