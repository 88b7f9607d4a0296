import numpy as np
import pytest

from study import assays_apart, is_null, is_significant, share
from study_batches import Score


def score(column: str, truth: float, estimate: float, half: float, **cells: float) -> Score:
    values = {"p_value": np.nan} | cells
    low, high = estimate - half, estimate + half
    return Score(1, "Lac-Phe", column, truth, estimate, low, high, **values)


def test_a_percentage_has_the_error_of_its_studies() -> None:
    hits, studies = [True, True, True, False], [1, 1, 2, 2]

    # 75 %; the studies are 0.5 above and below their expected 1.5 of 2: sqrt(2 x 0.25) / 4
    assert share(hits, studies, (70.0, 80.0)) == "75.0 ± 17.7"
    assert share(hits, studies, (93.0, 97.0)) == "75.0 ± 17.7 (fails)"


def test_an_effect_is_claimed_by_the_p_value_or_else_by_the_interval() -> None:
    ratio = score("ratio", 1.0, 1.2, 0.1, p_value=0.2)
    rate = score("rate_per_h", 0.0, 0.02, 0.01)

    assert (is_null(ratio), is_null(rate)) == (True, True)
    assert (is_significant(ratio), is_significant(rate)) == (False, True)
    assert not is_null(score("rate_per_h", 0.1, 0.1, 0.01))


@pytest.mark.parametrize(("ratio", "is_apart"), [(1.5, False), (1.6, True)])
def test_assays_are_told_apart_by_welchs_test(ratio: float, is_apart: bool) -> None:  # noqa: FBT001
    """Of SD 15 % and 8 degrees of freedom each, t of 16 must exceed 2.12 x 0.212 = ln 1.568."""
    pair = [score("kcat", 0.3, 0.3 * each, 0.1, sd=0.045 * each, freedom=8) for each in (1, ratio)]

    assert assays_apart(pair)[0] == [is_apart]
