"""`lcms quantify`: peaks and levels to `concentrations`, `calibration`, `calibrators`, `ions`."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lcms.config import Quantification, Settings
from lcms.errors import TableError
from lcms.io.inputs import Inputs, nominal_concentrations
from lcms.io.pairs import PairRows
from lcms.io.tables import arrow_table, read_table, write_rows, write_table
from lcms.isotopes import isotope_share
from lcms.model import (
    Bools,
    CalibrationCurve,
    ConcentrationStatus,
    Drift,
    Floats,
    Ints,
    Ion,
    IonRole,
    PeakStatus,
    Sample,
    SampleType,
    TargetKind,
)
from lcms.numerics.calibration import (
    MODELS,
    Acceptance,
    Calibrators,
    Limits,
    accept_calibrators,
    concentration_variance,
    endogenous,
    fit_calibrators,
    interval_factor,
    invert,
    is_enough,
    is_rising,
    line_residuals,
    quantification_range,
)
from lcms.numerics.drift import Replicates, estimate_drifts, log_drift, shrunk_scatter
from lcms.numerics.evidence import deviates
from lcms.numerics.identification import Sighting, identification, usual_ratio
from lcms.numerics.ion_agreement import ion_agreement
from lcms.numerics.mass import unlabelled_formula
from lcms.numerics.response import (
    area_ratio,
    carried_over,
    carry_over_share,
    deviating_standards,
    isotopes_in_standard,
    unlabelled_share,
)
from lcms.numerics.twins import is_deuterated
from lcms.schemas import CALIBRATION, CALIBRATORS, CONCENTRATIONS, IONS

Row = dict[str, Any]
_PEAK_COLUMNS: Final = [
    *("sample_id", "ion_id", "status", "flags", "area", "area_sd", "area_lod"),
    *("retention_time_s", "left_s", "right_s"),
]
_TABLES: Final = (CALIBRATION, CALIBRATORS, IONS)  # those of few rows
_EVIDENCE_COLUMNS: Final = [
    *("sample_id", "ion_id", "status", "flags", "area", "area_lod", "retention_time_s"),
    *("fwhm_s", "ion_ratio", "ion_ratio_sd", "isotope_ratio", "isotope_ratio_sd"),
    *("isotope_ratio_expected", "standard_time_difference_s", "group_area", "group_area_sd"),
]
_KNOWN_LEVELS: Final = {SampleType.CALIBRATOR, SampleType.QUALITY_CONTROL}
_WITHOUT_STANDARD: Final = {SampleType.BLANK, SampleType.SOLVENT}
_NO_PEAK: Final = {
    PeakStatus.NOT_DETECTED: ConcentrationStatus.NOT_DETECTED,
    PeakStatus.NOT_ACQUIRED: ConcentrationStatus.NOT_ACQUIRED,
    PeakStatus.FAILED: ConcentrationStatus.FAILED,
}
_NO_SUM: Final[Row] = {
    "group_concentration": None,
    "group_concentration_low": None,
    "group_concentration_high": None,
}
_FOUND: Final = {PeakStatus.QUANTIFIED, PeakStatus.SATURATED}
_CONTRADICTIONS: Final = {"isotope_ratio_deviant", "elution_order"}
_SURELY_SEEN: Final = 2.0  # times the smallest area that is detected
_CERTAIN: Final = 0.15  # relative standard deviation of an isotope ratio that tells anything
_NOTED_CARRY_OVER: Final = 0.05  # of the response: flagged
_MOST_NOISE: Final = 0.25  # a replicate with a greater relative area noise tells of no drift


@dataclass(frozen=True)
class _Batch:
    """The runs of one batch, and their positions in it from -1 (first) to 1 (last)."""

    name: str
    samples: tuple[Sample, ...]
    position: Floats

    def are(self, *types: SampleType) -> Bools:
        """Return which runs are of one of the types."""
        return np.array([sample.sample_type in types for sample in self.samples], dtype=np.bool_)


@dataclass(frozen=True)
class _Peaks:
    """The peaks of one compound in the runs of a batch; arrays of (n,), NaN without a peak."""

    area: Floats
    area_variance: Floats
    area_lod: Floats
    apex_s: Floats
    borders_s: tuple[Floats, Floats]
    status: tuple[PeakStatus, ...]
    flags: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class _Standard:
    """Peaks of a compound, and which share of their areas other compounds' isotopes had."""

    peaks: _Peaks
    isotopes: Floats


