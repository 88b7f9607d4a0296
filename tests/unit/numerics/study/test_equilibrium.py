import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lcms.model import Floats
from lcms.numerics.study.enzyme_kinetics import APPROACH, fit_law
from lcms.numerics.study.equilibrium import (
    Equilibrium,
    agreement_p,
    equilibrium_constant_l_mol,
    geometric_mean,
    of_formation,
    of_splitting,
)


def test_constants_of_both_directions_agree_or_not() -> None:
    forward = equilibrium_constant_l_mol(30.0, 1e6, 60e3)

    assert forward == pytest.approx(0.5)
    assert agreement_p(forward, 0.1, 0.5, 0.1) == pytest.approx(1.0)
    assert agreement_p(forward, 0.1, 0.5 * np.exp(1.959964 * np.hypot(0.1, 0.1)), 0.1) == (
        pytest.approx(0.05, abs=1e-6)
    )


def test_variances_of_both_constants_are_those_of_simulated_plateaus() -> None:
    random = np.random.default_rng(3)
    made, sd, reactants = 4e5, 2e3, np.array([1e6, 7e5])
    seen = made + sd * random.standard_normal(20_000)

    forward, back = of_formation(made, sd, reactants), of_splitting(made, sd, 1e6)

    logs = np.log(seen / ((reactants[0] - seen) * (reactants[1] - seen)))
    assert forward is not None
    assert forward.constant_l_mol == pytest.approx(4e5 / (6e5 * 3e5) * 1e9)
    assert forward.log_sd == pytest.approx(np.std(logs), rel=0.02)
    assert back is not None
    assert back.constant_l_mol == pytest.approx(6e5 / 4e5**2 * 1e9)
    assert back.log_sd == pytest.approx(np.std(np.log((1e6 - seen) / seen**2)), rel=0.02)


def test_a_reaction_to_the_end_has_no_equilibrium() -> None:
    assert of_formation(1e6, 1.0, np.array([1e6, 2e6])) is None
    assert of_formation(1e5, 1.0, np.array([1e6, np.nan])) is None
    assert of_splitting(1e6, 1.0, 1e6) is None
    assert of_splitting(np.nan, np.nan, 1e6) is None


def test_wells_that_scatter_more_than_their_plateaus_widen_the_mean() -> None:
    alike = geometric_mean([Equilibrium(2.0, 0.1), Equilibrium(2.0, 0.1)])
    apart = geometric_mean([Equilibrium(1.0, 0.1), Equilibrium(4.0, 0.1)])

    assert (alike.constant_l_mol, alike.log_sd) == pytest.approx((2.0, np.sqrt(0.005)))
    assert (apart.constant_l_mol, apart.log_sd) == pytest.approx((2.0, np.log(2)))
    assert np.isnan(geometric_mean([]).constant_l_mol)


@pytest.mark.parametrize(("start", "k_eq"), [((2e6, 5e6), 0.05), ((3e6, 3e6), 0.5)])
def test_the_plateaus_of_formation_and_splitting_have_one_equilibrium_constant(
    start: tuple[float, float], k_eq: float
) -> None:
    """A + B <-> P by mass action, rates 1e-10 and 1e-10 / K, from both sides, integrated."""
    forward_rate = 1e-10  # L/nmol/s
    back_rate = forward_rate / (k_eq * 1e-9)
    total = min(start)

    def change(_: float, amounts: Floats) -> list[float]:
        a, b, p = amounts
        flow = forward_rate * a * b - back_rate * p
        return [-flow, -flow, flow]

    def plateau(begin: list[float], of: int) -> float:
        end_s = 40 / (back_rate + forward_rate * sum(start))
        time_s = np.linspace(0, end_s, 60)
        course = solve_ivp(change, (0, end_s), begin, t_eval=time_s, method="LSODA", rtol=1e-10)
        made = np.abs(course.y[of] - begin[of])
        late = time_s > end_s / 4
        fit = fit_law(APPROACH, time_s[None, late], made[late])
        return float(fit.estimate[0])

    formed = plateau([*start, 0.0], 2)
    split = plateau([start[0] - total, start[1] - total, total], 2)

    forward = equilibrium_constant_l_mol(formed, start[0] - formed, start[1] - formed)
    left, rest = total - split, np.array(start) - total + split
    reverse = equilibrium_constant_l_mol(left, float(rest[0]), float(rest[1]))
    assert forward == pytest.approx(k_eq, rel=1e-3)
    assert reverse == pytest.approx(forward, rel=1e-3)
    assert agreement_p(forward, 0.01, reverse, 0.01) > 0.9
