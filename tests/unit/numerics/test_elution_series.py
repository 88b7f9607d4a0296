import pytest

from builders import ion, standard
from lcms.numerics.elution_series import ElutionOrder, series_order, series_rank


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        ("Lac-Val", 0),
        ("N-L-lactoyl-L-isoleucine", 1),
        ("N-lactoylleucine", 2),
        ("LacPhe", 3),
        ("Lac-Leu/Ile", None),
        ("Lac-Leu + Lac-Ile", None),
        ("Ac-Leu", None),
        ("Lac-Pro", None),
    ],
)
def test_the_series_is_known_by_name(name: str, rank: int | None) -> None:
    assert series_rank(ion(name)) == rank


@pytest.mark.parametrize(
    ("times_s", "direction", "is_shown"),
    [
        ({}, 1, False),
        ({"Lac-Val": 100.0}, 1, False),
        ({"Lac-Ile": 100.0, "Lac-Leu": 100.0}, 1, False),
        ({"Lac-Val": 100.0, "Lac-Phe": 101.0}, 1, True),
        ({"Lac-Val": 101.0, "Lac-Phe": 100.0}, -1, True),
        ({"Lac-Val": 100.0, "Lac-Leu": 130.0, "Lac-Phe": 120.0}, 0, True),
        ({"Lac-Val": 100.0, "Ac-Phe": 90.0}, 1, False),
    ],
)
def test_the_listed_times_show_the_order(
    times_s: dict[str, float],
    direction: int,
    is_shown: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    order = series_order([ion(name, 200.0, time_s) for name, time_s in times_s.items()], "auto")

    assert (order.direction, order.is_shown) == (direction, is_shown)


@pytest.mark.parametrize(
    ("setting", "rank"), [("reversed_phase", 3), ("hilic", -3), ("none", None)]
)
def test_an_order_that_is_set_overrules_the_listed_times(
    setting: ElutionOrder, rank: int | None
) -> None:
    timed = [ion("Lac-Val", 188.0, 100.0), ion("Lac-Phe", 236.0, 90.0)]

    order = series_order(timed, setting)

    assert order.is_shown
    assert order.rank(timed[1]) == rank


def test_standards_show_no_order() -> None:
    timed = [standard("Lac-Val", 188.0, 100.0), standard("Lac-Phe", 236.0, 90.0)]

    assert not series_order(timed, "auto").is_shown
