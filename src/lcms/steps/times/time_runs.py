"""The runs from which times are proposed: the highest calibrators, or those that are named."""

from collections.abc import Sequence
from typing import Final

from lcms.errors import UserInputError
from lcms.io.sheets.inputs import Inputs
from lcms.io.sheets.sheet_rows import nearest
from lcms.kinds import SampleType
from lcms.model import Level, Sample

# Enough levels to show which peak follows the amounts, and few enough to be read in seconds. By
# judgement.
_MOST_RUNS: Final = 6
# Without calibrators, in this order: what is likeliest to hold all compounds.
_OTHERWISE: Final = (SampleType.POOLED_QC, SampleType.QUALITY_CONTROL, SampleType.UNKNOWN)


def time_runs(inputs: Inputs, names: Sequence[str]) -> list[Sample]:
    """Return the runs that are named; by default one calibrator of each level, the highest first.

    At most six. Without calibrators: pooled QCs, else quality controls, else unknowns.

    Raises
    ------
    UserInputError
        If a run of this name is not in the sheet, or none is left.
    """
    runs = {run.sample_id: run for run in inputs.samples if run.exclude is None}
    for name in names:
        if name not in runs:
            raise UserInputError(f"no run `{name}` takes part{nearest(name, runs)}")
    chosen = [runs[name] for name in names] or _by_default(list(runs.values()), inputs.levels)
    if not chosen:
        raise UserInputError("no run of the sample sheet can show a time; name some with --run")
    return chosen


def _by_default(runs: Sequence[Sample], levels: Sequence[Level]) -> list[Sample]:
    calibrators = [run for run in runs if run.sample_type is SampleType.CALIBRATOR]
    highest = {
        row.level: max(other.concentration for other in levels if other.level == row.level)
        for row in levels
    }
    by_level = {run.level: run for run in reversed(calibrators) if highest.get(run.level or "")}
    if by_level:
        return sorted(by_level.values(), key=lambda run: -highest[run.level or ""])[:_MOST_RUNS]
    return next((alike[:_MOST_RUNS] for kind in _OTHERWISE if (alike := _of_type(runs, kind))), [])


def _of_type(runs: Sequence[Sample], kind: SampleType) -> list[Sample]:
    return [run for run in runs if run.sample_type is kind]
