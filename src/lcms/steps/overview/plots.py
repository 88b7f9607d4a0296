"""The numbers of a plot: times, intensities, borders, and what is expected where."""

from collections.abc import Sequence
from typing import Any, Final

from lcms.model import Ion
from lcms.numerics.chromatogram.drawing import significant, time_steps, view_s, without_flat_zeros
from lcms.schemas import Row
from lcms.steps.overview.page_results import Results

_INTENSITY_DIGITS: Final = 4


def plot_data(
    found: Results, run: Row, ion: Ion, siblings: Sequence[Ion]
) -> dict[str, Any] | None:
    """Return the numbers of a plot, None where nothing was acquired.

    `t` steps of time in hundredths of a second, `y` intensities, `b` the borders, `a` the
    apex, `e` the expected time, `v` the view, `o` the borders of isomers.
    """
    key = run["sample_id"], ion.ion_id
    if key not in found.chromatograms:
        return None
    peak = found.peak(run, ion)
    whole_s = found.chromatograms[key][0]
    time_s, intensity = without_flat_zeros(*found.chromatograms[key])
    borders, expected_s = _borders(peak), _expected_s(ion, peak)
    middle = borders or (None if expected_s is None else (expected_s, expected_s))
    others = (_borders(found.peak(run, one)) for one in siblings)
    return {
        "t": time_steps(time_s),
        "y": significant(intensity, _INTENSITY_DIGITS),
        "b": _hundredths(borders),
        "a": None if borders is None else round(peak["retention_time_s"], 2),
        "e": None if expected_s is None else round(expected_s, 2),
        "v": _hundredths(middle and view_s(whole_s, *middle)),
        "o": [_hundredths(ends) for ends in others if ends],
    }


def _borders(peak: Row) -> tuple[float, float] | None:
    if peak["left_s"] is None or peak["right_s"] is None:
        return None
    return peak["left_s"], peak["right_s"]


def _expected_s(ion: Ion, peak: Row) -> float | None:
    """Return when the ion was expected in this run: the listed time and the run's shift."""
    if ion.retention_time_s is None:
        return None
    return ion.retention_time_s + (peak["retention_shift_s"] or 0.0)


def _hundredths(ends: tuple[float, float] | None) -> list[float]:
    return [round(end, 2) for end in ends or ()]
