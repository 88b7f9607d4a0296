"""What a track costs an ion, term by term."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from builders import ion, peak_at, standard
from lcms.model import Candidate, Ion
from lcms.numerics.assignment.chromatogram_tracks import ChromatogramTracks
from lcms.numerics.assignment.track_costs import (
    co_elution_costs,
    listed_sd_s,
    listed_time_costs,
    log_likelihood_of_doses,
    track_costs,
)
from lcms.numerics.assignment.tracks import Track
from lcms.numerics.batch_data import BatchData

RUNS = ["a", "b", "c", "d", "e"]
WIDTH_S = 8.0
NOISE = 50.0  # counts
LEU = ion("Leu", 202.1, 100.0, retention_time_window_s=30.0)
PRODUCT = replace(LEU, product_mz=130.1)


def data(*ions: Ion, nominal: Mapping[tuple[str, str], float] | None = None) -> BatchData:
    return BatchData(
        runs=RUNS,
        ions_of={ions[0].chromatogram_id: list(ions)},
        candidates={},
        nominal=nominal or {},
        thresholds=dict.fromkeys(RUNS, 100.0),
        chromatogram=lambda *_: None,
        expected_fwhm_s=WIDTH_S,
    )


def tracked(candidates: Mapping[int, Candidate], *ions: Ion) -> ChromatogramTracks:
    """Return one track at 110 s."""
    track = Track(110.0, np.array(sorted(candidates)))
    return ChromatogramTracks(list(ions), [track], [candidates], WIDTH_S, NOISE)


def cost(candidates: Mapping[int, Candidate], *ions: Ion) -> float:
    """Return what the track costs the first of the ions."""
    return float(track_costs(data(*ions), tracked(candidates, *ions))[0, 0])


def far(away_s: float, sd_s: float) -> float:
    t = stats.t(df=6.0, scale=sd_s)
    return float(t.logpdf(0.0) - t.logpdf(away_s))


LIMIT = 3.0 * NOISE
FAINT = {n: peak_at(110.0, height=LIMIT) for n in range(5)}
CLEAR = {n: peak_at(110.0, height=clear * LIMIT) for n, clear in enumerate((2, 0.5, 8))}


def test_a_listed_time_has_a_quarter_of_the_window_in_ms1_and_a_third_of_a_product() -> None:
    assert listed_sd_s(LEU) == pytest.approx(7.5)
    assert listed_sd_s(PRODUCT) == pytest.approx(10.0)
    assert cost(FAINT, LEU) == pytest.approx(far(10.0, 7.5))
    assert cost(FAINT, PRODUCT) == pytest.approx(far(10.0, 10.0))


def test_beyond_the_window_no_time_is_possible_and_without_a_listed_one_none_is_known() -> None:
    times_s = np.array([70.0, 69.9, 130.0, 130.1])

    costs = listed_time_costs(data(LEU), LEU, times_s)

    assert costs == pytest.approx([far(30.0, 7.5), np.inf, far(30.0, 7.5), np.inf])
    untimed = replace(LEU, retention_time_s=None)
    assert np.isinf(listed_time_costs(data(untimed), untimed, times_s)).all()
    bent = replace(data(LEU), listed_sd_s={"Leu": 3.0})
    assert listed_time_costs(bent, LEU, times_s[:1]) == pytest.approx([far(30.0, 3.0)])


def test_a_track_that_stands_out_is_cheaper_by_its_median_logarithm() -> None:
    # signals of 2, 1 (at least) and 8 times the limit of detection: the median is 2
    assert cost(CLEAR, LEU) == pytest.approx(far(10.0, 7.5) - np.log(2.0))
    assert cost(CLEAR, PRODUCT) == pytest.approx(far(10.0, 10.0) - 2.0 * np.log(2.0))


def test_strength_counts_less_for_isomers_that_share_a_chromatogram() -> None:
    first = replace(PRODUCT, isomer_group="leucines")
    second = replace(first, ion_id="Ile", target_id="Ile")

    assert cost(CLEAR, first, second) == pytest.approx(far(10.0, 10.0) - np.log(2.0))


def test_without_a_listed_time_a_track_is_cheaper_by_its_highest_candidate() -> None:
    candidates = {n: peak_at(110.0, height=height) for n, height in enumerate((1e5, 1e6))}

    assert cost(candidates, replace(LEU, retention_time_s=None)) == pytest.approx(
        -3.0 * np.log(1e6)
    )


def test_a_standard_in_all_runs_costs_five_less_than_in_none() -> None:
    heavy = replace(standard("IS", 208.1, 100.0), retention_time_window_s=30.0)
    three = {n: FAINT[n] for n in range(3)}

    assert cost(FAINT, heavy) == pytest.approx(far(10.0, 7.5) - 5.0)
    assert cost(three, heavy) == pytest.approx(far(10.0, 7.5) - 3.0)


def test_areas_that_follow_the_doses_are_cheaper() -> None:
    doses = (1.0, 3.0, 10.0, 30.0)
    nominal = {(run, "Leu"): dose for run, dose in zip(RUNS, doses, strict=False)}
    follow = {n: peak_at(110.0, area=1e4 * dose) for n, dose in enumerate(doses)}
    empty = {n: peak_at(110.0, area=0.0) for n in range(4)}

    assert log_likelihood_of_doses(data(LEU, nominal=nominal), LEU, follow) == 20.0
    assert log_likelihood_of_doses(data(LEU, nominal=nominal), LEU, empty) == 0.0
    assert log_likelihood_of_doses(data(LEU), LEU, follow) == 0.0
    blank = nominal | {("e", "Leu"): 0.0}
    with_blank = follow | {4: peak_at(110.0, area=1.0)}
    assert log_likelihood_of_doses(data(LEU, nominal=blank), LEU, with_blank) == 20.0
    costs = [
        float(track_costs(of, tracked(follow, LEU))[0, 0])
        for of in (data(LEU, nominal=nominal), data(LEU))
    ]
    assert costs[0] == pytest.approx(costs[1] - 20.0)


@pytest.mark.parametrize(
    ("away_widths", "wanted"),
    [(0.0, 0.0), (0.15, 0.5), (-0.3, 2.0), (0.499, 5.5333), (0.501, np.inf)],
)
def test_ions_that_co_elute_are_at_most_half_a_width_apart(
    away_widths: float, wanted: float
) -> None:
    both = tracked(FAINT, LEU, replace(LEU, ion_id="alone"))

    costs = co_elution_costs(both, {"Leu": 110.0 + away_widths * WIDTH_S})

    assert costs[:, 0] == pytest.approx([wanted, 0.0], rel=1e-4)
