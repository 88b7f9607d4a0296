"""The fitted peaks of runs against areas that were made up."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import ion, standard
from lcms.numerics.peak.peak_shape import fwhm_s, tailing
from lcms.numerics.run.fitted_peak import FittedPeak
from made_batches import ILE, IONS, LEU, SHAPE, Made, fitted, true_areas, usual

FEW = settings(max_examples=3, deadline=None)
DETECTED_AT = 4.0
Peaks = dict[tuple[str, str], FittedPeak]


def areas_of(peaks: Peaks, made: Made, ion_id: str) -> np.ndarray:
    return np.array([peaks[run, ion_id].area for run in made.runs])


def scores_of(peaks: Peaks, made: Made, ion_id: str) -> np.ndarray:
    """Return how many of its standard deviations each area is off the truth."""
    sd = np.array([peaks[run, ion_id].area_sd for run in made.runs])
    return np.asarray((areas_of(peaks, made, ion_id) - true_areas(made, ion_id)) / sd)


@pytest.mark.parametrize("seed", [71, 72, 73])
def test_areas_of_peaks_that_stand_alone_are_true(seed: int) -> None:
    made = usual(seed)

    peaks = fitted(made)

    for ion_id in ("Lac-Val", "Lac-Phe", "IS-Leu"):
        assert areas_of(peaks, made, ion_id) == pytest.approx(true_areas(made, ion_id), rel=0.15)
        assert np.abs(scores_of(peaks, made, ion_id)).max() < 5


@pytest.mark.parametrize("seed", [91, 92])
def test_scans_whose_centroid_another_ion_has_pulled_away_do_not_lower_areas(seed: int) -> None:
    made = replace(usual(seed), merged=0.2)

    peaks = fitted(made)

    for ion_id in ("Lac-Val", "Lac-Phe", "IS-Leu"):
        ratios = areas_of(peaks, made, ion_id) / true_areas(made, ion_id)
        assert ratios == pytest.approx(1.0, abs=0.12)


CLOSEST_S = 5.0  # 0.7 widths; over 16 seeds the two are interchanged in almost half of the batches


@pytest.mark.parametrize("apart_s", [CLOSEST_S, 7.0, 9.0])
def test_areas_of_partly_resolved_isomers_lie_in_their_intervals(apart_s: float) -> None:
    scores = []
    for seed in (74, 75, 76):
        made = usual(seed, apart_s=apart_s)
        peaks = fitted(made)
        scores += [scores_of(peaks, made, ion_id) for ion_id in ("Lac-Ile", "Lac-Leu")]

    inside = np.abs(np.concatenate(scores)) < 1.96
    assert inside.mean() >= (0.75 if apart_s == CLOSEST_S else 0.8)
    assert np.abs(np.concatenate(scores)).max() < 8


@pytest.mark.parametrize("absent", ["Lac-Ile", "Lac-Leu"])
def test_an_isomer_alone_stays_alone(absent: str) -> None:
    there = "Lac-Leu" if absent == "Lac-Ile" else "Lac-Ile"
    phantoms = []
    for seed in (77, 78, 79):
        made = usual(seed)
        made = replace(made, areas={**made.areas, absent: [0.0] * len(made.runs)})

        peaks = fitted(made)

        assert areas_of(peaks, made, there) == pytest.approx(true_areas(made, there), rel=0.15)
        phantoms += [
            peaks[run, absent].area / peaks[run, there].area
            for run in made.runs
            if peaks[run, absent].score >= DETECTED_AT
        ]

    assert len(phantoms) <= 1  # of 24, where a tail is not quite what was learned
    assert max(phantoms, default=0.0) < 0.003


@pytest.mark.parametrize("seed", [80, 81])
def test_an_isomer_that_some_runs_lack_is_missed_in_these_only(seed: int) -> None:
    made = usual(seed)
    lacking = [1, 4]
    areas = list(made.areas["Lac-Leu"])
    for run in lacking:
        areas[run] = 0.0
    made = replace(made, areas={**made.areas, "Lac-Leu": areas})

    peaks = fitted(made)

    detected = [peaks[run, "Lac-Leu"].score >= DETECTED_AT for run in made.runs]
    assert detected == [n not in lacking for n in range(len(made.runs))]


def test_the_shape_in_the_table_is_the_shape_of_the_batch() -> None:
    for peak in fitted(usual(82)).values():
        assert peak.fwhm_s == pytest.approx(fwhm_s(SHAPE), rel=0.08)
        assert peak.tailing == pytest.approx(tailing(SHAPE), rel=0.15)


def test_the_separation_of_isomers_is_that_which_was_made() -> None:
    made = usual(83, apart_s=6.0)
    resolution = 1.18 * 6.0 / (2 * fwhm_s(SHAPE))

    peaks = fitted(made)

    for run in made.runs:
        ile, leu = peaks[run, "Lac-Ile"].separation, peaks[run, "Lac-Leu"].separation
        assert ile is not None
        assert leu is not None
        assert ile.resolution == pytest.approx(resolution, rel=0.15)
        assert ile.correlation == pytest.approx(leu.correlation)
        assert ile.correlation < 0
        area = peaks[run, "Lac-Ile"].area + peaks[run, "Lac-Leu"].area
        assert ile.group_area == leu.group_area
        assert ile.group_area == pytest.approx(area, rel=0.02)
        # the variance of a sum: both variances and twice the covariance
        members = [peaks[run, name] for name in ("Lac-Ile", "Lac-Leu")]
        errors = [peak.basis.fit.area[peak.basis.index] / peak.score for peak in members]
        variance = np.sum(np.square(errors)) + 2 * ile.correlation * np.prod(errors)
        assert ile.group_score == pytest.approx(ile.group_area / np.sqrt(variance))
        assert ile.group_area_sd >= np.sqrt(variance) * (1.0 - 1e-12)  # rounding
        assert np.sqrt(variance) < 0.95 * np.linalg.norm(errors)
        nulls = [peak.null_sd for peak in members]
        null_variance = np.sum(np.square(nulls)) + 2 * ile.correlation * np.prod(nulls)
        assert ile.group_null_sd == pytest.approx(np.sqrt(null_variance))
    assert peaks[made.runs[0], "Lac-Val"].separation is None


def test_a_wrong_anchor_moves_no_time() -> None:
    made = usual(84)
    wrong = replace(made, moved_s={(3, "IS-Val"): 12.0})

    wanted, peaks = fitted(made), fitted(wrong)

    for key, peak in wanted.items():
        if key != ("s3", "IS-Val"):
            assert peaks[key].expected_s == pytest.approx(peak.expected_s, abs=0.5)


@FEW
@given(power=st.integers(-6, 10))
def test_areas_scale_with_the_intensity_and_nothing_else_changes(power: int) -> None:
    made, factor = usual(85, n_runs=4), 2.0**power

    wanted, peaks = fitted(made), fitted(replace(made, scale=factor))

    for key, peak in wanted.items():
        assert peaks[key].area == pytest.approx(factor * peak.area, rel=0.01)
        assert peaks[key].area_sd == pytest.approx(factor * peak.area_sd, rel=0.1)
        assert peaks[key].retention_time_s == pytest.approx(peak.retention_time_s, abs=0.02)
        assert peaks[key].fwhm_s == pytest.approx(peak.fwhm_s, rel=0.01)


@FEW
@given(shift_s=st.floats(-50.0, 500.0))
def test_a_later_start_moves_nothing_but_times(shift_s: float) -> None:
    made = usual(86, n_runs=4)
    later_ions = [
        replace(target, retention_time_s=(target.retention_time_s or 0.0) + shift_s)
        for target in IONS
    ]

    wanted, listed = fitted(made), fitted(replace(made, start_s=shift_s))
    later = replace(made, ions=later_ions, start_s=shift_s)
    peaks = fitted(replace(later, shift_s=[run_s - shift_s for run_s in made.shift_s]))

    for key, peak in wanted.items():
        assert peaks[key].area == pytest.approx(peak.area, rel=1e-3)
        assert peaks[key].retention_time_s == pytest.approx(
            peak.retention_time_s + shift_s, abs=0.01
        )
        if abs(shift_s) < 15:
            assert listed[key].area == pytest.approx(peak.area, rel=1e-3)


@FEW
@given(area=st.floats(1e4, 1e8), time_s=st.floats(30.0, 370.0))
def test_a_further_target_far_away_in_mass_changes_hardly_a_row(
    area: float, time_s: float
) -> None:
    made = usual(87, n_runs=4)
    further = ion("z-further", 400.0, time_s)
    more = replace(
        made, ions=(*IONS, further), areas={**made.areas, "z-further": [area] * len(made.runs)}
    )

    wanted, peaks = fitted(made), fitted(more)

    for key, peak in wanted.items():
        assert peaks[key].area == pytest.approx(peak.area, abs=0.5 * peak.area_sd)
        assert peaks[key].retention_time_s == pytest.approx(peak.retention_time_s, abs=0.05)


def test_swapped_labels_of_isomers_swap_their_results() -> None:
    made = usual(88)
    ile = replace(ILE, ion_id="Lac-Leu", target_id="Lac-Leu")
    leu = replace(LEU, ion_id="Lac-Ile", target_id="Lac-Ile")
    swapped = replace(
        made,
        ions=[{"Lac-Ile": ile, "Lac-Leu": leu}.get(target.ion_id, target) for target in IONS],
        areas={
            **made.areas,
            "Lac-Ile": made.areas["Lac-Leu"],
            "Lac-Leu": made.areas["Lac-Ile"],
        },
    )
    swap = {"Lac-Ile": "Lac-Leu", "Lac-Leu": "Lac-Ile"}

    wanted, peaks = fitted(made), fitted(swapped)

    for (run, ion_id), peak in wanted.items():
        assert peaks[run, swap.get(ion_id, ion_id)] == peak


def test_a_run_that_lacks_an_ion_has_no_peak_of_it() -> None:
    made = usual(89, n_runs=3)
    only = replace(made, ions=[*IONS, standard("IS-none", 500.0, 150.0)])

    peaks = fitted(only)

    assert max(abs(peaks[run, "IS-none"].score) for run in made.runs) < DETECTED_AT


@cache
def cut_scores() -> np.ndarray:
    """Return the errors of the areas of cut peaks in thirty batches, in standard deviations."""
    scores = []
    for seed in range(300, 330):
        made = usual(seed)
        ends_s = {
            (run, "Lac-Phe" if run % 2 else "Lac-Val"): beyond_apex_s
            for run, beyond_apex_s in enumerate((2.5, 3.0, 4.5, 6.0))
        }
        made = replace(made, ends_s=ends_s, width_scatter=0.03)
        peaks = fitted(made)
        for run, ion_id in ends_s:
            peak = peaks[f"s{run}", ion_id]
            assert peak.coverage.is_cut
            if peak.coverage.has_apex:
                scores.append((peak.area - true_areas(made, ion_id)[run]) / peak.area_sd)
    return np.array(scores)


@pytest.mark.slow
def test_areas_of_cut_peaks_lie_in_their_intervals() -> None:
    assert cut_scores().size >= 100
    assert np.mean(np.abs(cut_scores()) < 1.96) >= 0.90


@pytest.mark.slow
@pytest.mark.xfail(
    strict=True,
    reason="99 % of the intervals hold the truth, errors are 0.85 of their standard deviation; so "
    "they are where the widths of the runs are taken out of the noise that is learned",
)
def test_intervals_of_cut_peaks_are_no_wider_than_need_be() -> None:
    assert np.mean(np.abs(cut_scores()) < 1.96) <= 0.98
