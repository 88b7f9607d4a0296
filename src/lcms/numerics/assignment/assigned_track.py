"""A track given to a compound, and the labelled copy that helped to choose it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.kinds import IsomerBasis
from lcms.model import Candidate, Ion
from lcms.numerics.time.labelled_copies import is_deuterated

# From this signal-to-noise on, the shape of a peak is used for other peaks, too: noise changes its
# width by a few per cent only. Chosen by judgement.
STRONG_SIGNAL_TO_NOISE: Final = 40.0
# Standard deviations, in peak widths, of the difference between the retention times of a compound
# and of its labelled copy, as their tracks show it. Carbon and nitrogen isotopes do not move a
# peak; deuterium makes it elute up to a peak width earlier. Chosen by judgement.
_COPY_TRACK_SD_WIDTHS: Final = 0.08
_DEUTERATED_TRACK_SD_WIDTHS: Final = 0.4


@dataclass(frozen=True)
class LabelledCopy:
    """The labelled copy of a target, its retention time on the common scale, the usual width."""

    standard: Ion
    time_s: float
    width_s: float

    @property
    def sd_s(self) -> float:
        """Return the standard deviation of the target's retention time around that time, s."""
        is_shifted = is_deuterated(self.standard)
        return self.width_s * (
            _DEUTERATED_TRACK_SD_WIDTHS if is_shifted else _COPY_TRACK_SD_WIDTHS
        )


@dataclass(frozen=True)
class AssignedTrack:
    """A track and the target that it was assigned to (`ion` None: a neighbour).

    `time_s` is the retention time on the common scale, `sd_s` its standard deviation;
    `candidates` by index of run are empty for a target that no track shows. Nothing distinguishes
    the target from the `isomers` on this track; `isomer_basis` is why the track is its own.
    """

    ion: Ion | None
    time_s: float
    sd_s: float
    candidates: Mapping[int, Candidate]
    labelled_copy: LabelledCopy | None = None
    isomers: Sequence[Ion] = ()
    isomer_basis: IsomerBasis | None = None

    def strongest(self, signal_to_noise: float) -> list[int]:
        """Return the runs with at least this signal-to-noise, the highest candidate first."""
        height_of = {
            run: candidate.height
            for run, candidate in self.candidates.items()
            if candidate.signal_to_noise >= signal_to_noise
        }
        return sorted(height_of, key=lambda run: -height_of[run])

    def is_strong(self) -> bool:
        """Tell whether some run shows it so well that other peaks may be given its shape."""
        return bool(self.strongest(STRONG_SIGNAL_TO_NOISE))

    def clearness(self) -> tuple[int, float]:
        """Return in how many runs it is strong, and its median signal-to-noise."""
        signal_to_noise = [candidate.signal_to_noise for candidate in self.candidates.values()]
        n_strong = len(self.strongest(STRONG_SIGNAL_TO_NOISE))
        return n_strong, float(np.median(signal_to_noise)) if signal_to_noise else 0.0
