"""One run: what was extracted and picked of it, and the peaks that were fitted to that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lcms.config import Extraction, Integration
from lcms.io.tables.parts import chromatogram_of
from lcms.kinds import TargetKind
from lcms.model import Candidate, Chromatogram, ChromatogramId, Ion
from lcms.numerics.batch.batch_model import BatchModel, RunTime
from lcms.numerics.mass.mz_scatter import is_narrow
from lcms.numerics.run.chromatogram_fit.unfitted_chromatogram import RunChromatograms
from lcms.numerics.run.chromatogram_fit.untimed_limit import untimed_limit
from lcms.numerics.run.fitted_peak import FittedPeak
from lcms.numerics.run.run_fit import fit_run
from lcms.schemas import Row
from lcms.steps.integrate.criteria import Criteria
from lcms.steps.integrate.target_ions import TargetIons


@dataclass(frozen=True)
class ReadableRun:
    """A run that could be read.

    `facts` is its row of `runs`, `cut_out` its rows of `chromatograms` and `companions` by
    ion_id, `candidates` what was picked, by chromatogram_id.
    """

    facts: Row
    cut_out: Mapping[str, Row]
    candidates: Mapping[ChromatogramId, Sequence[Candidate]]

    def chromatogram(self, ion_id: str) -> Chromatogram | None:
        """Return the chromatogram of an ion, None where the run cannot hold it."""
        return chromatogram_of(self.cut_out[ion_id])

    def is_cut_in_mz(self, ion_id: str) -> bool:
        """Return whether the m/z window loses points of an ion: it is narrow for this run."""
        in_survey = self.cut_out[ion_id]["source"] == "ms1"
        return in_survey and is_narrow(self.facts["mz_window_ppm"], self.facts["mz_scatter_ppm"])

    @property
    def detection_threshold(self) -> float:
        """The intensity below which no centroid is seen, counts."""
        return self.facts["detection_threshold"] or 0.0


@dataclass(frozen=True)
class FittedRun:
    """A run with its fitted peaks.

    `chromatograms` (None: not acquired) and `peaks` by ion_id; `fitted` are the chromatograms as
    they were fitted, by chromatogram_id; `width_s` is the width of a usual peak of the batch,
    `mz_scatter_ppm` the standard deviation of the m/z of one of its centroids.
    `untimed_lods` are the limits of detection (count·s) of the ions that have no expected time.
    `n_runs_seen` are the numbers of runs of the batch whose peaks gave the times of the ions, by
    ion_id, 0 where the sheet alone did; `moved` are the ions whose peak is at another time than
    that of the batch.
    """

    extracted: ReadableRun
    criteria: Criteria
    chromatograms: Mapping[str, Chromatogram | None]
    fitted: RunChromatograms
    time: RunTime
    width_s: float
    mz_scatter_ppm: float
    peaks: Mapping[str, FittedPeak]
    untimed_lods: Mapping[str, float]
    n_runs_seen: Mapping[str, int]
    moved: frozenset[str] = frozenset()

    @property
    def sample_id(self) -> str:
        """The sample_id of the run."""
        return str(self.extracted.facts["sample_id"])

    def area_lod(self, ion: Ion) -> float | None:
        """Return the limit of detection of an ion, count·s; None where it is not determined."""
        peak = self.peaks.get(ion.ion_id)
        return self.untimed_lods.get(ion.ion_id) if peak is None else self.criteria.area_lod(peak)

    @cached_property
    def detected(self) -> dict[str, FittedPeak]:
        """The peaks that are there, by ion_id."""
        return {
            ion_id: peak for ion_id, peak in self.peaks.items() if self.criteria.is_detected(peak)
        }


def fitted_run(
    extracted: ReadableRun,
    model: BatchModel,
    targets: TargetIons,
    extraction: Extraction,
    integration: Integration,
) -> FittedRun:
    """Return a run with the fitted peak of every ion that it can hold."""
    offset_ppm, ceiling = extracted.facts["mz_error_ppm"], integration.saturation_counts
    chromatograms = {ion.ion_id: extracted.chromatogram(ion.ion_id) for ion in targets.ions}
    fitted = RunChromatograms(
        chromatograms={
            ion.chromatogram_id: chromatogram
            for ion in targets.ions
            if (chromatogram := chromatograms[ion.ion_id]) is not None
        },
        candidates=extracted.candidates,
        offset_ppm=offset_ppm or 0.0,
        mz_tolerance_ppm=extraction.window_ppm(offset_ppm),
        detection_threshold=extracted.detection_threshold,
        saturation_counts=np.inf if ceiling is None else ceiling,
    )
    anchors = [
        ion.chromatogram_id
        for ion in targets.ions
        if ion.kind is TargetKind.INTERNAL_STANDARD and ion.isomer_group is None
    ]
    time = model.times[extracted.facts["sample_id"]]
    return FittedRun(
        extracted=extracted,
        criteria=Criteria(integration, offset_ppm),
        chromatograms=chromatograms,
        fitted=fitted,
        time=time,
        width_s=model.width_s,
        mz_scatter_ppm=model.mz_scatter_ppm,
        peaks=fit_run(model, time, anchors, fitted),
        untimed_lods=_untimed_lods(model, targets, fitted, integration),
        n_runs_seen={
            ion_id: compound.n_runs
            for compounds in model.compounds.values()
            for compound in compounds
            for ion_id in compound.ion_ids
        },
    )


def _untimed_lods(
    model: BatchModel, targets: TargetIons, run: RunChromatograms, integration: Integration
) -> dict[str, float]:
    """Return the limits of detection of the ions for which no time is expected, by ion_id."""
    limits: dict[str, float] = {}
    for ion in targets.ions:
        chromatogram = run.chromatograms.get(ion.chromatogram_id)
        compounds = model.compounds.get(ion.chromatogram_id, ())
        is_timed = any(ion.ion_id in compound.ion_ids for compound in compounds)
        if chromatogram is None or is_timed:
            continue
        limit = untimed_limit(
            chromatogram,
            model.usual,
            model.floors.get(ion.chromatogram_id, 0.0),
            run.detection_threshold,
            integration.min_signal_to_noise,
            integration.min_points,
        )
        limits |= {} if limit is None else {ion.ion_id: limit}
    return limits
