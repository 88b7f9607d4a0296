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
    """Return a status or a type of sample as people write it."""
    return _WORDS.get(status, status)


def section(found: Results, of_signal: Sequence[Ion], ion: Ion, unit: str) -> dict[str, Any]:
    """Return the section of an ion: its facts, its panels and the data of its plots.

    `of_signal` are the ions that share its chromatogram, itself among them.
    """
    flags = found.ion_tally.flags_of(ion.ion_id)
    counts = {one: found.ion_tally.statuses[ion.ion_id][one.value] for one in PeakStatus}
    n_peaks = counts[PeakStatus.QUANTIFIED] + counts[PeakStatus.SATURATED]
    usual = {flag for flag, n in flags.items() if n >= n_peaks}
    if ion.role is IonRole.QUANTIFIER:
        more = found.target_tally.flags_of(ion.target_id)
        flags = {flag: max(flags.get(flag, 0), more.get(flag, 0)) for flag in flags | more}
    siblings = [one for one in of_signal if one is not ion]
    return {
        "ion": ion,
        "label": _label(ion),
        "facts": _ion_facts(ion, siblings),
        "n_peaks": n_peaks,
        "counts": [(one.value, word(one.value), n) for one, n in counts.items() if n],
        "flags": [(_flag_word(flag), n) for flag, n in flags.items()],
        "panels": [_panel(found, run, ion, usual, unit) for run in found.drawn],
        "data": htmlsafe_json_dumps(
            [plot_data(found, run, ion, siblings) for run in found.drawn], separators=(",", ":")
        ),
    }


def _label(ion: Ion) -> str:
    """Return the name of an ion: the compound's, with the role of a qualifier."""
    return f"{ion.name} (qualifier)" if ion.role is IonRole.QUALIFIER else ion.name


def _ion_facts(ion: Ion, siblings: Sequence[Ion]) -> list[str]:
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
    if siblings:
        facts.append("integrated together with " + ", ".join(one.name for one in siblings))
    return facts


def _flag_word(flag: str) -> str:
    return FLAGS[flag].phrase if flag in FLAGS else flag.replace("_", " ")


def _panel(found: Results, run: Row, ion: Ion, usual: Iterable[str], unit: str) -> dict[str, Any]:
    """Return the words of a panel; flags that every peak of the ion has are not repeated."""
    peak = found.peak(run, ion)
    concentration = None
    if ion.role is IonRole.QUANTIFIER:
        concentration = found.concentrations.get((run["sample_id"], ion.target_id))
    return {
        "status": peak["status"],
        "word": word(peak["status"]),
        "facts": _peak_facts(peak),
        "concentration": _concentration(concentration, peak, unit),
        "interval": _interval(concentration, unit),
        "flags": [_flag_word(flag) for flag in peak["flags"] if flag not in usual],
        "is_plotted": (run["sample_id"], ion.ion_id) in found.chromatograms,
    }


def _peak_facts(peak: Row) -> list[str]:
    forms = {
        "retention_time_s": "{:.1f} s",
        "area": "area {:.2e}",
        "signal_to_noise": "S/N {:.0f}",
    }
    return [form.format(peak[name]) for name, form in forms.items() if peak[name] is not None]


def _concentration(row: Row | None, peak: Row, unit: str) -> str:
    """Return the concentration in words, with its status where that says more than the peak."""
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