@dataclass(frozen=True)
class _Responses:
    """What one compound answered in the runs of a batch; arrays of (n,).

    NaN without a peak or without its internal standard. `nominal` is the concentration in the
    vial that the level sheet tells, NaN where it tells none. `carried`, `unlabelled` and
    `isotopes` are what was taken off, as in the table.
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
    isotopes: Floats


@dataclass(frozen=True)
class _Corrected:
    """Responses by their drift factors; `variance` is by area noise, `drift` by the factor."""

    value: Floats
    variance: Floats
    drift_variance: Floats


@dataclass(frozen=True)
class _Line:
    """The calibration of one compound in one batch, with the range it holds in.

    `endogenous` is what the matrix of the calibrators held; 0 but for standard addition.
    """

    curve: CalibrationCurve
    lloq: float | None
    uloq: float | None
    lod: float | None
    verdict_why: str | None
    endogenous: float


def quantify(
    results: Path, inputs: Inputs, settings: Settings, metadata: Mapping[str, str]
) -> None:
    """Write the four tables from `peaks.parquet` and `samples.parquet`."""
    place = {sample.sample_id: k for k, sample in enumerate(inputs.samples)}
    rows: dict[str, list[Row]] = {table.name: [] for table in _TABLES}
    concentrations: list[pa.Table] = []
    for batch in _batches(inputs.samples, _injection_orders(results)):
        peaks, evidence = _read_peaks(results, batch), _read_evidence(results, batch)
        found, of_targets = _batch_rows(batch, inputs, (peaks, evidence), settings)
        for name in rows:
            rows[name] += found[name]
        concentrations += [
            arrow_table(CONCENTRATIONS, some)
            for some in _identified(batch, inputs, evidence, of_targets)
        ]
    rows["calibrators"].sort(key=lambda row: place[row["sample_id"]])
    for table in _TABLES:
        write_rows(results / f"{table.name}.parquet", table, rows[table.name], metadata)
    whole = _sorted_by_run(pa.concat_tables(concentrations), list(place))
    write_table(results / "concentrations.parquet", CONCENTRATIONS, whole, metadata)


def _sorted_by_run(table: pa.Table, runs: Sequence[str]) -> pa.Table:
    """Return the rows in the order of the runs; those of a run keep theirs."""
    place = np.asarray(pc.index_in(table["sample_id"], pa.array(runs, pa.string())))
    return table.take(np.argsort(place, kind="stable"))


def _read_peaks(results: Path, batch: _Batch) -> PairRows:
    """Return the peaks of a batch by run and ion."""
    return PairRows(_read_batch(results, batch, _PEAK_COLUMNS))


def _read_evidence(results: Path, batch: _Batch) -> PairRows:
    """Return what tells the identity of a peak, by run and ion; NaN for a null.

    The shift of its run stands in `retention_shift_s`.
    """
    shifts = read_table(results / "samples.parquet", ["sample_id", "retention_shift_s"])
    table = _read_batch(results, batch, _EVIDENCE_COLUMNS)
    of_run = shifts["retention_shift_s"].take(
        pc.index_in(table["sample_id"], shifts["sample_id"].combine_chunks())
    )
    shift_s = pa.array(np.nan_to_num(of_run.to_numpy()))
    return PairRows(table.append_column("retention_shift_s", shift_s), float("nan"))


def _read_batch(results: Path, batch: _Batch, columns: list[str]) -> pa.Table:
    runs = pa.array([sample.sample_id for sample in batch.samples], pa.string())
    return read_table(results / "peaks.parquet", columns, pc.field("sample_id").isin(runs))


def _injection_orders(results: Path) -> dict[str, int]:
    table = read_table(results / "samples.parquet", ["sample_id", "injection_order"])
    return dict(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _batches(samples: Sequence[Sample], order: Mapping[str, int]) -> list[_Batch]:
    """Return the batches in the order of the sheet."""
    found = []
    for name in dict.fromkeys(sample.batch for sample in samples):
        runs = tuple(sample for sample in samples if sample.batch == name)
        number = np.array([order[run.sample_id] for run in runs], dtype=np.float64)
        half = max((number.max() - number.min()) / 2, 0.5)
        found.append(_Batch(name, runs, (number - number.min()) / half - 1))
    return found


def _batch_rows(
    batch: _Batch,
    inputs: Inputs,
    read: tuple[Mapping[tuple[str, str], Row], Mapping[tuple[str, str], Row]],
    whole_settings: Settings,
) -> tuple[dict[str, list[Row]], Iterator[list[Row]]]:
    """Return the rows of one batch, by the name of the table, from peaks and their evidence.

    Those of `concentrations` come apart, compound by compound: they are many.
    """
    peaks, evidence = read
    settings = whole_settings.quantification
    targets = [ion for ion in inputs.ions if ion.role is IonRole.QUANTIFIER]
    found, judged = {}, []
    for target in targets:
        found[target.target_id], of_target = _best_ion(batch, target, inputs.ions, peaks)
        judged += of_target
    cleaned = _without_isotopes(targets, found, whole_settings.extraction.mz_tolerance_ppm)
    responses = [_responses(batch, target, cleaned, inputs, settings) for target in targets]
    drifts = _drifts(batch, responses, settings)
    rows: dict[str, list[Row]] = {"ions": judged, "calibration": [], "calibrators": []}
    sums = _group_sums(batch, inputs, cleaned, evidence, settings)
    lines = []
    for response, drift in zip(responses, drifts, strict=True):
        corrected = _corrected(batch, response, drift)
        line, calibration, calibrators = _calibrate(batch, response, corrected, drift, settings)
        rows["calibration"] += calibration
        rows["calibrators"] += calibrators
        lines.append((response, corrected, drift, line))
    concentrations = (
        [
            row | sums.get((row["sample_id"], row["target_id"]), _NO_SUM)
            for row in _concentrations(batch, *one)
        ]
        for one in lines
    )
    return rows, concentrations


def _group_sums(
    batch: _Batch,
    inputs: Inputs,
    peaks: Mapping[str, _Standard],
    evidence: Mapping[tuple[str, str], Row],
    settings: Quantification,
) -> dict[tuple[str, str], Row]:
    """Return the concentration of an isomer group where only its sum is known, by member.

    The sum of the areas is calibrated like one compound whose nominal concentrations are the
    sums of those of its members.
    """
    groups: dict[str, list[Ion]] = defaultdict(list)
    for ion in inputs.ions:
        is_member = ion.role is IonRole.QUANTIFIER and ion.kind is TargetKind.ANALYTE
        if is_member and ion.isomer_group is not None:
            groups[ion.isomer_group].append(ion)
    found: dict[tuple[str, str], Row] = {}
    for members in groups.values():
        flagged = {
            (run.sample_id, ion.target_id): k
            for k, run in enumerate(batch.samples)
            for ion in members
            if "sum_only" in evidence[run.sample_id, ion.ion_id]["flags"]
        }
        if flagged:
            sums = _sums_of(batch, inputs, members, peaks, evidence, settings)
            found |= {key: sums[k] for key, k in flagged.items()}
    return found


def _sums_of(
    batch: _Batch,
    inputs: Inputs,
    members: Sequence[Ion],
    peaks: Mapping[str, _Standard],
    evidence: Mapping[tuple[str, str], Row],
    settings: Quantification,
) -> list[Row]:
    """Return the group's concentration in each run of the batch."""
    whole = _whole_group(batch, members, peaks, evidence)
    first = members[0]
    response = _responses(batch, first, {**peaks, first.target_id: whole}, inputs, settings)
    nominal = np.sum([_nominal(batch, ion, inputs, settings) for ion in members], axis=0)
    response = replace(response, nominal=nominal)
    drift = _drifts(batch, [response], settings)[0]
    corrected = _corrected(batch, response, drift)
    line, _, _ = _calibrate(batch, response, corrected, drift, settings)
    factors = np.array([run.dilution_factor for run in batch.samples])
    values = [(one * factors).tolist() for one in _found(corrected, drift, line)]
    return [dict(zip(_NO_SUM, row, strict=True)) for row in zip(*values, strict=True)]


