"""Checks the design of a study in the sample sheet; every problem is reported at once."""

from collections.abc import Iterator, Sequence
from typing import Final

from lcms.config import Settings, Study
from lcms.errors import SheetError
from lcms.flags import listed
from lcms.kinds import IonRole, SampleType
from lcms.model import Ion, Sample
from lcms.numerics.mass.formulas import n_labelled_atoms
from lcms.numerics.study.amounts import (
    COLUMN_UNITS,
    MASS_UNITS_NG_ML,
    MOLAR_UNITS_NMOL_L,
    NORMALISERS,
    WRONG_UNIT,
    Normaliser,
    unit_of_column,
)
from lcms.numerics.study.checks.assay_problems import assay_problems
from lcms.numerics.study.checks.design_problems import design_problems
from lcms.numerics.study.checks.designs import (
    Design,
    DesignProblem,
    Sheet,
    column,
    is_given,
    number,
)
from lcms.numerics.study.checks.sheet_problems import (
    amount_problems,
    cells_above_zero,
    sheet_problems,
)

# Problems of a design that still allows its contrasts; the others always end the study.
INCOMPLETE: Final = (
    "missing_visit",
    "missing_period",
    "treatment_missing",
    "no_baseline",
    "unbalanced_sequences",
)
COMPUTED: Final = frozenset(
    {"target_id", "kind", "value", "low", "high", "censored", "limit", "used", "is_replicate"}
)
REFERENCE_COLUMNS: Final = {
    Design.CROSSOVER: "treatment",
    Design.ON_OFF: "treatment",
    Design.TWO_GROUPS: "group",
    Design.GROUP_TIME_COURSE: "group",
}


def study_samples(samples: Sequence[Sample]) -> list[Sample]:
    """Return the samples of subjects: unknowns that are not excluded."""
    return [
        sample
        for sample in samples
        if sample.sample_type is SampleType.UNKNOWN and sample.exclude is None
    ]


def study_sheet(samples: Sequence[Sample]) -> dict[str, list[str]]:
    """Return the study factors of samples: column to the texts of its rows."""
    names = dict.fromkeys(name for sample in samples for name in sample.factors)
    factors = {name: [sample.factors.get(name) or "" for sample in samples] for name in names}
    return {"sample_id": [sample.sample_id for sample in samples]} | factors


def study_tables(settings: Settings, samples: Sequence[Sample], ions: Sequence[Ion]) -> list[str]:
    """Return the names of the tables that `lcms study` writes whatever the concentrations are."""
    is_asked = {
        "amounts": given_normalisers(study_samples(samples)),
        "ratios": settings.study.ratios,
        "kinetics": is_given(study_sheet(study_samples(samples)), "assay_id"),
        "isotopologues": [ion for ion in ions if ion.isotopologue_of],
        "design": settings.study.design,
    }
    return [name for name, asked in is_asked.items() if asked]


def given_normalisers(samples: Sequence[Sample]) -> list[Normaliser]:
    """Return by what the concentrations of some sample can be divided."""
    sheet = study_sheet(samples)
    return [
        normaliser
        for normaliser in NORMALISERS
        if all(is_given(sheet, name) for name in normaliser.columns)
    ]


def check_study(settings: Settings, samples: Sequence[Sample], ions: Sequence[Ion]) -> list[str]:
    """Return what is incomplete and accepted; nothing without a study.

    Raises
    ------
    SheetError
        With every problem of the study, one a line.
    """
    if not study_tables(settings, samples, ions):
        return []
    study, sheet = settings.study, study_sheet(study_samples(samples))
    problems = [
        *_design_problems(sheet, study),
        *amount_problems(sheet),
        *_ratio_problems(sheet, study, ions),
        *_assay_problems(sheet, settings, ions),
        *_isotopologue_problems(study, ions),
        *_dosed_problems(study, ions),
        *_unit_problems(settings, samples),
        *_name_problems(sheet),
    ]
    problems = list(dict.fromkeys(problems))
    accepted = INCOMPLETE if study.incomplete == "accept" else ()
    refused = [problem.message for problem in problems if problem.kind not in accepted]
    if refused:
        if any(problem.kind in INCOMPLETE for problem in problems) and not accepted:
            refused.append("`study.incomplete: accept` allows a design that is only incomplete")
        raise SheetError("\n".join(f"study: {message}" for message in refused))
    return [f"incomplete: {problem.message}" for problem in problems]


def _design_problems(sheet: Sheet, study: Study) -> Iterator[DesignProblem]:
    if study.design is None:
        return
    yield from sheet_problems(sheet)
    yield from design_problems(_without_replicates(sheet), study.design)
    yield from _reference_problems(sheet, study)


