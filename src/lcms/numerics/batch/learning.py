"""Candidates and chromatograms of a batch in, the model of the batch out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from lcms.model import ChromatogramId, Floats, Ion
from lcms.numerics.assignment.assigned_track import STRONG_SIGNAL_TO_NOISE, AssignedTrack
from lcms.numerics.assignment.assignment import assign_tracks, standards_first
from lcms.numerics.batch.aligned_batch import AlignedBatch
from lcms.numerics.batch.batch_model import BatchModel, CompoundModel, RunTime
from lcms.numerics.batch.batch_noise import first_noise, learn_batch_noise
from lcms.numerics.batch.isomer_shapes import with_held_shapes, with_sd_of
from lcms.numerics.batch.shape_learning import TimeAndShape
from lcms.numerics.batch.shape_priors import first_prior, first_shape, prior_of
from lcms.numerics.batch.time_scatter import time_scatter_s
from lcms.numerics.batch.training import learn_chromatogram, with_strongest_in_memory
from lcms.numerics.batch.usual_shape import UsualShape
from lcms.numerics.batch_data import BatchData
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.peak_shape import shape_of
from lcms.numerics.time.alignment import TimeMaps
from lcms.numerics.time.anchors import learn_time_maps
from lcms.numerics.time.co_elution import co_eluting_ions


def learn_batch(batch_data: BatchData) -> BatchModel:
    """Return the model of a batch, learned from all its runs.

    First the time map of each run, from its internal standards (from all targets with a listed
    time where there are none). Then the track of each target, by its listed time, its labelled
    copy and the nominal concentrations. Then the peak shapes, from the strongest runs: each
    chromatogram by itself, from these the usual shape of the batch, and every chromatogram again
    with the usual shape or that of the labelled copy as the prior. Last the noise.
    """
    width_s = usual_width_s(batch_data)
    maps = learn_time_maps(batch_data, width_s)
    batch_data = with_common_times(batch_data, maps)
    batch = AlignedBatch(
        data=batch_data,
        times={name: _run_time(maps, run) for run, name in enumerate(batch_data.runs)},
        assigned=assign_tracks(batch_data, maps, width_s),
        width_s=width_s,
    )
    noise = first_noise(batch_data)
    batch = with_strongest_in_memory(batch)
    alone = _shapes_alone(batch, noise)
    usual = UsualShape.of(_strong_shapes(batch, alone), first_shape(width_s))
    compounds = _compounds_with_priors(batch, noise, usual)
    learned_noise = learn_batch_noise(batch, noise, compounds)
    return BatchModel(
        times=batch.times,
        compounds=compounds,
        floors=learned_noise.floors,
        inflations=learned_noise.inflations,
        gain=learned_noise.gain,
        relative=learned_noise.relative,
        usual=shape_of(usual.mean),
        mz_scatter_ppm=learned_noise.mz_scatter_ppm,
    )


def usual_width_s(batch_data: BatchData) -> float:
    """Return the median width at half height of the strong candidates, s."""
    widths_s = [
        candidate.fwhm_s
        for candidates in batch_data.candidates.values()
        for candidate in candidates
        if candidate.signal_to_noise >= STRONG_SIGNAL_TO_NOISE and np.isfinite(candidate.fwhm_s)
    ]
    return float(np.median(widths_s)) if widths_s else batch_data.expected_fwhm_s


def with_common_times(batch_data: BatchData, maps: TimeMaps) -> BatchData:
    """Return the batch data with the listed times of all ions on the common scale."""
    if maps.listed.is_flat():
        return batch_data
    listed_s = {
        ion.ion_id: np.array(ion.retention_time_s)
        for ions in batch_data.ions_of.values()
        for ion in ions
        if ion.retention_time_s is not None
    }

    def on_common_scale(ion: Ion) -> Ion:
        if ion.ion_id not in listed_s:
            return ion
        common_s = maps.on_common_scale(listed_s[ion.ion_id])
        return replace(ion, retention_time_s=float(common_s))

    return replace(
        batch_data,
        ions_of={
            chromatogram_id: [on_common_scale(ion) for ion in ions]
            for chromatogram_id, ions in batch_data.ions_of.items()
        },
        listed_sd_s={
            ion_id: float(maps.listed_sd_s(time_s)) for ion_id, time_s in listed_s.items()
        },
    )


def _run_time(maps: TimeMaps, run: int) -> RunTime:
    return RunTime(
        shift_s=float(maps.shift_s[run]),
        stretch=float(maps.stretch[run]),
        centre_s=maps.centre_s,
        sd_s=float(maps.sd_s[run]),
        jitter_s=maps.jitter_s,
        bend=maps.bend(run),
    )


def _shapes_alone(
    batch: AlignedBatch, noise: Mapping[ChromatogramId, Noise]
) -> dict[ChromatogramId, list[TimeAndShape]]:
    """Learn each chromatogram with a single target by itself, from a wide prior."""
    return {
        chromatogram_id: learn_chromatogram(
            batch,
            chromatogram_id,
            [first_prior(track, batch.width_s) for track in tracks],
            noise[chromatogram_id],
        )
        for chromatogram_id, tracks in batch.assigned.items()
        if len(batch.data.ions_of[chromatogram_id]) == 1
    }


def _strong_shapes(
    batch: AlignedBatch, learned: Mapping[ChromatogramId, Sequence[TimeAndShape]]
) -> Floats:
    """Return time and shape of the targets that are strong in some run, shape (n, 5)."""
    rows = [
        peak.mean
        for chromatogram_id, peaks in learned.items()
        for track, peak in zip(batch.assigned[chromatogram_id], peaks, strict=True)
        if track.ion is not None and track.is_strong()
    ]
    return np.array(rows).reshape(-1, 5)


def _compounds_with_priors(
    batch: AlignedBatch, noise: Mapping[ChromatogramId, Noise], usual: UsualShape
) -> dict[ChromatogramId, list[CompoundModel]]:
    """Learn every chromatogram with the usual shape, or that of a labelled copy, as the prior."""
    groups = _co_elution_groups(batch.data.ions_of)
    compounds: dict[ChromatogramId, list[CompoundModel]] = {}
    strong: dict[str, TimeAndShape] = {}  # by target_id; internal standards are learned first
    for chromatogram_id in standards_first(batch.data.ions_of):
        tracks = batch.assigned[chromatogram_id]
        priors = [prior_of(track, usual, strong) for track in tracks]
        held = with_held_shapes(tracks, priors, batch.width_s)
        learned = learn_chromatogram(batch, chromatogram_id, held, noise[chromatogram_id])
        peaks = with_sd_of(learned, priors, held)
        compounds[chromatogram_id] = [
            _compound(batch, track, peak, groups)
            for track, peak in zip(tracks, peaks, strict=True)
        ]
        strong |= {
            track.ion.target_id: peak
            for track, peak in zip(tracks, peaks, strict=True)
            if track.ion is not None and track.is_strong()
        }
    return _with_common_scatter(batch, compounds)


def _with_common_scatter(
    batch: AlignedBatch, compounds: Mapping[ChromatogramId, Sequence[CompoundModel]]
) -> dict[ChromatogramId, list[CompoundModel]]:
    """Return the compounds, ions that co-elute with the scatter of the one that shows it best.

    A weak ion, seen in few runs, does not show how much the retention time of its compound
    scatters, and would be looked for where the compound is not.
    """
    clearest: dict[str | None, tuple[tuple[int, float], float]] = {}
    for chromatogram_id, of_chromatogram in compounds.items():
        for track, compound in zip(batch.assigned[chromatogram_id], of_chromatogram, strict=True):
            shown = track.clearness(), compound.jitter_s
            group = compound.co_elution_group
            clearest[group] = max(clearest.get(group, shown), shown)
    return {
        chromatogram_id: [
            replace(compound, jitter_s=clearest[group][1])
            if (group := compound.co_elution_group) is not None
            else compound
            for compound in of_chromatogram
        ]
        for chromatogram_id, of_chromatogram in compounds.items()
    }


def _co_elution_groups(ions_of: Mapping[ChromatogramId, Sequence[Ion]]) -> dict[str, str]:
    """Return the name of the group of each ion that co-elutes with others, by ion_id."""
    return {
        ion.ion_id: ions[0].ion_id
        for ions in co_eluting_ions(ions_of)
        for ion in ions
        if len(ions) > 1
    }


def _compound(
    batch: AlignedBatch, track: AssignedTrack, peak: TimeAndShape, groups: Mapping[str, str]
) -> CompoundModel:
    ion_id = track.ion.ion_id if track.ion else None
    return CompoundModel(
        ion_id=ion_id,
        time_and_shape=peak,
        n_runs=len(track.candidates),
        jitter_s=time_scatter_s(batch, track, peak.time_s),
        co_elution_group=groups.get(ion_id or ""),
        isomers=tuple(isomer.ion_id for isomer in track.isomers),
        isomer_basis=track.isomer_basis,
    )
