"""Batches made up in memory: chromatograms of known times, areas, shape and noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from builders import ion, peaks_in, standard
from lcms.kinds import TargetKind
from lcms.model import Chromatogram, Floats, Ion
from lcms.numerics.batch.batch_model import BatchModel
from lcms.numerics.batch.learning import learn_batch
from lcms.numerics.batch_data import BatchData
from lcms.numerics.chromatogram.window import cut
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.peak_shape import PeakShape, density, shape_of
from lcms.numerics.run.chromatogram_fit.unfitted_chromatogram import RunChromatograms
from lcms.numerics.run.fitted_peak import FittedPeak
from lcms.numerics.run.run_fit import fit_run

SHAPE = PeakShape(2.6, 1.3, 0.02, 9.0)
NOISE = Noise(150.0, 30.0, 0.02)
THRESHOLD = 300.0
TIME_S = np.arange(0.0, 400.0, 1.0)

VAL = ion("Lac-Val", 188.0928, 100.0)
ILE = ion("Lac-Ile", 202.1085, 200.0, isomer_group="leucines")
LEU = ion("Lac-Leu", 202.1085, 209.0, isomer_group="leucines")
PHE = ion("Lac-Phe", 236.0928, 300.0)
STANDARDS = (
    standard("IS-Val", 193.1242, 98.0),
    standard("IS-Leu", 205.1267, 207.0),
    standard("IS-Phe", 241.1242, 299.0),
)
IONS = (VAL, ILE, LEU, PHE, *STANDARDS)


@dataclass(frozen=True)
class Made:
    """What a test makes up.

    `areas` (count·s) by ion_id, one per run; `shift_s` of each run; `late_s` by ion_id is how
    much later than listed a compound elutes, `moved_s` the same in one run only. The chromatogram
    of a compound ends `ends_s` after its apex in a run, by run and ion_id. The widths of a run
    differ from the usual ones by `width_scatter` (relative, one sd). In the share
    `merged` of all scans another ion has pulled the centroid out of the m/z window.
    """

    areas: Mapping[str, Sequence[float]]
    shift_s: Sequence[float]
    seed: int = 1
    ions: Sequence[Ion] = IONS
    late_s: Mapping[str, float] = field(default_factory=dict)
    moved_s: Mapping[tuple[int, str], float] = field(default_factory=dict)
    scale: float = 1.0
    start_s: float = 0.0
    merged: float = 0.0
    ends_s: Mapping[tuple[int, str], float] = field(default_factory=dict)
    width_scatter: float = 0.0

    @property
    def runs(self) -> list[str]:
        return [f"s{n}" for n in range(len(self.shift_s))]

    def time_s(self, run: int, target: Ion) -> float:
        late_s = self.late_s.get(target.ion_id, 0.0)
        late_s += self.moved_s.get((run, target.ion_id), 0.0)
        return (target.retention_time_s or 0.0) + self.shift_s[run] + late_s

    def shape(self, run: int) -> PeakShape:
        wider = np.random.default_rng([self.seed, run, 77]).normal(0.0, self.width_scatter)
        return shape_of(SHAPE.parameters() + np.array([wider, 0.0, 0.0, 0.0]))

    def chromatogram(self, run: int, chromatogram_id: str) -> Chromatogram:
        number = sorted({target.chromatogram_id for target in self.ions}).index(chromatogram_id)
        random = np.random.default_rng([self.seed, run, number])
        clean = np.zeros(TIME_S.size)
        for target in self.ions:
            if target.chromatogram_id == chromatogram_id:
                curve = density(TIME_S - self.time_s(run, target), self.shape(run))[0]
                clean += self.areas.get(target.ion_id, [0.0] * (run + 1))[run] * curve
        noisy = clean + random.normal(0, np.sqrt(NOISE.variance(clean)))
        noisy[noisy < THRESHOLD] = 0.0
        errors = random.normal(0.3, 0.2, TIME_S.size)
        is_merged = random.random(TIME_S.size) < self.merged
        seen = np.where(is_merged, 0.0, noisy)
        whole = Chromatogram(
            TIME_S + self.start_s,
            self.scale * seen,
            np.where(seen > 0, errors, np.nan),
            self.scale * np.where(is_merged, noisy, 0.0),
        )
        ends_s = [
            self.start_s + self.time_s(run, target) + self.ends_s[run, target.ion_id]
            for target in self.ions
            if target.chromatogram_id == chromatogram_id and (run, target.ion_id) in self.ends_s
        ]
        return cut(whole, -np.inf, min(ends_s)) if ends_s else whole

    def batch_data(self) -> BatchData:
        ions_of: dict[str, list[Ion]] = {}
        for target in self.ions:
            ions_of.setdefault(target.chromatogram_id, []).append(target)
        chromatograms = {
            (name, chromatogram_id): self.chromatogram(run, chromatogram_id)
            for run, name in enumerate(self.runs)
            for chromatogram_id in ions_of
        }
        return BatchData(
            runs=self.runs,
            ions_of=ions_of,
            candidates={
                key: [
                    peak
                    for peak in peaks_in(chromatogram, threshold=self.scale * THRESHOLD)
                    if peak.signal_to_noise >= 5
                ]
                for key, chromatogram in chromatograms.items()
            },
            nominal={},
            thresholds=dict.fromkeys(self.runs, self.scale * THRESHOLD),
            chromatogram=lambda run, chromatogram_id: chromatograms[run, chromatogram_id],
            expected_fwhm_s=8.0,
        )


def learned(made: Made) -> BatchModel:
    return learn_batch(made.batch_data())


def fitted(made: Made) -> dict[tuple[str, str], FittedPeak]:
    """Return the peaks of a batch by run and ion_id, as `lcms integrate` fits them."""
    data = made.batch_data()
    model = learn_batch(data)
    anchors = [
        target.chromatogram_id
        for target in made.ions
        if target.kind is TargetKind.INTERNAL_STANDARD
    ]
    peaks: dict[tuple[str, str], FittedPeak] = {}
    for run in data.runs:
        run_chromatograms = RunChromatograms(
            chromatograms={
                name: chromatogram
                for name in data.ions_of
                if (chromatogram := data.chromatogram(run, name)) is not None
            },
            candidates={name: data.candidates[run, name] for name in data.ions_of},
            offset_ppm=0.3,
            mz_tolerance_ppm=5.0,
            detection_threshold=data.thresholds[run],
            saturation_counts=np.inf,
        )
        of_run = fit_run(model, model.times[run], anchors, run_chromatograms)
        peaks |= {(run, name): peak for name, peak in of_run.items()}
    return peaks


def usual(seed: int, n_runs: int = 8, *, apart_s: float = 9.0) -> Made:
    """Return a batch with scatter of everything: areas over three decades, shifts of 2 s."""
    random = np.random.default_rng([seed, 99])
    areas = {
        target.ion_id: list(10 ** random.uniform(4.3, 6.6, n_runs))
        if target.kind is TargetKind.ANALYTE
        else list(1e6 * random.lognormal(0, 0.05, n_runs))
        for target in IONS
    }
    shift_s = list(random.normal(0, 2.0, n_runs))
    return Made(areas, shift_s, seed, late_s={"Lac-Leu": apart_s - 9.0})


def true_areas(made: Made, ion_id: str) -> Floats:
    return np.array(made.areas[ion_id])