def _ratio_problems(sheet: Sheet, study: Study, ions: Sequence[Ion]) -> Iterator[DesignProblem]:
    """Yield the products and reactants of `study.ratios` that are nowhere."""
    compounds = {ion.target_id for ion in ions} | {ion.isomer_group for ion in ions}
    for product, reactants in study.ratios.items():
        if product not in compounds:
            yield DesignProblem("unknown_product", f"`study.ratios`: `{product}` is no target")
        for name in reactants:
            if name not in compounds and unit_of_column(name) is None:
                yield DesignProblem(
                    "unknown_reactant",
                    f"`study.ratios`: `{name}` is no target, nor does it end with a unit as a "
                    f"column of the sample sheet does ({', '.join(COLUMN_UNITS)})",
                )
            elif name not in compounds and not is_given(sheet, name):
                yield DesignProblem(
                    "reactant_missing", f"`study.ratios`: the sample sheet has no `{name}`"
                )
            elif name not in compounds:
                yield from cells_above_zero(sheet, name)


def _assay_problems(
    sheet: Sheet, settings: Settings, ions: Sequence[Ion]
) -> Iterator[DesignProblem]:
    """Yield what is wrong with the rows of enzyme assays, if there are any."""
    is_assay = [bool(text) for text in column(sheet, "assay_id")]
    if not any(is_assay):
        return
    assays = {
        name: [text for text, of_assay in zip(texts, is_assay, strict=True) if of_assay]
        for name, texts in sheet.items()
    }
    yield from assay_problems(assays)
    names = {*column(assays, "substrate_a"), *column(assays, "substrate_b"), ""}
    compounds = {ion.target_id for ion in ions}
    wrong = sorted(name for name in names - compounds - {""} if number(name) is None)
    if wrong:
        yield DesignProblem(
            "unknown_substrate", f"substrates {listed(wrong)} are neither numbers nor targets"
        )
    if settings.concentration_unit not in MOLAR_UNITS_NMOL_L:
        yield DesignProblem(
            "unit_of_substrates",
            f"the substrates of an assay are in the concentration_unit, and "
            f"`{settings.concentration_unit}` is not one of {', '.join(MOLAR_UNITS_NMOL_L)}",
        )


def _isotopologue_problems(study: Study, ions: Sequence[Ion]) -> Iterator[DesignProblem]:
    """Yield the compounds with a tracer of which an isotopologue is missing or there twice."""
    labels: dict[str, list[int]] = {}
    for ion in ions:
        if ion.isotopologue_of and ion.role is IonRole.QUANTIFIER:
            labels.setdefault(ion.isotopologue_of, []).append(n_labelled_atoms(ion.formula or ""))
    for name, given in labels.items():
        if sorted(given) != list(range(1, max(given) + 1)):
            rows = ", ".join(f"M+{n}" for n in sorted(given))
            yield DesignProblem(
                "isotopologue_gap",
                f"the target sheet has {rows} of `{name}`; it needs each of M+1 to "
                f"M+{max(given)} once",
            )
    precursor = study.tracer_precursor
    if precursor is not None and precursor not in labels:
        yield DesignProblem(
            "unknown_precursor",
            f"`study.tracer_precursor`: `{precursor}` is no target with isotopologues",
        )


def _dosed_problems(study: Study, ions: Sequence[Ion]) -> Iterator[DesignProblem]:
    """Yield what keeps the doses from being amounts of `study.dosed`."""
    if study.dosed is None:
        return
    formulas = {name: ion.formula for ion in ions for name in (ion.target_id, ion.isomer_group)}
    if study.dosed not in formulas:
        yield DesignProblem("unknown_dosed", f"`study.dosed`: `{study.dosed}` is no target")
    elif not formulas[study.dosed]:
        yield DesignProblem(
            "dosed_without_formula",
            f"`study.dosed`: the target sheet has no formula of `{study.dosed}`, by which a dose "
            "becomes an amount of substance",
        )


def _unit_problems(settings: Settings, samples: Sequence[Sample]) -> Iterator[DesignProblem]:
    unit = settings.concentration_unit
    study = settings.study
    is_needed = study.ratios or study.dosed or given_normalisers(study_samples(samples))
    if is_needed and unit not in {*MOLAR_UNITS_NMOL_L, *MASS_UNITS_NG_ML}:
        yield DesignProblem("unknown_unit", f"concentration_unit `{unit}` {WRONG_UNIT}")


def _without_replicates(sheet: Sheet) -> Sheet:
    marks = column(sheet, "replicate_of")
    return {
        name: [text for text, mark in zip(texts, marks, strict=True) if not mark]
        for name, texts in sheet.items()
    }


def _reference_problems(sheet: Sheet, study: Study) -> Iterator[DesignProblem]:
    name = REFERENCE_COLUMNS.get(Design(study.design)) if study.design else None
    if name is None:
        if study.reference is not None:
            yield DesignProblem(
                "needless_reference", f"a {study.design} has no `study.reference`; leave it blank"
            )
        return
    choices = sorted({text for text in column(sheet, name) if text})
    if study.reference not in choices:
        given = "is blank" if study.reference is None else f"is {study.reference!r}"
        yield DesignProblem(
            "unknown_reference",
            f"`study.reference` {given}; it must be a {name} of the sheet: {', '.join(choices)}",
        )


def _name_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    """Yield a problem for factors that are named like a column that `design` computes."""
    names = sorted(set(sheet) & COMPUTED)
    if names:
        yield DesignProblem(
            "reserved_column", f"rename {', '.join(names)} of the sample sheet: `design` has them"
        )
