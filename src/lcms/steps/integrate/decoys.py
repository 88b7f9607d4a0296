"""The rows of `decoys`: the outcome of the detection test where no target can be."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from lcms.config import Settings
from lcms.io.parts import chromatogram_of
from lcms.numerics.batch import BatchModel, Signal
from lcms.numerics.companions import Companion
from lcms.numerics.decoys import DecoyPeak, fit_decoy
from lcms.schemas import Row
from lcms.steps.integrate.run import Run, traces_of


def decoy_rows(
    run: Run,
    decoys: Sequence[Companion],
    cut_out: Mapping[str, Row],
    model: BatchModel,
    settings: Settings,
) -> Iterator[Row]:
    """Yield the outcome of the detection test in the decoys of a run."""
    numbers: Counter[Signal] = Counter()
    for one in decoys:
        numbers[one.signal] += 1
        chromatogram = chromatogram_of(cut_out[one.ion.ion_id])
        if chromatogram is None:
            continue
        traces = traces_of(run.facts, {one.signal: chromatogram}, {}, settings)
        min_points = settings.integration.min_points
        for found in fit_decoy(model, run.time, one.signal, traces, min_points):
            yield _row(run, one, found) | {"number": numbers[one.signal]}


def _row(run: Run, decoy: Companion, found: DecoyPeak) -> Row:
    peak, criteria = found.peak, run.criteria
    return {
        "sample_id": run.facts["sample_id"],
        "ion_id": found.ion_id,
        "mz": decoy.ion.precursor_mz,
        "expected_time_s": found.expected_s,
        "score": found.score,
        "misfit": peak and peak.misfit,
        "mz_residual_ppm": peak and criteria.residual_ppm(peak.error_ppm),
        "detected": peak is not None and criteria.is_detected(peak),
    }
