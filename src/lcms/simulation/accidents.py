"""Accidents of a laboratory, made in a simulated batch so that the results can be scored.

An accident changes what is in the vials, how a run is acquired, its file, or what the sample
sheet says; the truth stays that of what was really injected.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Final

from lcms.errors import ConfigError
from lcms.kinds import SampleType, TargetKind
from lcms.numerics.mass.formulas import ion_mz
from lcms.simulation.injections import Injection
from lcms.simulation.interferences import Interference
from lcms.simulation.simulated_batch import SimulatedBatch
from lcms.simulation.simulated_panel import ADDUCT

# Sizes of the accidents; chosen by judgement, as they happen in laboratories.
_FAILED_SHARE: Final = 1 / 2000  # of the volume
_ABOVE_ULOQ: Final = 20.0  # times the highest calibrator
_SMALL_NMOL_L: Final = 3.0
_CLEAR_CARRY_OVER_SHARE: Final = 0.01
_OFFSET_PPM: Final = 7.0
_GAP_S: Final = 4.0
_ISOBAR_NMOL_L: Final = 100.0  # of a compound with a response factor of 1
_ISOBAR_DELAY_S: Final = 1.0


@dataclass(frozen=True)
class AccidentBatch:
    """A batch with its accidents.

    `victims` are the injections that the accidents touch, by sample_id; the others are
    bystanders. The files of `unreadable` injections are cut short. `cells` are cells of the
    sample sheet that are wrong, by sample_id. `has_order` is whether the sheet gives the
    injection order.
    """

    batch: SimulatedBatch
    victims: frozenset[str] = frozenset()
    unreadable: frozenset[str] = frozenset()
    cells: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    has_order: bool = True


@dataclass(frozen=True)
class Accident:
    """What happened, in words, and how it is made; `in_areas`: it changes areas or sheets only."""

    meaning: str
    happen: Callable[[AccidentBatch], AccidentBatch]
    in_areas: bool = True


def with_accidents(batch: SimulatedBatch, names: Sequence[str]) -> AccidentBatch:
    """Return a batch with the named accidents, in their order.

    Raises
    ------
    ConfigError
        If there is no accident of a name, or the batch has no injection that it needs.
    """
    for name in names:
        if name not in ACCIDENTS:
            raise ConfigError(f"--accidents: `{name}` is not one of {', '.join(ACCIDENTS)}")
    happening = [ACCIDENTS[name].happen for name in names]
    return reduce(lambda so_far, happen: happen(so_far), happening, AccidentBatch(batch))


def _chosen(so_far: AccidentBatch, sample_type: SampleType, at: float = 0.5) -> int:
    """Return the index of the injection of a type at a share of those of this type."""
    of_type = [
        index
        for index, run in enumerate(so_far.batch.injections)
        if run.sample_type is sample_type
    ]
    if not of_type:
        raise ConfigError(f"--accidents: the batch has no {sample_type}")
    return of_type[int(at * (len(of_type) - 1))]


def _changed(so_far: AccidentBatch, runs: Mapping[int, Injection]) -> AccidentBatch:
    """Return the batch with other injections, by index; they are victims."""
    injections = list(so_far.batch.injections)
    for index, run in runs.items():
        injections[index] = run
    names = {run.sample_id for run in runs.values()}
    return replace(
        so_far,
        batch=replace(so_far.batch, injections=tuple(injections)),
        victims=so_far.victims | names,
    )


def _injected(share: float) -> Callable[[AccidentBatch], AccidentBatch]:
    """Return the accident that one unknown is injected with another volume."""

    def happen(so_far: AccidentBatch) -> AccidentBatch:
        index = _chosen(so_far, SampleType.UNKNOWN)
        run = so_far.batch.injections[index]
        sensitivity = share * run.conditions.sensitivity
        conditions = replace(run.conditions, sensitivity=sensitivity)
        return _changed(so_far, {index: replace(run, conditions=conditions)})

    return happen


def _swapped_vials(so_far: AccidentBatch) -> AccidentBatch:
    """Exchange two calibrators, a low and a high level, in the last curve."""
    levels = list(dict.fromkeys(_levels(so_far, SampleType.CALIBRATOR)))
    last = {
        run.level: index
        for index, run in enumerate(so_far.batch.injections)
        if run.sample_type is SampleType.CALIBRATOR
    }
    first, second = (last[levels[int(share * (len(levels) - 1))]] for share in (0.35, 0.7))
    runs = so_far.batch.injections
    return _changed(
        so_far,
        {
            first: replace(runs[first], nmol_l=runs[second].nmol_l),
            second: replace(runs[second], nmol_l=runs[first].nmol_l),
        },
    )


def _levels(so_far: AccidentBatch, sample_type: SampleType) -> list[str | None]:
    return [run.level for run in so_far.batch.injections if run.sample_type is sample_type]


def _levels_as_pooled(so_far: AccidentBatch) -> AccidentBatch:
    """Declare every quality control of known concentration as a pooled QC."""
    controls = [
        run.sample_id
        for run in so_far.batch.injections
        if run.sample_type is SampleType.QUALITY_CONTROL
    ]
    wrong = {"sample_type": SampleType.POOLED_QC.value, "level": None}
    return replace(
        so_far,
        victims=so_far.victims | frozenset(controls),
        cells={**so_far.cells, **dict.fromkeys(controls, wrong)},
    )


def _unreadable_run(so_far: AccidentBatch) -> AccidentBatch:
    """Cut the file of an unknown; the sheet gives no injection order."""
    name = so_far.batch.injections[_chosen(so_far, SampleType.UNKNOWN)].sample_id
    return replace(
        so_far,
        victims=so_far.victims | {name},
        unreadable=so_far.unreadable | {name},
        has_order=False,
    )


def _after_a_giant(so_far: AccidentBatch) -> AccidentBatch:
    """Give an unknown 20 times the highest calibrator, and the injection after it little."""
    runs = so_far.batch.injections
    index = next(
        (
            k
            for k in range(len(runs) - 1)
            if runs[k].sample_type is runs[k + 1].sample_type is SampleType.UNKNOWN
        ),
        None,
    )
    if index is None:
        raise ConfigError("--accidents: the batch has no two unknowns in a row")
    highest = max(so_far.batch.plan.calibrator_nmol_l)
    return _changed(
        so_far,
        {
            index: _holding(so_far, runs[index], _ABOVE_ULOQ * highest),
            index + 1: _holding(so_far, runs[index + 1], _SMALL_NMOL_L),
        },
    )


def _holding(so_far: AccidentBatch, run: Injection, nmol_l: float) -> Injection:
    """Return an injection with one concentration of every analyte."""
    contents = {
        compound.target_id: nmol_l
        for compound in so_far.batch.panel
        if compound.kind is TargetKind.ANALYTE
    }
    return replace(run, nmol_l={**run.nmol_l, **contents})


def _blank_after_failed(so_far: AccidentBatch) -> AccidentBatch:
    """Cut the file of the highest calibrator before a blank, with 1 % of carry-over."""
    runs = so_far.batch.injections
    index = next(
        (
            k
            for k in range(len(runs) - 1)
            if runs[k].sample_type is SampleType.CALIBRATOR
            and runs[k + 1].sample_type is SampleType.BLANK
        ),
        None,
    )
    if index is None:
        raise ConfigError("--accidents: the batch has no blank after a calibrator")
    plan = replace(so_far.batch.plan, carry_over=_CLEAR_CARRY_OVER_SHARE)
    name = runs[index].sample_id
    return replace(
        so_far,
        batch=replace(so_far.batch, plan=plan),
        victims=so_far.victims | {name},
        unreadable=so_far.unreadable | {name},
    )


def _one_file_twice(so_far: AccidentBatch) -> AccidentBatch:
    """Name the file of an unknown in the row of the next one as well (a column filled down)."""
    runs = so_far.batch.injections
    of_type = [run.sample_id for run in runs if run.sample_type is SampleType.UNKNOWN]
    if len(of_type) < 2:  # noqa: PLR2004  (one row above the other)
        raise ConfigError("--accidents: the batch has no two unknowns")
    wrong = {of_type[1]: {"mzml": f"mzml/{of_type[0]}.mzML"}}
    return replace(so_far, victims=so_far.victims | {of_type[1]}, cells={**so_far.cells, **wrong})


def _no_standard(so_far: AccidentBatch) -> AccidentBatch:
    """Leave the internal standards out of an unknown."""
    index = _chosen(so_far, SampleType.UNKNOWN)
    run = so_far.batch.injections[index]
    standards = {
        compound.target_id
        for compound in so_far.batch.panel
        if compound.kind is TargetKind.INTERNAL_STANDARD
    }
    kept = {name: nmol_l for name, nmol_l in run.nmol_l.items() if name not in standards}
    return _changed(so_far, {index: replace(run, nmol_l=kept)})


def _mass_shift(so_far: AccidentBatch) -> AccidentBatch:
    """Shift the m/z of an unknown."""
    index = _chosen(so_far, SampleType.UNKNOWN)
    run = so_far.batch.injections[index]
    offset_ppm = run.conditions.mz_offset_ppm + _OFFSET_PPM
    conditions = replace(run.conditions, mz_offset_ppm=offset_ppm)
    return _changed(so_far, {index: replace(run, conditions=conditions)})


def _spray_gap(so_far: AccidentBatch) -> AccidentBatch:
    """Let the spray of an unknown fail for 4 s on the apex of the compound in the middle."""
    index = _chosen(so_far, SampleType.UNKNOWN)
    run, panel = so_far.batch.injections[index], so_far.batch.panel
    apex_s = panel[len(panel) // 3].retention_time_s
    shift_s = run.conditions.retention_shift_s + run.conditions.retention_stretch * apex_s
    start_s = apex_s + shift_s - _GAP_S / 2
    conditions = replace(run.conditions, spray_gap_s=(start_s, start_s + _GAP_S))
    return _changed(so_far, {index: replace(run, conditions=conditions)})


def _isobar_in_one(so_far: AccidentBatch) -> AccidentBatch:
    """Let an isobar elute under a compound in one unknown only."""
    index = _chosen(so_far, SampleType.UNKNOWN)
    run, panel = so_far.batch.injections[index], so_far.batch.panel
    compound = panel[len(panel) // 3]
    isobar = Interference(
        mz=ion_mz(compound.formula, ADDUCT),
        retention_time_s=compound.retention_time_s + _ISOBAR_DELAY_S,
        area=_ISOBAR_NMOL_L * so_far.batch.plan.counts_s_per_nmol_l,
        shape=compound.shape,
        sample_id=run.sample_id,
    )
    interferences = (*so_far.batch.interferences, isobar)
    return replace(
        so_far,
        batch=replace(so_far.batch, interferences=interferences),
        victims=so_far.victims | {run.sample_id},
    )


ACCIDENTS: Final[Mapping[str, Accident]] = {
    "swapped_vials": Accident("two calibrators of the last curve are exchanged", _swapped_vials),
    "levels_as_pooled": Accident(
        "the quality controls of three levels are declared as pooled QCs", _levels_as_pooled
    ),
    "failed_injection": Accident(
        "an unknown is injected with 1/2000 of the volume", _injected(_FAILED_SHARE)
    ),
    "unreadable_run": Accident(
        "the file of an unknown is cut short; the sheet gives no injection order",
        _unreadable_run,
    ),
    "after_a_giant": Accident(
        "an unknown holds 20 times the highest calibrator, the next one little", _after_a_giant
    ),
    "blank_after_failed": Accident(
        "the calibrator before a blank cannot be read; 1 % is carried over", _blank_after_failed
    ),
    "one_file_twice": Accident("two rows name one mzML file", _one_file_twice),
    "half_injected": Accident("half of an unknown is injected", _injected(0.5)),
    "injected_twice": Accident("twice as much of an unknown is injected", _injected(2.0)),
    "tenth_injected": Accident("a tenth of an unknown is injected", _injected(0.1)),
    "no_standard": Accident("the internal standards are missing in an unknown", _no_standard),
    "mass_shift": Accident("the m/z of an unknown is 7 ppm high", _mass_shift, in_areas=False),
    "spray_gap": Accident("the spray fails for 4 s on a peak", _spray_gap, in_areas=False),
    "isobar_in_one": Accident(
        "an isobar elutes under a compound in one unknown", _isobar_in_one, in_areas=False
    ),
}
"""The accidents by name."""
