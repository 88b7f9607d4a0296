"""Candidates and chromatograms of a batch to what it knows of times, shapes and noise."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from lcms.model import Floats, Ints, Ion
from lcms.numerics.alignment import TimeMaps
from lcms.numerics.anchoring import learn_time_maps
from lcms.numerics.batch import (
    FITTED_WIDTHS,
    KNOT_WIDTHS,
    BatchModel,
    Compound,
    RunTime,
    Signal,
    components_in_run,
)
from lcms.numerics.chromatogram import around
from lcms.numerics.co_elution import eluting_together
from lcms.numerics.joint_fit import Noise
from lcms.numerics.noise import inflation, quiet_sd
from lcms.numerics.peak_shape import PeakShape, shape_by_look, shape_of, unit_peak
from lcms.numerics.peaks import beside
from lcms.numerics.placing import (
    STRONG_SIGNAL_TO_NOISE,
    TWIN_KNOWN_SD_S,
    Placed,
    place_all,
    standards_first,
)
from lcms.numerics.residue import Residue, mz_scatter_ppm, noise_of, residue_of
from lcms.numerics.robust import robust_sd
from lcms.numerics.run_places import SEARCHED_SD
from lcms.numerics.shape_learning import Belief, Trace, learn_compounds
from lcms.numerics.signal_tracks import TRACK_SIGNAL_TO_NOISE
from lcms.numerics.survey import Survey
from lcms.numerics.twins import is_deuterated
from lcms.numerics.usual_shape import UsualShape

_MAX_TRACES: Final = 12
_APART: Final = 0.7  # of a peak width
_FIRST_SHAPE_SD: Final = np.array([0.45, 1.5, 0.2, 1.2])
_NEIGHBOUR_SHAPE_SD: Final = np.array([0.3, 1.0, 0.12, 0.8])
_TWIN_SHAPE_SD: Final = np.array([0.02, 0.1, 0.01, 0.2])
_FEW_RUNS: Final = 8
_LEAST_FLOOR: Final = 1e-6  # counts
_FIRST_RELATIVE: Final = 0.03


def learn_batch(survey: Survey) -> BatchModel:
    """Return what the runs of a batch teach about each other.

    The time map of each run from its internal standards (from all timed targets where there
    are none); each target's place from the track of candidates that fits its listed time, its
    labelled twin and the nominal concentrations; shapes from the strongest runs, first of each
    signal alone, then with what is usual in the batch as the prior; last the noise.
    """
    width_s = _usual_width_s(survey)
    maps = learn_time_maps(survey, width_s)
    survey = _as_it_elutes(survey, maps)
    placed = place_all(survey, maps, width_s)
    times = {run: _run_time(maps, k) for k, run in enumerate(survey.runs)}
    return _Learner(survey, times, placed, width_s).model()


def _run_time(maps: TimeMaps, run: int) -> RunTime:
    return RunTime(
        shift_s=float(maps.shift_s[run]),
        stretch=float(maps.stretch[run]),
        centre_s=maps.centre_s,
        sd_s=float(maps.sd_s[run]),
        jitter_s=maps.jitter_s,
        bend=maps.bend(run),
    )


def _as_it_elutes(survey: Survey, maps: TimeMaps) -> Survey:
    """Return the survey with the listed times of all ions on the common scale."""
    if maps.listed.is_flat():
        return survey
    listed_s = {
        ion.ion_id: np.array(ion.retention_time_s)
        for ions in survey.signals.values()
        for ion in ions
        if ion.retention_time_s is not None
    }

    def moved(ion: Ion) -> Ion:
        if ion.ion_id not in listed_s:
            return ion
        common_s = maps.on_common_scale(listed_s[ion.ion_id])
        return replace(ion, retention_time_s=float(common_s))

    return replace(
        survey,
        signals={signal: [moved(ion) for ion in ions] for signal, ions in survey.signals.items()},
        listed_sd_s={name: float(maps.listed_sd_s(time_s)) for name, time_s in listed_s.items()},
    )


def _usual_width_s(survey: Survey) -> float:
    widths_s = [
        peak.fwhm_s
        for peaks in survey.candidates.values()
        for peak in peaks
        if peak.signal_to_noise >= STRONG_SIGNAL_TO_NOISE and np.isfinite(peak.fwhm_s)
    ]
    return float(np.median(widths_s)) if widths_s else survey.expected_fwhm_s


class _Learner:
    """Learns shapes and noise once the peaks of every signal have their places."""

    def __init__(
        self,
        survey: Survey,
        times: Mapping[str, RunTime],
        placed: Mapping[Signal, Sequence[Placed]],
        width_s: float,
    ) -> None:
        self._survey = survey
        self._times = times
        self._placed = placed
        self._width_s = width_s
        self._floors = {signal: self._floor(signal) for signal in survey.signals}
        self._noise = {
            signal: Noise(floor, floor, _FIRST_RELATIVE) for signal, floor in self._floors.items()
        }

    def model(self) -> BatchModel:
        """Return the model of the batch."""
        sigma_s = self._width_s / 2.6
        first = PeakShape(sigma_s, 0.4 * sigma_s, 0.02, 3.5 * sigma_s).parameters()
        alone = {
            signal: self._learn(signal, [_belief(one, first, _FIRST_SHAPE_SD) for one in placed])
            for signal, placed in self._placed.items()
            if len(self._survey.signals[signal]) == 1
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

    def _floor(self, signal: Signal) -> float:
        """Return the median over the runs of the noise beside the candidates, counts."""
        found = []
        for run in self._survey.runs[:: max(1, len(self._survey.runs) // (3 * _MAX_TRACES))]:
            one = self._survey.chromatogram(run, signal)
            if one is not None and one.intensity.size:
                candidates = self._survey.candidates.get((run, signal), ())
                quiet = beside(one.retention_time_s, candidates)
                found.append(quiet_sd(one.intensity, quiet, self._survey.thresholds[run]))
        return max(float(np.median(found)) if found else 1.0, _LEAST_FLOOR)

    def _seen(self, learned: Mapping[Signal, Sequence[Belief]]) -> Floats:
        """Return place and shape of the targets that some run shows well, shape (n, 5)."""
        rows = [
            belief.mean
            for signal, beliefs in learned.items()
            for one, belief in zip(self._placed[signal], beliefs, strict=True)
            if one.ion is not None and one.is_strong()
        ]
        return np.array(rows).reshape(-1, 5)

    def _with_priors(self, usual: UsualShape) -> dict[Signal, list[Compound]]:
        """Learn every signal with what is usual, or the labelled twin, as the prior."""
        known: dict[str, Belief] = {}
        together = {
            ion.ion_id: group[0].ion_id
            for group in eluting_together(self._survey.signals)
            for ion in group
            if len(group) > 1
        }
        compounds: dict[Signal, list[Compound]] = {}
        for signal in standards_first(self._survey.signals):
            placed = self._placed[signal]
            prior = [self._prior(one, usual, known) for one in placed]
            learned = list(zip(placed, self._learn(signal, prior), strict=True))
            compounds[signal] = [self._compound(*pair, together) for pair in learned]
            known |= {
                one.ion.target_id: belief
                for one, belief in learned
                if one.ion is not None and one.is_strong()
            }
        return compounds

    def _compound(self, one: Placed, belief: Belief, together: Mapping[str, str]) -> Compound:
        ion_id = one.ion.ion_id if one.ion else None
        jitter_s = self._jitter_s(one, belief.time_s)
        return Compound(ion_id, belief, len(one.found), jitter_s, together.get(ion_id or ""))

    def _jitter_s(self, one: Placed, common_s: float) -> float:
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
        return sd_s if sd_s > SEARCHED_SD * self._width_s else 0.0

    @staticmethod
    def _prior(one: Placed, usual: UsualShape, known: Mapping[str, Belief]) -> Belief:
        if one.ion is None:
            return _belief(one, usual.at(one.time_s), _NEIGHBOUR_SHAPE_SD)
        if one.twin is None or one.twin.standard.target_id not in known:
            return _belief(one, usual.at(one.time_s), usual.sd)
        belief = known[one.twin.standard.target_id]
        if is_deuterated(one.twin.standard):
            return _belief(one, belief.mean[1:], _TWIN_SHAPE_SD)
        place = np.r_[belief.time_s, belief.mean[1:]]
        return Belief(place, np.r_[TWIN_KNOWN_SD_S, _TWIN_SHAPE_SD])

    def _learn(self, signal: Signal, prior: Sequence[Belief]) -> list[Belief]:
        """Return the beliefs of a signal's peaks after its strongest runs were seen."""
        traces = [
            trace
            for run in self._strong_runs(signal)
            if (trace := self._trace(signal, run, prior))
        ]
        if not traces:
            return list(prior)
        start = [
            self._look(one, belief)
            for one, belief in zip(self._placed[signal], prior, strict=True)
        ]
        return learn_compounds(
            traces, prior, start, self._noise[signal], KNOT_WIDTHS * self._width_s
        )

    @staticmethod
    def _look(one: Placed, prior: Belief) -> Floats:
        """Return where to begin with a shape: for a neighbour, at the look of its candidates."""
        seen = [
            (peak.fwhm_s, peak.tailing)
            for run in one.strongest(TRACK_SIGNAL_TO_NOISE)
            if np.isfinite((peak := one.found[run]).fwhm_s) and np.isfinite(peak.tailing)
        ]
        if one.ion is not None or not seen:
            return prior.mean[1:]
        return shape_by_look(*(float(value) for value in np.median(seen, axis=0))).parameters()

    def _strong_runs(self, signal: Signal) -> Ints:
        """Return the runs that show the peaks of a signal best; few for its neighbours."""
        placed = self._placed[signal]
        few = max(3, _MAX_TRACES // max(len(placed), 1))
        return np.unique(
            [
                run
                for one in placed
                for run in self._shown_by(one)[: few if one.ion is None else _MAX_TRACES]
            ]
        ).astype(np.int64)

    @staticmethod
    def _shown_by(one: Placed) -> list[int]:
        """Return the runs that show a target at all, a neighbour well; strongest first."""
        is_target = one.ion is not None
        return one.strongest(TRACK_SIGNAL_TO_NOISE if is_target else STRONG_SIGNAL_TO_NOISE)

    def _trace(self, signal: Signal, run: int, prior: Sequence[Belief]) -> Trace | None:
        name = self._survey.runs[run]
        one = self._survey.chromatogram(name, signal)
        if one is None:
            return None
        time = self._times[name]
        shift_s = np.array([time.expected_s(belief.time_s) - belief.time_s for belief in prior])
        places_s = shift_s + [belief.time_s for belief in prior]
        one = around(one, places_s, FITTED_WIDTHS * self._width_s)
        known = [placed.found.get(run) for placed in self._placed[signal]]
        others = [
            unit_peak(one.retention_time_s - peak.retention_time_s, prior[0].shape)
            for peak in self._survey.candidates.get((name, signal), ())
            if peak not in known
            and one.retention_time_s[0] <= peak.retention_time_s <= one.retention_time_s[-1]
            and np.all(np.abs(places_s - peak.retention_time_s) > _APART * self._width_s)
        ]
        curves = np.array(others).reshape(-1, one.retention_time_s.size).T
        return Trace(one.retention_time_s, one.intensity, shift_s, time.sd_s, curves)

    def _noise_of(
        self, compounds: Mapping[Signal, Sequence[Compound]]
    ) -> tuple[Noise, dict[Signal, float], float]:
        """Return gain and relative noise of the batch, inflations, and the scatter of m/z."""
        residues: list[Residue] = []
        inflations = {}
        for signal, ones in compounds.items():
            of_signal = [
                one
                for run in self._strong_runs(signal)
                if (one := self._residue(signal, self._survey.runs[run], ones)) is not None
            ]
            residues += of_signal
            inflations[signal] = inflation([score for one in of_signal for score in one.scores])
            if of_signal:
                floor = float(np.median([one.floor for one in of_signal]))
                self._floors[signal] = max(floor, _LEAST_FLOOR)
        floor = float(np.median(list(self._floors.values()))) if self._floors else 1.0
        return noise_of(residues, floor), inflations, mz_scatter_ppm(residues)

    def _residue(self, signal: Signal, run: str, compounds: Sequence[Compound]) -> Residue | None:
        """Return what the fit of a run leaves of a signal, None where there is no chromatogram."""
        trace = self._survey.chromatogram(run, signal)
        if trace is None:
            return None
        components = components_in_run(self._times[run], compounds)
        return residue_of(
            trace,
            components,
            self._noise[signal],
            self._floors[signal],
            self._width_s,
            self._survey.thresholds[run],
        )


def _belief(one: Placed, shape: Floats, shape_sd: Floats) -> Belief:
    return Belief(np.r_[one.time_s, shape], np.r_[one.sd_s, shape_sd])
