"""The rows of `decoys`: the outcome of the detection test where no target can be."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from lcms.config import Settings
from lcms.io.tables.parts import chromatogram_of
from lcms.numerics.batch.batch_model import BatchModel
from lcms.numerics.chromatogram.auxiliary_ions import AuxiliaryIon
from lcms.numerics.detection.decoy_fits import DecoyPeak, fit_decoy
from lcms.schemas import Row
from lcms.steps.integrate.fitted_run import FittedRun, traces_of

if TYPE_CHECKING:
    from lcms.model import ChromatogramId


def decoy_rows(
    run: FittedRun,
    decoys: Sequence[AuxiliaryIon],
    cut_out: Mapping[str, Row],
    model: BatchModel,
    settings: Settings,
) -> Iterator[Row]:
    """Yield the outcome of the detection test in the decoys of a run."""
    numbers: Counter[ChromatogramId] = Counter()
    for one in decoys:
        numbers[one.chromatogram_id] += 1
        chromatogram = chromatogram_of(cut_out[one.ion.ion_id])
        if chromatogram is None:
            continue
        traces = traces_of(run.facts, {one.chromatogram_id: chromatogram}, {}, settings)
        min_points = settings.integration.min_points
        for found in fit_decoy(model, run.time, one.chromatogram_id, traces, min_points):
            yield _row(run, one, found) | {"number": numbers[one.chromatogram_id]}


def _row(run: FittedRun, decoy: AuxiliaryIon, found: DecoyPeak) -> Row:
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
