"""The runs of a batch, their ions, candidates and chromatograms: everything it is learned from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lcms.model import Candidate, Chromatogram, ChromatogramId, Ion
from lcms.numerics.elution_series import SeriesOrder

_ASSUMED: Final = SeriesOrder(1, is_shown=False)


@dataclass(frozen=True)
class BatchData:
    """Everything that a batch is learned from.

    `runs` are the sample_ids in the order of injection, `ions_of` the ions by chromatogram_id,
    `candidates` by run and chromatogram_id, `nominal` the nominal concentrations of calibrators
    by run and target_id, `thresholds` the detection thresholds by run (counts). `chromatogram`
    returns the chromatogram of a run and chromatogram_id, None if the run cannot hold it.
    `expected_fwhm_s` is the width at half height that is expected before any is seen.
    `listed_sd_s` are the standard deviations of the listed times by ion_id, if they were learned.
    `series` is the order in which lactoyl amino acids elute.
    """

    runs: Sequence[str]
    ions_of: Mapping[ChromatogramId, Sequence[Ion]]
    candidates: Mapping[tuple[str, ChromatogramId], Sequence[Candidate]]
    nominal: Mapping[tuple[str, str], float]
    thresholds: Mapping[str, float]
    chromatogram: Callable[[str, ChromatogramId], Chromatogram | None]
    expected_fwhm_s: float
    listed_sd_s: Mapping[str, float] = field(default_factory=dict)
    series: SeriesOrder = _ASSUMED
