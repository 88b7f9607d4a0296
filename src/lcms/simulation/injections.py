"""The injections of a batch in their order, and the conditions of each run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from lcms.kinds import SampleType, TargetKind
from lcms.simulation.interferences import Interference
from lcms.simulation.plan import Plan
from lcms.simulation.simulated_panel import SimulatedCompound, pooled_nmol_l, relative_drifts

_STREAM: Final = 1  # of random numbers, for the injections
_DRIFT_WAVE_SHARE: Final = 0.15  # below 1 / (2 pi), so that drift always increases
_GROUPS: Final = ("rest", "exercise")
_WITHOUT_MATRIX: Final = (SampleType.SOLVENT, SampleType.BLANK)

Slot = tuple[SampleType, str | None]


@dataclass(frozen=True)
class Conditions:
    """The effects of a run on all compounds in it.

    An apex at time t of the first run is at t + `retention_shift_s` +
    `retention_stretch` · t. `sensitivity` and `suppression` are factors (1: nothing lost), `width`
    is the factor of the widths of all peaks.
    Between the two times of `spray_gap_s` nothing is sprayed.
    """

    retention_shift_s: float
    retention_stretch: float
    sensitivity: float
    suppression: float
    mz_offset_ppm: float
    width: float = 1.0
    spray_gap_s: tuple[float, float] | None = None


@dataclass(frozen=True)
class Injection:
    """One run of the batch.

    `nmol_l` are the concentrations in the vial by target_id, without absent compounds. `gains`
    are the factors of the matrix effect and drift of each compound, by target_id.
    """

    sample_id: str
    sample_type: SampleType
    level: str | None
    nmol_l: Mapping[str, float]
    gains: Mapping[str, float]
    conditions: Conditions
    factors: Mapping[str, str] = field(default_factory=dict)

    def holds(self, interference: Interference) -> bool:
        """Return whether an interference is in the vial."""
        if interference.sample_id is not None:
            return interference.sample_id == self.sample_id
        return interference.is_ubiquitous or self.has_matrix

    @property
    def has_matrix(self) -> bool:
        """Return whether endogenous compounds are in the vial."""
        return self.sample_type not in _WITHOUT_MATRIX


def calibrator_level(nmol_l: float) -> str:
    """Return the name of a calibrator: `cal_30`."""
    return f"cal_{nmol_l:g}"


def quality_control_level(nmol_l: float) -> str:
    """Return the name of a quality control: `qc_60`."""
    return f"qc_{nmol_l:g}"


def nominal_nmol_l(plan: Plan) -> dict[str, float]:
    """Return the concentration of every analyte at each level, by the level's name."""
    calibrators = {calibrator_level(value): value for value in plan.calibrator_nmol_l}
    controls = {quality_control_level(value): value for value in plan.quality_control_nmol_l}
    return calibrators | controls


def injection_slots(plan: Plan) -> list[Slot]:
    """Return sample type and level of every injection, in order.

    Solvents, a blank and zeros; calibrators upwards and further blanks; unknowns with the
    sets of quality controls spread among them and pooled QCs before, between and after; the
    further brackets of calibrators.
    """
    bracket = [
        (SampleType.CALIBRATOR, calibrator_level(nmol_l)) for nmol_l in plan.calibrator_nmol_l
    ]
    blanks: list[Slot] = [(SampleType.BLANK, None)] * plan.n_blanks
    return [
        *[(SampleType.SOLVENT, None)] * plan.n_solvents,
        *blanks[:1],
        *[(SampleType.ZERO, None)] * plan.n_zeros,
        *bracket[: len(bracket) * plan.n_calibrator_brackets],
        *blanks[1:],
        *_with_pooled(list(_unknowns_and_controls(plan)), plan.pooled_qc_every),
        *bracket * (plan.n_calibrator_brackets - 1),
    ]


def _unknowns_and_controls(plan: Plan) -> Iterator[Slot]:
    controls = [
        (SampleType.QUALITY_CONTROL, quality_control_level(nmol_l))
        for nmol_l in plan.quality_control_nmol_l
    ]
    for share in np.array_split(np.arange(plan.n_unknowns), max(plan.n_quality_control_sets, 1)):
        yield from [(SampleType.UNKNOWN, None)] * len(share)
        yield from controls if plan.n_quality_control_sets else ()