def _whole_group(
    batch: _Batch,
    members: Sequence[Ion],
    peaks: Mapping[str, _Standard],
    evidence: Mapping[tuple[str, str], Row],
) -> _Standard:
    """Return an isomer group as if it were one compound: any member's row has the sum."""
    first = peaks[members[0].target_id].peaks
    told = np.array(
        [
            [
                (row["group_area"], row["group_area_sd"])
                for ion in members
                for row in [evidence[run.sample_id, ion.ion_id]]
            ]
            for run in batch.samples
        ]
    )
    has_sum = np.isfinite(told[:, :, 0])
    which = np.argmax(has_sum, axis=1)
    area, sd = told[np.arange(which.size), which].T
    is_there = has_sum.any(axis=1)
    statuses = [
        PeakStatus.QUANTIFIED if there else status
        for there, status in zip(is_there, first.status, strict=True)
    ]
    flags = tuple(() for _ in statuses)
    whole = replace(first, area=area, area_variance=sd**2, status=tuple(statuses), flags=flags)
    return _Standard(whole, np.zeros(area.shape))


def _best_ion(
    batch: _Batch, target: Ion, ions: Sequence[Ion], peaks: Mapping[tuple[str, str], Row]
) -> tuple[_Peaks, list[Row]]:
    """Return the peaks of the ion that quantifies a compound, and how its ions agree.

    The quantifier, unless another compound disturbs it: then the first undisturbed qualifier,
    in all runs of the batch.
    """
    others = [one for one in ions if one.target_id == target.target_id and one is not target]
    own = [target, *others]
    found = [_peaks_of(batch, one, peaks) for one in own]
    area = np.array([one.area for one in found])
    agreement = ion_agreement(area, np.sqrt([one.area_variance for one in found]))
    chosen = int(np.argmin(agreement.is_interfered))
    uses = ["dropped" if disturbed else "supports" for disturbed in agreement.is_interfered]
    uses[chosen] = "quantifies"
    rows: list[Row] = [
        {
            "batch": batch.name,
            "target_id": target.target_id,
            "ion_id": ion.ion_id,
            "ion_role": ion.role.value,
            "use": uses[k],
            "reason": "interfered" if agreement.is_interfered[k] else None,
            "n_runs": int(np.count_nonzero(np.isfinite(area[k]))),
            "area_ratio": float(agreement.ratio[k]),
            "disagreement": float(agreement.disagreement[k]),
        }
        for k, ion in enumerate(own)
    ]
    best = found[chosen]
    if chosen:
        best = replace(best, flags=tuple((*one, "quantifier_replaced") for one in best.flags))
    return best, rows


def _peaks_of(batch: _Batch, target: Ion, peaks: Mapping[tuple[str, str], Row]) -> _Peaks:
    for sample in batch.samples:
        if (sample.sample_id, target.ion_id) not in peaks:
            raise TableError(
                f"peaks.parquet: run {sample.sample_id} has no ion {target.ion_id}; "
                "the target or sample sheet was changed after `lcms extract`: run that and the "
                "steps behind it again"
            )
    rows = [peaks[sample.sample_id, target.ion_id] for sample in batch.samples]
    return _Peaks(
        area=_numbers(rows, "area"),
        area_variance=_numbers(rows, "area_sd") ** 2,
        area_lod=_numbers(rows, "area_lod"),
        apex_s=_numbers(rows, "retention_time_s"),
        borders_s=(_numbers(rows, "left_s"), _numbers(rows, "right_s")),
        status=tuple(PeakStatus(row["status"]) for row in rows),
        flags=tuple(tuple(row["flags"]) for row in rows),
    )


