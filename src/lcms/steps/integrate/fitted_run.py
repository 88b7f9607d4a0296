"""One run: what was cut out of it, and the peaks that were fitted to that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from lcms.config import Settings
from lcms.io.tables.parts import chromatogram_of
from lcms.model import Candidate, Chromatogram, ChromatogramId, TargetKind
from lcms.numerics.batch.batch_model import BatchModel, RunTime
from lcms.numerics.run.fitted_peak import FittedPeak
from lcms.numerics.run.run_fit import RunChromatograms, fit_run
from lcms.schemas import Row
from lcms.steps.integrate.criteria import Criteria
from lcms.steps.integrate.target_ions import Panel

_UNCALIBRATED: Final = 2  # times the m/z window where the mass offset is not known


@dataclass(frozen=True)
class FittedRun:
    """A run that could be read: its row of `runs`, what was cut out, picked and fitted.

    `chromatograms`, `why_not` (why one was not acquired) and `peaks` by ion_id; `candidates`
    by signal.
    """

    facts: Row
    criteria: Criteria
    why_not: Mapping[str, str | None]
    chromatograms: Mapping[str, Chromatogram | None]
    candidates: Mapping[ChromatogramId, Sequence[Candidate]]
    time: RunTime
    width_s: float
    peaks: Mapping[str, FittedPeak]

    @cached_property
    def found(self) -> dict[str, FittedPeak]:
        """The peaks that are there, by ion_id."""
        return {
            ion_id: peak for ion_id, peak in self.peaks.items() if self.criteria.is_detected(peak)
        }


def fitted_run(
    facts: Row,
    cut_out: Mapping[str, Row],
    candidates: Mapping[tuple[str, ChromatogramId], Sequence[Candidate]],
    model: BatchModel,
    panel: Panel,
    settings: Settings,
) -> FittedRun:
    """Return a run with the fitted peak of every ion that it can hold.

    Parameters
    ----------
    facts : dict
        Its row of `runs`.
    cut_out : mapping
        Its rows of `chromatograms` by ion_id.
    candidates : mapping
        By sample_id and signal.
    """
    sample_id = facts["sample_id"]
    chromatograms = {ion.ion_id: chromatogram_of(cut_out[ion.ion_id]) for ion in panel.ions}
    picked = {
        chromatogram_id: candidates.get((sample_id, chromatogram_id), ())
        for chromatogram_id in panel.by_chromatogram
    }
    acquired = {
        ion.chromatogram_id: one
        for ion in panel.ions
        if (one := chromatograms[ion.ion_id]) is not None
    }
    anchors = [
        ion.chromatogram_id
        for ion in panel.ions
        if ion.kind is TargetKind.INTERNAL_STANDARD and ion.isomer_group is None
    ]
    time = model.times[sample_id]
    traces = traces_of(facts, acquired, picked, settings)
    return FittedRun(
        facts=facts,
        criteria=Criteria(settings.integration, facts["mz_error_ppm"]),
        why_not={ion.ion_id: cut_out[ion.ion_id]["not_acquired_why"] for ion in panel.ions},
        chromatograms=chromatograms,
        candidates=picked,
        time=time,
        width_s=model.width_s,
        peaks=fit_run(model, time, anchors, traces),
    )


def traces_of(
    facts: Row,
    chromatograms: Mapping[ChromatogramId, Chromatogram],
    candidates: Mapping[ChromatogramId, Sequence[Candidate]],
    settings: Settings,
) -> RunChromatograms:
    """Return chromatograms of a run with what the fit must know of the run."""
    offset_ppm, ceiling = facts["mz_error_ppm"], settings.integration.saturation_counts
    times = _UNCALIBRATED if offset_ppm is None else 1
    return RunChromatograms(
        chromatograms=chromatograms,
        candidates=candidates,
        offset_ppm=offset_ppm or 0.0,
        mz_tolerance_ppm=settings.extraction.mz_tolerance_ppm * times,
        detection_threshold=facts["detection_threshold"] or 0.0,
        saturation_counts=np.inf if ceiling is None else ceiling,
    )
