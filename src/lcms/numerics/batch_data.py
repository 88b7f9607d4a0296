"""What a batch is learned from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lcms.model import Candidate, Chromatogram, ChromatogramId, Ion


@dataclass(frozen=True)
class BatchData:
    """What a batch is learned from.

    `runs` are the sample_ids in the order of injection; `ions_of` the ions by signal;
    `candidates` by run and signal;
    `nominal` the concentrations of calibrators by run and target_id; `thresholds` the
    detection threshold of a run in counts. `chromatogram` gives the
    chromatogram of a run and signal, None where the run cannot hold it. `listed_sd_s` is by
    ion_id how surely the listed times hold, where the batch has told that.
    """

    runs: Sequence[str]
    ions_of: Mapping[ChromatogramId, Sequence[Ion]]
    candidates: Mapping[tuple[str, ChromatogramId], Sequence[Candidate]]
    nominal: Mapping[tuple[str, str], float]
    thresholds: Mapping[str, float]
    chromatogram: Callable[[str, ChromatogramId], Chromatogram | None]
    expected_fwhm_s: float
    listed_sd_s: Mapping[str, float] = field(default_factory=dict)
