"""In which orders isomers may elute, and what shows which peak is which isomer."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Final

from lcms.kinds import IsomerBasis
from lcms.model import Ion
from lcms.numerics.elution_series import SeriesOrder

# Cost of two isomers in the reverse of their known order: only evidence of 3.5 standard deviations
# overrules it (z²/2 = 6). So much evidence assigns isomers of unknown order, too. It is less than
# the cost of two isomers on one track (`tracks.SHARED_COST`). By judgement.
ORDER_COST: Final = 6.0
# Of larger groups only one order is tried: the orders of six isomers are 720. By judgement.
_MOST_ORDERED: Final = 5


@dataclass(frozen=True)
class IsomerOrder:
    """Isomers in an order of elution, and what this order costs."""

    ions: Sequence[Ion]
    cost: float


def isomer_orders(ions: Sequence[Ion], series: SeriesOrder) -> list[IsomerOrder]:
    """Return the orders in which isomers may elute; that of the sheet never counts.

    Those that agree with the listed times. Pairs of the series that are reversed cost where both
    have no listed time. Of more than five isomers only one order is returned.
    """
    first = sorted(ions, key=lambda ion: _first_key(ion, series))
    timed = [ion for ion in first if ion.retention_time_s is not None]
    if len(timed) == len(first) or len(first) > _MOST_ORDERED:
        return [IsomerOrder(first, _order_cost(first, series))]
    return [
        IsomerOrder(order, _order_cost(order, series))
        for order in permutations(first)
        if [ion for ion in order if ion.retention_time_s is not None] == timed
    ]


def _first_key(ion: Ion, series: SeriesOrder) -> tuple[float, float, str]:
    listed_s, rank = ion.retention_time_s, series.rank(ion)
    infinite = float("inf")
    return (
        infinite if listed_s is None else listed_s,
        infinite if rank is None else rank,
        ion.ion_id,
    )


def _order_cost(ions: Sequence[Ion], series: SeriesOrder) -> float:
    ranks = [series.rank(ion) for ion in ions if ion.retention_time_s is None]
    known = [rank for rank in ranks if rank is not None]
    return ORDER_COST * sum(first > second for first, second in combinations(known, 2))


def isomer_basis(
    ion: Ion, isomers: Sequence[Ion], series: SeriesOrder, evidence: float
) -> IsomerBasis | None:
    """Return what assigns a track to an ion without a listed time; None: other evidence does.

    Parameters
    ----------
    ion : Ion
    isomers : sequence of Ion
        The others without a listed time that have tracks of their own.
    series : SeriesOrder
    evidence : float
        How much likelier its track is than that of an isomer, whatever the order of elution; a
        difference of log-likelihoods.
    """
    if ion.retention_time_s is not None or not isomers or evidence >= ORDER_COST:
        return None
    is_known = all(series.rank(member) is not None for member in (ion, *isomers))
    return IsomerBasis.ORDER if is_known else IsomerBasis.SUM
