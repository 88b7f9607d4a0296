"""Candidates and chromatograms of a batch to what it knows of times, shapes and noise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from lcms.model import Chromatogram, Floats, Ints, Ion, Peak, TargetKind
from lcms.numerics.alignment import TimeMaps, time_maps
from lcms.numerics.batch import BatchModel, Compound, RunTime, Signal, components_in_run
from lcms.numerics.chromatogram import around
from lcms.numerics.joint_fit import JointFit, Noise, fit_peaks
from lcms.numerics.noise import beside, inflation, learn_noise, quiet_sd
from lcms.numerics.peak_shape import PeakShape, density, fwhm_s, shape_by_look, shape_of
from lcms.numerics.shape_learning import Belief, Trace, learn_compounds
from lcms.numerics.tracks import SHARED_COST, Track, choose_tracks, dose_evidence, find_tracks
from lcms.numerics.twins import is_deuterated, labelled_copies

KNOT_WIDTHS: Final = 12.0  # between the knots of a baseline, in peak widths
FITTED_WIDTHS: Final = 10.0  # beyond a target, what of a chromatogram is fitted
NEAR_WIDTHS: Final = 9.0  # from a target, where other peaks count
_ANCHOR_SIGNAL_TO_NOISE: Final = 20.0
_TRACK_SIGNAL_TO_NOISE: Final = 8.0
_STRONG_SIGNAL_TO_NOISE: Final = 40.0
_NEAR_ANCHOR_S: Final = 4.0
_MAX_TRACES: Final = 12
_PERSISTENT: Final = 0.25  # share of the runs
_LISTED_SD: Final = 0.25  # of the search window
_TRACK_SD_S: Final = 0.3
_SHARED_TRACK_SD: Final = 0.25  # of a peak width
_TWIN_SD_S: Final = 0.5
_TWIN_KNOWN_SD_S: Final = 0.1
_DEUTERATED_SD_S: Final = 2.5
_LARGEST_TWIN_COST: Final = 50.0
_SHARED_SD_S: Final = 1.5
_APART: Final = 0.7  # of a peak width
_FIRST_SHAPE_SD: Final = np.array([0.45, 1.5, 0.2, 1.2])
_NEIGHBOUR_SHAPE_SD: Final = np.array([0.3, 1.0, 0.12, 0.8])
_UNSEEN_SHAPE_SD: Final = np.array([0.15, 0.5, 0.06, 0.4])
_LEAST_SHAPE_SD: Final = np.array([0.03, 0.15, 0.02, 0.2])
_TWIN_SHAPE_SD: Final = np.array([0.02, 0.1, 0.01, 0.2])
_WIDTH_SLOPE_SD: Final = 0.01  # per s, of log sigma
_WIDTH_SCATTER: Final = 0.02
_LEAST_FLOOR: Final = 1e-6  # counts
_MAD_TO_SD: Final = 1.4826
_FIRST_RELATIVE: Final = 0.03
_FIRST_MZ_SCATTER_PPM: Final = 1.0
_UNKNOWN_TIME_SD_S: Final = 2.0
_HEIGHT_EVIDENCE: Final = 3.0
_PRESENCE_EVIDENCE: Final = 5.0


@dataclass(frozen=True)
class Survey:
    """What a batch is learned from.

    `runs` are the sample_ids in the order of injection; `signals` the ions by signal;
    `windows_s` the half-width of the search by ion_id; `candidates` by run and signal;
    `nominal` the concentrations of calibrators by run and target_id; `thresholds` the
    detection threshold of a run in counts. `chromatogram` gives the
    chromatogram of a run and signal, None where the run cannot hold it.
    """

    runs: Sequence[str]
    signals: Mapping[Signal, Sequence[Ion]]
    windows_s: Mapping[str, float]
    candidates: Mapping[tuple[str, Signal], Sequence[Peak]]
    nominal: Mapping[tuple[str, str], float]
    thresholds: Mapping[str, float]
    chromatogram: Callable[[str, Signal], Chromatogram | None]
    expected_fwhm_s: float


@dataclass(frozen=True)
class _Twin:
    """The labelled copy of a target, and where it elutes on the common scale."""

    standard: Ion
    time_s: float

    @property
    def sd_s(self) -> float:
        """Return how surely the target elutes there: deuterium shifts a copy."""
        return _DEUTERATED_SD_S if is_deuterated(self.standard) else _TWIN_SD_S


@dataclass(frozen=True)
class _Placed:
    """A peak of a signal: where, how surely, and the candidates that are it by index of run."""

    ion: Ion | None
    time_s: float
    sd_s: float
    found: Mapping[int, Peak]
    twin: _Twin | None = None

    def strongest(self, signal_to_noise: float) -> list[int]:
        """Return the runs where it has at least a signal-to-noise, strongest first."""
        strong = {
            run: peak.height
            for run, peak in self.found.items()
            if peak.signal_to_noise >= signal_to_noise
        }
        return sorted(strong, key=lambda run: -strong[run])

    def is_strong(self) -> bool:
        """Tell whether some run shows it so well that other peaks may learn from its shape."""
        return bool(self.strongest(_STRONG_SIGNAL_TO_NOISE))


def learn_batch(survey: Survey) -> BatchModel:
    """Return what the runs of a batch teach about each other.

    The time map of each run from its internal standards (from all timed targets where there
    are none); each target's place from the track of candidates that fits its listed time, its
    labelled twin and the nominal concentrations; shapes from the strongest runs, first of each
    signal alone, then with what is usual in the batch as the prior; last the noise.
    """
    maps = _time_maps(survey)
    width_s = _usual_width_s(survey)
    placed = _place_all(survey, maps, width_s)
    times = {
        run: RunTime(
            float(maps.shift_s[k]), float(maps.stretch[k]), maps.centre_s, float(maps.sd_s[k])
        )
        for k, run in enumerate(survey.runs)
    }
    learner = _Learner(survey, times, placed, width_s)
    return learner.model()


def _time_maps(survey: Survey) -> TimeMaps:
    """Return the time maps by the internal standards, else by all timed targets."""
    timed = [
        (signal, ion)
        for signal, ions in survey.signals.items()
        for ion in ions
        if ion.retention_time_s is not None and len(ions) == 1
    ]
    standards = [one for one in timed if one[1].kind is TargetKind.INTERNAL_STANDARD]
    order = np.arange(len(survey.runs), dtype=float)
    for anchors in (standards, timed):
        listed_s = np.array([ion.retention_time_s for _, ion in anchors], dtype=float)
        signals = [signal for signal, _ in anchors]
        windows_s = np.array([survey.windows_s[ion.ion_id] for _, ion in anchors])
        centres_s = np.tile(listed_s, (order.size, 1))
        observed_s = _strongest_s(survey, signals, centres_s, windows_s)
        if not np.isfinite(observed_s).any():
            continue
        maps = time_maps(observed_s, listed_s, order)
        centres_s = np.array(
            [maps.in_run(run, listed_s + maps.offset_s) for run in range(order.size)]
        )
        near_s = np.full(listed_s.size, _NEAR_ANCHOR_S)
        return time_maps(_strongest_s(survey, signals, centres_s, near_s), listed_s, order)
    nothing = np.zeros(order.size)
    return TimeMaps(nothing, nothing, nothing + _UNKNOWN_TIME_SD_S, 0.0, np.zeros(0))


def _strongest_s(
    survey: Survey, signals: Sequence[Signal], centres_s: Floats, reach_s: Floats
) -> Floats:
    """Return the time of the highest clear candidate near each centre, else NaN."""
    found = np.full(centres_s.shape, np.nan)
    for column, signal in enumerate(signals):
        for row, run in enumerate(survey.runs):
            near = [
                peak
                for peak in survey.candidates.get((run, signal), ())
                if peak.signal_to_noise >= _ANCHOR_SIGNAL_TO_NOISE
                and abs(peak.retention_time_s - centres_s[row, column]) <= reach_s[column]
            ]
            if near:
                found[row, column] = max(near, key=lambda peak: peak.height).retention_time_s
    return found


def _usual_width_s(survey: Survey) -> float:
    widths_s = [
        peak.fwhm_s
        for peaks in survey.candidates.values()
        for peak in peaks
        if peak.signal_to_noise >= _STRONG_SIGNAL_TO_NOISE and np.isfinite(peak.fwhm_s)
    ]
    return float(np.median(widths_s)) if widths_s else survey.expected_fwhm_s


def _place_all(survey: Survey, maps: TimeMaps, width_s: float) -> dict[Signal, list[_Placed]]:
    """Place standards first: their places tell those of the analytes they are copies of."""
    standards: dict[str, tuple[Ion, float]] = {}
    placed: dict[Signal, list[_Placed]] = {}
    for signal in _standards_first(survey.signals):
        placed[signal] = _place_signal(survey, maps, signal, standards, width_s)
        standards |= {
            one.ion.target_id: (one.ion, one.time_s)
            for one in placed[signal]
            if one.ion is not None and one.ion.kind is TargetKind.INTERNAL_STANDARD and one.found
        }
    return placed


def _standards_first(signals: Mapping[Signal, Sequence[Ion]]) -> list[Signal]:
    return sorted(
        signals,
        key=lambda signal: (
            not all(ion.kind is TargetKind.INTERNAL_STANDARD for ion in signals[signal])
        ),
    )


def _twin_hypotheses(
    ions: Sequence[Ion], standards: Mapping[str, tuple[Ion, float]]
) -> list[dict[str, _Twin]]:
    """Return every way in which standards may be the copies of ions, by ion_id.

    A standard that isomers share is the copy of one of them; which, the times will tell.
    """
    choices = [
        [{copy.ion_id: _Twin(standard, time_s)} for copy in labelled_copies(standard, ions)]
        for standard, time_s in standards.values()
    ]
    return [
        {name: twin for one in chosen for name, twin in one.items()}
        for chosen in product(*(choice for choice in choices if choice))
    ]


def _place_signal(
    survey: Survey,
    maps: TimeMaps,
    signal: Signal,
    standards: Mapping[str, tuple[Ion, float]],
    width_s: float,
) -> list[_Placed]:
    """Return the targets of a signal and the neighbours that many runs have."""
    found = [
        (run, peak)
        for run, name in enumerate(survey.runs)
        for peak in survey.candidates.get((name, signal), ())
        if peak.signal_to_noise >= _TRACK_SIGNAL_TO_NOISE
    ]
    runs = np.array([run for run, _ in found], dtype=np.int64)
    times_s = np.array(
        [float(maps.common(run, np.array(peak.retention_time_s))) for run, peak in found]
    )
    tracks = find_tracks(times_s, runs, np.array([peak.height for _, peak in found]), width_s)
    peaks_of = [{int(runs[m]): found[m][1] for m in track.members} for track in tracks]
    ions = sorted(survey.signals[signal], key=lambda ion: ion.retention_time_s or 0.0)
    cost = np.array(
        [
            [
                _cost(survey, ion, track, peaks)
                for track, peaks in zip(tracks, peaks_of, strict=True)
            ]
            for ion in ions
        ]
    ).reshape(len(ions), len(tracks))
    tried = [
        (twins, *_choose(ions, tracks, cost, twins)) for twins in _twin_hypotheses(ions, standards)
    ]
    twins, chosen, _ = min(tried, key=lambda one: one[2])
    placed = [
        _placed(ion, index, ions, chosen, tracks, peaks_of, twins.get(ion.ion_id), width_s)
        if index is not None
        else _unseen(ion, survey.windows_s[ion.ion_id], twins.get(ion.ion_id))
        for ion, index in zip(ions, chosen, strict=True)
    ]
    targets = [one for one in placed if np.isfinite(one.time_s)]
    least = max(1.0, _PERSISTENT * len(survey.runs))
    neighbours = [
        _Placed(None, track.time_s, _TRACK_SD_S, peaks_of[k])
        for k, track in enumerate(tracks)
        if k not in chosen
        and len(track.members) >= least
        and any(abs(track.time_s - one.time_s) <= NEAR_WIDTHS * width_s for one in targets)
    ]
    return targets + neighbours


def _choose(
    ions: Sequence[Ion], tracks: Sequence[Track], cost: Floats, twins: Mapping[str, "_Twin"]
) -> tuple[list[int | None], float]:
    """Return the track of each ion if the twins are these, and what that costs."""
    times_s = np.array([track.time_s for track in tracks])
    by_twin = np.zeros_like(cost)
    for row, ion in enumerate(ions):
        twin = twins.get(ion.ion_id)
        if twin is not None:
            by_twin[row] = 0.5 * ((times_s - twin.time_s) / twin.sd_s) ** 2
    chosen = choose_tracks(cost + np.minimum(by_twin, _LARGEST_TWIN_COST))
    total = 0.0
    for row, index in enumerate(chosen):
        if index is None:
            continue
        sharing = [ions[k] for k, other in enumerate(chosen) if other == index]
        total += float(cost[row, index])
        if len(sharing) == 1:
            total += float(by_twin[row, index])
        elif ions[row].ion_id in twins:
            total += _shared_cost(ions[row], sharing, times_s[index], twins[ions[row].ion_id])
    return chosen, total + SHARED_COST * (len(chosen) - len(set(chosen)))


def _shared_cost(ion: Ion, sharing: Sequence[Ion], track_s: float, twin: "_Twin") -> float:
    """Return the cost of a twin inside a track that isomers share: their mean lies on it."""
    listed_s = [one.retention_time_s or 0.0 for one in sharing]
    mean_s = twin.time_s + float(np.mean(listed_s)) - (ion.retention_time_s or 0.0)
    return 0.5 * ((mean_s - track_s) / _SHARED_SD_S) ** 2


def _placed(
    ion: Ion,
    index: int,
    ions: Sequence[Ion],
    chosen: Sequence[int | None],
    tracks: Sequence[Track],
    peaks_of: Sequence[Mapping[int, Peak]],
    twin: _Twin | None,
    width_s: float,
) -> _Placed:
    """Return a target on its track; isomers that no run resolves lie around theirs."""
    time_s, sd_s = tracks[index].time_s, _TRACK_SD_S
    sharing = [one for one, other in zip(ions, chosen, strict=True) if other == index]
    if len(sharing) > 1:
        if twin is not None and not is_deuterated(twin.standard):
            return _Placed(ion, twin.time_s, _TWIN_KNOWN_SD_S, peaks_of[index], twin)
        listed_s = [one.retention_time_s or 0.0 for one in sharing]
        time_s += (ion.retention_time_s or 0.0) - float(np.mean(listed_s))
        sd_s = _SHARED_TRACK_SD * width_s
    return _Placed(ion, time_s, sd_s, peaks_of[index], twin)


def _unseen(ion: Ion, window_s: float, twin: _Twin | None) -> _Placed:
    """Return a target that no candidate of the batch is: where its twin or the list says."""
    if twin is not None:
        return _Placed(ion, twin.time_s, twin.sd_s, {}, twin)
    time_s = float("nan") if ion.retention_time_s is None else ion.retention_time_s
    return _Placed(ion, time_s, _LISTED_SD * window_s, {})


def _cost(survey: Survey, ion: Ion, track: Track, peaks: Mapping[int, Peak]) -> float:
    """Return minus the log-likelihood that a track is a target's, whatever its twin says."""
    cost = _time_cost(survey, ion, track, peaks)
    doses = [
        (np.log(peak.area), np.log(nominal))
        for run, peak in peaks.items()
        if (nominal := survey.nominal.get((survey.runs[run], ion.target_id), 0.0)) > 0
        and peak.area > 0
    ]
    if doses:
        log_area, log_nominal = np.array(doses).T
        cost -= dose_evidence(log_area, log_nominal)
    if ion.kind is TargetKind.INTERNAL_STANDARD:
        cost -= float(np.log(np.median([peak.height for peak in peaks.values()])))
        cost -= _PRESENCE_EVIDENCE * len(peaks) / len(survey.runs)
    return cost


