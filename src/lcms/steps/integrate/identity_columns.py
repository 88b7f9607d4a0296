"""What other ions of a run show of a peak's identity: isotope, parent, standard, order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lcms.io.tables.parts import chromatograms_of_parents
from lcms.kinds import IonRole
from lcms.model import ChromatogramId, Ion
from lcms.numerics.chromatogram.auxiliary_ions import AuxiliaryIon, parents_by_chromatogram
from lcms.numerics.elution_series import series_order
from lcms.numerics.identity.elution_order import ElutedPeak, out_of_order
from lcms.numerics.identity.ion_ratios import correlation, deviates, isotope_ratio
from lcms.numerics.identity.lactoyl import at_free_amino_acid
from lcms.numerics.peak.source_fragments import highest_parent
from lcms.numerics.run.fitted_peak import FittedPeak
from lcms.schemas import Row
from lcms.steps.integrate.fitted_run import FittedRun
from lcms.steps.integrate.target_ions import TargetIons


@dataclass(frozen=True)
class AuxiliaryIons:
    """The isotope of each target and its parents, by the chromatogram_id of the target."""

    isotopes: Mapping[ChromatogramId, AuxiliaryIon]
    parents: Mapping[ChromatogramId, Sequence[AuxiliaryIon]]


def auxiliary_ions_of(auxiliary: Sequence[AuxiliaryIon]) -> AuxiliaryIons:
    """Return the isotopes and parents among auxiliary ions."""
    isotopes = {ion.chromatogram_id: ion for ion in auxiliary if ion.kind == "isotope"}
    return AuxiliaryIons(isotopes, parents_by_chromatogram(auxiliary))


def identity_columns(
    run: FittedRun, targets: TargetIons, ion: Ion, auxiliary: AuxiliaryIons
) -> Row:
    """Return the columns of `peaks` by which a detected peak can be identified."""
    return (
        _isotope_columns(run, ion, auxiliary.isotopes.get(ion.chromatogram_id))
        | _parent_columns(run, ion, auxiliary.parents.get(ion.chromatogram_id, ()))
        | _qualifier_columns(run, targets, ion)
        | _standard_columns(run, targets, ion)
    )


def _isotope_columns(run: FittedRun, ion: Ion, isotope: AuxiliaryIon | None) -> Row:
    if isotope is None:
        return {}
    chromatogram = run.extracted.chromatogram(isotope.ion.ion_id)
    if chromatogram is None:
        return {}
    peak, expected = run.detected[ion.ion_id], isotope.expected_ratio
    threshold = run.extracted.detection_threshold
    ratio, sd = isotope_ratio(peak.basis, chromatogram, _borders_s(peak), expected, threshold)
    return {"isotope_ratio": ratio, "isotope_ratio_sd": sd, "isotope_ratio_expected": expected}


def _parent_columns(run: FittedRun, ion: Ion, ions: Sequence[AuxiliaryIon]) -> Row:
    peak, parents = run.detected[ion.ion_id], chromatograms_of_parents(run.extracted.cut_out, ions)
    chromatogram = peak.basis.chromatogram
    name, _ = highest_parent(chromatogram, parents, _borders_s(peak), peak.height)
    return {"source_parent": name}


def _qualifier_columns(run: FittedRun, targets: TargetIons, ion: Ion) -> Row:
    """Return how the ions of a compound co-elute; of a qualifier its ratio as well."""
    peak, ions = run.detected[ion.ion_id], targets.by_compound[ion.target_id]
    correlations = [
        _correlation(peak, run.detected[further.ion_id])
        for further in ions
        if further is not ion and further.ion_id in run.detected
    ]
    row: Row = {"co_elution": max(filter(np.isfinite, correlations), default=None)}
    quantifier = _detected_quantifier(run, targets, ion.target_id)
    is_sum = run.criteria.outcome(peak.separation) == "sum_only"
    if ion.role is IonRole.QUALIFIER and quantifier is not None and not is_sum:
        relative_sd = np.hypot(1.0 / peak.score, 1.0 / quantifier.score)
        row["ion_ratio"] = peak.area / quantifier.area
        row["ion_ratio_sd"] = abs(row["ion_ratio"]) * float(relative_sd)
    return row


def _standard_columns(run: FittedRun, targets: TargetIons, ion: Ion) -> Row:
    peak = run.detected[ion.ion_id]
    standard = _detected_quantifier(run, targets, ion.internal_standard or "")
    if standard is None:
        return {}
    return {
        "standard_time_difference_s": peak.retention_time_s - standard.retention_time_s,
        "standard_correlation": _correlation(peak, standard),
    }


def _detected_quantifier(run: FittedRun, targets: TargetIons, target_id: str) -> FittedPeak | None:
    quantifier = targets.quantifiers.get(target_id)
    return None if quantifier is None else run.detected.get(quantifier.ion_id)


def _correlation(peak: FittedPeak, further: FittedPeak) -> float:
    return correlation(peak.basis.chromatogram, further.basis.chromatogram, _borders_s(peak))


def _borders_s(peak: FittedPeak) -> tuple[float, float]:
    return peak.left_s, peak.right_s


def run_flags(run: FittedRun, targets: TargetIons, window_s: float) -> dict[str, set[str]]:
    """Return the ions (ion_id) whose time among all peaks of the run is implausible, by flag.

    Parameters
    ----------
    run : FittedRun
    targets : TargetIons
    window_s : float
        Half-width of the search, s.
    """
    eluted = [
        ElutedPeak(ion, peak.retention_time_s, peak.fwhm_s)
        for ion in targets.ions
        if ion.role is IonRole.QUANTIFIER and (peak := run.detected.get(ion.ion_id)) is not None
    ]
    order = series_order(targets.ions, run.criteria.limits.elution_order)
    return {
        "elution_order": out_of_order(eluted, window_s, order),
        "source_artefact": at_free_amino_acid(eluted),
    }


def identity_flags(row: Row, ions_by_flag: Mapping[str, set[str]]) -> list[str]:
    """Return the flags of a row of `peaks` that contradict its identity."""
    ratio, expected = row["isotope_ratio"], row["isotope_ratio_expected"]
    is_measured = ratio is not None and np.isfinite(ratio)
    is_off = is_measured and deviates(ratio, row["isotope_ratio_sd"], expected)
    words = ["isotope_ratio_deviant"] if is_off else []
    words += ["source_fragment"] if row["source_parent"] else []
    return words + [word for word, ions in ions_by_flag.items() if row["ion_id"] in ions]
