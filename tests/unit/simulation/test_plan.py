import pytest

from lcms.errors import ConfigError
from lcms.simulation.plan import PRESETS, Plan


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"sigma_s": 0.0}, "sigma_s"),
        ({"n_unknowns": -1}, "n_unknowns"),
        ({"tail_fraction": 1.0}, "tail_fraction"),
        ({"calibrator_nmol_l": (1.0, -3.0)}, "calibrator_nmol_l"),
        ({"unknown_nmol_l": (0.0, 5.0)}, "unknown_nmol_l"),
        ({"mz_low": 500.0}, "mz_low"),
        ({"tau_s": float("nan")}, "tau_s"),
    ],
)
def test_an_impossible_plan_is_refused_by_the_name_of_its_option(
    changes: dict[str, float], word: str
) -> None:
    with pytest.raises(ConfigError, match=word):
        Plan(**changes)  # type: ignore[arg-type]  # the point of the test


def test_the_default_plan_is_the_standard_preset() -> None:
    assert PRESETS["standard"] == Plan()
