"""`lcms show`: the rows of `peaks` and `concentrations` that a person asks for, as text."""

from collections.abc import Collection
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from lcms.errors import UserInputError
from lcms.io.sheets.sheet_rows import nearest
from lcms.io.tables.parquet import read_table

_PEAK = ["retention_time_s", "area", "signal_to_noise", "mz_residual_ppm", "flags"]
_FOUND = ["concentration", "concentration_low", "concentration_high"]
HEADER = (
    "sample",
    "target",
    "peak",
    "time s",
    "area count·s",
    "S/N",
    "m/z error ppm",
    "concentration [95 % interval]",
    "status",
    "flags",
)
"""The m/z error is what remains when the mass offset of the run is taken off."""


def shown_rows(
    results: Path, targets: Collection[str], samples: Collection[str]
) -> list[tuple[str, ...]]:
    """Return one row of texts per sample and quantifier, in the order of the tables.

    Parameters
    ----------
    results : Path
        Folder of the tables.
    targets, samples : collections of str
        What is asked for, by patterns with `*` and `?`; an empty collection asks for all.

    Raises
    ------
    UserInputError
        If a target or a pattern matches nothing.
    """
    found = {
        (row["sample_id"], row["target_id"]): row
        for row in read_table(
            results / "concentrations.parquet",
            ["sample_id", "target_id", "status", "flags", *_FOUND],
        ).to_pylist()
    }
    peaks = read_table(
        results / "peaks.parquet", ["sample_id", "target_id", "ion_role", "status", *_PEAK]
    ).to_pylist()
    _check_known(results, "target", targets, {peak["target_id"] for peak in peaks})
    _check_known(results, "sample", samples, {peak["sample_id"] for peak in peaks})
    return [
        _texts(peak, found[peak["sample_id"], peak["target_id"]])
        for peak in peaks
        if peak["ion_role"] == "quantifier"
        and _is_asked_for(peak["target_id"], targets)
        and _is_asked_for(peak["sample_id"], samples)
    ]


def _is_asked_for(name: str, patterns: Collection[str]) -> bool:
    """Tell whether a name is one of the patterns (it may hold `[`) or matches one."""
    return not patterns or any(name == one or fnmatchcase(name, one) for one in patterns)


def _check_known(results: Path, what: str, asked: Collection[str], known: Collection[str]) -> None:
    unknown = [one for one in asked if not any(_is_asked_for(name, [one]) for name in known)]
    if unknown:
        lines = (f"{results} has no {what} `{one}`{nearest(one, known)}" for one in unknown)
        raise UserInputError("\n".join(lines))


def _texts(peak: dict[str, Any], found: dict[str, Any]) -> tuple[str, ...]:
    value, low, high = (found[name] for name in _FOUND)
    return (
        peak["sample_id"],
        peak["target_id"],
        peak["status"],
        _number(peak["retention_time_s"], ".1f"),
        _number(peak["area"], ".3g"),
        _number(peak["signal_to_noise"], ".0f"),
        _number(peak["mz_residual_ppm"], "+.2f"),
        "" if value is None else f"{value:.3g} [{low:.3g}, {high:.3g}]",
        found["status"],
        ", ".join(dict.fromkeys([*peak["flags"], *found["flags"]])),
    )


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
