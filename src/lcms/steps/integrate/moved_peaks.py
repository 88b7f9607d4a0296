"""Peaks of a run at another time than that at which its batch shows the compound."""

from dataclasses import replace

from lcms.numerics.batch.batch_model import BatchModel
from lcms.numerics.run.run_fit import fit_moved
from lcms.steps.integrate.fitted_run import FittedRun
from lcms.steps.integrate.peak_choice import moved_candidate
from lcms.steps.integrate.target_ions import TargetIons


def with_moved_peaks(run: FittedRun, model: BatchModel, targets: TargetIons) -> FittedRun:
    """Return a run with the peaks of compounds that it shows plainly, but at another time.

    A run of another method in the batch has them, or a compound whose time depends on the vial.
    """
    moved = {}
    for ion in targets.ions:
        if ion.ion_id not in run.peaks:
            continue
        candidate, peak = moved_candidate(run, targets, ion), run.peaks[ion.ion_id]
        if candidate is not None:
            apex_s = candidate.retention_time_s
            found = fit_moved(model, run.time, ion.chromatogram_id, run.fitted, peak, apex_s)
            if found is not None and run.criteria.is_detected(found):
                moved[ion.ion_id] = found
    return replace(run, peaks={**run.peaks, **moved}, moved=frozenset(moved)) if moved else run
