"""A small simulated batch, measured in memory by the functions of the project, for the figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from lcms.config import Settings, load_settings
from lcms.groups import by_chromatogram
from lcms.io.mzml.reader import read_run
from lcms.io.reference.auxiliary_panel import read_auxiliary_ions
from lcms.io.sheets.inputs import Inputs, nominal_concentrations, read_inputs
from lcms.io.tables.parts import chromatogram_of
from lcms.kinds import SampleType, TargetKind
from lcms.model import Candidate, Chromatogram, ChromatogramId, Floats, Ion
from lcms.numerics.batch.batch_model import BatchModel
from lcms.numerics.batch.learning import learn_batch
from lcms.numerics.batch_data import BatchData
from lcms.numerics.chromatogram.auxiliary_ions import AuxiliaryIon
from lcms.numerics.chromatogram.gather import Gatherer
from lcms.numerics.chromatogram.gathered_scans import GatheredScans
from lcms.numerics.detection.decoy_fits import DecoyPeak, fit_decoy
from lcms.numerics.run.chromatogram_fit.unfitted_chromatogram import RunChromatograms
from lcms.numerics.run.fitted_peak import FittedPeak
from lcms.numerics.run.run_fit import fit_run
from lcms.schemas import Row
from lcms.simulation.plan import PRESETS, Plan
from lcms.simulation.simulated_batch import SimulatedBatch, simulated_batch
from lcms.steps.extract import extract_runs
from lcms.steps.pick import clear_candidates
from lcms.steps.simulate import simulate

PLAN: Final[Plan] = replace(
    PRESETS["hard"],
    seed=11,
    n_unknowns=12,
    absent_fraction=0.3,
    retention_drift_s=12.0,
    sensitivity_drift=0.5,
    differential_drift=0.25,
    saturation_counts=float("inf"),
    chemical_noise_width_ppm=150.0,
    n_chemical_noise_sources=60,
)
"""A hard batch: second tail, isomers at resolution 0.7, drift of times and of responses.

