import numpy as np
import pytest

from lcms.numerics.study.mass_action import (
    MassActionRatio,
    Reactants,
    hydrolysis_energy_kj_mol,
    mass_action_ratio,
)

CV = (0.1, 0.05, 0.2)


def ratio(censored: str = "", product: float = 30.0) -> MassActionRatio:
    flags = np.array([term in censored for term in "plx"])[:, None]
    cv = np.array(CV)[:, None]
    return mass_action_ratio(
        Reactants(np.array([product]), np.array([1e6]), np.array([60e3]), cv, flags)
    )


def test_the_ratio_is_that_of_the_study_plan() -> None:
    result = ratio()

    assert result.ratio_l_mol == pytest.approx(0.5)
    assert result.bound.tolist() == ["="]


def test_the_variance_of_its_logarithm_is_the_sum_of_the_squared_cvs() -> None:
    assert ratio().log_sd == pytest.approx(np.sqrt(0.01 + 0.0025 + 0.04))


@pytest.mark.parametrize(
    ("censored", "bound"),
    [("p", "<="), ("l", ">="), ("x", ">=")],
)
def test_a_censored_term_leaves_a_bound(censored: str, bound: str) -> None:
    result = ratio(censored)

    assert result.bound.tolist() == [bound]
    assert result.ratio_l_mol == pytest.approx(0.5)
    assert np.isnan(result.log_sd).all()


def test_product_and_reactant_below_their_limits_leave_nothing() -> None:
    result = ratio("pl")

    assert result.bound.tolist() == [""]
    assert np.isnan(result.ratio_l_mol).all()


def test_a_missing_term_leaves_nothing() -> None:
    assert ratio(product=np.nan).bound.tolist() == [""]


def test_hydrolysis_needs_rt_ln_10_at_a_tenth_of_the_equilibrium() -> None:
    energy = hydrolysis_energy_kj_mol(np.array([0.05, 0.5, 5.0]), 0.5, 310.15)

    assert energy == pytest.approx([5.9378, 0.0, -5.9378], abs=1e-4)
