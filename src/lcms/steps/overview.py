"""`lcms overview`: every target's chromatogram with its borders, on a page that opens offline."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
from jinja2 import Environment, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from lcms.config import Settings
from lcms.errors import TableError
from lcms.io.tables import Row, read_batches, read_runs, read_table, whole_file
from lcms.model import Floats, Ion, IonRole, PeakStatus, RunStatus, SampleType
from lcms.numerics.drawing import significant, spread, time_steps, view_s, without_flat_zeros
from lcms.words import FLAGS, PEAK_STATUSES

_WORDS: Final = {
    "quality_control": "quality control",
    "pooled_qc": "pooled QC",
    "below_lloq": "below LLOQ",
    "above_uloq": "above ULOQ",
    "not_detected": "not detected",
    "not_acquired": "not acquired",
    "no_calibration": "no calibration",
}
_GLYPHS: Final = {
    PeakStatus.QUANTIFIED: "",
    PeakStatus.NOT_DETECTED: "o",
    PeakStatus.SATURATED: "^",
    PeakStatus.NOT_ACQUIRED: "n",
    PeakStatus.FAILED: "x",
}
_INTENSITY_DIGITS: Final = 4


@dataclass(frozen=True)
class _Tally:
    """How often each status and each flag occurs, by ion (or compound), over all runs."""

    statuses: Mapping[str, Counter[str]]
    flags: Mapping[str, Counter[str]]

    def flags_of(self, key: str) -> dict[str, int]:
        """Return the flags of an ion, in alphabetical order, with their counts."""
        return dict(sorted(self.flags[key].items()))


@dataclass(frozen=True)
class _Results:
    """What was read: all rows of `samples`; of the other tables the drawn runs and a tally."""

    samples: Sequence[Row]
    drawn: Sequence[Row]
    chromatograms: Mapping[tuple[str, str], tuple[Floats, Floats]]
    peaks: Mapping[tuple[str, str], Row]
    concentrations: Mapping[tuple[str, str], Row]
    ion_tally: _Tally
    target_tally: _Tally

    def peak(self, run: Row, ion: Ion) -> Row:
        """Return the row of `peaks` of a run and an ion."""
        key = run["sample_id"], ion.ion_id
        if key not in self.peaks:
            raise TableError(f"peaks.parquet: no row for run {key[0]} and ion {key[1]}")
        return self.peaks[key]


def write_overview(results: Path, targets: Sequence[Ion], settings: Settings, out: Path) -> None:
    """Write the page that shows every chromatogram with its integration borders.

    Parameters
    ----------
    results : Path
        Folder of `samples`, `chromatograms`, `peaks` and `concentrations` (Parquet).
    targets : sequence of Ion
        The ions to draw, in the order of the page.
    settings : Settings
        `overview_runs` limits the runs drawn; `concentration_unit` is written beside numbers.
    out : Path
        The page; the same input gives the same bytes.

    Raises
    ------
    TableError
        If a table cannot be read or has no row for a run and an ion.
    """
    found = _read_results(results, settings.overview_runs)
    page = _page(found, targets, settings.concentration_unit)
    template = (files("lcms") / "data" / "overview.html.j2").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    # plotly's own script is trusted, and holds no end tag that would close its element
    plotly = Markup(get_plotlyjs())  # noqa: S704
    text = environment.from_string(template).render(page, plotly=plotly)
    with whole_file(out) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def _read_results(results: Path, limit: int) -> _Results:
    samples = read_table(results / "samples.parquet").to_pylist()
    drawn = [samples[index] for index in spread(len(samples), limit)]
    ids = [run["sample_id"] for run in drawn]
    peaks, concentrations = results / "peaks.parquet", results / "concentrations.parquet"
    return _Results(
        samples=samples,
        drawn=drawn,
        chromatograms=_read_chromatograms(results / "chromatograms.parquet", ids),
        peaks=_read_rows(peaks, "ion_id", ids),
        concentrations=_read_rows(concentrations, "target_id", ids),
        ion_tally=_read_tally(peaks, "ion_id"),
        target_tally=_read_tally(concentrations, "target_id"),
    )


def _read_rows(path: Path, key: str, ids: Sequence[str]) -> dict[tuple[str, str], Row]:
    table = read_runs(path, ids)
    return {(row["sample_id"], row[key]): row for row in table.to_pylist()}


def _read_chromatograms(
    path: Path, ids: Sequence[str]
) -> dict[tuple[str, str], tuple[Floats, Floats]]:
    """Return times and intensities of the runs; pairs that were not acquired are left out."""
    columns = ["sample_id", "ion_id", "retention_time_s", "intensity"]
    table = read_runs(path, ids, columns)
    keys = zip(table["sample_id"].to_pylist(), table["ion_id"].to_pylist(), strict=True)
    series = zip(table["retention_time_s"], table["intensity"], strict=True)
    return {
        (str(sample_id), str(ion_id)): (_array(time_s), _array(intensity))
        for (sample_id, ion_id), (time_s, intensity) in zip(keys, series, strict=True)
        if time_s.is_valid and intensity.is_valid
    }


def _array(series: Any) -> Floats:  # noqa: ANN401  (a list scalar, whose stubs know no values)
    return np.asarray(series.values.to_numpy(zero_copy_only=False), dtype=float)


def _read_tally(path: Path, key: str) -> _Tally:
    tally = _Tally(defaultdict(Counter), defaultdict(Counter))
    for data in read_batches(path, [key, "status", "flags"]):
        for row in data.to_pylist():
            tally.statuses[row[key]][row["status"]] += 1
            tally.flags[row[key]].update(row["flags"])
    return tally


def _page(found: _Results, targets: Sequence[Ion], unit: str) -> dict[str, Any]:
    """Return what the template is filled with."""
    failed = [run for run in found.samples if run["status"] == RunStatus.FAILED]
    statuses: Counter[str] = Counter()
    by_signal: dict[str, list[Ion]] = defaultdict(list)
    for ion in targets:
        statuses.update(found.ion_tally.statuses[ion.ion_id])
        by_signal[ion.signal].append(ion)
    return {
        "n_runs": len(found.samples),
        "n_drawn": len(found.drawn),
        "failed": failed,
        "n_targets": len({ion.target_id for ion in targets}),
        "statuses": [
            (status.value, _word(status.value), statuses[status.value], meaning.replace("`", ""))
            for status, meaning in PEAK_STATUSES.items()
        ],
        "glyphs": {status.value: glyph for status, glyph in _GLYPHS.items()},
        "types": _types(found.samples),
        "runs": [_run(run) for run in found.drawn],
        "sections": [_section(found, by_signal[ion.signal], ion, unit) for ion in targets],
    }


def _word(status: str) -> str:
    return _WORDS.get(status, status)


def _types(samples: Sequence[Row]) -> list[tuple[str, str, int]]:
    """Return the sample types that occur: the value, the word and the count."""
    counts = Counter(run["sample_type"] for run in samples)
    return [(one.value, _word(one.value), counts[one]) for one in SampleType if counts[one]]


def _run(run: Row) -> dict[str, Any]:
    level = f" {run['level']}" if run["level"] else ""
    return {
        "sample_id": run["sample_id"],
        "type": run["sample_type"],
        "type_word": _word(run["sample_type"]) + level,
        "error": run["error"],
    }


def _section(found: _Results, of_signal: Sequence[Ion], ion: Ion, unit: str) -> dict[str, Any]:
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
        "counts": [(one.value, _word(one.value), n) for one, n in counts.items() if n],
        "flags": [(_flag_word(flag), n) for flag, n in flags.items()],
        "panels": [_panel(found, run, ion, usual, unit) for run in found.drawn],
        "data": htmlsafe_json_dumps(
            [_plot(found, run, ion, siblings) for run in found.drawn], separators=(",", ":")
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


def _panel(found: _Results, run: Row, ion: Ion, usual: Iterable[str], unit: str) -> dict[str, Any]:
    """Return the words of a panel; flags that every peak of the ion has are not repeated."""
    peak = found.peak(run, ion)
    concentration = None
    if ion.role is IonRole.QUANTIFIER:
        concentration = found.concentrations.get((run["sample_id"], ion.target_id))
    return {
        "status": peak["status"],
        "word": _word(peak["status"]),
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
    words = [] if status in (PeakStatus.QUANTIFIED, peak["status"]) else [_word(status)]
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


def _plot(found: _Results, run: Row, ion: Ion, siblings: Sequence[Ion]) -> dict[str, Any] | None:
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