def _numbers(rows: Sequence[Row], name: str) -> Floats:
    return np.array([row.get(name) for row in rows], dtype=np.float64)


def _without_isotopes(
    targets: Sequence[Ion], peaks: Mapping[str, _Peaks], tolerance_ppm: float
) -> dict[str, _Standard]:
    """Return the peaks with the natural isotopes of analytes taken off internal standards."""
    cleaned = {}
    for target in targets:
        own = peaks[target.target_id]
        taken = np.zeros(own.area.shape)
        if target.kind is TargetKind.INTERNAL_STANDARD:
            for other in targets:
                share = isotope_share(other, target, tolerance_ppm) if other != target else 0.0
                if share > 0 and other.kind is TargetKind.ANALYTE:
                    theirs = peaks[other.target_id]
                    taken += isotopes_in_standard(share, theirs.area, theirs.borders_s, own.apex_s)
        cleaned[target.target_id] = _Standard(
            replace(own, area=own.area - taken), _share(taken, own.area)
        )
    return cleaned


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros(part.shape), where=part > 0)


def _responses(
    batch: _Batch,
    target: Ion,
    peaks: Mapping[str, _Standard],
    inputs: Inputs,
    settings: Quantification,
) -> _Responses:
    """Return the areas of a compound, or their ratios to those of its internal standard."""
    own = peaks[target.target_id].peaks
    carried, carried_variance = _carried(batch, target, own)
    area, variance = own.area, own.area_variance
    if settings.carry_over == "subtract":
        area, variance = area - carried, variance + carried_variance
    flags = [
        (*flags, *(("saturated",) if status is PeakStatus.SATURATED else ()))
        for status, flags in zip(own.status, own.flags, strict=True)
    ]
    value, lod, isotopes = area, own.area_lod, np.zeros(area.shape)
    if target.internal_standard is not None:
        standard, isotopes = _parts(peaks[target.internal_standard])
        value, variance = area_ratio(area, variance, standard.area, standard.area_variance)
        lod, carried = own.area_lod / standard.area, carried / standard.area
        flags = _joined(flags, _standard_flags(batch, own, standard))
    elif target.kind is TargetKind.INTERNAL_STANDARD:
        isotopes = peaks[target.target_id].isotopes
        flags = _joined(flags, _standard_flags(batch, own, own))
    unlabelled = _unlabelled(batch, target, inputs.ions, (value, variance), settings)
    value = value - unlabelled
    is_there = np.isfinite(value)
    with np.errstate(invalid="ignore"):
        is_carried = carried > _NOTED_CARRY_OVER * (value + carried)
    flags = _joined(flags, [("carry_over",) if noted else () for noted in is_carried])
    return _Responses(
        target=target,
        value=value,
        variance=variance,
        lod=lod,
        status=own.status,
        flags=tuple(flags),
        nominal=_nominal(batch, target, inputs, settings),
        carried=np.where(is_there, carried, np.nan),
        unlabelled=np.where(is_there, unlabelled, np.nan),
        isotopes=np.where(is_there, 100 * isotopes, np.nan),
    )


def _parts(standard: _Standard) -> tuple[_Peaks, Floats]:
    return standard.peaks, standard.isotopes


def _joined(
    first: Sequence[tuple[str, ...]], second: Sequence[tuple[str, ...]]
) -> list[tuple[str, ...]]:
    """Return the flags of both, each once."""
    return [tuple(dict.fromkeys((*a, *b))) for a, b in zip(first, second, strict=True)]


def _nominal(batch: _Batch, target: Ion, inputs: Inputs, settings: Quantification) -> Floats:
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


def _carried(batch: _Batch, target: Ion, own: _Peaks) -> tuple[Floats, Floats]:
    """Return what each run holds of the analyte of the run before, and its variance."""
    order = np.argsort(batch.position, kind="stable")
    area, variance = np.nan_to_num(own.area), np.nan_to_num(own.area_variance)
    earlier = np.zeros(area.shape)
    earlier[order[1:]] = area[order[:-1]]
    share = carry_over_share(area, variance, earlier, batch.are(*_WITHOUT_STANDARD))
    return carried_over(share if target.kind is TargetKind.ANALYTE else 0.0, earlier)


def _unlabelled(
    batch: _Batch,
    target: Ion,
    ions: Sequence[Ion],
    response: tuple[Floats, Floats],
    settings: Quantification,
) -> float:
    """Return what zero samples answer to an analyte whose standard is its labelled copy."""
    standard = next((ion for ion in ions if ion.target_id == target.internal_standard), None)
    if standard is None or not settings.has_clean_zero:
        return 0.0
    if target.formula is None or standard.formula is None:
        return 0.0
    if unlabelled_formula(target.formula) != unlabelled_formula(standard.formula):
        return 0.0
    zeros = batch.are(SampleType.ZERO)
    return unlabelled_share(response[0][zeros], response[1][zeros])


def _standard_flags(batch: _Batch, own: _Peaks, standard: _Peaks) -> list[tuple[str, ...]]:
    """Return what is to be said of the internal standard in each run."""
    deviates = deviating_standards(standard.area, ~batch.are(*_WITHOUT_STANDARD))
    missing = np.isfinite(own.area) & np.isnan(standard.area)
    saturated = [status is PeakStatus.SATURATED for status in standard.status]
    words = (
        "internal_standard_missing",
        "internal_standard_deviant",
        "internal_standard_saturated",
    )
    return [
        tuple(word for word, holds in zip(words, told, strict=True) if holds)
        for told in zip(missing, deviates, saturated, strict=True)
    ]


