"""What is known of a peak before it is fitted."""

from dataclasses import dataclass

from lcms.numerics.peak.peak_shape import PeakShape


@dataclass(frozen=True)
class ExpectedPeak:
    """A peak that is fitted: its expected time and the standard deviation of it, s; its shape."""

    expected_s: float
    expected_sd_s: float
    shape: PeakShape
