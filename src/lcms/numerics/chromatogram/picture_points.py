"""A chromatogram for a picture: fewer points, fewer digits."""

from typing import Final

import numpy as np

from lcms.model import Floats, Ints

_DIGITS: Final = 3  # of an intensity: more cannot be seen in a plot
_LARGEST: Final = 6  # powers of ten between the highest intensity and the unit of the others
# What whole numbers are multiples of: below a thousand 1, below ten thousand 10, and so on.
_STEPS: Final = 10.0 ** np.arange(_LARGEST + 2 - _DIGITS + 1)
_FIRST_WITH_STEP: Final = 10.0**_DIGITS * _STEPS[:-1]


def without_flat_zeros(time_s: Floats, intensity: Floats) -> tuple[Floats, Floats]:
    """Return a chromatogram without the zeros between two zeros: its line is the same.

    Parameters
    ----------
    time_s, intensity : array, shape (n,)
        Ascending times; the first and the last point are kept.
    """
    signal = intensity > 0
    near = signal.copy()
    near[1:] |= signal[:-1]
    near[:-1] |= signal[1:]
    near[:1] = near[-1:] = True
    kept = intensity[near]
    return time_s[near], kept if np.isfinite(kept).all() else np.nan_to_num(kept)


def compact_counts(intensity: Floats) -> tuple[list[int], float]:
    """Return intensities of three significant digits as whole numbers, and their unit in counts.

    What is below a millionth of the highest intensity becomes 0.

    Parameters
    ----------
    intensity : array, shape (n,)
        Counts, 0 or above.
    """
    highest = float(intensity.max(initial=0.0))
    if highest == 0.0:
        return [0] * intensity.size, 1.0
    power = int(np.floor(np.log10(highest))) - _LARGEST
    whole = np.rint(intensity / 10.0**power)
    step = _STEPS[_FIRST_WITH_STEP.searchsorted(whole, side="right")]
    counts: list[int] = (np.rint(whole / step) * step).astype(np.int64).tolist()
    return counts, 10.0**power


def time_steps(time_s: Floats) -> list[int]:
    """Return the first time and the steps to each next one, in hundredths of a second."""
    hundredths: Ints = np.rint(time_s * 100).astype(np.int64)
    steps: list[int] = [*hundredths[:1].tolist(), *np.diff(hundredths).tolist()]
    return steps