def _is_sound(response: _Responses) -> Bools:
    """Return which responses are there and not cut off by the detector."""
    cut = np.array(
        [
            status is PeakStatus.SATURATED or "internal_standard_saturated" in flags
            for status, flags in zip(response.status, response.flags, strict=True)
        ],
        dtype=np.bool_,
    )
    return np.asarray(np.isfinite(response.value) & ~cut)


def _drifts(
    batch: _Batch, responses: Sequence[_Responses], settings: Quantification
) -> list[Drift]:
    """Return the drift and scatter of each compound; ratios and areas are families apart.

    Where a batch has no replicates, the scatter is that of the calibrators around their line.
    """
    drifts: dict[int, Drift] = {}
    for by_ratio in (True, False):
        members = [
            k
            for k, one in enumerate(responses)
            if (one.target.internal_standard is None) != by_ratio
        ]
        replicates = [_replicates(batch, responses[k]) for k in members]
        centres = [_centre(batch, responses[k]) for k in members]
        found = estimate_drifts(replicates, centres)
        if any(np.isnan(one.scatter) for one in found):
            found = _with_line_scatter([responses[k] for k in members], found, batch, settings)
        drifts |= dict(zip(members, found, strict=True))
    return [drifts[k] for k in range(len(responses))]


def _with_line_scatter(
    responses: Sequence[_Responses],
    drifts: Sequence[Drift],
    batch: _Batch,
    settings: Quantification,
) -> tuple[Drift, ...]:
    """Return the drifts with the scatter of the calibrators around their lines."""
    parts = [
        line_residuals(
            _calibrators(batch, one, _uncorrected(one), 0.0, settings)[0], MODELS[settings.model]
        )
        for one in responses
    ]
    scatter, freedom = shrunk_scatter(
        [part[0] for part in parts],
        [part[1] for part in parts],
        np.array([part[2] for part in parts], dtype=np.float64),
    )
    return tuple(
        replace(drift, scatter=phi, scatter_freedom=df)
        for drift, phi, df in zip(drifts, scatter.tolist(), freedom.tolist(), strict=True)
    )


def _replicates(batch: _Batch, response: _Responses) -> Replicates:
    """Return the injections of equal content: of one level, or pooled QCs.

    The relative variance by the noise is that at the mean of the group: at each response of
    its own, low ones would seem noisier than they are.
    """
    sound = _is_sound(response) & (response.target.kind is TargetKind.ANALYTE)
    group = np.array(_contents(batch), dtype=np.int64)
    inside = sound & (group >= 0)
    counts = np.bincount(group[inside], minlength=group.max(initial=0) + 1)
    sums = np.bincount(group[inside], response.value[inside], minlength=counts.size)
    mean = (sums / np.maximum(counts, 1))[group]
    with np.errstate(invalid="ignore", divide="ignore"):
        log_variance = response.variance / mean**2
    is_clear = (log_variance < _MOST_NOISE**2) & (response.value > 0)
    used = inside & (counts[group] > 1) & is_clear
    return Replicates(
        position=batch.position[used],
        log_response=np.log(response.value[used]),
        log_variance=log_variance[used],
        group=np.unique(group[used], return_inverse=True)[1].astype(np.int64),
        is_pooled=batch.are(SampleType.POOLED_QC)[used],
    )


def _contents(batch: _Batch) -> list[int]:
    """Return a number for each run that equal contents share; -1 where nothing is known."""
    numbers: dict[tuple[SampleType, str | None, float], int] = {}
    return [
        numbers.setdefault((run.sample_type, run.level, run.dilution_factor), len(numbers))
        if run.sample_type in {*_KNOWN_LEVELS, SampleType.POOLED_QC}
        else -1
        for run in batch.samples
    ]


def _centre(batch: _Batch, response: _Responses) -> Floats:
    """Return the positions where the drift factor is 1 on average: of the calibrators."""
    calibrators = batch.are(SampleType.CALIBRATOR) & _is_sound(response)
    return batch.position[calibrators] if calibrators.any() else batch.position


def _uncorrected(response: _Responses) -> _Corrected:
    return _Corrected(response.value, response.variance, np.zeros(response.value.shape))


def _corrected(batch: _Batch, response: _Responses, drift: Drift) -> _Corrected:
    """Return the responses as they would be without drift."""
    log_factor, variance = log_drift(drift, batch.position)
    value = response.value / np.exp(log_factor)
    return _Corrected(value, response.variance * np.exp(-2 * log_factor), value**2 * variance)


def _is_calibrator(batch: _Batch, response: _Responses, settings: Quantification) -> Bools:
    """Return which runs are calibrators; for standard addition zero samples are some."""
    types = [SampleType.CALIBRATOR]
    if settings.adds_endogenous:
        types.append(SampleType.ZERO)
    return np.asarray(batch.are(*types) & ~np.isnan(response.nominal))


