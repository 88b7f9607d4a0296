"""A batch whose runs are aligned and whose tracks are assigned: what shapes are learned from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lcms.model import ChromatogramId
from lcms.numerics.assignment.assigned_track import AssignedTrack
from lcms.numerics.batch.batch_model import RunTime
from lcms.numerics.batch_data import BatchData


@dataclass(frozen=True)
class AlignedBatch:
    """The data of a batch, the time map of each run, and which track is which compound.

    `times` by sample_id; `assigned` by chromatogram_id, targets before neighbours; `width_s` is
    the usual width at half height, s. The listed times of the ions are on the common scale.
    """

    data: BatchData
    times: Mapping[str, RunTime]
    assigned: Mapping[ChromatogramId, Sequence[AssignedTrack]]
    width_s: float
