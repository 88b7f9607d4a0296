"""`lcms show`: the rows of `peaks` and `concentrations` that a person asks for, as text.

Tables for people are made with pandas. The other steps do not use it: it takes 0.5 s to import.
"""

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from lcms.flags import CONCENTRATION_STATUSES, FLAGS, PEAK_STATUSES
from lcms.io.sheets.name_patterns import check_patterns, is_wanted
from lcms.io.tables.parquet import read_table
from lcms.kinds import CompoundKind, IonRole

_KEY = ["sample_id", "target_id"]
_PEAK = ["retention_time_s", "area", "signal_to_noise", "mz_residual_ppm"]
_CONCENTRATION = ["concentration", "concentration_low", "concentration_high"]
REASON = "why there is no value"
_MEANINGS = {word.value: text for word, text in PEAK_STATUSES.items()}
_MEANINGS |= {word.value: text for word, text in CONCENTRATION_STATUSES.items()}
_OF_PEAK = "_of_peak"  # added to the names of columns that both tables have


def shown_table(results: Path, targets: Collection[str], samples: Collection[str]) -> pd.DataFrame:
    """Return texts for people: the rows of `shown_pairs` with few digits, missing values blank.

    The m/z error is the one that remains after the mass offset of the run is subtracted.
    """
    return _texts(shown_pairs(results, targets, samples))


def shown_csv(results: Path, targets: Collection[str], samples: Collection[str]) -> str:
    """Return the rows of `shown_pairs` as CSV text, with all digits."""
    rows = shown_pairs(results, targets, samples)
    columns = {
        "sample_id": rows["sample_id"],
        "target_id": rows["target_id"],
        "peak_status": rows[f"status{_OF_PEAK}"],
        **{name: rows[name] for name in (*_PEAK, *_CONCENTRATION, "status")},
        REASON.replace(" ", "_"): _reasons(rows),
        "flags": ["; ".join(words) for words in _flags(rows)],
    }
    text: str = pd.DataFrame(columns).to_csv(index=False)
    return text


def shown_pairs(results: Path, targets: Collection[str], samples: Collection[str]) -> pd.DataFrame:
    """Return one row per sample and quantifier, in the order of the tables.

    Parameters
    ----------
    results : Path
        Folder of the tables.
    targets, samples : collections of str
        The wanted names, as patterns with `*` and `?`; an empty collection is for all.

    Raises
    ------
    UserInputError
        If a name or a pattern matches nothing.
    TableError
        If a table cannot be read.
    """
    concentrations = read_table(
        results / "concentrations.parquet", [*_KEY, "kind", "status", "flags", *_CONCENTRATION]
    ).to_pandas()
    peaks = read_table(
        results / "peaks.parquet", [*_KEY, "ion_role", "status", "flags", *_PEAK]
    ).to_pandas()
    peaks = _with_sums(peaks, concentrations)
    check_patterns(results, "target", targets, peaks["target_id"])
    check_patterns(results, "sample", samples, peaks["sample_id"])
    is_shown = (
        (peaks["ion_role"] == IonRole.QUANTIFIER)
        & peaks["target_id"].map(lambda name: is_wanted(name, targets))
        & peaks["sample_id"].map(lambda name: is_wanted(name, samples))
    )
    pairs = peaks[is_shown].merge(
        concentrations, how="left", on=_KEY, suffixes=(_OF_PEAK, "")
    )  # internal standards have peaks only
    pairs["status"] = pairs["status"].fillna("")
    pairs["flags"] = pairs["flags"].map(
        lambda flags: flags if isinstance(flags, np.ndarray) else ()
    )
    return pairs


def _with_sums(peaks: pd.DataFrame, concentrations: pd.DataFrame) -> pd.DataFrame:
    """Return the peaks with a row for each isomer sum, which has none, behind those of its run."""
    sums = concentrations.loc[concentrations["kind"] == CompoundKind.ISOMER_SUM, _KEY]
    sums = sums.assign(ion_role=IonRole.QUANTIFIER.value, status="")
    sums["flags"] = pd.Series([[]] * len(sums), sums.index, dtype=object)
    order = {name: k for k, name in enumerate(peaks["sample_id"].unique())}
    every = pd.concat([peaks, sums], ignore_index=True)
    return every.sort_values("sample_id", key=lambda names: names.map(order), kind="stable")


def _texts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the columns for people, from peaks with their concentrations."""
    return pd.DataFrame(
        {
            "sample": rows["sample_id"],
            "target": rows["target_id"],
            "peak": rows[f"status{_OF_PEAK}"],
            "time s": _numbers(rows["retention_time_s"], "{:.1f}"),
            "area count·s": _numbers(rows["area"], "{:.3g}"),
            "S/N": _numbers(rows["signal_to_noise"], "{:.0f}"),
            "m/z error ppm": _numbers(rows["mz_residual_ppm"], "{:+.2f}"),
            "concentration [95 % interval]": _intervals(rows),
            "status": rows["status"],
            REASON: _reasons(rows),
            "flags": [", ".join(words) for words in _flags(rows)],
        }
    )


def _flags(rows: pd.DataFrame) -> list[list[str]]:
    """Return the flags of each row, those of the peak first, each once."""
    pairs = zip(rows[f"flags{_OF_PEAK}"], rows["flags"], strict=True)
    return [list(dict.fromkeys([*of_peak, *of_value])) for of_peak, of_value in pairs]


def _reasons(rows: pd.DataFrame) -> list[str]:
    """Return why each row has no value: what its status and its flags mean; else an empty text."""
    statuses = rows["status"].where(rows["status"] != "", rows[f"status{_OF_PEAK}"])
    has_value = rows["concentration"].notna() | (
        (rows["status"] == "") & rows["area"].notna()  # an internal standard has peaks only
    )
    return [
        ""
        if is_there
        else "; ".join([_MEANINGS.get(status, status), *(FLAGS[flag].phrase for flag in flags)])
        for is_there, status, flags in zip(has_value, statuses, _flags(rows), strict=True)
    ]


def _numbers(values: "pd.Series[float]", form: str) -> "pd.Series[str]":
    pairs = zip(values, values.notna(), strict=True)
    texts = [form.format(value) if is_there else "" for value, is_there in pairs]
    return pd.Series(texts, values.index, dtype=str)


def _intervals(rows: pd.DataFrame) -> "pd.Series[str]":
    """Return each concentration with its interval, an empty text where there is none."""
    value, low, high = (_numbers(rows[name], "{:.3g}") for name in _CONCENTRATION)
    return (value + " [" + low + ", " + high + "]").where(rows["concentration"].notna(), "")
