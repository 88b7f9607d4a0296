"""The runs of one batch, and when in it each was injected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lcms.groups import by_batch
from lcms.model import Bools, Floats, Sample, SampleType


@dataclass(frozen=True)
class BatchRuns:
    """The runs of one batch, and their injection orders scaled to -1 (first) … 1 (last); (n,)."""

    name: str
    samples: tuple[Sample, ...]
    position: Floats

    def are(self, *types: SampleType) -> Bools:
        """Return which runs are of one of the types; shape (n,)."""
        return np.array([sample.sample_type in types for sample in self.samples], dtype=np.bool_)


def batches(samples: Sequence[Sample], order: Mapping[str, int]) -> list[BatchRuns]:
    """Return the batches in the order of the sheet; `order` is that of injection."""
    batch_runs = []
    for name, runs in by_batch(samples).items():
        number = np.array([order[run.sample_id] for run in runs], dtype=np.float64)
        half = max((number.max() - number.min()) / 2, 0.5)  # a single run is at -1
        batch_runs.append(BatchRuns(name, tuple(runs), (number - number.min()) / half - 1))
    return batch_runs
