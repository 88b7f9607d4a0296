"""Which injections belong together: those of a sample type, and those of a level of a factor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lcms.model import Floats, Ints
from lcms.schemas import Row


@dataclass(frozen=True)
class StudyVariable:
    """Some injections, as indices of the runs, ascending."""

    name: str
    description: str
    runs: Ints

    def average(self, values: Floats) -> float:
        """Return the mean of the values that are there; NaN without one."""
        given = self._given(values)
        return float(np.mean(given)) if given.size else np.nan

    def variation(self, values: Floats) -> float:
        """Return their coefficient of variation, a fraction; NaN with fewer than two."""
        given = self._given(values)
        is_defined = given.size > 1 and np.mean(given) > 0
        return float(np.std(given, ddof=1) / np.mean(given)) if is_defined else np.nan

    def _given(self, values: Floats) -> Floats:
        members = values[self.runs]
        return members[np.isfinite(members)]


def study_variables(runs: Sequence[Row], factors: Sequence[str]) -> list[StudyVariable]:
    """Return the study variables of a batch.

    A factor whose values are all different names injections and groups none: it has no variable.
    """
    variables = [*_levels(runs, "sample_type")]
    for factor in factors:
        levels = [*_levels(runs, factor)]
        if any(level.runs.size > 1 for level in levels):
            variables += levels
    return variables


def _levels(runs: Sequence[Row], factor: str) -> Iterator[StudyVariable]:
    """Yield a variable for each value of a factor, in the order of the runs."""
    for level in dict.fromkeys(run[factor] for run in runs):
        if level:
            members = [index for index, run in enumerate(runs) if run[factor] == level]
            description = f"injections whose {factor} is {level}"
            yield StudyVariable(f"{factor}: {level}", description, np.array(members))
