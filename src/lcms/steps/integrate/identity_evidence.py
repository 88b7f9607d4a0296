"""What the other ions of a run say of a peak: isotope, qualifier, standard, elution order."""

from collections.abc import Mapping, Sequence

import numpy as np

from lcms.io.tables.parts import chromatogram_of
from lcms.model import Chromatogram, ChromatogramId, Ion, IonRole
from lcms.numerics.chromatogram.auxiliary_ions import AuxiliaryIon
from lcms.numerics.identity.elution_order import ElutedPeak, out_of_order
from lcms.numerics.identity.ion_ratios import correlation, deviates, isotope_ratio
from lcms.numerics.identity.lactoyl import at_free_amino_acid
from lcms.numerics.run.fitted_peak import FittedPeak
from lcms.schemas import Row
from lcms.steps.integrate.fitted_run import FittedRun
from lcms.steps.integrate.target_ions import Panel

Isotopes = Mapping[
    ChromatogramId, tuple[Chromatogram, float]
]  # of a run, with the expected ratios


def isotopes_of(cut_out: Mapping[str, Row], companions: Sequence[AuxiliaryIon]) -> Isotopes:
    """Return the chromatogram of the isotope of each signal, and its expected ratio."""
    return {
        one.chromatogram_id: (chromatogram, one.expected_ratio)
        for one in companions
        if one.kind == "isotope"
        and (chromatogram := chromatogram_of(cut_out[one.ion.ion_id])) is not None
    }


def identity_columns(run: FittedRun, panel: Panel, ion: Ion, isotopes: Isotopes) -> Row:
    """Return the columns of `peaks` by which a peak that was found can be identified."""
    return (
        _isotope_columns(run, ion, isotopes)
        | _qualifier_columns(run, panel, ion)
        | _standard_columns(run, panel, ion)
    )


def _isotope_columns(run: FittedRun, ion: Ion, isotopes: Isotopes) -> Row:
    if ion.chromatogram_id not in isotopes:
        return {}
    peak, (trace, expected) = run.found[ion.ion_id], isotopes[ion.chromatogram_id]
    threshold = run.facts["detection_threshold"] or 0.0
    ratio, sd = isotope_ratio(peak.basis, trace, _borders_s(peak), expected, threshold)
    return {"isotope_ratio": ratio, "isotope_ratio_sd": sd, "isotope_ratio_expected": expected}


def _qualifier_columns(run: FittedRun, panel: Panel, ion: Ion) -> Row:
    """Return how the ions of a compound co-elute; of a qualifier its ratio as well."""
    peak, of_compound = run.found[ion.ion_id], panel.by_compound[ion.target_id]
    others = [one for one in of_compound if one is not ion and one.ion_id in run.found]
    alike = [_correlation(peak, run.found[one.ion_id]) for one in others]
    row: Row = {"co_elution": max(filter(np.isfinite, alike), default=None)}
    quantifier = _found_quantifier(run, panel, ion.target_id)
    is_sum = run.criteria.outcome(peak.isomers) == "sum_only"
    if ion.role is IonRole.QUALIFIER and quantifier is not None and not is_sum:
        relative = np.hypot(1.0 / peak.score, 1.0 / quantifier.score)
        row["ion_ratio"] = peak.area / quantifier.area
        row["ion_ratio_sd"] = abs(row["ion_ratio"]) * float(relative)
    return row


def _standard_columns(run: FittedRun, panel: Panel, ion: Ion) -> Row:
    peak = run.found[ion.ion_id]
    standard = _found_quantifier(run, panel, ion.internal_standard or "")
    if standard is None:
        return {}
    return {
        "standard_time_difference_s": peak.retention_time_s - standard.retention_time_s,
        "standard_correlation": _correlation(peak, standard),
    }


def _found_quantifier(run: FittedRun, panel: Panel, target_id: str) -> FittedPeak | None:
    quantifier = panel.quantifiers.get(target_id)
    return None if quantifier is None else run.found.get(quantifier.ion_id)


def _correlation(peak: FittedPeak, other: FittedPeak) -> float:
    return correlation(peak.basis.trace, other.basis.trace, _borders_s(peak))


def _borders_s(peak: FittedPeak) -> tuple[float, float]:
    return peak.left_s, peak.right_s


def run_flags(run: FittedRun, panel: Panel, window_s: float) -> dict[str, set[str]]:
    """Return the ions (ion_id) whose place among all peaks of the run is odd, by flag.

    Parameters
    ----------
    window_s : float
        Half-width of the search, s.
    """
    eluted = [
        ElutedPeak(ion, run.found[ion.ion_id].retention_time_s, run.found[ion.ion_id].fwhm_s)
        for ion in panel.ions
        if ion.role is IonRole.QUANTIFIER and ion.ion_id in run.found
    ]
    return {
        "elution_order": out_of_order(eluted, window_s),
        "source_artefact": at_free_amino_acid(eluted),
    }


def identity_flags(row: Row, of_run: Mapping[str, set[str]]) -> list[str]:
    """Return the flags of a row of `peaks` that speak against its identity."""
    ratio, expected = row["isotope_ratio"], row["isotope_ratio_expected"]
    is_known = ratio is not None and np.isfinite(ratio)
    is_off = is_known and deviates(ratio, row["isotope_ratio_sd"], expected)
    told = ["isotope_ratio_deviant"] if is_off else []
    return told + [word for word, ions in of_run.items() if row["ion_id"] in ions]
