"""Times and shapes learned from several noisy chromatograms of one known compound."""

import numpy as np
import pytest

from lcms.numerics.batch import shape_learning
from lcms.numerics.batch.shape_learning import TimeAndShape, TrainingChromatogram, learn_compounds
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.peak_shape import PeakShape, density, fwhm_s, tailing

TRUTH = PeakShape(3.0, 2.4, 0.08, 12.0)
FIRST = PeakShape(3.6, 1.2, 0.02, 12.0)
WIDE = np.array([1.0, 0.45, 1.5, 0.2, 1.2])
TIME_S = np.arange(0.0, 200.0, 1.0)
NOISE = Noise(100.0, 20.0, 0.01)
KNOT_S = 100.0


def training(
    seed: int, apexes_s: list[float], areas: list[float], shift_s: float = 0.0, sd_s: float = 0.3
) -> TrainingChromatogram:
    random = np.random.default_rng(seed)
    clean = np.full(TIME_S.size, 200.0)
    for apex_s, area in zip(apexes_s, areas, strict=True):
        clean += area * density(TIME_S - apex_s - shift_s, TRUTH)[0]
    noisy = clean + random.normal(0, np.sqrt(NOISE.variance(clean)))
    shifts = np.full(len(apexes_s), shift_s)
    return TrainingChromatogram(TIME_S, noisy, shifts, sd_s, np.zeros((TIME_S.size, 0)), 0.0)


def prior(apex_s: float, sd: np.ndarray = WIDE) -> TimeAndShape:
    return TimeAndShape(np.r_[apex_s, FIRST.parameters()], sd)


def learn(runs: list[TrainingChromatogram], priors: list[TimeAndShape]) -> list[TimeAndShape]:
    starts = [prior.mean[1:] for prior in priors]
    return learn_compounds(runs, priors, starts, NOISE, KNOT_S)


@pytest.mark.parametrize("seed", [51, 52, 53])
def test_time_and_shape_of_a_compound_are_learned_from_strong_runs(seed: int) -> None:
    runs = [training(seed + 10 * n, [90.8], [1e6], shift_s=n - 1.5) for n in range(4)]

    (learned,) = learn(runs, [prior(90.0)])

    assert learned.time_s == pytest.approx(90.8, abs=0.4)
    assert fwhm_s(learned.shape) == pytest.approx(fwhm_s(TRUTH), rel=0.02)
    assert tailing(learned.shape) == pytest.approx(tailing(TRUTH), rel=0.05)
    assert learned.shape.sigma_s == pytest.approx(TRUTH.sigma_s, rel=0.1)


def test_standard_deviations_are_those_of_many_draws() -> None:
    draws = [
        learn([training(seed, [90.0], [3e5], sd_s=1e-3)], [prior(90.0)])[0] for seed in range(30)
    ]
    fast = [0, 1]  # time and width: what is far from its bounds

    scatter = np.std([draw.mean for draw in draws], axis=0)[fast]
    expected = np.median([draw.sd for draw in draws], axis=0)[fast]

    assert scatter == pytest.approx(expected, rel=0.6)


def test_overlapping_compounds_are_learned_together() -> None:
    runs = [
        training(54 + n, [90.0, 97.0], areas)
        for n, areas in enumerate([[1e6, 2e5], [2e5, 1e6], [8e5, 8e5]])
    ]

    first, second = learn(runs, [prior(89.0), prior(98.0)])

    assert first.time_s == pytest.approx(90.0, abs=0.4)
    assert second.time_s == pytest.approx(97.0, abs=0.4)
    for compound in (first, second):
        assert fwhm_s(compound.shape) == pytest.approx(fwhm_s(TRUTH), rel=0.05)


def test_without_a_peak_the_prior_stays() -> None:
    empty = training(58, [90.0], [0.0])
    narrow = prior(90.0, np.array([0.3, 0.03, 0.15, 0.02, 0.2]))

    (learned,) = learn([empty], [narrow])

    assert learned.mean == pytest.approx(narrow.mean, abs=0.1)
    assert (learned.sd <= narrow.sd * 1.001).all()


