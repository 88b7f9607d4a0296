"""Candidates and chromatograms of a batch to what it knows of times, shapes and noise."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from lcms.model import ChromatogramId, Floats, Ints, Ion
from lcms.numerics.batch.assignment import (
    STRONG_SIGNAL_TO_NOISE,
    TWIN_KNOWN_SD_S,
    AssignedTrack,
    assign_tracks,
    standards_first,
)
from lcms.numerics.batch.batch_model import (
    FITTED_WIDTHS,
    KNOT_WIDTHS,
    SEARCHED_SD_WIDTHS,
    BatchModel,
    CompoundModel,
    RunTime,
    expected_peaks,
)
from lcms.numerics.batch.chromatogram_tracks import TRACK_SIGNAL_TO_NOISE
from lcms.numerics.batch.residuals import FitResiduals, fit_residuals, mz_scatter_ppm, noise_of
from lcms.numerics.batch.shape_learning import TimeAndShape, TrainingChromatogram, learn_compounds
from lcms.numerics.batch.usual_shape import UsualShape
from lcms.numerics.batch_data import BatchData
from lcms.numerics.chromatogram.window import around
from lcms.numerics.peak.candidates import beside
from lcms.numerics.peak.joint_fit import Noise
from lcms.numerics.peak.noise import LEAST_FLOOR_COUNTS, inflation, quiet_sd
from lcms.numerics.peak.peak_shape import PeakShape, shape_by_look, shape_of, unit_peak
from lcms.numerics.robust import robust_sd
from lcms.numerics.time.alignment import TimeMaps
from lcms.numerics.time.anchors import learn_time_maps
from lcms.numerics.time.co_elution import eluting_together
from lcms.numerics.time.labelled_copies import is_deuterated

_MAX_TRACES: Final = 12
_APART: Final = 0.7  # of a peak width
_FIRST_SHAPE_SD: Final = np.array([0.45, 1.5, 0.2, 1.2])
_NEIGHBOUR_SHAPE_SD: Final = np.array([0.3, 1.0, 0.12, 0.8])
_TWIN_SHAPE_SD: Final = np.array([0.02, 0.1, 0.01, 0.2])
_FEW_RUNS: Final = 8
_FIRST_RELATIVE: Final = 0.03


def learn_batch(batch_data: BatchData) -> BatchModel:
    """Return what the runs of a batch teach about each other.

    The time map of each run from its internal standards (from all timed targets where there
    are none); each target's place from the track of candidates that fits its listed time, its
    labelled twin and the nominal concentrations; shapes from the strongest runs, first of each
    signal alone, then with what is usual in the batch as the prior; last the noise.
    """
    width_s = _usual_width_s(batch_data)
    maps = learn_time_maps(batch_data, width_s)
    batch_data = _as_it_elutes(batch_data, maps)
    assigned = assign_tracks(batch_data, maps, width_s)
    times = {run: _run_time(maps, k) for k, run in enumerate(batch_data.runs)}
    return _Learner(batch_data, times, assigned, width_s).model()


def _run_time(maps: TimeMaps, run: int) -> RunTime:
    return RunTime(
        shift_s=float(maps.shift_s[run]),
        stretch=float(maps.stretch[run]),
        centre_s=maps.centre_s,
        sd_s=float(maps.sd_s[run]),
        jitter_s=maps.jitter_s,
        bend=maps.bend(run),
    )


def _as_it_elutes(batch_data: BatchData, maps: TimeMaps) -> BatchData:
    """Return the survey with the listed times of all ions on the common scale."""
    if maps.listed.is_flat():
        return batch_data
    listed_s = {
        ion.ion_id: np.array(ion.retention_time_s)
        for ions in batch_data.ions_of.values()
        for ion in ions
        if ion.retention_time_s is not None
    }

    def moved(ion: Ion) -> Ion:
        if ion.ion_id not in listed_s:
            return ion
        common_s = maps.on_common_scale(listed_s[ion.ion_id])
        return replace(ion, retention_time_s=float(common_s))

    return replace(
        batch_data,
        ions_of={
            chromatogram_id: [moved(ion) for ion in ions]
            for chromatogram_id, ions in batch_data.ions_of.items()
        },
        listed_sd_s={name: float(maps.listed_sd_s(time_s)) for name, time_s in listed_s.items()},
    )


def _usual_width_s(batch_data: BatchData) -> float:
    widths_s = [
        peak.fwhm_s
        for peaks in batch_data.candidates.values()
        for peak in peaks
        if peak.signal_to_noise >= STRONG_SIGNAL_TO_NOISE and np.isfinite(peak.fwhm_s)
    ]
    return float(np.median(widths_s)) if widths_s else batch_data.expected_fwhm_s


class _Learner:
    """Learns shapes and noise once the peaks of every signal have their places."""

    def __init__(
        self,
        batch_data: BatchData,
        times: Mapping[str, RunTime],
        assigned: Mapping[ChromatogramId, Sequence[AssignedTrack]],
        width_s: float,
    ) -> None:
        self._survey = batch_data
        self._times = times
        self._placed = assigned
        self._width_s = width_s
        self._floors = {
            chromatogram_id: self._floor(chromatogram_id) for chromatogram_id in batch_data.ions_of
        }
        self._noise = {
            chromatogram_id: Noise(floor, floor, _FIRST_RELATIVE)
            for chromatogram_id, floor in self._floors.items()
        }

    def model(self) -> BatchModel:
        """Return the model of the batch."""
        sigma_s = self._width_s / 2.6
        first = PeakShape(sigma_s, 0.4 * sigma_s, 0.02, 3.5 * sigma_s).parameters()
        alone = {
            chromatogram_id: self._learn(
                chromatogram_id, [_belief(one, first, _FIRST_SHAPE_SD) for one in assigned]
            )
            for chromatogram_id, assigned in self._placed.items()
            if len(self._survey.ions_of[chromatogram_id]) == 1
        }
        usual = UsualShape.of(self._seen(alone), first)
        compounds = self._with_priors(usual)
        noise, inflations, scatter_ppm = self._noise_of(compounds)
        return BatchModel(
            times=self._times,
            compounds=compounds,
            floors=self._floors,
            inflations=inflations,
            gain=noise.gain,
            relative=noise.relative,
            usual=shape_of(usual.mean),
            mz_scatter_ppm=scatter_ppm,
        )

    def _floor(self, chromatogram_id: ChromatogramId) -> float:
        """Return the median over the runs of the noise beside the candidates, counts."""
        found = []
        for run in self._survey.runs[:: max(1, len(self._survey.runs) // (3 * _MAX_TRACES))]:
            one = self._survey.chromatogram(run, chromatogram_id)
            if one is not None and one.intensity.size:
                candidates = self._survey.candidates.get((run, chromatogram_id), ())
                quiet = beside(one.retention_time_s, candidates)
                found.append(quiet_sd(one.intensity, quiet, self._survey.thresholds[run]))
        return max(float(np.median(found)) if found else 1.0, LEAST_FLOOR_COUNTS)

    def _seen(self, learned: Mapping[ChromatogramId, Sequence[TimeAndShape]]) -> Floats:
        """Return place and shape of the targets that some run shows well, shape (n, 5)."""
        rows = [
            belief.mean
            for chromatogram_id, beliefs in learned.items()
            for one, belief in zip(self._placed[chromatogram_id], beliefs, strict=True)
            if one.ion is not None and one.is_strong()
        ]
        return np.array(rows).reshape(-1, 5)

    def _with_priors(self, usual: UsualShape) -> dict[ChromatogramId, list[CompoundModel]]:
        """Learn every signal with what is usual, or the labelled twin, as the prior."""
        known: dict[str, TimeAndShape] = {}
        together = {
            ion.ion_id: group[0].ion_id
            for group in eluting_together(self._survey.ions_of)
            for ion in group
            if len(group) > 1
        }
        compounds: dict[ChromatogramId, list[CompoundModel]] = {}
        for chromatogram_id in standards_first(self._survey.ions_of):
            assigned = self._placed[chromatogram_id]
            prior = [self._prior(one, usual, known) for one in assigned]
            learned = list(zip(assigned, self._learn(chromatogram_id, prior), strict=True))
            compounds[chromatogram_id] = [self._compound(*pair, together) for pair in learned]
            known |= {
                one.ion.target_id: belief
                for one, belief in learned
                if one.ion is not None and one.is_strong()
            }
        return compounds

    def _compound(
        self, one: AssignedTrack, belief: TimeAndShape, together: Mapping[str, str]
    ) -> CompoundModel:
        ion_id = one.ion.ion_id if one.ion else None
        jitter_s = self._jitter_s(one, belief.time_s)
        return CompoundModel(ion_id, belief, len(one.found), jitter_s, together.get(ion_id or ""))

    def _jitter_s(self, one: AssignedTrack, common_s: float) -> float:
        """Return how much the places of a compound in its strong runs scatter, one sd.

        0 unless it is so much that it must be looked for: candidates have errors of their own.
        """
        runs = one.strongest(STRONG_SIGNAL_TO_NOISE)
        times = [self._times[self._survey.runs[run]] for run in runs]
        away_s = np.array(
            [
                one.found[run].retention_time_s - time.expected_s(common_s)
                for run, time in zip(runs, times, strict=True)
            ]
        )
        if away_s.size <= 1:
            return 0.0
        off_s = away_s - np.median(away_s)
        sd_s = robust_sd(off_s)
        if away_s.size < _FEW_RUNS:
            sd_s = float(np.sqrt(np.sum(off_s**2) / (away_s.size - 1)))
        return sd_s if sd_s > SEARCHED_SD_WIDTHS * self._width_s else 0.0

    @staticmethod
    def _prior(
        one: AssignedTrack, usual: UsualShape, known: Mapping[str, TimeAndShape]
    ) -> TimeAndShape:
        if one.ion is None:
            return _belief(one, usual.at(one.time_s), _NEIGHBOUR_SHAPE_SD)
        if one.twin is None or one.twin.standard.target_id not in known:
            return _belief(one, usual.at(one.time_s), usual.sd)
        belief = known[one.twin.standard.target_id]
        if is_deuterated(one.twin.standard):
            return _belief(one, belief.mean[1:], _TWIN_SHAPE_SD)
        place = np.r_[belief.time_s, belief.mean[1:]]
        return TimeAndShape(place, np.r_[TWIN_KNOWN_SD_S, _TWIN_SHAPE_SD])

    def _learn(
        self, chromatogram_id: ChromatogramId, prior: Sequence[TimeAndShape]
    ) -> list[TimeAndShape]:
        """Return the beliefs of a signal's peaks after its strongest runs were seen."""
        traces = [
            trace
            for run in self._strong_runs(chromatogram_id)
            if (trace := self._trace(chromatogram_id, run, prior))
        ]
        if not traces:
            return list(prior)
        start = [
            self._look(one, belief)
            for one, belief in zip(self._placed[chromatogram_id], prior, strict=True)
        ]
        return learn_compounds(
            traces, prior, start, self._noise[chromatogram_id], KNOT_WIDTHS * self._width_s
        )

    @staticmethod
    def _look(one: AssignedTrack, prior: TimeAndShape) -> Floats:
        """Return where to begin with a shape: for a neighbour, at the look of its candidates."""
        seen = [
            (peak.fwhm_s, peak.tailing)
            for run in one.strongest(TRACK_SIGNAL_TO_NOISE)
            if np.isfinite((peak := one.found[run]).fwhm_s) and np.isfinite(peak.tailing)
        ]
        if one.ion is not None or not seen:
            return prior.mean[1:]
        return shape_by_look(*(float(value) for value in np.median(seen, axis=0))).parameters()

    def _strong_runs(self, chromatogram_id: ChromatogramId) -> Ints:
        """Return the runs that show the peaks of a signal best; few for its neighbours."""
        assigned = self._placed[chromatogram_id]
        few = max(3, _MAX_TRACES // max(len(assigned), 1))
        return np.unique(
            [
                run
                for one in assigned
                for run in self._shown_by(one)[: few if one.ion is None else _MAX_TRACES]
            ]
        ).astype(np.int64)

    @staticmethod
    def _shown_by(one: AssignedTrack) -> list[int]:
        """Return the runs that show a target at all, a neighbour well; strongest first."""
        is_target = one.ion is not None
        return one.strongest(TRACK_SIGNAL_TO_NOISE if is_target else STRONG_SIGNAL_TO_NOISE)

    def _trace(
        self, chromatogram_id: ChromatogramId, run: int, prior: Sequence[TimeAndShape]
    ) -> TrainingChromatogram | None:
        name = self._survey.runs[run]
        one = self._survey.chromatogram(name, chromatogram_id)
        if one is None:
            return None
        time = self._times[name]
        shift_s = np.array([time.expected_s(belief.time_s) - belief.time_s for belief in prior])
        places_s = shift_s + [belief.time_s for belief in prior]
        one = around(one, places_s, FITTED_WIDTHS * self._width_s)
        known = [assigned.found.get(run) for assigned in self._placed[chromatogram_id]]
        others = [
            unit_peak(one.retention_time_s - peak.retention_time_s, prior[0].shape)
            for peak in self._survey.candidates.get((name, chromatogram_id), ())
            if peak not in known
            and one.retention_time_s[0] <= peak.retention_time_s <= one.retention_time_s[-1]
            and np.all(np.abs(places_s - peak.retention_time_s) > _APART * self._width_s)
        ]
        curves = np.array(others).reshape(-1, one.retention_time_s.size).T
        return TrainingChromatogram(
            one.retention_time_s, one.intensity, shift_s, time.sd_s, curves
        )

    def _noise_of(
        self, compounds: Mapping[ChromatogramId, Sequence[CompoundModel]]
    ) -> tuple[Noise, dict[ChromatogramId, float], float]:
        """Return gain and relative noise of the batch, inflations, and the scatter of m/z."""
        residues: list[FitResiduals] = []
        inflations = {}
        for chromatogram_id, ones in compounds.items():
            of_signal = [
                one
                for run in self._strong_runs(chromatogram_id)
                if (one := self._residue(chromatogram_id, self._survey.runs[run], ones))
                is not None
            ]
            residues += of_signal
            inflations[chromatogram_id] = inflation(
                [score for one in of_signal for score in one.scores]
            )
            if of_signal:
                floor = float(np.median([one.floor for one in of_signal]))
                self._floors[chromatogram_id] = max(floor, LEAST_FLOOR_COUNTS)
        floor = float(np.median(list(self._floors.values()))) if self._floors else 1.0
        return noise_of(residues, floor), inflations, mz_scatter_ppm(residues)

    def _residue(
        self, chromatogram_id: ChromatogramId, run: str, compounds: Sequence[CompoundModel]
    ) -> FitResiduals | None:
        """Return what the fit of a run leaves of a signal, None where there is no chromatogram."""
        trace = self._survey.chromatogram(run, chromatogram_id)
        if trace is None:
            return None
        components = expected_peaks(self._times[run], compounds)
        return fit_residuals(
            trace,
            components,
            self._noise[chromatogram_id],
            self._floors[chromatogram_id],
            self._width_s,
            self._survey.thresholds[run],
        )


def _belief(one: AssignedTrack, shape: Floats, shape_sd: Floats) -> TimeAndShape:
    return TimeAndShape(np.r_[one.time_s, shape], np.r_[one.sd_s, shape_sd])
