import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lcms.numerics.quantity.drift import estimate_drifts, log_drift
from lcms.numerics.quantity.replicates import Replicates, levels_of
from lcms.numerics.quantity.scatter import shrunk_scatter

ENDS = np.linspace(-1, 1, 9)
CENTRE = np.zeros(1)


@st.composite
def replicates(draw: st.DrawFn) -> Replicates:
    """Replicates of one to four groups at different positions."""
    sizes = draw(st.lists(st.integers(2, 5), min_size=1, max_size=4))
    group = np.repeat(np.arange(len(sizes)), sizes)
    n = group.size
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    position = np.sort(random.uniform(-1, 1, n))
    response = draw(st.floats(-0.3, 0.3)) * position + random.normal(0, 0.04, n) + group
    return Replicates(position, response, np.full(n, 1e-4), levels_of(group))


@given(replicates(), st.floats(1e-3, 1e3))
def test_the_unit_of_the_response_changes_no_drift(one: Replicates, factor: float) -> None:
    scaled = Replicates(
        one.position, one.log_response + np.log(factor), one.log_variance, one.levels
    )

    (before,), (after,) = (estimate_drifts([each], [CENTRE], ENDS) for each in (one, scaled))

    assert before.kind == after.kind
    np.testing.assert_allclose(before.scatter, after.scatter, rtol=1e-4)
    np.testing.assert_allclose(log_drift(before, ENDS)[0], log_drift(after, ENDS)[0], atol=1e-6)


@given(replicates())
def test_a_batch_read_backwards_has_the_drift_backwards(one: Replicates) -> None:
    backwards = Replicates(-one.position, one.log_response, one.log_variance, one.levels)

    (before,), (after,) = (estimate_drifts([each], [CENTRE], ENDS) for each in (one, backwards))

    assert before.kind == after.kind
    np.testing.assert_allclose(log_drift(before, ENDS)[0], log_drift(after, -ENDS)[0], atol=1e-6)


@given(replicates())
def test_more_noise_around_the_same_drift_never_makes_the_scatter_larger(one: Replicates) -> None:
    """Of the whole estimate it is no law: of a drift that is less sure, less is taken off."""
    weights = np.ones(one.position.size)
    residual = one.without_levels(one.log_response[:, None], weights)[:, 0]

    (before,), (after,) = (
        shrunk_scatter([residual], [variance], np.array([one.freedom]))[0]
        for variance in (one.log_variance, 9 * one.log_variance)
    )

    assert after <= before + 1e-6  # to which the root is searched
