import numpy as np
import pytest

from lcms.model import Floats
from lcms.numerics.identity.ion_agreement import ion_agreement

AMOUNTS = np.array([1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 20.0, 50.0])
RATIOS = np.array([1.0, 0.5, 0.25])


def areas(noise: float = 0.02) -> Floats:
    draws = np.random.default_rng(1)
    clean = 1e4 * RATIOS[:, None] * AMOUNTS
    return np.asarray(clean * (1 + noise * draws.standard_normal(clean.shape)))


def test_ions_of_one_compound_agree_and_their_ratios_are_returned() -> None:
    agreement = ion_agreement(areas(), 0.02 * areas())

    assert not agreement.is_interfered.any()
    assert (agreement.disagreement < 2).all()
    np.testing.assert_allclose(agreement.ratio, RATIOS, rtol=0.03)


def test_an_ion_to_which_another_compound_adds_is_interfered_and_no_other_is() -> None:
    for disturbed in range(3):
        area = areas()
        area[disturbed] += 2e5 * RATIOS[disturbed]

        agreement = ion_agreement(area, 0.02 * area)

        assert agreement.is_interfered.tolist() == [k == disturbed for k in range(3)]
        assert agreement.disagreement[disturbed] > 3


def test_of_two_ions_that_disagree_none_is_named() -> None:
    area = areas()[:2]
    area[0] += 2e5

    agreement = ion_agreement(area, 0.02 * area)

    assert not agreement.is_interfered.any()
    assert (agreement.disagreement > 3).all()


def test_what_noise_explains_is_no_disagreement() -> None:
    area = areas(noise=0.3)

    assert not ion_agreement(area, 0.3 * area).is_interfered.any()


def test_too_few_runs_give_no_disagreement() -> None:
    area = areas()
    area[:, 3:] = np.nan

    agreement = ion_agreement(area, 0.02 * area)

    assert np.isnan(agreement.disagreement).all()
    assert not agreement.is_interfered.any()


def test_a_single_ion_agrees_with_itself() -> None:
    agreement = ion_agreement(areas()[:1], areas()[:1])

    assert agreement.is_interfered.tolist() == [False]
    assert agreement.ratio.tolist() == [1.0]


# Of an ion with 3 and one with 4 % noise, and 5 % beside it
SD = np.sqrt(0.03**2 + 0.04**2 + 0.05**2)


def two_ions(off: Floats) -> tuple[Floats, Floats]:
    """Return areas whose ratio is off by so many of its standard deviations, and their errors."""
    second = 1e5 * np.arange(1.0, off.size + 1)
    area = np.stack([2 * second * np.exp(off * SD), second])
    return area, area * np.array([[0.03], [0.04]])


def test_the_disagreement_is_the_scatter_in_standard_deviations() -> None:
    agreement = ion_agreement(*two_ions(np.array([0.0, 1.0, -1.0, 3.0, -3.0])))

    assert agreement.disagreement == pytest.approx(np.full(2, np.sqrt(20 / 5)))
    assert agreement.ratio == pytest.approx([1.0, 0.5])


def test_a_run_that_is_far_off_counts_as_ten_standard_deviations() -> None:
    agreement = ion_agreement(*two_ions(np.array([0.0, 0.0, 0.0, 0.0, 40.0])))

    assert agreement.disagreement == pytest.approx(np.full(2, np.sqrt(100 / 5)))


def test_the_usual_ratio_is_the_median_weighted_by_inverse_variances() -> None:
    area = np.stack([np.exp([0.0, 0.1, 0.2, 0.3, 0.4]), np.ones(5)])
    sd = np.stack([np.array([0.5, 0.5, 0.5, 0.5, 0.0]) * area[0], np.zeros(5)])

    agreement = ion_agreement(area, sd)

    # the last run weighs 1 / 0.0025, the others 1 / 0.2525 each: it is the median
    scaled = np.array([0.4, 0.3, 0.2, 0.1, 0.0]) / np.sqrt(0.2525)
    assert agreement.disagreement == pytest.approx(np.full(2, np.sqrt(np.mean(scaled**2))))


@pytest.mark.parametrize(("n", "is_known"), [(3, False), (4, True)])
def test_four_runs_show_a_scatter_and_a_ratio(n: int, is_known: bool) -> None:  # noqa: FBT001
    agreement = ion_agreement(*two_ions(np.zeros(n)))

    assert np.isfinite(agreement.disagreement).all() == is_known
    assert np.isfinite(agreement.ratio).all() == is_known


@pytest.mark.parametrize(
    ("of_two", "of_third", "is_interfered"),
    [(0.0, 3.1, True), (0.0, 2.9, False), (1.9, 4.5, True), (2.1, 4.5, False)],
)
def test_two_ions_agree_up_to_two_and_a_third_disagrees_from_three_on(
    of_two: float,
    of_third: float,
    is_interfered: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    signs = np.array([1.0, -1.0, 0.0, 1.0, -1.0]) * np.sqrt(5 / 4)
    first = 1e5 * np.ones(5)
    area = np.stack(
        [first, first * np.exp(0.05 * of_two * signs), first * np.exp(-0.05 * of_third * signs)]
    )

    agreement = ion_agreement(area, np.zeros(area.shape))

    assert agreement.is_interfered.tolist() == [False, False, is_interfered]


def test_runs_where_an_ion_is_zero_or_has_no_error_do_not_count() -> None:
    area, sd = two_ions(np.array([0.0, 1.0, -1.0, 3.0, -3.0, 9.0, 9.0]))
    area[1, 5], sd[0, 6] = 0.0, np.nan

    agreement = ion_agreement(area, sd)

    assert agreement.disagreement == pytest.approx(np.full(2, np.sqrt(20 / 5)))
