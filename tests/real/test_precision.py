"""Ten injections of one sample: how much the areas scatter, beside a plain sum of the points."""

import pandas as pd
import pytest

from replicates import DATA, ISOLATED, OVERLAPPED, scatter_of_areas

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the real runs are not there: {DATA}")


@pytest.fixture(scope="module")
def ratios(tmp_path_factory: pytest.TempPathFactory) -> pd.Series:
    """Return by target the CV of the areas divided by that of plain sums."""
    scatter = scatter_of_areas(tmp_path_factory.mktemp("nist"))
    return scatter["cv"] / scatter["cv_of_sums"]


@pytest.mark.parametrize("target_id", ISOLATED)
def test_areas_of_isolated_peaks_scatter_hardly_more_than_a_plain_sum(
    ratios: pd.Series, target_id: str
) -> None:
    assert ratios[target_id] <= 1.10


def test_the_area_of_an_overlapped_peak_scatters_far_less_than_a_plain_sum(
    ratios: pd.Series,
) -> None:
    assert ratios[OVERLAPPED] <= 0.5
