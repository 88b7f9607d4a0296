"""Whole studies with known effects: what their samples hold, and what must come out of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np

from lcms.errors import ConfigError
from lcms.kinds import SampleType, TargetKind
from lcms.numerics.mass.formulas import unlabelled_formula
from lcms.numerics.study.isotopologues import Tracer, correction_matrix
from lcms.simulation.injections import Injection
from lcms.simulation.plan import Acquisition, Plan
from lcms.simulation.simulated_batch import SimulatedBatch, simulated_batch
from lcms.simulation.simulated_panel import SimulatedCompound, shape_at

_STREAM: Final = 9  # of random numbers, for the samples of a study
_BETWEEN_SD, _WITHIN_SD = 0.4, 0.12  # of logarithms, over subjects and within one
# Medians at rest. Lac-Tyr lies about the lowest calibrator, so that some of it is censored.
_NMOL_L: Final = {
    "Lac-Ala": 80.0,
    "Lac-Pro": 40.0,
    "Lac-Val": 60.0,
    "Lac-Tyr": 1.2,
    "Lac-Met": 30.0,
    "Lac-Ile": 40.0,
    "Lac-Leu": 60.0,
    "Lac-Phe": 90.0,
    "Lac-Trp": 20.0,
}
_TIMES_S: Final = (0, 900, 1800, 3600)
_EXERCISE: Final = {  # ratio to the baseline at each later time; the others do not change
    "Lac-Phe": (2.0, 3.0, 1.5),
    "Lac-Leu": (1.6, 2.0, 1.2),
    "Lac-Ile": (1.6, 2.0, 1.2),
    "Lac-Val": (1.3, 1.5, 1.1),
    "Lac-Tyr": (2.0, 3.0, 1.5),
}
_DRUG: Final = {"Lac-Phe": 1.8, "Lac-Leu": 1.3, "Lac-Ile": 1.3, "Lac-Tyr": 1.5, "Lac-Val": 0.7}
_PERIOD_EFFECT: Final = 1.1  # later by earlier period, of every compound

_KCAT_PER_S, _K_NMOL_L, _ENZYME_NMOL_L = 0.3, 3e6, 5.0  # made up: no assay of CNDP2 is copied
_LEVELS_NMOL_L: Final = (5e5, 1e6, 3e6, 8e6, 2e7)  # of lactate
_OTHER_NMOL_L: Final = 2e7  # of phenylalanine, the same in all wells
_ASSAY_TIMES_S: Final = (0, 60, 120, 240)
_START_NMOL_L, _WITHOUT_ENZYME_NMOL_L_S = 2.0, 0.02
_PIPETTING_SD: Final = 0.03

_TRACER: Final = Tracer()
_N_LABELS: Final = 3  # of [13C3]lactate
_LACTATE_LABELLED: Final = 0.12  # share of the lactate, at all times of the infusion
_SYNTHESIS_PER_H: Final = {"Lac-Phe": 0.2, "Lac-Val": 0.1, "Lac-Ala": 0.0}
_TRACED_NMOL_L: Final = 200.0
_INFUSION_S: Final = (0, 3600, 7200)
_LACTATE_S: Final = 60.0


@dataclass(frozen=True)
class StudySample:
    """An unknown of a study: what is in the vial, and its columns of the sample sheet."""

    sample_id: str
    nmol_l: Mapping[str, float]
    factors: Mapping[str, str]


@dataclass(frozen=True)
class Truth:
    """A value that `lcms study` must find: its table, compound, further key and column."""

    table: str
    target_id: str
    key: str
    column: str
    value: float


@dataclass(frozen=True)
class SimulatedStudy:
    """The samples of a study, the section `study` of its configuration, and its truths."""

    samples: tuple[StudySample, ...]
    settings: Mapping[str, str]
    truths: tuple[Truth, ...]


def _exercise(draws: np.random.Generator, n_subjects: int) -> SimulatedStudy:
    """Return a time course of exercise: each time by the baseline."""
    samples = []
    for subject in range(1, n_subjects + 1):
        levels = _levels(draws)
        for step, time_s in enumerate(_TIMES_S):
            effects = {name: (1.0, *_EXERCISE.get(name, (1.0,) * 3))[step] for name in levels}
            actual_s = time_s + float(draws.integers(0, 60)) * (1 if step else -1)
            factors = {
                "subject": f"S{subject:02d}",
                "time_s": f"{actual_s:g}",
                "nominal_time_s": str(time_s),
                "is_baseline": str(step == 0).lower(),
            }
            name = f"S{subject:02d}_{time_s // 60}min"
            samples.append(StudySample(name, _scattered(levels, effects, draws), factors))
    truths = [
        Truth("contrasts", name, f"{time_s} s / baseline", "ratio", effect)
        for name in _NMOL_L
        for time_s, effect in zip(_TIMES_S[1:], _EXERCISE.get(name, (1.0,) * 3), strict=True)
    ]
    return SimulatedStudy(tuple(samples), {"design": "time_course"}, tuple(truths))


def _crossover(draws: np.random.Generator, n_subjects: int) -> SimulatedStudy:
    """Return a balanced 2 x 2 crossover of a drug and a placebo."""
    orders = {"DP": ("drug", "placebo"), "PD": ("placebo", "drug")}
    samples = []
    for subject in range(1, n_subjects + 1):
        levels, sequence = _levels(draws), list(orders)[subject % len(orders)]
        for period, treatment in enumerate(orders[sequence]):
            share = _PERIOD_EFFECT**period
            is_drug = treatment == "drug"
            effects = {name: share * (_DRUG.get(name, 1.0) if is_drug else 1.0) for name in levels}
            factors = {
                "subject": f"S{subject:02d}",
                "sequence": sequence,
                "period": str(period + 1),
                "treatment": treatment,
            }
            name = f"S{subject:02d}_{treatment}"
            samples.append(StudySample(name, _scattered(levels, effects, draws), factors))
    truths = [
        Truth("contrasts", name, "drug / placebo", "ratio", _DRUG.get(name, 1.0))
        for name in _NMOL_L
    ]
    settings = {"design": "crossover", "reference": "placebo"}
    return SimulatedStudy(tuple(samples), settings, tuple(truths))


def _levels(draws: np.random.Generator) -> dict[str, float]:
    """Return the usual concentrations of a subject."""
    factors = np.exp(_BETWEEN_SD * draws.standard_normal(len(_NMOL_L)))
    return {name: nmol_l * f for (name, nmol_l), f in zip(_NMOL_L.items(), factors, strict=True)}


def _scattered(
    levels: Mapping[str, float], effects: Mapping[str, float], draws: np.random.Generator
) -> dict[str, float]:
    factors = np.exp(_WITHIN_SD * draws.standard_normal(len(levels)))
    return {
        name: float(nmol_l * effects[name] * factor)
        for (name, nmol_l), factor in zip(levels.items(), factors, strict=True)
    }


def _kinetics(draws: np.random.Generator, n_subjects: int) -> SimulatedStudy:
    """Return an assay that makes Lac-Phe: `n_subjects` wells with enzyme at each lactate level."""
    wells = [(level, f"w{level}{k}", True) for level in range(5) for k in range(n_subjects)]
    wells += [(level, f"c{level}", False) for level in range(5)]
    samples = [
        _well_sample(well, _LEVELS_NMOL_L[level], time_s, draws, has_enzyme=has_enzyme)
        for level, well, has_enzyme in wells
        for time_s in _ASSAY_TIMES_S
    ]
    values = {"kcat": _KCAT_PER_S, "k_a": _K_NMOL_L}
    truths = [Truth("kinetics", "Lac-Phe", "CNDP2", name, value) for name, value in values.items()]
    return SimulatedStudy(tuple(samples), {}, tuple(truths))


def _well_sample(
    well: str, lactate_nmol_l: float, time_s: int, draws: np.random.Generator, *, has_enzyme: bool
) -> StudySample:
    enzyme = _ENZYME_NMOL_L if has_enzyme else 0.0
    rate = enzyme * _KCAT_PER_S * lactate_nmol_l / (_K_NMOL_L + lactate_nmol_l)
    made = _START_NMOL_L + (rate + _WITHOUT_ENZYME_NMOL_L_S) * time_s
    factors = {
        "assay_id": "CNDP2",
        "well": well,
        "enzyme_nmol_l": f"{enzyme:g}",
        "substrate_a": f"{lactate_nmol_l:.0f}",
        "substrate_b": f"{_OTHER_NMOL_L:.0f}",
        "time_s": str(time_s),
        "control_type": "full" if has_enzyme else "no_enzyme",
    }
    nmol_l = float(made * np.exp(_PIPETTING_SD * draws.standard_normal()))
    return StudySample(f"{well}_{time_s}s", {"Lac-Phe": nmol_l}, factors)


def _tracer(draws: np.random.Generator, n_subjects: int) -> SimulatedStudy:
    """Return an infusion of [13C3]lactate: labelled lactate at once, products at their rates."""
    samples, truths = [], []
    for subject, time_s in product(range(1, n_subjects + 1), _INFUSION_S):
        labelled = {
            name: rate * _LACTATE_LABELLED * time_s / 3600
            for name, rate in _SYNTHESIS_PER_H.items()
        } | {"lactate": _LACTATE_LABELLED}
        factors = {"subject": f"S{subject:02d}", "time_s": str(time_s)}
        name = f"S{subject:02d}_{time_s // 60}min"
        levels = np.exp(_BETWEEN_SD * draws.standard_normal(len(labelled)))
        nmol_l = {
            ion: value
            for (target_id, share), level in zip(labelled.items(), levels, strict=True)
            for ion, value in _isotopologues(target_id, share, _TRACED_NMOL_L * level).items()
        }
        samples.append(StudySample(name, nmol_l, factors))
        truths += [
            Truth("isotopologues", t, f"{name} M+3", "fraction", labelled[t]) for t in labelled
        ]
    truths += [
        Truth(
            "synthesis", target_id, f"S{subject:02d} 0 to {_INFUSION_S[-1]} s", "rate_per_h", rate
        )
        for subject in range(1, n_subjects + 1)
        for target_id, rate in _SYNTHESIS_PER_H.items()
    ]
    return SimulatedStudy(tuple(samples), {"tracer_precursor": "lactate"}, tuple(truths))


_FORMULAS: Final = {
    "lactate": "C3H6O3",
    "Lac-Phe": "C12H15NO4",
    "Lac-Val": "C8H15NO4",
    "Lac-Ala": "C6H11NO4",
}


def _isotopologues(target_id: str, labelled: float, nmol_l: float) -> dict[str, float]:
    """Return what each ion M+0 … M+3 shows of a compound of which a share carries all labels."""
    matrix = correction_matrix(unlabelled_formula(_FORMULAS[target_id]), _TRACER, _N_LABELS)
    shares = nmol_l * (matrix @ np.array([1 - labelled, 0.0, 0.0, labelled]))
    return {_labelled_id(target_id, k): float(share) for k, share in enumerate(shares)}


def _labelled_id(target_id: str, n_labels: int) -> str:
    return f"{target_id} M+{n_labels}" if n_labels else target_id


STUDIES: Final[Mapping[str, tuple[Callable[[np.random.Generator, int], SimulatedStudy], int]]] = {
    "exercise": (_exercise, 6),
    "crossover": (_crossover, 8),
    "kinetics": (_kinetics, 1),
    "tracer": (_tracer, 3),
}


def simulated_study(
    kind: str, plan: Plan, n_subjects: int | None = None
) -> tuple[SimulatedBatch, SimulatedStudy]:
    """Return a batch whose unknowns are the samples of a study, and the study.

    Parameters
    ----------
    kind : str
        One of `STUDIES`, which has the usual number of subjects (of wells at each level).

    Raises
    ------
    ConfigError
        There is no such study, or it cannot be acquired in this way.
    """
    if kind not in STUDIES:
        raise ConfigError(f"--study: `{kind}` is not one of {', '.join(STUDIES)}")
    make, usual = STUDIES[kind]
    draws = np.random.default_rng(np.random.SeedSequence(plan.seed, spawn_key=(_STREAM,)))
    study = make(draws, n_subjects or usual)
    if kind != "tracer":
        return _with_samples(simulated_batch(_sized(plan, study)), study), study
    if plan.acquisition is not Acquisition.FULL_SCAN:
        raise ConfigError("--study: a tracer is simulated in full scans only")
    # Natural isotopes are in the shares of the isotopologues; else they would count twice.
    batch = _with_samples(simulated_batch(replace(_sized(plan, study), isotopes=False)), study)
    return _with_isotopologues(batch), study


def _sized(plan: Plan, study: SimulatedStudy) -> Plan:
    return replace(plan, n_unknowns=len(study.samples))


def _with_samples(batch: SimulatedBatch, study: SimulatedStudy) -> SimulatedBatch:
    """Return the batch with the samples of the study as its unknowns, in their order."""
    standards = {c.target_id for c in batch.panel if c.kind is TargetKind.INTERNAL_STANDARD}
    samples: Iterator[StudySample] = iter(study.samples)

    def filled(run: Injection) -> Injection:
        if run.sample_type is not SampleType.UNKNOWN:
            return run
        sample = next(samples)
        spiked = {name: value for name, value in run.nmol_l.items() if name in standards}
        return replace(
            run,
            sample_id=sample.sample_id,
            nmol_l={**sample.nmol_l, **spiked},
            factors=sample.factors,
        )

    return replace(batch, injections=tuple(map(filled, batch.injections)))


def _with_isotopologues(batch: SimulatedBatch) -> SimulatedBatch:
    """Return the batch with lactate and the ions M+1 … M+3 of it and of its products."""
    compounds = {compound.target_id: compound for compound in batch.panel}
    lactate = SimulatedCompound(
        "lactate",
        "lactate",
        TargetKind.ANALYTE,
        _FORMULAS["lactate"],
        _LACTATE_S,
        shape_at(batch.plan, _LACTATE_S),
        batch.plan.counts_s_per_nmol_l,
    )
    traced = [compounds.get(name, lactate) for name in _FORMULAS]
    ions = [_isotopologue(compound, k) for compound in traced for k in range(1, _N_LABELS + 1)]
    injections = tuple(map(_with_natural_isotopes, batch.injections))
    return replace(batch, panel=(lactate, *batch.panel, *ions), injections=injections)


def _isotopologue(compound: SimulatedCompound, n_labels: int) -> SimulatedCompound:
    atoms = unlabelled_formula(compound.formula)
    left = {atom: count - n_labels * (atom == "C") for atom, count in atoms.items()}
    rest = "".join(f"{atom}{count}" for atom, count in left.items() if count)
    name = _labelled_id(compound.target_id, n_labels)
    return replace(
        compound,
        target_id=name,
        name=name,
        formula=f"(13)C{n_labels}{rest}",
        internal_standard=None,
        isotopologue_of=compound.target_id,
    )


def _with_natural_isotopes(run: Injection) -> Injection:
    """Return a run whose traced compounds show all their ions, with the gain of the compound."""
    nmol_l, gains = dict(run.nmol_l), dict(run.gains)
    for target_id in _FORMULAS:
        names = [_labelled_id(target_id, k) for k in range(_N_LABELS + 1)]
        if target_id in nmol_l and names[-1] not in nmol_l:
            nmol_l |= _isotopologues(target_id, 0.0, nmol_l[target_id])
        gains |= dict.fromkeys(names, gains.get(target_id, 1.0))
    return replace(run, nmol_l=nmol_l, gains=gains)