def _time_cost(survey: Survey, ion: Ion, track: Track, peaks: Mapping[int, Peak]) -> float:
    """Return the cost by the listed time; without one, the highest track is the cheapest."""
    if ion.retention_time_s is None:
        return -_HEIGHT_EVIDENCE * float(np.log(max(peak.height for peak in peaks.values())))
    window_s = survey.windows_s[ion.ion_id]
    away_s = track.time_s - ion.retention_time_s
    return (
        float("inf") if abs(away_s) > window_s else 0.5 * (away_s / (_LISTED_SD * window_s)) ** 2
    )


class _Learner:
    """Learns shapes and noise once the peaks of every signal have their places."""

    def __init__(
        self,
        survey: Survey,
        times: Mapping[str, RunTime],
        placed: Mapping[Signal, Sequence[_Placed]],
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
        usual = _Usual.of(self._seen(alone), first)
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

    def _with_priors(self, usual: "_Usual") -> dict[Signal, list[Compound]]:
        """Learn every signal with what is usual, or the labelled twin, as the prior."""
        known: dict[str, Belief] = {}
        compounds: dict[Signal, list[Compound]] = {}
        for signal in _standards_first(self._survey.signals):
            placed = self._placed[signal]
            prior = [self._prior(one, usual, known) for one in placed]
            learned = self._learn(signal, prior)
            compounds[signal] = [
                Compound(one.ion.ion_id if one.ion else None, belief, len(one.found))
                for one, belief in zip(placed, learned, strict=True)
            ]
            known |= {
                one.ion.target_id: belief
                for one, belief in zip(placed, learned, strict=True)
                if one.ion is not None and one.is_strong()
            }
        return compounds

    @staticmethod
    def _prior(one: _Placed, usual: "_Usual", known: Mapping[str, Belief]) -> Belief:
        if one.ion is None:
            return _belief(one, usual.at(one.time_s), _NEIGHBOUR_SHAPE_SD)
        if one.twin is None or one.twin.standard.target_id not in known:
            return _belief(one, usual.at(one.time_s), usual.sd)
        belief = known[one.twin.standard.target_id]
        if is_deuterated(one.twin.standard):
            return _belief(one, belief.mean[1:], _TWIN_SHAPE_SD)
        place = np.r_[belief.time_s, belief.mean[1:]]
        return Belief(place, np.r_[_TWIN_KNOWN_SD_S, _TWIN_SHAPE_SD])

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
    def _look(one: _Placed, prior: Belief) -> Floats:
        """Return where to begin with a shape: for a neighbour, at the look of its candidates."""
        seen = [
            (peak.fwhm_s, peak.tailing)
            for run in one.strongest(_TRACK_SIGNAL_TO_NOISE)
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
    def _shown_by(one: _Placed) -> list[int]:
        """Return the runs that show a target at all, a neighbour well; strongest first."""
        is_target = one.ion is not None
        return one.strongest(_TRACK_SIGNAL_TO_NOISE if is_target else _STRONG_SIGNAL_TO_NOISE)

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
            density(one.retention_time_s - peak.retention_time_s, prior[0].shape)[0]
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
        models, residuals, errors, inflations = [], [], [], {}
        for signal, ones in compounds.items():
            scores: list[float] = []
            floors: list[float] = []
            for run in self._strong_runs(signal):
                name = self._survey.runs[run]
                trace = self._survey.chromatogram(name, signal)
                if trace is None:
                    continue
                components = components_in_run(self._times[name], ones)
                places_s = np.array([one.expected_s for one in components])
                trace = around(trace, places_s, FITTED_WIDTHS * self._width_s)
                fit = fit_peaks(
                    trace.retention_time_s,
                    trace.intensity,
                    components,
                    self._noise[signal],
                    KNOT_WIDTHS * self._width_s,
                )
                explained = fit.curves.sum(axis=0)
                on_peak = explained > _STRONG_SIGNAL_TO_NOISE / 4 * self._floors[signal]
                models.append(explained[on_peak])
                residuals.append(fit.residual[on_peak])
                top = explained > explained.max(initial=0.0) / 2
                shown = trace.centroid_error_ppm[on_peak & top]
                shown = shown[np.isfinite(shown)]
                errors.append(shown - np.median(shown) if shown.size else shown)
                quiet = np.abs(fit.curves).sum(axis=0) < self._floors[signal]
                unexplained = trace.intensity - explained
                floors.append(quiet_sd(unexplained, quiet, self._survey.thresholds[name]))
                scores += _null_scores(
                    trace.retention_time_s, fit, components[0].shape, self._floors[signal]
                )
            inflations[signal] = inflation(scores)
            if floors:
                self._floors[signal] = max(float(np.median(floors)), _LEAST_FLOOR)
        joined = np.concatenate(models) if models else np.zeros(0)
        floor = float(np.median(list(self._floors.values()))) if self._floors else 1.0
        noise = learn_noise(joined, np.concatenate(residuals) if models else joined, floor)
        shown = np.concatenate(errors) if errors else np.zeros(0)
        scatter_ppm = (
            _MAD_TO_SD * float(np.median(np.abs(shown))) if shown.size else _FIRST_MZ_SCATTER_PPM
        )
        return noise, inflations, scatter_ppm


def _null_scores(time_s: Floats, fit: JointFit, shape: PeakShape, floor: float) -> list[float]:
    """Return area by standard error of a peak fitted to the residual where there is none."""
    width_s = fwhm_s(shape)
    empty = fit.curves.sum(axis=0) < floor / 2
    scores = []
    for place_s in np.arange(time_s[0] + width_s, time_s[-1] - width_s, width_s):
        near = np.abs(time_s - place_s) <= width_s
        if empty[near].all() and near.any():
            curve = density(time_s[near] - place_s, shape)[0]
            scores.append(float(curve @ fit.residual[near] / (floor * np.sqrt(curve @ curve))))
    return scores


@dataclass(frozen=True)
class _Usual:
    """The usual shape: parameters at `centre_s`, their scatter, growth of log sigma per s."""

    mean: Floats
    sd: Floats
    centre_s: float
    growth: float

    @staticmethod
    def of(seen: Floats, first: Floats) -> "_Usual":
        """Return what is usual among places and shapes of shape (n, 5)."""
        if seen.shape[0] == 0:
            return _Usual(first, _UNSEEN_SHAPE_SD, 0.0, 0.0)
        centre_s = float(seen[:, 0].mean())
        x, values = seen[:, 0] - centre_s, seen[:, 1:].copy()
        growth = _robust_slope(x, values[:, 0])
        values[:, 0] -= growth * x
        mean = np.median(values, axis=0)
        scatter = _MAD_TO_SD * np.median(np.abs(values - mean), axis=0)
        least = _LEAST_SHAPE_SD if seen.shape[0] > 2 else _UNSEEN_SHAPE_SD
        return _Usual(mean, np.maximum(scatter, least), centre_s, growth)

    def at(self, time_s: float) -> Floats:
        """Return the parameters of the usual shape at a time on the common scale."""
        parameters = self.mean.copy()
        parameters[0] += self.growth * (time_s - self.centre_s)
        return parameters


def _robust_slope(x: Floats, y: Floats) -> float:
    """Return the slope of y on x, by least absolute deviations, shrunk towards 0."""
    slope = 0.0
    ridge = 1.0 / (_WIDTH_SLOPE_SD**2 / _WIDTH_SCATTER)
    for _ in range(5):
        residual = y - slope * x
        weights = 1.0 / np.maximum(np.abs(residual - np.median(residual)), _WIDTH_SCATTER)
        dx = x - np.average(x, weights=weights)
        dy = y - np.average(y, weights=weights)
        slope = float(np.sum(weights * dx * dy) / (np.sum(weights * dx**2) + ridge))
    return slope


def _belief(one: _Placed, shape: Floats, shape_sd: Floats) -> Belief:
    return Belief(np.r_[one.time_s, shape], np.r_[one.sd_s, shape_sd])
