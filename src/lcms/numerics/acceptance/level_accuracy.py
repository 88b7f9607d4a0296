"""Accuracies of calibrators and quality controls, level by level."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, Floats
from lcms.numerics.acceptance.acceptance_rules import Rule
from lcms.numerics.quantity.calibrators import ROUNDING

LEAST_FOR_SPREAD: Final = 2  # a single value has no standard deviation


@dataclass(frozen=True)
class Levels:
    """Injections of known content: nominal concentration and accuracy, arrays of (n,).

    The nominal concentration is that in the vial. The accuracy is NaN where no concentration
    was found; such an injection counts as not accepted. `dilution` is the dilution factor;
    `is_inside` whether the content lies in the range of the curve.
    """

    nominal: Floats
    accuracy_percent: Floats
    dilution: Floats
    is_inside: Bools

    def where(self, chosen: Bools) -> "Levels":
        """Return some of the injections."""
        return Levels(
            self.nominal[chosen],
            self.accuracy_percent[chosen],
            self.dilution[chosen],
            self.is_inside[chosen],
        )

    def diluted(self) -> "Levels":
        """Return the injections that were diluted."""
        return self.where(self.dilution != 1)

    def undiluted(self) -> "Levels":
        """Return the injections that were not diluted."""
        return self.where(self.dilution == 1)


def by_level(levels: Levels) -> dict[tuple[float, float], Levels]:
    """Return the injections of each level by dilution factor and nominal concentration."""
    keys = sorted(set(zip(levels.dilution.tolist(), levels.nominal.tolist(), strict=True)))
    return {
        (dilution, x): levels.where((levels.dilution == dilution) & (levels.nominal == x))
        for dilution, x in keys
    }


def accepted(levels: Levels, lloq: float, rule: Rule) -> Bools:
    """Return which injections are inside the range and within the tolerance of a rule."""
    deviation = np.nan_to_num(np.abs(levels.accuracy_percent - 100), nan=np.inf)
    is_within = deviation <= _tolerance(levels.nominal, lloq, rule) + ROUNDING
    return np.asarray(levels.is_inside & is_within)


def accepted_percent(levels: Levels, lloq: float, rule: Rule) -> float:
    """Return the percentage of injections that are accepted; NaN without any."""
    return percent_true(accepted(levels, lloq, rule))


def accepted_percents(levels: Levels, lloq: float, rule: Rule) -> list[float]:
    """Return the accepted percentage of each level."""
    return [accepted_percent(level, lloq, rule) for level in by_level(levels).values()]


def levels_accurate(levels: Levels, lloq: float, rule: Rule) -> float:
    """Return the percentage of levels whose mean accuracy is within the tolerance."""
    return _percent_within(
        by_level(levels).values(), lloq, rule, lambda accuracy: abs(finite_mean(accuracy) - 100)
    )


def levels_precise(levels: Levels, lloq: float, rule: Rule) -> float:
    """Return the percentage of levels whose coefficient of variation is within the tolerance.

    Levels that were injected once are not judged.
    """
    repeated = [
        level for level in by_level(levels).values() if level.nominal.size >= LEAST_FOR_SPREAD
    ]
    return _percent_within(repeated, lloq, rule, cv_percent)


def _percent_within(
    levels: Iterable[Levels], lloq: float, rule: Rule, deviation_of: Callable[[Floats], float]
) -> float:
    """Return the percentage of levels with a deviation within the tolerance; NaN without any.

    A level of which no concentration was found is not within it.
    """
    holds = [
        deviation_of(level.accuracy_percent) <= _tolerance(level.nominal, lloq, rule)[0] + ROUNDING
        for level in levels
    ]
    return percent_true(np.array(holds, dtype=np.bool_))


def _tolerance(nominal: Floats, lloq: float, rule: Rule) -> Floats:
    """Return the largest accepted deviation at nominal concentrations, percent."""
    is_lloq = nominal <= lloq * (1 + ROUNDING)
    return np.where(is_lloq, rule.tolerance_lloq_percent, rule.tolerance_percent)


def finite_mean(values: Floats) -> float:
    """Return the mean of the finite values; NaN without any."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else float("nan")


def cv_percent(values: Floats) -> float:
    """Return the coefficient of variation of the finite values in percent.

    NaN with fewer than two values, or a mean of 0 or below.
    """
    finite = values[np.isfinite(values)]
    if finite.size < LEAST_FOR_SPREAD or finite.mean() <= 0:
        return math.nan
    return 100 * float(finite.std(ddof=1) / finite.mean())


def percent_true(holds: Bools) -> float:
    """Return the percentage that holds; NaN of nothing."""
    return 100 * float(holds.mean()) if holds.size else math.nan
