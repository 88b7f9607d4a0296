"""results.mzTab: what was measured, how, and with which settings."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from lcms.io.mztab import metadata_line, parameter
from lcms.io.vocabulary import Term, term, unit_term, vocabularies
from lcms.kinds import SIMULATED_INSTRUMENT
from lcms.schemas import Row
from lcms.steps.deposit.deposit_tables import DepositTables
from lcms.steps.deposit.study_variables import StudyVariable

VERSION: Final = "2.0.0-M"
DATABASE: Final = "targets"  # prefix of the identifiers
PEAK_QUALITY: Final = Term("peak quality: estimated probability that the peak is right")
_POLARITIES: Final = {
    "+": ("positive_scan",),
    "-": ("negative_scan",),
    "+/-": ("positive_scan", "negative_scan"),
}
_ID_DIGITS: Final = 12
_OF_ASSAY: Final = ("sample_type", "level", "batch", "injection_order", "dilution_factor")

Line = tuple[str, object]


def metadata_lines(tables: DepositTables, variables: Sequence[StudyVariable]) -> list[str]:
    """Return the lines of metadata."""
    instruments = sorted({run["instrument"] for run in tables.runs if run["instrument"]})
    lines = [
        *_study(tables),
        *_instruments(instruments),
        *_software(tables),
        *_runs(tables.runs, instruments),
        *_assays(tables),
        *_variables(variables),
        *_units_and_databases(tables),
        *_vocabularies(),
    ]
    return [metadata_line(name, value) for name, value in lines]


def _study(tables: DepositTables) -> Iterator[Line]:
    yield "mzTab-version", VERSION
    yield "mzTab-ID", f"lcms-{_hash(tables)}"
    n_compounds = len({row["target_id"] for row in tables.targets})
    title = f"Targeted LC-MS quantification of {n_compounds} compounds in {len(tables.runs)} runs"
    yield "title", title
    if any(run["instrument"] == SIMULATED_INSTRUMENT for run in tables.runs):
        yield "description", "The runs are simulated: no sample was measured."
    yield "quantification_method", parameter(term(_method(tables)))


def _hash(tables: DepositTables) -> str:
    """Return a name of the contents: it changes with the runs, the targets and the settings."""
    prints = [(run["sample_id"], run["input_fingerprint"]) for run in tables.runs]
    contents = json.dumps([prints, tables.targets, dict(tables.settings)], sort_keys=True)
    return hashlib.sha256(contents.encode()).hexdigest()[:_ID_DIGITS]


def _method(tables: DepositTables) -> str:
    if tables.concentration_unit is not None:
        return "absolute_quantitation"
    is_srm = set(tables.sources.values()) == {"srm"}
    return "srm_quantitation" if is_srm else "label_free_quantitation"


def _instruments(instruments: Sequence[str]) -> Iterator[Line]:
    for number, name in enumerate(instruments, 1):
        yield f"instrument[{number}]-name", parameter(Term(name))


def _software(tables: DepositTables) -> Iterator[Line]:
    version = tables.software
    yield (
        "software[1]",
        parameter(term("analysis_software"), f"lcms-lactoyl {version['lcms']}"),
    )
    for number, text in enumerate(_settings(tables.settings), 1):
        yield f"software[1]-setting[{number}]", text
    yield "software[2]", parameter(term("openms"), version["pyopenms"])


def _settings(settings: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield the settings as texts, those of a section behind its name."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _settings(value, f"{prefix}{name}.")
        elif value is not None:
            yield f"{prefix}{name} = {value}"


def _runs(runs: Sequence[Row], instruments: Sequence[str]) -> Iterator[Line]:
    for number, run in enumerate(runs, 1):
        key = f"ms_run[{number}]"
        yield f"{key}-location", location(run["mzml"])
        yield f"{key}-format", parameter(term("mzml"))
        yield f"{key}-id_format", parameter(term("mzml_id"))
        for k, polarity in enumerate(_POLARITIES.get(run["polarity"] or "", ()), 1):
            yield f"{key}-scan_polarity[{k}]", parameter(term(polarity))
        if run["instrument"]:
            place = instruments.index(run["instrument"]) + 1
            yield f"{key}-instrument_ref", f"instrument[{place}]"


def location(mzml: str) -> str:
    """Return the URI of a file as the sheet gives it: a relative one counts from the sheet."""
    path = PurePosixPath(mzml.replace("\\", "/"))
    return path.as_uri() if path.is_absolute() else f"file:{_escaped(path)}"


def _escaped(path: PurePosixPath) -> str:
    return (PurePosixPath("/") / path).as_uri().removeprefix("file:///")


def _assays(tables: DepositTables) -> Iterator[Line]:
    for number, run in enumerate(tables.runs, 1):
        key = f"assay[{number}]"
        yield key, run["sample_id"]
        yield f"{key}-ms_run_ref", f"ms_run[{number}]"
        facts = {name: run[name] for name in (*_OF_ASSAY, *tables.factors)}
        given = {name: value for name, value in facts.items() if value not in (None, "")}
        for k, (name, value) in enumerate(given.items(), 1):
            yield f"{key}-custom[{k}]", parameter(Term(name), str(value))


def _variables(variables: Sequence[StudyVariable]) -> Iterator[Line]:
    for number, variable in enumerate(variables, 1):
        key = f"study_variable[{number}]"
        yield key, variable.name
        yield f"{key}-assay_refs", [f"assay[{index + 1}]" for index in variable.runs]
        yield f"{key}-average_function", parameter(term("mean"))
        yield f"{key}-variation_function", parameter(term("variation_coefficient"))
        yield f"{key}-description", f"{variable.description}; of the values in range"


def _units_and_databases(tables: DepositTables) -> Iterator[Line]:
    unit = tables.concentration_unit
    quantity = (
        parameter(term("arbitrary_unit"), "response: area ratio to the internal standard")
        if unit is None
        else parameter(unit_term(unit))
    )
    area = parameter(term("arbitrary_unit"), "area in count s")
    yield "small_molecule-quantification_unit", quantity
    yield "small_molecule_feature-quantification_unit", area
    reliability = parameter(term("identification_level"))
    yield "small_molecule-identification_reliability", reliability
    yield "database[1]", parameter(term("database"), "target sheet of the study")
    yield "database[1]-prefix", DATABASE
    yield "database[1]-version", _sheet_hash(tables.targets)
    yield "database[1]-uri", location(tables.settings["targets"])
    yield "id_confidence_measure[1]", parameter(term("fragmentation_score"))
    yield "id_confidence_measure[2]", parameter(PEAK_QUALITY)


def _sheet_hash(targets: Sequence[Row]) -> str:
    text = json.dumps(list(targets), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_ID_DIGITS]


def _vocabularies() -> Iterator[Line]:
    for number, vocabulary in enumerate(vocabularies(), 1):
        for field in ("label", "full_name", "version", "uri"):
            yield f"cv[{number}]-{field}", getattr(vocabulary, field)
