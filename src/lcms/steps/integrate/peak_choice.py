"""Which peak of a run was chosen for an ion, and whether another one is far stronger."""

from collections.abc import Collection
from typing import Final

import numpy as np

from lcms.model import Candidate, Ion
from lcms.numerics.run.rejection import (
    PeakChoice,
    is_at_peak,
    peak_of_flank,
    rejections,
    stronger_candidate,
)
from lcms.steps.integrate.fitted_run import FittedRun
from lcms.steps.integrate.target_ions import TargetIons

# A labelled copy elutes within so many widths of its target: deuterium makes it elute up to a
# peak width earlier.
_COPY_WIDTHS: Final = 1.0


def peak_choice(run: FittedRun, targets: TargetIons, ion: Ion) -> PeakChoice:
    """Return a peak with what it was chosen by."""
    peak, listed_s = run.peaks[ion.ion_id], ion.retention_time_s
    isomers = [run.peaks.get(isomer.ion_id) for isomer in targets.isomers(ion)]
    return PeakChoice(
        apex_s=peak.retention_time_s,
        height=peak.height if ion.ion_id in run.detected else 0.0,
        width_s=run.width_s,
        expected_s=peak.expected_s,
        expected_sd_s=peak.expected_sd_s,
        listed_s=None if listed_s is None else run.time.expected_s(listed_s),
        window_s=ion.retention_time_window_s,
        n_runs_seen=run.n_runs_seen.get(ion.ion_id, 0),
        isomers_s=[isomer.retention_time_s for isomer in isomers if isomer is not None],
        neighbours_s=peak.neighbours_s,
        offset_ppm=np.nan if run.criteria.offset_ppm is None else run.criteria.offset_ppm,
        mz_residual_ppm=run.criteria.limits.mz_residual_ppm,
    )


def is_beside_stronger(run: FittedRun, targets: TargetIons, ion: Ion) -> bool:
    """Return whether a candidate far stronger than the peak of an ion was rejected.

    Where the labelled copy of the ion elutes with the peak, or where it would, a candidate at
    another time is another compound, however strong. Where no run of the batch shows the ion, its
    listed time may be wrong, and the candidate may lie outside of the search window.
    """
    if not run.fitted.candidates[ion.chromatogram_id]:
        return False
    reasons = ["other_compound", "other_time"]
    if ion.ion_id not in run.detected and not run.n_runs_seen.get(ion.ion_id):
        reasons.append("outside_window")
    choice = peak_choice(run, targets, ion)
    possible = _possible(run, targets, ion, choice, reasons)
    return stronger_candidate(possible, choice, run.peaks[ion.ion_id].noise_sd) is not None


def moved_candidate(run: FittedRun, targets: TargetIons, ion: Ion) -> Candidate | None:
    """Return the candidate that is an ion at another time than in the batch, None without one.

    A far stronger one in the search window, where few other runs show one, none of them beside
    the ion itself; or the one whose flank was fitted as the ion. Isomers may be exchanged, so it
    is looked for only where there is none.
    """
    candidates = run.fitted.candidates[ion.chromatogram_id]
    if not (candidates and run.n_runs_seen.get(ion.ion_id)) or targets.isomers(ion):
        return None
    choice = peak_choice(run, targets, ion)
    possible = _possible(run, targets, ion, choice, ["other_time"])
    if ion.ion_id in run.detected:
        return peak_of_flank(candidates, possible, choice)
    return stronger_candidate(possible, choice, run.peaks[ion.ion_id].noise_sd)


def _possible(
    run: FittedRun, targets: TargetIons, ion: Ion, choice: PeakChoice, reasons: Collection[str]
) -> list[Candidate]:
    """Return the candidates that were rejected for the reasons, and may be the ion.

    One at the time of a peak that was not detected may, if it is larger than what would have been
    detected; one at another time not where the labelled copy elutes with the peak.
    """
    rejected = rejections(run.fitted.candidates[ion.chromatogram_id], choice)
    possible = [candidate for candidate, reason in rejected if reason in reasons]
    here = [candidate for candidate in possible if is_at_peak(candidate, choice)]
    if here:
        lod = run.criteria.area_lod(run.peaks[ion.ion_id]) or 0.0
        here = [candidate for candidate in here if candidate.area > lod]
    if _elutes_with_copy(run, targets, ion, choice):
        return here
    return here + [candidate for candidate in possible if not is_at_peak(candidate, choice)]


def _elutes_with_copy(run: FittedRun, targets: TargetIons, ion: Ion, choice: PeakChoice) -> bool:
    copy = targets.labelled_copy(ion)
    if copy is None or copy.ion_id not in run.detected:
        return False
    away_s = abs(run.detected[copy.ion_id].retention_time_s - choice.apex_s)
    return away_s <= _COPY_WIDTHS * run.width_s
