"""The runs of one batch, and when in it each was injected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from lcms.groups import by_batch
from lcms.kinds import RunVerdict, SampleType
from lcms.model import Bools, Floats, Ints, Sample

_REPLICATED: Final = {  # sample types whose injections of one content are replicates
    SampleType.CALIBRATOR,
    SampleType.QUALITY_CONTROL,
    SampleType.POOLED_QC,
}


@dataclass(frozen=True)
class BatchRuns:
    """The runs of one batch, arrays of (n,).

    `position` is the injection order scaled to -1 (first) … 1 (last); `is_unusable` the verdict
    of the run.
    """

    name: str
    samples: tuple[Sample, ...]
    position: Floats
    is_unusable: Bools

    def are(self, *types: SampleType) -> Bools:
        """Return which runs are of one of the types and not excluded; shape (n,)."""
        return np.array(
            [run.sample_type in types and run.exclude is None for run in self.samples],
            dtype=np.bool_,
        )

    def are_spiked(self) -> Bools:
        """Return which runs were spiked into a matrix of the study; shape (n,)."""
        return np.array([run.spiked_into is not None for run in self.samples], dtype=np.bool_)

    @cached_property
    def contents(self) -> Ints:
        """A number per run, equal for equal contents; -1 for types without replicates.

        One level that is spiked into two matrices, or prepared in two ways, is two contents.
        """
        numbers: dict[tuple[object, ...], int] = {}
        return np.array(
            [
                numbers.setdefault(
                    (
                        *(run.sample_type, run.dilution_factor, run.level),
                        *(run.spiked_into, run.pool, run.preparation),
                    ),
                    len(numbers),
                )
                if run.sample_type in _REPLICATED
                else -1
                for run in self.samples
            ],
            dtype=np.int64,
        )


def batches(
    samples: Sequence[Sample], order: Mapping[str, int], verdicts: Mapping[str, str | None]
) -> list[BatchRuns]:
    """Return the batches in the order of the sheet; `order` is that of injection."""
    batch_runs = []
    for name, runs in by_batch(samples).items():
        number = np.array([order[run.sample_id] for run in runs], dtype=np.float64)
        half = max((number.max() - number.min()) / 2, 0.5)  # a single run is at -1
        position = (number - number.min()) / half - 1
        is_unusable = [verdicts[run.sample_id] == RunVerdict.UNUSABLE for run in runs]
        batch_runs.append(BatchRuns(name, tuple(runs), position, np.array(is_unusable, np.bool_)))
    return batch_runs