def _with_pooled(slots: list[Slot], every: int) -> list[Slot]:
    """Return the slots with a pooled QC first, last, and after at most `every` others."""
    if not slots or every == 0:
        return slots
    pooled: Slot = (SampleType.POOLED_QC, None)
    mixed = [pooled]
    for part in np.array_split(np.arange(len(slots)), -(-len(slots) // every)):
        mixed += [*(slots[index] for index in part), pooled]
    return mixed


@dataclass(frozen=True)
class _Shared:
    """The values that all runs of a batch share."""

    plan: Plan
    panel: tuple[SimulatedCompound, ...]
    n_runs: int
    pooled_nmol_l: Mapping[str, float]
    drifts: Mapping[str, float]


def simulated_injections(
    plan: Plan, panel: tuple[SimulatedCompound, ...]
) -> tuple[Injection, ...]:
    """Return the runs of a batch, in the order of injection.

    All random values of a run depend on the seed and its index; drift depends on the index as a
    share of the batch.
    """
    slots = injection_slots(plan)
    pooled, drifts = pooled_nmol_l(plan, panel), relative_drifts(plan, panel)
    shared = _Shared(plan, panel, len(slots), pooled, drifts)
    unknowns = [index for index, slot in enumerate(slots) if slot[0] is SampleType.UNKNOWN]
    factors = {index: _factors(n_earlier) for n_earlier, index in enumerate(unknowns)}
    return tuple(
        _injection(shared, index, slot, factors.get(index, {})) for index, slot in enumerate(slots)
    )


def _injection(shared: _Shared, index: int, slot: Slot, factors: Mapping[str, str]) -> Injection:
    sample_type, level = slot
    seed = np.random.SeedSequence(shared.plan.seed, spawn_key=(_STREAM, index))
    draws = np.random.default_rng(seed)
    progress = drift_progress(index, shared.n_runs)
    return Injection(
        sample_id=f"sim_{index + 1:03d}_{level or sample_type.value}",
        sample_type=sample_type,
        level=level,
        nmol_l=_contents(shared, slot, draws),
        gains=_gains(shared, progress, draws),
        conditions=_conditions(shared.plan, sample_type, progress, draws),
        factors=factors,
    )


def drift_progress(index: int, n_runs: int) -> float:
    """Return the progress of drift at a run, which rises smoothly from 0 to 1.

    Parameters
    ----------
    index : int
        Index of the run, from 0.
    n_runs : int
        Runs in the batch; a batch of one does not drift.
    """
    share = index / max(n_runs - 1, 1)
    return float(share + _DRIFT_WAVE_SHARE * np.sin(2.0 * np.pi * share))


def _contents(shared: _Shared, slot: Slot, draws: np.random.Generator) -> dict[str, float]:
    """Return the concentrations in a vial, in nmol/L by target_id."""
    sample_type, level = slot
    analytes = list(shared.pooled_nmol_l)
    unknown = _unknown_nmol_l(shared.plan, analytes, draws)
    if sample_type in _WITHOUT_MATRIX:
        return {}
    spiked = {
        compound.target_id: shared.plan.internal_standard_nmol_l
        for compound in shared.panel
        if compound.kind is TargetKind.INTERNAL_STANDARD
    }
    if level is not None:
        return dict.fromkeys(analytes, nominal_nmol_l(shared.plan)[level]) | spiked
    if sample_type is SampleType.ZERO:
        return spiked
    return dict(unknown if sample_type is SampleType.UNKNOWN else shared.pooled_nmol_l) | spiked


def _unknown_nmol_l(plan: Plan, ids: list[str], draws: np.random.Generator) -> dict[str, float]:
    """Return log-uniform concentrations, without the analytes that are absent."""
    low, high = np.log(plan.unknown_nmol_l)
    values = np.exp(draws.uniform(low, high, len(ids)))
    is_present = draws.random(len(ids)) >= plan.absent_fraction
    return {
        target_id: float(nmol_l)
        for target_id, nmol_l, is_kept in zip(ids, values, is_present, strict=True)
        if is_kept
    }


def _gains(shared: _Shared, progress: float, draws: np.random.Generator) -> dict[str, float]:
    """Return the factors of the drift and matrix effect of each analyte, by target_id.

    Internal standards have neither: they only have the effects that all compounds share.
    """
    normals = draws.standard_normal(len(shared.panel))
    return {
        compound.target_id: float(
            (1.0 + shared.drifts[compound.target_id] * progress)
            * np.exp(shared.plan.matrix_scatter * normal)
        )
        for compound, normal in zip(shared.panel, normals, strict=True)
        if compound.kind is TargetKind.ANALYTE
    }


def _conditions(
    plan: Plan, sample_type: SampleType, progress: float, draws: np.random.Generator
) -> Conditions:
    jitter, stretch, suppression, offset, width = draws.standard_normal(5)
    loss = 0.0 if sample_type in _WITHOUT_MATRIX else plan.suppression_sd * abs(suppression)
    return Conditions(
        retention_shift_s=plan.retention_drift_s * progress
        + plan.retention_jitter_s * float(jitter),
        retention_stretch=plan.retention_stretch * float(stretch),
        sensitivity=1.0 - plan.sensitivity_drift * progress,
        suppression=float(np.exp(-loss)),
        mz_offset_ppm=plan.mz_offset_mean_ppm + plan.mz_offset_sd_ppm * float(offset),
        width=float(np.exp(plan.width_scatter * width)) * (1.0 + plan.width_drift * progress),
    )


def _factors(n_earlier: int) -> dict[str, str]:
    """Return group and subject of an unknown: each subject gives two, one of each group."""
    subject, group = divmod(n_earlier, len(_GROUPS))
    return {"group": _GROUPS[group], "subject": f"S{subject + 1:02d}"}
