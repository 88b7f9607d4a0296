"""What the page opens with: the study, its runs, ions and batches, as plain values."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from lcms.config import Settings, described_settings
from lcms.flags import EXCLUSIONS, FLAGS, REJECTIONS
from lcms.groups import by_chromatogram, by_isomer_group, sum_ion
from lcms.kinds import CompoundKind, IonRole, SampleType
from lcms.model import Ion
from lcms.numerics.acceptance.acceptance_rules import ALL_BATCHES, Acceptance
from lcms.schemas import Row
from lcms.steps.report.ion_data import LEVELS, IonMarks
from lcms.steps.report.page_tables import PageTables
from lcms.steps.report.pair_view import significant
from lcms.triage_rules import RULES, phrase_of

_WORDS: Final = {
    "quality_control": "quality control",
    "pooled_qc": "pooled QC",
    "below_lloq": "below LLOQ",
    "above_uloq": "above ULOQ",
    "not_detected": "not detected",
    "not_acquired": "not acquired",
    "no_calibration": "no calibration",
    "internal_standard": "internal standard",
    "isomer_sum": "sum of isomers",
}
_DIGITS: Final = 5  # of a number of a calibrator
_CURVE: Final = ("model", "weighting", "intercept", "slope", "curvature", "lloq", "uloq", "lod")
_FAILED: Final = ("target_id", "rule", "clause", "value", "limit", "relation", "weight")
_CURVE_TEXTS: Final = ("verdict", "verdict_why", "drift", "drift_percent", "scatter_percent")
_CALIBRATOR: Final = (
    "nominal",
    "corrected",
    "back_calculated",
    "accuracy_percent",
    "used",
    "excluded_why",
)
_QUALITY: Final = (
    "pooled_qc_cv_raw_percent",
    "pooled_qc_cv_percent",
    "d_ratio_percent",
    "blank_percent",
    "carry_over_percent",
    "zero_percent",
)


def page_view(
    tables: PageTables, ions: Sequence[Ion], settings: Settings, marks: Sequence[IonMarks]
) -> dict[str, Any]:
    """Return the values of the page as they go into JSON; `marks` has the order of `ions`."""
    return {
        "study": _study(tables, ions, settings),
        "unit": settings.concentration_unit,
        "limits": {
            "accuracy": settings.quantification.accuracy_limit_percent,
            "accuracy_lloq": settings.quantification.accuracy_limit_lloq_percent,
        },
        "levels": list(LEVELS),
        "types": [kind.value for kind in SampleType],
        "words": _words(),
        "runs": [_run(run) for run in tables.runs],
        "ions": _ions(ions, marks),
        "batches": _batches(tables, marks),
        "together": _verdicts(tables, ALL_BATCHES),
        "curves": _curves(tables),
    }


def _study(tables: PageTables, ions: Sequence[Ion], settings: Settings) -> dict[str, Any]:
    starts = sorted(run["start_time"] for run in tables.runs if run["start_time"])
    instruments = sorted({run["instrument"] for run in tables.runs if run["instrument"]})
    return {
        "n_runs": len(tables.runs),
        "n_compounds": len({ion.target_id for ion in ions}),
        "n_ions": len(ions),
        "first": starts[0] if starts else None,
        "last": starts[-1] if starts else None,
        "instruments": instruments,
        "software": dict(tables.software),
        "settings": _settings_rows(settings),
    }


def _settings_rows(settings: Settings) -> list[list[str]]:
    """Return names and values of the settings as recorded."""
    recorded = settings.recorded()
    names = [name for name, _ in described_settings() if name.split(".")[0] in recorded]
    return [[name, _value(recorded, name)] for name in names]


def _value(recorded: dict[str, Any], name: str) -> str:
    value: Any = recorded
    for part in name.split("."):
        value = value[part]
    return "" if value is None else str(value)


def _words() -> dict[str, dict[str, str]]:
    """Return the phrases for words of the tables, by kind of word."""
    return {
        "status": _WORDS,
        "rule": {rule: phrase_of(rule) for rule in RULES},
        "flag": {name: flag.phrase for name, flag in FLAGS.items()},
        "rejection": {word: text.replace("`", "") for word, text in REJECTIONS.items()},
        "exclusion": dict(EXCLUSIONS),
    }


def _run(run: Row) -> dict[str, Any]:
    names = ("sample_id", "sample_type", "level", "batch", "injection_order", "status", "error")
    more = ("verdict", "verdict_reasons", "retention_shift_s", "mz_error_ppm")
    view = {name: run[name] for name in (*names, *more)}
    return {name: value for name, value in view.items() if value not in (None, [])}


def _ions(ions: Sequence[Ion], marks: Sequence[IonMarks]) -> list[dict[str, Any]]:
    """Return the ions, and behind them the sums of isomer groups; `marks` has this order."""
    quantifiers = {
        ion.target_id: k for k, ion in enumerate(ions) if ion.role is IonRole.QUANTIFIER
    }
    index = {ion.ion_id: k for k, ion in enumerate(ions)}
    sharing = by_chromatogram(ions)
    rows = [
        _ion(ion, quantifiers)
        | {"isomers": _others(ion, sharing, index), "kind": ion.kind.value, "members": []}
        for ion in ions
    ]
    rows += [
        _ion(sum_ion(name, members), quantifiers)
        | {"isomers": [], "kind": CompoundKind.ISOMER_SUM.value}
        | {"name": f"sum of {' and '.join(ion.name for ion in members)}"}
        | {"members": [index[ion.ion_id] for ion in members]}
        for name, members in by_isomer_group(ions).items()
    ]
    return [row | _marks(ion_marks) for row, ion_marks in zip(rows, marks, strict=True)]


def _ion(ion: Ion, quantifiers: Mapping[str, int]) -> dict[str, Any]:
    return {
        "ion_id": ion.ion_id,
        "target_id": ion.target_id,
        "name": ion.name,
        "role": ion.role.value,
        "mz": round(ion.precursor_mz, 4),
        "product_mz": None if ion.product_mz is None else round(ion.product_mz, 4),
        "adduct": ion.adduct,
        "group": ion.isomer_group,
        "listed_s": ion.retention_time_s,
        "standard": quantifiers.get(ion.internal_standard or ""),
    }


def _others(ion: Ion, sharing: Mapping[str, Sequence[Ion]], index: Mapping[str, int]) -> list[int]:
    """Return the indices of the ions that share its chromatogram."""
    members = sharing[ion.chromatogram_id]
    return [index[isomer.ion_id] for isomer in members if isomer is not ion]


def _marks(ion_marks: IonMarks) -> dict[str, Any]:
    return {
        "levels": "".join(map(str, ion_marks.levels)),
        "quality": ion_marks.quality,
        "rules": ion_marks.rules,
        "flags": ion_marks.flags,
        "statuses": ion_marks.statuses,
    }


def _batches(tables: PageTables, marks: Sequence[IonMarks]) -> list[dict[str, Any]]:
    return [
        {
            "n_runs": sum(run["batch"] == name for run in tables.runs),
            "verdicts": Counter(run["verdict"] for run in tables.runs if run["batch"] == name),
            "profile": next((row["profile"] for row in tables.verdict), None),
            "failed_curves": [
                {"target_id": row["target_id"], "why": row["verdict_why"]}
                for row in tables.calibration
                if row["batch"] == name and row["verdict"] == "fail"
            ],
            "counts": _counts(tables.runs, name, marks),
        }
        | _verdicts(tables, name)
        for name in dict.fromkeys(run["batch"] for run in tables.runs)
    ]


def _verdicts(tables: PageTables, batch: str) -> dict[str, Any]:
    """Return the compounds by acceptance, and the rules that they fail."""
    return {
        "name": batch,
        "acceptance": {
            word.value: [
                row["target_id"]
                for row in tables.quality
                if row["batch"] == batch and row["acceptance"] == word
            ]
            for word in Acceptance
        },
        "failed_rules": [_failed_rule(row) for row in _failed(tables, batch)],
    }


def _failed(tables: PageTables, batch: str) -> Iterable[Row]:
    return (row for row in tables.verdict if row["batch"] == batch and row["pass"] is False)


def _failed_rule(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in _FAILED}


def _counts(runs: Sequence[Row], batch: str, marks: Sequence[IonMarks]) -> dict[str, list[int]]:
    """Return how many results of a batch are valid, warning and error, by sample type."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * len(LEVELS))
    for ion_marks in marks:
        for run, level in zip(runs, ion_marks.levels, strict=True):
            if run["batch"] == batch and level < len(LEVELS):
                counts[run["sample_type"]][level] += 1
    return {kind.value: counts[kind] for kind in SampleType if kind in counts}


def _curves(tables: PageTables) -> list[dict[str, Any]]:
    """Return the calibration curve of each batch and analyte, with its calibrators."""
    index = {run["sample_id"]: k for k, run in enumerate(tables.runs)}
    points: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in tables.calibrators:
        cells = {name: _short(row[name]) for name in _CALIBRATOR}
        key = row["batch"], row["target_id"]
        points[key].append({"run": index[row["sample_id"]]} | cells)
    quality = {(row["batch"], row["target_id"]): row for row in tables.quality}
    keys = [(row["batch"], row["target_id"]) for row in tables.calibration]
    return [
        {"batch": key[0], "target_id": key[1]}
        | {name: row[name] for name in (*_CURVE, *_CURVE_TEXTS)}
        | {"quality": _some(quality.get(key)), "calibrators": points[key]}
        for key, row in zip(keys, tables.calibration, strict=True)
    ]


def _short(value: Any) -> Any:  # noqa: ANN401  (a cell of a table)
    """Return a number with the digits that a chart shows; there may be many calibrators."""
    return significant(value, _DIGITS) if isinstance(value, float) else value


def _some(row: Mapping[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {name: row[name] for name in _QUALITY if row[name] is not None}
