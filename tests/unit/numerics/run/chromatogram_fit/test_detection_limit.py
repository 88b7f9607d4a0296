"""The limits of detection, by hand and by simulation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from builders import Row
from lcms.config import Integration
from lcms.model import Chromatogram
from lcms.numerics.peak.noise import Noise
from lcms.numerics.peak.peak_shape import density
from lcms.numerics.run.chromatogram_fit.detection_limit import Detectability, shown_above
from lcms.steps.integrate.criteria import Criteria
from made_batches import PHE, STANDARDS, TIME_S, VAL, Made, fitted

CRITERIA = Criteria(Integration(), 0.3)
FLAT = np.zeros(17)
CURVE = stats.norm.pdf(np.arange(-8.0, 9.0), scale=3.0)


def test_with_white_noise_and_no_threshold_it_is_that_of_currie() -> None:
    white = Detectability(CURVE, FLAT, Noise(100.0, 0.0, 0.0), -1e6, 1.0, 1.0)

    limit = white.limit(3.0, 3)

    # (3 + 1.645) standard errors; areas are tried in steps of 8 %
    exact = (3 + stats.norm.ppf(0.95)) * 100 / np.sqrt(np.sum(CURVE**2))
    assert exact <= limit <= 1.09 * exact
    widened = Detectability(CURVE, FLAT, Noise(100.0, 0.0, 0.0), -1e6, 2.0, 1.0)
    assert widened.limit(3.0, 3) == pytest.approx(2 * limit, rel=0.09)


def test_what_a_scan_shows_above_a_threshold_is_the_mean_of_a_cut_off_normal() -> None:
    intensity, sd = np.array([50.0, 100.0, 130.0, 400.0]), np.array([20.0, 30.0, 25.0, 40.0])

    shown, mean = shown_above(100.0, intensity, sd)

    above = stats.truncnorm((100.0 - intensity) / sd, np.inf, intensity, sd)
    assert shown == pytest.approx(stats.norm.sf(100.0, intensity, sd))
    assert mean == pytest.approx(shown * above.mean())


def test_a_threshold_hides_what_is_below_it() -> None:
    sharp = Detectability(CURVE, FLAT, Noise(1.0, 0.0, 0.0), 300.0, 1.0, 1.0)

    limit = sharp.limit(3.0, 5)

    # the fifth of the scans by height must exceed the threshold by 1.6 times the noise or so
    fifth = np.sort(CURVE)[-5]
    assert limit == pytest.approx(300 / fifth, rel=0.1)
    assert Detectability(CURVE, FLAT, Noise(1.0, 0.0, 0.0), 1e9, 1.0, 1.0).limit(3.0, 5) == np.inf


def seen_sd_above(area: float, noise: Noise, threshold: float) -> float:
    """Return by how many standard errors the fit of the shown intensities exceeds three, by hand.

    Each scan is looked at by itself: its noise at this height, and what it shows on average with
    the peak and without it.
    """
    fitted = total = information = 0.0
    for of_area_one in CURVE:
        height = area * of_area_one
        sd = np.sqrt(noise.floor**2 + noise.gain * height + (noise.relative * height) ** 2)
        with_peak, without = (
            stats.norm.expect(lambda y: y, loc=mean, scale=of, lb=threshold, epsabs=1e-9)
            for mean, of in ((height, sd), (0.0, noise.floor))
        )
        fitted += of_area_one / sd**2 * (with_peak - without)
        total += of_area_one / sd**2 * of_area_one
        information += of_area_one**2 / sd**2
    error = 1 / np.sqrt(information)
    return float((fitted / total - stats.norm.ppf(0.95) * error) / error - 3.0)


@pytest.mark.parametrize(
    "noise", [Noise(30.0, 0.0, 0.0), Noise(30.0, 40.0, 0.0), Noise(30.0, 5.0, 0.3)]
)
def test_the_limit_is_the_first_area_of_which_95_percent_are_seen(noise: Noise) -> None:
    threshold = 90.0

    limit = Detectability(CURVE, FLAT, noise, threshold, 1.0, 1.0).limit(3.0, 1)

    assert seen_sd_above(limit, noise, threshold) >= 0.0
    # areas are tried in steps of (1000)^(1/89), 8 %
    assert seen_sd_above(limit / 1000 ** (1 / 89), noise, threshold) < 0.0


@dataclass(frozen=True)
class Raised(Made):
    """A batch on a background far above the threshold, with white noise of 150 counts."""

    def chromatogram(self, run: int, chromatogram_id: str) -> Chromatogram:
        random = np.random.default_rng([self.seed, run, len(chromatogram_id)])
        counts = 1000 + random.normal(0, 150, TIME_S.size)
        for target in self.ions:
            if target.chromatogram_id == chromatogram_id:
                curve = density(TIME_S - self.time_s(run, target), self.shape(run))[0]
                counts += self.areas[target.ion_id][run] * curve
        errors = random.normal(0.3, 0.2, TIME_S.size)
        return Chromatogram(TIME_S, counts, errors, np.zeros(TIME_S.size))


def rows_of(batch: type[Made], area: float) -> Sequence[Row]:
    """Return what is measured of peaks of an area: six runs teach, the others have it."""
    ions, n = (VAL, PHE, *STANDARDS), 30
    small = [6e5] * 6 + [area] * (n - 6)
    areas = {target.ion_id: [6e5] * n for target in STANDARDS}
    areas |= {"Lac-Val": small, "Lac-Phe": small}
    made = batch(areas, shift_s=np.linspace(-1, 1, n).tolist(), seed=3, ions=ions)
    peaks = fitted(made)
    return [
        {
            "lod": CRITERIA.area_lod(peak),
            "decision": CRITERIA.decision_limit(peak),
            "fitted": peak.basis.fit.area[peak.basis.index],
            "is_detected": CRITERIA.is_detected(peak),
        }
        for run in made.runs[6:]
        for peak in (peaks[run, "Lac-Val"], peaks[run, "Lac-Phe"])
    ]


@pytest.mark.parametrize(("batch", "lod"), [(Made, 4800.0), (Raised, 2700.0)])
def test_of_peaks_at_the_detection_limit_few_are_missed(batch: type[Made], lod: float) -> None:
    rows = rows_of(batch, lod)

    assert np.median([row["lod"] for row in rows]) == pytest.approx(lod, rel=0.15)
    # of 48 peaks 5 % are missed: six or fewer with a probability of 98 %
    assert sum(not row["is_detected"] for row in rows) <= 6


def test_noise_alone_exceeds_no_decision_limit() -> None:
    rows = rows_of(Raised, 0.0)

    # once in 700 for white noise; the time of the peak is sought within its uncertainty
    assert sum(row["fitted"] > row["decision"] for row in rows) <= 1
    assert all(row["decision"] < row["lod"] for row in rows)


def test_peaks_at_the_decision_limit_are_detected_half_of_the_time() -> None:
    rows = rows_of(Raised, 1720.0)

    assert np.median([row["decision"] for row in rows]) == pytest.approx(1720.0, rel=0.1)
    # of 48 peaks 24: between 15 and 33 with a probability of 99 %
    assert 15 <= sum(row["is_detected"] for row in rows) <= 33