def _calibrators(
    batch: _Batch,
    response: _Responses,
    corrected: _Corrected,
    scatter: float,
    settings: Quantification,
) -> tuple[Calibrators, Ints]:
    """Return the calibrators that can serve, and which runs of the batch they are."""
    can_serve = _is_calibrator(batch, response, settings) & _is_sound(response)
    if not settings.adds_endogenous:
        can_serve &= response.nominal > 0
    runs = np.flatnonzero(can_serve)
    known = response.nominal[runs], corrected.value[runs], corrected.variance[runs]
    return Calibrators(*known, scatter), runs


def _calibrate(
    batch: _Batch,
    response: _Responses,
    corrected: _Corrected,
    drift: Drift,
    settings: Quantification,
) -> tuple[_Line | None, list[Row], list[Row]]:
    """Return the line of a compound in a batch, its row, and the rows of its calibrators."""
    named = np.flatnonzero(_is_calibrator(batch, response, settings))
    if named.size == 0:
        return None, [], []
    calibrators, runs = _calibrators(batch, response, corrected, drift.scatter, settings)
    n_total = int(np.sum(response.nominal[named] > 0))
    accepted = _accepted(calibrators, n_total, settings)
    refit, back = np.full(len(batch.samples), -1), np.full(len(batch.samples), np.nan)
    line = None
    if accepted is not None:
        refit[runs], back[runs] = accepted.excluded_at, accepted.back_calculated
        line = _line(response, accepted, named, refit, back, settings)
    rows = [_calibrator_row(batch, response, int(k), int(refit[k]), float(back[k])) for k in named]
    return line, [_calibration_row(batch, response, drift, line, rows, settings)], rows


def _accepted(
    calibrators: Calibrators, n_total: int, settings: Quantification
) -> Acceptance | None:
    """Return the curve through the calibrators that are accurate, None without a curve."""
    x, powers = calibrators.concentration, MODELS[settings.model]
    least = max(settings.min_calibrators, len(powers) + 1)
    if x.size < least or np.unique(x).size < len(powers):
        return None
    fit = partial(fit_calibrators, weighting=settings.weighting, powers=powers)
    return accept_calibrators(calibrators, fit, n_total, _limits(settings))


def _limits(settings: Quantification) -> Limits:
    return Limits(settings.accuracy_limit_percent, settings.accuracy_limit_lloq_percent)


def _line(
    response: _Responses,
    accepted: Acceptance,
    named: Ints,
    refit: Ints,
    back: Floats,
    settings: Quantification,
) -> _Line:
    curve, above = accepted.curve, named[response.nominal[named] > 0]
    x, used = response.nominal[above], refit[above] == 0
    lloq, uloq = quantification_range(x, 100 * back[above] / x, used, _limits(settings))
    lods = response.lod[np.isfinite(response.lod)]
    lod = float(np.median(lods)) / curve.coefficient(1) if lods.size and is_rising(curve) else None
    if not is_rising(curve):
        why = "slope_not_positive"
    elif not is_enough(x[used], above.size):
        why = "too_few_levels"
    elif not accepted.is_complete or lloq is None:
        why = "calibrators_not_accurate"
    else:
        why = None
    is_added = settings.adds_endogenous and is_rising(curve)
    return _Line(curve, lloq, uloq, lod, why, endogenous(curve) if is_added else 0.0)


def _calibrator_row(batch: _Batch, response: _Responses, run: int, refit: int, back: float) -> Row:
    sample, found = batch.samples[run], None if np.isnan(back) else back * _factor(batch, run)
    nominal = float(response.nominal[run]) * _factor(batch, run)
    why = _exclusion(response, run) if refit < 0 else None
    if why is None and refit:
        why = "not_accurate" if refit > 0 else "too_few_calibrators"
    return {
        "sample_id": sample.sample_id,
        "target_id": response.target.target_id,
        "batch": batch.name,
        "nominal": nominal,
        "response": float(response.value[run]),
        "back_calculated": found,
        "accuracy_percent": None if found is None or nominal <= 0 else 100 * found / nominal,
        "used": refit == 0,
        "excluded_why": why,
        "excluded_at_refit": refit if refit > 0 else None,
    }


def _factor(batch: _Batch, run: int) -> float:
    return batch.samples[run].dilution_factor


def _exclusion(response: _Responses, run: int) -> str | None:
    """Return why a calibrator cannot serve, None if it can."""
    flags = response.flags[run]
    if response.status[run] is PeakStatus.SATURATED:
        return "saturated"
    if "sum_only" in flags:
        return "sum_only"
    if np.isnan(response.value[run]):
        missing = "internal_standard_missing"
        return missing if missing in flags else response.status[run].value
    if "internal_standard_saturated" in flags:
        return "internal_standard_saturated"
    return "concentration_zero" if response.nominal[run] <= 0 else None


def _calibration_row(
    batch: _Batch,
    response: _Responses,
    drift: Drift,
    line: _Line | None,
    calibrators: Sequence[Row],
    settings: Quantification,
) -> Row:
    reasons = Counter(row["excluded_why"] for row in calibrators if row["excluded_why"])
    n_used = sum(row["used"] for row in calibrators)
    facts: Row = dict.fromkeys(CALIBRATION.names()) if line is None else _line_facts(line)
    return facts | {
        "batch": batch.name,
        "target_id": response.target.target_id,
        "calibration_approach": settings.calibration_approach,
        "model": settings.model,
        "weighting": settings.weighting,
        "n_used": n_used,
        "n_excluded": len(calibrators) - n_used,
        "excluded_why": "; ".join(f"{why}: {n}" for why, n in sorted(reasons.items())) or None,
        "verdict": "pass" if line is not None and line.verdict_why is None else "fail",
        "verdict_why": "too_few_calibrators" if line is None else line.verdict_why,
        **_drift_facts(drift),
    }


