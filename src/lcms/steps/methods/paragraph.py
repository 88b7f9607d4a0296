"""The sentences of the methods paragraph, and the references that they name."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lcms.config import Settings
from lcms.decisions import Outcome
from lcms.groups import by_isomer_group
from lcms.kinds import SIMULATED_INSTRUMENT, RunStatus, SampleType, TargetKind
from lcms.model import Ion
from lcms.numerics.acceptance.acceptance_rules import ALL_BATCHES, Acceptance
from lcms.schemas import Row

_POLARITIES: Final = {"+": "positive", "-": "negative", "+/-": "both"}
_MODELS: Final = {
    "linear": "a straight line",
    "linear_through_zero": "a straight line through zero",
    "quadratic": "a quadratic curve",
}
_WEIGHTS: Final = {
    "auto": "weighted by the inverse of the variance that area noise and scatter between runs "
    "predict",
    "1": "without weights",
    "1/x": "weighted by 1/x",
    "1/x^2": "weighted by 1/x²",
}
_APPROACHES: Final = {
    "ordinary": "",
    "surrogate_matrix": " in a surrogate matrix",
    "standard_addition": " by standard addition",
}
_PROFILES: Final = {
    "ich_m10": "of ICH M10 (2022)",
    "validation": "for the validation of a method (ICH M10, 2022)",
    "metabolomics_qc": "for pooled QCs (Broadhurst et al. 2018)",
}
_REFERENCES: Final = {
    "OpenMS": "Pfeuffer et al., Nat. Methods 21 (2024) 365.",
    "Snakemake": "Mölder et al., F1000Research 10 (2021) 33.",
    "Kalambet": "Kalambet et al., J. Chemometrics 25 (2011) 352.",
    "Metabolomics Standards Initiative": "Sumner et al., Metabolomics 3 (2007) 211.",
    "Broadhurst": "Broadhurst et al., Metabolomics 14 (2018) 72.",
    "ICH M10": "ICH guideline M10 on bioanalytical method validation, step 5 (2022).",
}


@dataclass(frozen=True)
class RanAnalysis:
    """What ran: the rows of the tables, the ions, and the versions as JSON."""

    runs: Sequence[Row]
    ions: Sequence[Ion]
    calibration: Sequence[Row]
    quality: Sequence[Row]
    verdict: Sequence[Row]
    review_audit: Sequence[Row]
    software: str


def paragraphs(study: RanAnalysis, settings: Settings) -> list[str]:
    """Return the paragraphs: what was measured, how it was quantified, what was judged."""
    parts = (_acquisition(study), _processing(study, settings), _judgement(study, settings))
    texts = [" ".join(sentences) for sentences in parts]
    whole = " ".join(texts)
    references = [text for name, text in _REFERENCES.items() if name in whole]
    return [*texts, "References: " + " ".join(references)]


def _acquisition(study: RanAnalysis) -> Iterator[str]:
    runs = study.runs
    if any(run["instrument"] == SIMULATED_INSTRUMENT for run in runs):
        yield "The data are simulated: no sample was measured."
    counts = Counter(run["sample_type"] for run in runs)
    types = [
        f"{counts[kind]} {kind.replace('_', ' ').replace('qc', 'QC')}"
        for kind in SampleType
        if counts[kind]
    ]
    n_batches = len({run["batch"] for run in runs})
    yield (
        f"{_number(len(runs), 'injection')} ({', '.join(types)}) in "
        f"{_number(n_batches, 'batch', 'batches')} were evaluated."
    )
    instruments = sorted({run["instrument"] for run in runs if run["instrument"]})
    polarities = sorted({_POLARITIES[run["polarity"]] for run in runs if run["polarity"]})
    if instruments and instruments != [SIMULATED_INSTRUMENT]:
        yield f"They were acquired on {' and '.join(instruments)}."
    if polarities:
        yield f"Polarity: {' and '.join(polarities)}."
    for status, what in ((RunStatus.FAILED, "not be read"), (RunStatus.EXCLUDED, "not take part")):
        n_lost = sum(run["status"] == status for run in runs)
        if n_lost:
            verb = "could" if status is RunStatus.FAILED else "did"
            yield f"{_number(n_lost, 'injection')} {verb} {what}."


def _processing(study: RanAnalysis, settings: Settings) -> Iterator[str]:
    version = json.loads(study.software)
    yield (
        f"Peaks were integrated with lcms-lactoyl {version['lcms']}, which runs by Snakemake and "
        f"picks candidates with OpenMS (pyOpenMS {version['pyopenms']})."
    )
    yield from _targets(study)
    yield from _integration(study, settings)
    yield from _calibration(study, settings)


def _targets(study: RanAnalysis) -> Iterator[str]:
    kinds = Counter(kind for _, kind in {(ion.target_id, ion.kind) for ion in study.ions})
    n_ions = sum(ion.product is not None for ion in study.ions)
    products = f", {_number(n_ions, 'product ion')} among their ions" if n_ions else ""
    yield (
        f"The target list held {_number(kinds[TargetKind.ANALYTE], 'analyte')} and "
        f"{_number(kinds[TargetKind.INTERNAL_STANDARD], 'internal standard')}{products}."
    )
    groups = by_isomer_group(study.ions)
    if groups:
        names = "; ".join(" and ".join(ion.name for ion in ions) for ions in groups.values())
        yield f"Isomers were integrated together, and their sum is reported, too: {names}."


def _integration(study: RanAnalysis, settings: Settings) -> Iterator[str]:
    extraction, integration = settings.extraction, settings.integration
    if any(run["n_ms1"] for run in study.runs):
        yield (
            f"Chromatograms were extracted within {extraction.mz_tolerance_ppm:g} ppm, after the "
            "mass offset of each run was subtracted."
        )
    yield (
        "Retention times, peak shapes and noise were learned from all runs of a batch, and the "
        "peaks fitted as a Gaussian with exponential tails (Kalambet et al. 2011) over a "
        "baseline. A peak counts as detected if its area is at least "
        f"{integration.detection_score:g} times its standard deviation."
    )


def _calibration(study: RanAnalysis, settings: Settings) -> Iterator[str]:
    curves = [row for row in study.calibration if row["slope"] is not None]
    if not curves:
        yield "Responses are area ratios to the internal standard; no calibration was fitted."
        return
    how = settings.quantification
    models = Counter((row["model"], row["weighting"]) for row in curves)
    (model, weighting), _ = models.most_common(1)[0]
    n_others = sum(models.values()) - models[model, weighting]
    others = f" ({n_others} curves of another form)" if n_others else ""
    n_used = [row["n_used"] for row in curves]
    spread = f"{min(n_used)} to {max(n_used)}" if min(n_used) < max(n_used) else f"{n_used[0]}"
    yield (
        f"Concentrations ({settings.concentration_unit}) were read from {_MODELS[model]} through "
        f"{spread} calibrators{_APPROACHES[how.calibration_approach]}, {_WEIGHTS[weighting]}, "
        f"for {_number(len(curves), 'curve')}{others}."
    )
    yield (
        f"Calibrators that deviate by more than {how.accuracy_limit_percent:g} % "
        f"({how.accuracy_limit_lloq_percent:g} % at the lowest level) were left out."
    )
    yield from _drift(curves)
    does = "was subtracted" if how.carry_over == "subtract" else "was flagged, not subtracted"
    yield f"Carry-over from the injection before, seen in blanks, {does}."


def _drift(curves: Sequence[Row]) -> Iterator[str]:
    judged = [row for row in curves if row["drift"] != "not_judged"]
    if judged:
        largest = max(abs(row["drift_percent"] or 0.0) for row in judged)
        yield (
            "Drift of the response was corrected by a model average over repeated injections of "
            f"the same content; the largest correction over a batch is {largest:.0f} %."
        )
    else:
        yield "Drift of the response was not corrected: there were too few replicates."


def _judgement(study: RanAnalysis, settings: Settings) -> Iterator[str]:
    rows = [row for row in study.quality if row["batch"] != ALL_BATCHES]
    counts = Counter(row["acceptance"] for row in rows)
    n_rules = len({row["rule"] for row in study.verdict})
    if rows:
        yield (
            f"Each analyte was judged in each batch by {_number(n_rules, 'rule')} "
            f"{_PROFILES[settings.verdict.profile]}: "
            f"{counts[Acceptance.ACCEPTED]} were accepted, {counts[Acceptance.REJECTED]} rejected "
            f"and {counts[Acceptance.NOT_JUDGED]} not judged for want of data."
        )
    yield (
        "Identifications have the levels of the Metabolomics Standards Initiative. Values below "
        "the limit of detection are reported as left-censored, not as zero or missing."
    )
    n_reviewed = sum(row["outcome"] == Outcome.APPLIED for row in study.review_audit)
    yield (
        f"A person decided on {_number(n_reviewed, 'result')}; the automatic values are kept."
        if n_reviewed
        else "No result was changed by hand."
    )


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
