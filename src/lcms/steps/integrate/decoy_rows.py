"""The rows of `decoys`: the outcome of the detection test where no target can be."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lcms.model import ChromatogramId, Ion
from lcms.numerics.batch.batch_model import BatchModel
from lcms.numerics.chromatogram.auxiliary_ions import N_DECOYS, AuxiliaryIon
from lcms.numerics.detection.decoy_fits import DecoyPeak, fit_at_impossible_times, fit_decoy
from lcms.schemas import Row
from lcms.steps.integrate.fitted_run import FittedRun
from lcms.steps.integrate.target_ions import TargetIons


def decoy_rows(
    run: FittedRun, targets: TargetIons, decoys: Sequence[AuxiliaryIon], model: BatchModel
) -> Iterator[Row]:
    """Yield the outcome of the detection test in the decoys of a run."""
    yield from _composition_rows(run, decoys, model)
    for chromatogram_id, members in targets.by_chromatogram.items():
        searched_s = _searched_s(run, members)
        if searched_s is None:
            continue
        peaks = fit_at_impossible_times(
            *(model, run.time, chromatogram_id, searched_s, run.fitted),
            run.criteria.limits.min_points,
        )
        for number, peak in enumerate(peaks, N_DECOYS + 1):
            yield _row(run, peak) | {
                "number": number,
                "kind": "time",
                "mz": members[0].mz,
            }


def _composition_rows(
    run: FittedRun, decoys: Sequence[AuxiliaryIon], model: BatchModel
) -> Iterator[Row]:
    numbers: Counter[ChromatogramId] = Counter()
    min_points = run.criteria.limits.min_points
    for decoy in decoys:
        chromatogram_id = decoy.chromatogram_id
        numbers[chromatogram_id] += 1
        chromatogram = run.extracted.chromatogram(decoy.ion.ion_id)
        if chromatogram is None:
            continue
        in_place = replace(
            run.fitted, chromatograms={chromatogram_id: chromatogram}, candidates={}
        )
        for peak in fit_decoy(model, run.time, chromatogram_id, in_place, min_points):
            yield _row(run, peak) | {
                "number": numbers[chromatogram_id],
                "kind": "composition",
                "mz": decoy.ion.precursor_mz,
            }


def _searched_s(run: FittedRun, members: Sequence[Ion]) -> tuple[float, float] | None:
    """Return between which times of a run isomers are searched; None without a listed time."""
    edges_s = [
        (run.time.expected_s(listed_s) - window_s, run.time.expected_s(listed_s) + window_s)
        for ion in members
        if (listed_s := ion.retention_time_s) is not None
        and (window_s := ion.retention_time_window_s)
    ]
    if len(edges_s) < len(members):
        return None
    starts_s, ends_s = zip(*edges_s, strict=True)
    return min(starts_s), max(ends_s)


def _row(run: FittedRun, decoy_peak: DecoyPeak) -> Row:
    peak, criteria = decoy_peak.peak, run.criteria
    return {
        "sample_id": run.sample_id,
        "ion_id": decoy_peak.ion_id,
        "expected_time_s": decoy_peak.expected_s,
        "holds_signal": decoy_peak.holds_signal,
        "score": decoy_peak.score,
        "misfit": peak and peak.misfit,
        "mz_residual_ppm": peak and criteria.residual_ppm(peak.error_ppm),
        "detected": peak is not None and criteria.is_detected(peak),
    }
