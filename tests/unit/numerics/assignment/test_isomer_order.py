from itertools import permutations

import pytest

from builders import ion
from lcms.kinds import IsomerBasis
from lcms.model import Ion
from lcms.numerics.assignment.isomer_order import ORDER_COST, isomer_basis, isomer_orders
from lcms.numerics.elution_series import SeriesOrder

REVERSED_PHASE = SeriesOrder(1, is_shown=False)
ILE, LEU, OTHER = (ion(name, 202.1, None) for name in ("Lac-Ile", "Lac-Leu", "X"))


def orders(*names_and_times: tuple[str, float | None]) -> dict[tuple[str, ...], float]:
    ions = [ion(name, 202.1, time_s) for name, time_s in names_and_times]
    return {
        tuple(isomer.ion_id for isomer in order.ions): order.cost
        for order in isomer_orders(ions, REVERSED_PHASE)
    }


def test_the_reverse_of_the_known_order_costs() -> None:
    expected = {("Lac-Ile", "Lac-Leu"): 0.0, ("Lac-Leu", "Lac-Ile"): ORDER_COST}

    assert orders(("Lac-Leu", None), ("Lac-Ile", None)) == expected


def test_listed_times_leave_one_order_even_against_the_series() -> None:
    assert orders(("Lac-Ile", 110.0), ("Lac-Leu", 100.0)) == {("Lac-Leu", "Lac-Ile"): 0.0}


def test_isomers_without_a_time_may_elute_before_between_and_after_the_others() -> None:
    expected = {("X", "a", "b"), ("a", "X", "b"), ("a", "b", "X")}

    assert set(orders(("b", 20.0), ("X", None), ("a", 10.0))) == expected


def test_of_many_isomers_one_order_is_tried() -> None:
    names = ["f", "e", "d", "c", "b", "a"]

    assert list(orders(*((name, None) for name in names))) == [tuple(sorted(names))]


@pytest.mark.parametrize("ions", list(permutations([ILE, LEU, OTHER])))
def test_the_rows_of_the_sheet_have_no_order(ions: tuple[Ion, ...]) -> None:
    names = [
        [isomer.ion_id for isomer in order.ions] for order in isomer_orders(ions, REVERSED_PHASE)
    ]

    assert names[0] == ["Lac-Ile", "Lac-Leu", "X"]
    assert len(names) == 6


@pytest.mark.parametrize(
    ("isomers", "evidence", "basis"),
    [
        ([LEU], 5.9, IsomerBasis.ORDER),
        ([LEU], 6.0, None),
        ([], 0.0, None),
        ([OTHER], 0.0, IsomerBasis.SUM),
        ([OTHER], 6.0, None),
        ([LEU, OTHER], 0.0, IsomerBasis.SUM),
    ],
)
def test_the_basis_is_the_order_where_it_is_known_and_evidence_is_weak(
    isomers: list[Ion], evidence: float, basis: IsomerBasis | None
) -> None:
    assert isomer_basis(ILE, isomers, REVERSED_PHASE, evidence) is basis


def test_all_orders_of_five_isomers_are_tried() -> None:
    assert len(orders(*((name, None) for name in "abcde"))) == 120  # 5!


def test_every_pair_against_the_series_costs_and_isomers_of_no_rank_cost_nothing() -> None:
    names = ("Lac-Val", "Lac-Ile", "Lac-Leu")  # in the order of reversed phase

    costs = orders(*((name, None) for name in (*names, "X")))

    assert costs[(*names, "X")] == costs[("X", *names)] == 0.0
    assert costs[("X", *reversed(names))] == 3 * ORDER_COST
    assert costs[("Lac-Ile", "X", "Lac-Val", "Lac-Leu")] == ORDER_COST