@pytest.mark.parametrize("away_sd", [-2.0, 2.0])
def test_without_a_peak_a_start_beside_the_prior_ends_on_it(away_sd: float) -> None:
    empty = training(58, [90.0], [0.0])
    narrow = prior(90.0, np.array([0.3, 0.03, 0.15, 0.02, 0.2]))
    start = narrow.mean[1:] + away_sd * narrow.sd[1:]

    (learned,) = learn_compounds([empty], [narrow], [start], NOISE, KNOT_S)

    assert np.abs(learned.mean - narrow.mean)[1:] == pytest.approx(np.zeros(4), abs=0.02)


def test_a_wider_peak_has_another_sigma_and_tails_in_units_of_it() -> None:
    before = prior(90.0)

    wider = before.widened(float(np.log(1.3)))

    assert wider.time_s == before.time_s
    assert wider.shape.sigma_s == pytest.approx(1.3 * before.shape.sigma_s)
    assert wider.shape.parameters()[1:] == pytest.approx(before.shape.parameters()[1:])
    assert fwhm_s(wider.shape) == pytest.approx(1.3 * fwhm_s(before.shape), rel=1e-6)
    assert wider.sd is before.sd


@pytest.mark.parametrize("far_s", [220.0, 294.5, 295.0, 400.0])
def test_a_compound_of_which_the_runs_hold_a_far_tail_or_nothing_keeps_its_prior(
    far_s: float,
) -> None:
    runs = [training(62 + n, [90.8, far_s], [1e6, 0.0]) for n in range(3)]
    narrow = prior(far_s, np.array([0.3, 0.03, 0.15, 0.02, 0.2]))

    near, far = learn(runs, [prior(90.0), narrow])

    assert near.time_s == pytest.approx(90.8, abs=0.4)
    assert fwhm_s(near.shape) == pytest.approx(fwhm_s(TRUTH), rel=0.02)
    assert far.mean == pytest.approx(narrow.mean, abs=0.2)


def test_what_the_threshold_hides_of_small_peaks_makes_them_little_narrower() -> None:
    threshold = 1000.0
    widths_s = []
    for seed in range(12):
        random = np.random.default_rng(seed)
        clean = 4 * threshold * density(TIME_S - 90.0, TRUTH)[0] / density(np.zeros(1), TRUTH)[0]
        counts = clean + random.normal(0.0, threshold / 3, TIME_S.size)
        shown = np.where(counts > threshold, counts, 0.0)
        empty = np.zeros((TIME_S.size, 0))
        runs = [TrainingChromatogram(TIME_S, shown, np.zeros(1), 0.3, empty, t) for t in (0, 1000)]
        noise, start = Noise(threshold / 3, 0.0, 0.05), prior(90.0)
        learned = [
            learn_compounds([run], [start], [start.mean[1:]], noise, KNOT_S)[0] for run in runs
        ]
        widths_s.append([fwhm_s(of.shape) for of in learned])

    as_zero, as_hidden = np.median(widths_s, axis=0) / fwhm_s(TRUTH)
    assert as_zero < 0.9
    assert as_hidden == pytest.approx(1.0, abs=0.05)


def test_more_runs_make_the_standard_deviations_smaller() -> None:
    runs = [training(60 + n, [90.0], [5e5]) for n in range(8)]

    few, many = learn(runs[:2], [prior(90.0)])[0], learn(runs, [prior(90.0)])[0]

    assert (many.sd < few.sd).all()


def test_a_shape_at_its_bounds_is_found_in_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search meets the bounds of the tails of a Gaussian; they must not turn sigma aside."""
    random = np.random.default_rng(56)
    clean = 200.0 + 1e6 * density(TIME_S - 90.8, PeakShape(3.0, 0.15, 0.0, 12.0))[0]
    noisy = clean + random.normal(0, np.sqrt(NOISE.variance(clean)))
    run = TrainingChromatogram(TIME_S, noisy, np.zeros(1), 0.3, np.zeros((TIME_S.size, 0)), 0.0)

    by_steps = []
    for most_steps in (15, 200):
        monkeypatch.setattr(shape_learning, "_MOST_STEPS", most_steps)
        by_steps.append(learn([run], [prior(90.0)])[0].mean)

    time_and_width = [0, 1]
    assert by_steps[0][time_and_width] == pytest.approx(by_steps[1][time_and_width], abs=1e-3)
