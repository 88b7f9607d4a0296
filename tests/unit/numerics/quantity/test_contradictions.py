import numpy as np
import pytest

from lcms.model import Bools, Floats, Ints
from lcms.numerics.quantity.contradictions import contradicting_runs

LEVELS = np.array([1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0])
NOMINAL = np.tile(LEVELS, 2)
CONTENT = np.tile(np.arange(7), 2)
POSITION = np.concatenate([np.linspace(-1, -0.6, 7), np.linspace(0.6, 1, 7)])


def contradicting(  # noqa: PLR0913  (the properties of a batch)
    contents: Floats,
    content: Ints,
    *,
    nominal: Floats | None = None,
    n_compounds: int = 3,
    scatter: float = 0.04,
    drift: float = 0.0,
    seed: int = 1,
) -> Bools:
    """Return which runs contradict, of compounds whose responses are the contents."""
    random = np.random.default_rng(seed)
    position = np.linspace(-1, 1, contents.size) if contents.size != POSITION.size else POSITION
    true = np.log(contents) + drift * position
    logs = true + random.normal(0, scatter, (n_compounds, contents.size))
    known = np.full(contents.size, np.nan) if nominal is None else nominal
    return contradicting_runs(position, logs, np.full(logs.shape, 1e-4), content, known)


@pytest.mark.parametrize("n_compounds", [1, 3, 9])
@pytest.mark.parametrize("drift", [0.0, 0.2])
def test_of_two_exchanged_calibrators_the_wrong_ones_contradict(
    n_compounds: int, drift: float
) -> None:
    contents = NOMINAL.copy()
    contents[[9, 11]] = contents[[11, 9]]

    wrong = contradicting(contents, CONTENT, nominal=NOMINAL, n_compounds=n_compounds, drift=drift)

    assert np.flatnonzero(wrong).tolist() == [9, 11]


def test_without_nominal_concentrations_both_replicates_contradict() -> None:
    contents = NOMINAL.copy()
    contents[[9, 11]] = contents[[11, 9]]

    assert np.flatnonzero(contradicting(contents, CONTENT)).tolist() == [2, 4, 9, 11]


def test_three_levels_declared_as_one_content_all_contradict() -> None:
    levels = np.array([3.0, 60.0, 750.0, 3.0, 60.0, 750.0])

    assert contradicting(levels, np.zeros(6, dtype=np.int64)).all()


def test_one_wrong_vial_among_pooled_qcs_is_the_only_one_that_contradicts() -> None:
    contents = np.array([50.0, 50.0, 200.0, 50.0, 50.0])

    wrong = contradicting(contents, np.zeros(5, dtype=np.int64))

    assert np.flatnonzero(wrong).tolist() == [2]


@pytest.mark.parametrize("scatter", [0.02, 0.05, 0.1, 0.15])
def test_replicates_that_only_scatter_do_not_contradict(scatter: float) -> None:
    wrong = [
        contradicting(
            NOMINAL, CONTENT, nominal=NOMINAL, n_compounds=n, scatter=scatter, seed=seed
        ).any()
        for n in (1, 9)
        for seed in range(50)
    ]

    assert sum(wrong) <= 2


def test_an_interference_with_one_of_nine_compounds_is_no_accident_of_the_vial() -> None:
    logs = np.tile(np.log(NOMINAL), (9, 1))
    logs[0, 9] += 2.0

    wrong = contradicting_runs(POSITION, logs, np.full(logs.shape, 1e-4), CONTENT, NOMINAL)

    assert not wrong.any()


def test_a_drift_of_a_third_is_no_contradiction() -> None:
    assert not contradicting(NOMINAL, CONTENT, nominal=NOMINAL, drift=0.2).any()


def test_without_replicates_nothing_contradicts() -> None:
    nothing = np.full((2, 3), np.nan)

    assert not contradicting_runs(
        np.zeros(3), nothing, nothing, np.full(3, -1), np.full(3, np.nan)
    ).any()
    assert not contradicting_runs(
        np.zeros(3), np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(3, int), np.full(3, np.nan)
    ).any()


@pytest.mark.parametrize(("apart", "contradicts"), [(0.72, True), (0.60, False)])
def test_two_replicates_contradict_from_four_standard_deviations_on(
    apart: float, *, contradicts: bool
) -> None:
    """Worked by hand: of two replicates Δ apart, |d| = Δ/2 and z = √2 Δ/2 / √(v + φ²).

    With v = 0.1² and the least scatter φ = 0.05, z is 4.55 for Δ = 0.72 and 3.79 for Δ = 0.60.
    """
    content = np.repeat(np.arange(8), 2)
    logs = np.zeros((1, 16))
    logs[0, :2] = -apart / 2, apart / 2
    position = np.tile([-1.0, 1.0], 8)
    unknown = np.full(16, np.nan)

    wrong = contradicting_runs(position, logs, np.full((1, 16), 0.01), content, unknown)

    assert wrong.tolist() == [contradicts] * 2 + [False] * 14


@pytest.mark.parametrize(("nearer", "wrong"), [(-0.2, [1]), (-0.3, [0, 1])])
def test_the_replicate_within_half_of_the_disagreement_is_right(
    nearer: float, wrong: list[int]
) -> None:
    """Two replicates are 1 apart on the log scale: |d| is 0.5, so 0.25 decides."""
    content = np.repeat(np.arange(8), 2)
    nominal = np.repeat(2.0 ** np.arange(8), 2)
    logs = np.log(nominal)[None]
    logs[0, :2] += nearer, nearer + 1.0
    position = np.tile([-1.0, 1.0], 8)

    contradicts = contradicting_runs(position, logs, np.full((1, 16), 0.01), content, nominal)

    assert np.flatnonzero(contradicts).tolist() == wrong
