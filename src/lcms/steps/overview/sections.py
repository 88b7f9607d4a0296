"""The sections of the page, one per ion: its facts, and a panel of words for each run."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from jinja2.utils import htmlsafe_json_dumps

from lcms.model import Ion, IonRole, PeakStatus
from lcms.schemas import Row
from lcms.steps.overview.page_results import Results
from lcms.steps.overview.plots import plot_data
from lcms.words import FLAGS

_WORDS: Final = {
    "quality_control": "quality control",
    "pooled_qc": "pooled QC",
    "below_lloq": "below LLOQ",
    "above_uloq": "above ULOQ",
    "not_detected": "not detected",
    "not_acquired": "not acquired",
    "no_calibration": "no calibration",
}


def word(status: str) -> str:
    """Return a status or a sample type in the usual spelling."""
    return _WORDS.get(status, status)


def section(results: Results, sharing: Sequence[Ion], ion: Ion, unit: str) -> dict[str, Any]:
    """Return the section of an ion: its facts, its panels and the data of its plots.

    `sharing` are the ions that share its chromatogram, including itself.
    """
    flags = results.ion_tally.flags_of(ion.ion_id)
    statuses = results.ion_tally.statuses[ion.ion_id]
    counts = {status: statuses[status.value] for status in PeakStatus}
    n_peaks = counts[PeakStatus.QUANTIFIED] + counts[PeakStatus.SATURATED]
    usual = {flag for flag, n in flags.items() if n >= n_peaks}
    if ion.role is IonRole.QUANTIFIER:
        more = results.target_tally.flags_of(ion.target_id)
        flags = {flag: max(flags.get(flag, 0), more.get(flag, 0)) for flag in flags | more}
    isomers = [sharing_ion for sharing_ion in sharing if sharing_ion is not ion]
    return {
        "ion": ion,
        "label": _label(ion),
        "facts": _ion_facts(ion, isomers),
        "n_peaks": n_peaks,
        "counts": [(status.value, word(status.value), n) for status, n in counts.items() if n],
        "flags": [(_flag_word(flag), n) for flag, n in flags.items()],
        "panels": [_panel(results, run, ion, usual, unit) for run in results.drawn],
        "data": htmlsafe_json_dumps(
            [plot_data(results, run, ion, isomers) for run in results.drawn], separators=(",", ":")
        ),
    }


def _label(ion: Ion) -> str:
    """Return the name of an ion: the compound's, with the role of a qualifier."""
    return f"{ion.name} (qualifier)" if ion.role is IonRole.QUALIFIER else ion.name


def _ion_facts(ion: Ion, isomers: Sequence[Ion]) -> list[str]:
    mz = f"m/z {ion.precursor_mz:.4f}"
    if ion.product_mz is not None:
        mz += f" \N{RIGHTWARDS ARROW} {ion.product_mz:.4f}"
    time_s = ion.retention_time_s
    facts = [
        mz,
        ion.adduct or "m/z as given in the sheet",
        ion.kind.value.replace("_", " "),
        "no expected time: the whole run is searched"
        if time_s is None
        else f"expected at {time_s:.1f} s ({time_s / 60:.2f} min)",
    ]
    if isomers:
        facts.append("integrated together with " + ", ".join(isomer.name for isomer in isomers))
    return facts


def _flag_word(flag: str) -> str:
    return FLAGS[flag].phrase if flag in FLAGS else flag.replace("_", " ")


def _panel(
    results: Results, run: Row, ion: Ion, usual: Iterable[str], unit: str
) -> dict[str, Any]:
    """Return the texts of a panel, without the flags that every peak of the ion has."""
    peak = results.peak(run, ion)
    concentration = None
    if ion.role is IonRole.QUANTIFIER:
        concentration = results.concentrations.get((run["sample_id"], ion.target_id))
    return {
        "status": peak["status"],
        "word": word(peak["status"]),
        "facts": _peak_facts(peak),
        "concentration": _concentration(concentration, peak, unit),
        "interval": _interval(concentration, unit),
        "flags": [_flag_word(flag) for flag in peak["flags"] if flag not in usual],
        "is_plotted": (run["sample_id"], ion.ion_id) in results.chromatograms,
    }


def _peak_facts(peak: Row) -> list[str]:
    forms = {
        "retention_time_s": "{:.1f} s",
        "area": "area {:.2e}",
        "signal_to_noise": "S/N {:.0f}",
    }
    return [form.format(peak[name]) for name, form in forms.items() if peak[name] is not None]


def _concentration(row: Row | None, peak: Row, unit: str) -> str:
    """Return the concentration in words, with its status if that differs from the peak's."""
    if row is None:
        return ""
    status = row["status"]
    words = [] if status in (PeakStatus.QUANTIFIED, peak["status"]) else [word(status)]
    if row["concentration"] is not None:
        words.insert(0, f"{_three_digits(row['concentration'])} {unit}")
    return ", ".join(words)


def _interval(row: Row | None, unit: str) -> str:
    if row is None or row["concentration_low"] is None or row["concentration_high"] is None:
        return ""
    ends = (_three_digits(row[f"concentration_{end}"]) for end in ("low", "high"))
    return f"95 % interval {' to '.join(ends)} {unit}"


def _three_digits(value: float) -> str:
    return np.format_float_positional(value, 3, unique=False, fractional=False, trim="-")
