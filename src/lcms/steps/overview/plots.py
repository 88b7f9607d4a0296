"""The numbers of a plot: times, intensities, borders and expected time."""

from collections.abc import Sequence
from typing import Any, Final

from lcms.model import Ion
from lcms.numerics.chromatogram.drawing import significant, time_steps, view_s, without_flat_zeros
from lcms.schemas import Row
from lcms.steps.overview.page_results import Results

_INTENSITY_DIGITS: Final = 4  # more cannot be seen in a plot


def plot_data(
    results: Results, run: Row, ion: Ion, isomers: Sequence[Ion]
) -> dict[str, Any] | None:
    """Return the numbers of a plot, None where nothing was acquired.

    `t` steps of time in hundredths of a second, `y` intensities, `b` the borders, `a` the
    apex, `e` the expected time, `v` the view, `o` the borders of isomers.
    """
    key = run["sample_id"], ion.ion_id
    if key not in results.chromatograms:
        return None
    peak = results.peak(run, ion)
    whole_s = results.chromatograms[key][0]
    time_s, intensity = without_flat_zeros(*results.chromatograms[key])
    borders, expected_s = _borders(peak), _expected_s(ion, peak)
    middle = borders or (None if expected_s is None else (expected_s, expected_s))
    isomer_borders = (_borders(results.peak(run, isomer)) for isomer in isomers)
    return {
        "t": time_steps(time_s),
        "y": significant(intensity, _INTENSITY_DIGITS),
        "b": _hundredths(borders),
        "a": None if borders is None else round(peak["retention_time_s"], 2),
        "e": None if expected_s is None else round(expected_s, 2),
        "v": _hundredths(middle and view_s(whole_s, *middle)),
        "o": [_hundredths(ends) for ends in isomer_borders if ends],
    }


def _borders(peak: Row) -> tuple[float, float] | None:
    if peak["left_s"] is None or peak["right_s"] is None:
        return None
    return peak["left_s"], peak["right_s"]


def _expected_s(ion: Ion, peak: Row) -> float | None:
    """Return the expected time in this run, s: the listed time plus the shift of the run."""
    if ion.retention_time_s is None:
        return None
    return ion.retention_time_s + (peak["retention_shift_s"] or 0.0)


def _hundredths(ends: tuple[float, float] | None) -> list[float]:
    return [round(end, 2) for end in ends or ()]
