import numpy as np

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
