"""What is shown of an ion in a run: numbers of the tables, and the points of its curves."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lcms.io.tables.isomer_sums import sum_peak
from lcms.model import Ion
from lcms.numerics.chromatogram.picture_points import (
    compact_counts,
    time_steps,
    without_flat_zeros,
)
from lcms.schemas import Row
from lcms.steps.report.page_tables import PEAK_NUMBERS, RESULT_NUMBERS, RunTables

_DIGITS: Final = 4  # of a number in words
_CURVE_DIGITS: Final = 5  # of a number that draws a curve

_OF_SUM: Final = ("apex", "left", "right", "area", "area_sd", "fwhm", "quality")
_COMPONENT: Final = ("times", "areas", "sigmas", "taus", "tail_fractions", "tails")
_TIMES: Final = {"apex", "left", "right", "expected"}


def pair_view(tables: RunTables, run: Row, ion: Ion) -> dict[str, Any]:
    """Return what is shown of an ion in a run; what is not known is left out.

    `steps` are steps of time in hundredths of a second and `counts` the intensities in units of
    `unit`; each of `components` has the index of its ion or None, apex, area and shape.
    """
    sample_id = run["sample_id"]
    peak = tables.peak((sample_id, ion.ion_id))
    result = tables.concentrations.get((sample_id, ion.target_id))
    view = {"status": peak["status"], "method": peak["method"], "isomers": peak["isomers"]}
    view |= _numbers(peak, PEAK_NUMBERS)
    view["flags"] = list(dict.fromkeys([*peak["flags"], *(result["flags"] if result else ())]))
    if result is not None:
        view |= {"result": result["status"]} | _numbers(result, RESULT_NUMBERS)
    view |= _trace(tables, sample_id, ion)
    view |= _fit(tables.fits.get((sample_id, ion.chromatogram_id)))
    view["rejected"] = [
        [*_rounded(row, ("retention_time_s", "left_s", "right_s"), 2), row["reason"]]
        for row in tables.rejected.get((sample_id, ion.ion_id), ())
    ]
    return {name: value for name, value in view.items() if value not in (None, [])}


def sum_view(tables: RunTables, run: Row, name: str, members: Sequence[Ion]) -> dict[str, Any]:
    """Return what is shown of an isomer sum in a run: the chromatogram of its members, one peak.

    Parameters
    ----------
    name : str
        Of the isomer group.
    members : sequence of Ion
        Its quantifiers.
    """
    sample_id, first = run["sample_id"], members[0]
    result = tables.concentrations.get((sample_id, name))
    peak = sum_peak([tables.peak((sample_id, ion.ion_id)) for ion in members], result)
    view = {"status": peak["status"], "method": peak["method"], "flags": peak["flags"]}
    view |= _numbers(peak, {name: PEAK_NUMBERS[name] for name in _OF_SUM})
    if result is not None:
        view |= {"result": result["status"]} | _numbers(result, RESULT_NUMBERS)
    view |= _trace(tables, sample_id, first)
    view |= _fit(tables.fits.get((sample_id, first.chromatogram_id)))
    return {key: value for key, value in view.items() if value not in (None, [])}


def _numbers(row: Row, columns: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: round(row[column], 2) if name in _TIMES else significant(row[column], _DIGITS)
        for name, column in columns.items()
        if row[column] is not None
    }


def significant(value: float, digits: int) -> float:
    """Return a value rounded to a number of significant digits; a whole number as `int`."""
    rounded = float(format(value, f".{digits}g"))
    return int(rounded) if rounded.is_integer() else rounded


def _trace(tables: RunTables, sample_id: str, ion: Ion) -> dict[str, Any]:
    curve = tables.chromatograms.get((sample_id, ion.ion_id))
    if curve is None:
        return {}
    time_s, intensity = without_flat_zeros(*curve)
    counts, unit = compact_counts(intensity)
    return {"steps": time_steps(time_s), "counts": counts, "unit": unit}


def _fit(fit: Row | None) -> dict[str, Any]:
    if fit is None:
        return {}
    columns = [fit[f"component_{name}"] for name in _COMPONENT]
    components = [
        [ion_id, *(significant(value, _CURVE_DIGITS) for value in values)]
        for ion_id, *values in zip(fit["component_ions"], *columns, strict=True)
    ]
    levels = [significant(level, _CURVE_DIGITS) for level in fit["baseline_levels"]]
    return {
        "components": components,
        "baseline": [[round(time_s, 2) for time_s in fit["baseline_times"]], levels],
    }


def _rounded(row: Row, names: tuple[str, ...], digits: int) -> list[float | None]:
    return [None if row[name] is None else round(row[name], digits) for name in names]