def _line_facts(line: _Line) -> Row:
    curve, nothing = line.curve, np.zeros(1)
    _, variance = concentration_variance(curve, nothing, nothing, line.endogenous)
    return {
        "endogenous": line.endogenous or None,
        "endogenous_sd": float(np.sqrt(variance[0])) if line.endogenous else None,
        "intercept": curve.coefficient(0),
        "slope": curve.coefficient(1),
        "curvature": curve.coefficient(2),
        "intercept_variance": curve.variance(0, 0),
        "slope_variance": curve.variance(1, 1),
        "curvature_variance": curve.variance(2, 2),
        "covariance": curve.variance(0, 1),
        "intercept_curvature_covariance": curve.variance(0, 2),
        "slope_curvature_covariance": curve.variance(1, 2),
        "residual_sd": curve.residual_sd,
        "lloq": line.lloq,
        "uloq": None if line.uloq is None else line.uloq + line.endogenous,
        "lod": line.lod,
    }


def _drift_facts(drift: Drift) -> Row:
    ends, _ = log_drift(drift, np.array([-1.0, 1.0]))
    return {
        "drift": drift.kind.value,
        "drift_percent": 100 * float(np.expm1(ends[1] - ends[0])),
        "drift_error_ratio": drift.error_ratio,
        "scatter_percent": 100 * drift.scatter,
        "scatter_degrees_of_freedom": drift.scatter_freedom,
    }


def _concentrations(
    batch: _Batch,
    response: _Responses,
    corrected: _Corrected,
    drift: Drift,
    line: _Line | None,
) -> list[Row]:
    """Return the rows of `concentrations` of one compound in the runs of a batch."""
    found, low, high = _found(corrected, drift, line)
    return [
        _concentration_row(batch, response, run, line, values)
        | {"response_corrected": float(corrected.value[run])}
        for run, values in enumerate(zip(found.tolist(), low.tolist(), high.tolist(), strict=True))
    ]


def _found(
    corrected: _Corrected, drift: Drift, line: _Line | None
) -> tuple[Floats, Floats, Floats]:
    """Return the concentrations in the vials and their 95 % intervals, NaN without any."""
    if line is None or not is_rising(line.curve):
        nothing = np.full(corrected.value.shape, np.nan)
        return nothing, nothing, nothing
    found = invert(line.curve, corrected.value)
    scatter = (drift.scatter * corrected.value) ** 2
    known, by_line = concentration_variance(
        line.curve, found, corrected.variance + corrected.drift_variance, line.endogenous
    )
    by_scatter, _ = concentration_variance(line.curve, found, scatter)
    variance, uncertain = known + by_scatter + by_line, by_scatter + by_line
    half = interval_factor(variance, uncertain, drift.scatter_freedom) * np.sqrt(variance)
    found = found + line.endogenous
    return found, np.maximum(found - half, 0.0), np.maximum(found + half, 0.0)


def _concentration_row(
    batch: _Batch,
    response: _Responses,
    run: int,
    line: _Line | None,
    values: tuple[float, float, float],
) -> Row:
    sample, nominal = batch.samples[run], float(response.nominal[run])
    factor = sample.dilution_factor
    added = values[0] - (0.0 if line is None else line.endogenous)
    return {
        "sample_id": sample.sample_id,
        "target_id": response.target.target_id,
        "batch": batch.name,
        "sample_type": sample.sample_type.value,
        "status": _status(response.status[run], line, values[0]).value,
        "response": float(response.value[run]),
        "response_sd": float(np.sqrt(response.variance[run])),
        "carry_over_response": float(response.carried[run]),
        "unlabelled_response": float(response.unlabelled[run]),
        "standard_isotopes_percent": float(response.isotopes[run]),
        "concentration": values[0] * factor,
        "concentration_low": values[1] * factor,
        "concentration_high": values[2] * factor,
        "accuracy_percent": 100 * added / nominal if nominal > 0 else None,
        "flags": list(response.flags[run]),
    }


def _status(status: PeakStatus, line: _Line | None, concentration: float) -> ConcentrationStatus:
    if status in _NO_PEAK:
        return _NO_PEAK[status]
    if line is None or np.isnan(concentration) or line.lloq is None or line.uloq is None:
        return ConcentrationStatus.NO_CALIBRATION
    if concentration < line.lloq:
        return ConcentrationStatus.BELOW_LLOQ
    if concentration > line.uloq + line.endogenous:
        return ConcentrationStatus.ABOVE_ULOQ
    return ConcentrationStatus.QUANTIFIED


