"""The rows of `decoys`: the outcome of the detection test where no target can be."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lcms.numerics.batch.batch_model import BatchModel
from lcms.numerics.chromatogram.auxiliary_ions import AuxiliaryIon
from lcms.numerics.detection.decoy_fits import DecoyPeak, fit_decoy
from lcms.schemas import Row
from lcms.steps.integrate.fitted_run import FittedRun

if TYPE_CHECKING:
    from lcms.model import ChromatogramId


def decoy_rows(run: FittedRun, decoys: Sequence[AuxiliaryIon], model: BatchModel) -> Iterator[Row]:
    """Yield the outcome of the detection test in the decoys of a run."""
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
            yield _row(run, decoy, peak) | {"number": numbers[chromatogram_id]}


def _row(run: FittedRun, decoy: AuxiliaryIon, decoy_peak: DecoyPeak) -> Row:
    peak, criteria = decoy_peak.peak, run.criteria
    return {
        "sample_id": run.sample_id,
        "ion_id": decoy_peak.ion_id,
        "mz": decoy.ion.precursor_mz,
        "expected_time_s": decoy_peak.expected_s,
        "score": decoy_peak.score,
        "misfit": peak and peak.misfit,
        "mz_residual_ppm": peak and criteria.residual_ppm(peak.error_ppm),
        "detected": peak is not None and criteria.is_detected(peak),
    }