Chemical noise reaches to the decoys: thrice as dense as in the preset, ten times as wide.
"""


@dataclass(frozen=True)
class FigureBatch:
    """A simulated batch and what the pipeline makes of it.

    `runs` are sample_ids in the order of injection; `facts` their rows of the table `runs`;
    `auxiliary` the decoys and isotopes, and `auxiliary_chromatograms` what was cut out for
    them, by run and ion_id; `scans` are the gathered scans of the run `gathered_run`; `peaks` are
    the fitted ones by run and ion_id.
    """

    simulated: SimulatedBatch
    inputs: Inputs
    settings: Settings
    runs: Sequence[str]
    facts: Mapping[str, Row]
    chromatograms: Mapping[tuple[str, ChromatogramId], Chromatogram]
    candidates: Mapping[tuple[str, ChromatogramId], Sequence[Candidate]]
    auxiliary: Sequence[AuxiliaryIon]
    auxiliary_chromatograms: Mapping[tuple[str, str], Chromatogram]
    scans: GatheredScans
    gathered_run: str
    data: BatchData
    model: BatchModel
    peaks: Mapping[str, Mapping[str, FittedPeak]]

    def ion(self, target_id: str) -> Ion:
        """Return the ion of a target."""
        return next(ion for ion in self.inputs.ions if ion.target_id == target_id)

    def runs_of(self, sample_type: SampleType) -> list[str]:
        """Return the runs of a type in the order of injection."""
        return [
            run.sample_id for run in self.simulated.injections if run.sample_type is sample_type
        ]

    def decoys(self, run: str) -> list[DecoyPeak]:
        """Return what stands at the times of the targets in the decoys of a run."""
        return [
            peak
            for decoy in self.auxiliary
            if decoy.kind == "decoy"
            for peak in self._decoy(run, decoy)
        ]

    def _decoy(self, run: str, decoy: AuxiliaryIon) -> list[DecoyPeak]:
        """Return the fit of one decoy in one run."""
        name = decoy.chromatogram_id
        held = {name: self.auxiliary_chromatograms[run, decoy.ion.ion_id]}
        return fit_decoy(
            self.model,
            self.model.times[run],
            name,
            _run_chromatograms(self.facts[run], self.settings, held, {}),
            self.settings.integration.min_points,
        )


def figure_batch(plan: Plan = PLAN) -> FigureBatch:
    """Simulate a batch, read it, pick its candidates and learn from all of its runs."""
    with TemporaryDirectory(prefix="lcms-figures-") as name:
        folder = Path(name)
        simulate(folder, plan)
        settings = load_settings(folder / "config.yaml")
        inputs = read_inputs(settings)
        auxiliary = read_auxiliary_ions(inputs.ions, settings.extraction)
        paths = {sample.sample_id: Path(sample.mzml) for sample in inputs.samples}
        facts, rows, beside, _ = extract_runs(
            paths,
            inputs.ions,
            settings.extraction,
            lambda _: None,
            [one.ion for one in auxiliary],
        )
        gathered_run = next(
            sample.sample_id
            for sample in inputs.samples
            if sample.sample_type is SampleType.QUALITY_CONTROL
        )
        scans = _gathered(paths[gathered_run], inputs.ions, settings)
    signal_of = {ion.ion_id: ion.chromatogram_id for ion in inputs.ions}
    chromatograms = {
        (row["sample_id"], signal_of[row["ion_id"]]): chromatogram
        for row in rows
        if (chromatogram := chromatogram_of(row)) is not None
    }
    by_run = {row["sample_id"]: row for row in facts}
    candidates = {
        (run, signal): clear_candidates(
            chromatogram, settings.integration, by_run[run]["detection_threshold"]
        )
        for (run, signal), chromatogram in chromatograms.items()
    }
    data = _batch_data(inputs, settings, by_run, chromatograms, candidates)
    model = learn_batch(data)
    return FigureBatch(
        simulated=simulated_batch(plan),
        inputs=inputs,
        settings=settings,
        runs=list(data.runs),
        facts=by_run,
        chromatograms=chromatograms,
        candidates=candidates,
        auxiliary=auxiliary,
        auxiliary_chromatograms={
            (row["sample_id"], row["ion_id"]): chromatogram
            for row in beside
            if (chromatogram := chromatogram_of(row)) is not None
        },
        scans=scans,
        gathered_run=gathered_run,
        data=data,
        model=model,
        peaks={
            run: _fitted(model, settings, row, inputs.ions, chromatograms, candidates)
            for run, row in by_run.items()
        },
    )


def _fitted(
    model: BatchModel,
    settings: Settings,
    facts: Row,
    ions: Sequence[Ion],
    chromatograms: Mapping[tuple[str, ChromatogramId], Chromatogram],
    candidates: Mapping[tuple[str, ChromatogramId], Sequence[Candidate]],
) -> dict[str, FittedPeak]:
    """Return the fitted peaks of a run by ion_id."""
    run, names = facts["sample_id"], by_chromatogram(ions)
    held = {name: chromatograms[run, name] for name in names}
    picked = {name: candidates[run, name] for name in names}
    standards = [ion.chromatogram_id for ion in ions if ion.kind is TargetKind.INTERNAL_STANDARD]
    return fit_run(
        model, model.times[run], standards, _run_chromatograms(facts, settings, held, picked)
    )


def _run_chromatograms(
    facts: Row,
    settings: Settings,
    chromatograms: Mapping[ChromatogramId, Chromatogram],
    candidates: Mapping[ChromatogramId, Sequence[Candidate]],
) -> RunChromatograms:
    """Return what the fit of a run takes; the detector of the simulation does not saturate."""
    return RunChromatograms(
        chromatograms=chromatograms,
        candidates=candidates,
        offset_ppm=facts["mz_error_ppm"] or 0.0,
        mz_tolerance_ppm=settings.extraction.window_ppm(facts["mz_error_ppm"]),
        detection_threshold=facts["detection_threshold"] or 0.0,
        saturation_counts=float("inf"),
    )


def _gathered(path: Path, ions: Sequence[Ion], settings: Settings) -> GatheredScans:
    """Return the centroids near the ions in one run."""
    whole_run = [(0.0, float("inf"))] * len(ions)

    def gatherer() -> Gatherer:
        return Gatherer(ions, settings.extraction.gathered_ppm, whole_run, _as_they_are)

    return read_run(path, gatherer)[1].gathered()


def _as_they_are(mz: Floats, intensity: Floats, _: Floats) -> tuple[Floats, Floats]:
    """Return centroids unchanged: the simulated scans are no profiles."""
    return mz, intensity


def _batch_data(
    inputs: Inputs,
    settings: Settings,
    facts: Mapping[str, Row],
    chromatograms: Mapping[tuple[str, ChromatogramId], Chromatogram],
    candidates: Mapping[tuple[str, ChromatogramId], Sequence[Candidate]],
) -> BatchData:
    """Return what the batch is learned from, as `lcms learn` does."""
    calibrators = [
        sample for sample in inputs.samples if sample.sample_type is SampleType.CALIBRATOR
    ]
    return BatchData(
        runs=[sample.sample_id for sample in inputs.samples],
        ions_of=by_chromatogram(inputs.ions),
        candidates=candidates,
        nominal={
            (run, ion.target_id): nominal
            for ion in inputs.ions
            for run, nominal in nominal_concentrations(calibrators, ion, inputs.levels).items()
        },
        thresholds={run: row["detection_threshold"] for run, row in facts.items()},
        chromatogram=lambda run, signal: chromatograms.get((run, signal)),
        expected_fwhm_s=settings.integration.expected_fwhm_s,
    )