def _identified(
    batch: _Batch,
    inputs: Inputs,
    evidence: Mapping[tuple[str, str], Row],
    concentrations: Iterable[Sequence[Row]],
) -> Iterator[list[Row]]:
    """Yield the rows of `concentrations` with how surely each peak is the compound."""
    ions = {ion.target_id: ion for ion in inputs.ions if ion.role is IonRole.QUANTIFIER}
    standards_s = {
        name: _standard_time_s(batch, ion, inputs, evidence) for name, ion in ions.items()
    }
    ratios = {
        ion.ion_id: _expected_ratio(batch, ion, evidence)
        for ion in inputs.ions
        if ion.role is IonRole.QUALIFIER
    }
    for rows in concentrations:
        found = []
        for row in rows:
            ion = ions[row["target_id"]]
            ratio = _worst_ratio(row["sample_id"], ion, inputs, evidence, ratios)
            flags = ["ion_ratio_deviant"] if ratio.is_deviant else []
            columns = _identity(
                ion,
                _copy_of(ion, ions),
                evidence[row["sample_id"], ion.ion_id],
                ratio,
                standards_s[ion.target_id],
            )
            found.append(row | columns | {"flags": [*row["flags"], *flags]})
        yield found


@dataclass(frozen=True)
class _IonRatio:
    """The ratio of a qualifier to its quantifier, and what it should be; NaN where unknown."""

    found: float = np.nan
    expected: float = np.nan
    is_deviant: bool = False

    def columns(self) -> Row:
        return {"ion_ratio": self.found, "ion_ratio_expected": self.expected}


def _identity(
    ion: Ion, copy: Ion | None, own: Row, ratio: _IonRatio, standard_time_s: float
) -> Row:
    """Return how surely a peak is the compound; null where there is none."""
    found = {"identification_level": None, "identification_reason": None, **ratio.columns()}
    if own["status"] not in _FOUND:
        return found
    level, reason = identification(_sighting(ion, copy, own, ratio, standard_time_s))
    return found | {"identification_level": level, "identification_reason": reason.value}


def _standard_time_s(
    batch: _Batch, ion: Ion, inputs: Inputs, evidence: Mapping[tuple[str, str], Row]
) -> float:
    """Return when a compound elutes in its own standards, shifts of the runs taken off; NaN."""
    nominal = nominal_concentrations(batch.samples, ion, inputs.levels)
    rows = [evidence[name, ion.ion_id] for name, known in nominal.items() if known > 0]
    times_s = [
        row["retention_time_s"] - row["retention_shift_s"]
        for row in rows
        if np.isfinite(row["retention_time_s"])
    ]
    return float(np.median(times_s)) if times_s else float("nan")


def _expected_ratio(
    batch: _Batch, qualifier: Ion, evidence: Mapping[tuple[str, str], Row]
) -> float:
    """Return the listed ion ratio, else the median of the calibrators; NaN without any."""
    if qualifier.expected_ion_ratio is not None:
        return qualifier.expected_ion_ratio
    calibrators = batch.are(SampleType.CALIBRATOR)
    rows = [
        evidence[run.sample_id, qualifier.ion_id]
        for run, is_one in zip(batch.samples, calibrators, strict=True)
        if is_one
    ]
    return usual_ratio(_numbers(rows, "ion_ratio"))


def _worst_ratio(
    sample_id: str,
    ion: Ion,
    inputs: Inputs,
    evidence: Mapping[tuple[str, str], Row],
    ratios: Mapping[str, float],
) -> _IonRatio:
    """Return the ion ratio of the qualifier that is furthest from what is expected."""
    area = evidence[sample_id, ion.ion_id]["area"]
    told = []
    for one in inputs.ions:
        expected = ratios.get(one.ion_id, float("nan"))
        if one.target_id != ion.target_id or not np.isfinite(expected * area):
            continue
        row = evidence[sample_id, one.ion_id]
        if np.isfinite(row["ion_ratio"]):
            is_off = deviates(row["ion_ratio"], row["ion_ratio_sd"], expected)
            told.append(_IonRatio(row["ion_ratio"], expected, is_off))
        elif row["status"] == PeakStatus.NOT_DETECTED and (
            expected * area > _SURELY_SEEN * row["area_lod"]
        ):
            told.append(_IonRatio(0.0, expected, is_deviant=True))
    return max(told, key=lambda one: abs(one.found / one.expected - 1.0), default=_IonRatio())


def _copy_of(ion: Ion, ions: Mapping[str, Ion]) -> Ion | None:
    """Return the internal standard of an analyte where it may be its labelled copy."""
    standard = ions.get(ion.internal_standard or "")
    if standard is None or ion.formula is None or standard.formula is None:
        return None
    is_copy = unlabelled_formula(ion.formula) == unlabelled_formula(standard.formula)
    return standard if is_copy else None


def _sighting(
    ion: Ion, copy: Ion | None, own: Row, ratio: _IonRatio, standard_s: float
) -> Sighting:
    """Return what is known of the identity of a peak."""
    is_isotope_known = own["isotope_ratio_sd"] < _CERTAIN * own["isotope_ratio_expected"]
    return Sighting(
        is_timed=ion.retention_time_s is not None,
        fwhm_s=own["fwhm_s"],
        time_s=own["retention_time_s"] - own["retention_shift_s"],
        standard_s=standard_s,
        copy_difference_s=own["standard_time_difference_s"] if copy else float("nan"),
        is_copy_deuterated=copy is not None and is_deuterated(copy),
        products=not ratio.is_deviant if np.isfinite(ratio.expected) else None,
        isotope="isotope_ratio_deviant" not in own["flags"] if is_isotope_known else None,
        is_contradicted=ratio.is_deviant or not _CONTRADICTIONS.isdisjoint(own["flags"]),
        is_sum="sum_only" in own["flags"],
        may_hold_isomer="isomer_group_incomplete" in own["flags"],
        has_abundant_isobar="isobar_abundant" in own["flags"],
    )
