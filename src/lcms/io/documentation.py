"""The reference pages, made from the declarations.

`make docs` writes them again; the configuration keeps what it gives and gets new comments. Tests
compare all pages with the output of this module.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, Final

import yaml

from lcms import remedies
from lcms.config import Settings, described_settings, read_values, section_of, settings_yaml
from lcms.flags import (
    CALIBRATION_FAILURES,
    CHANGES,
    CONCENTRATION_STATUSES,
    EXCLUSIONS,
    FLAGS,
    IDENTIFICATIONS,
    PEAK_STATUSES,
    REJECTIONS,
    RUN_REASONS,
)
from lcms.io.sheets import sheet_columns
from lcms.io.sheets.sheet_columns import Sheet
from lcms.schemas import SCHEMA_VERSION, TABLES, Column, Table
from lcms.triage_rules import RULES, meaning_of

_SHEETS: Final = (
    sheet_columns.SAMPLES,
    sheet_columns.LEVELS,
    sheet_columns.TARGETS,
    sheet_columns.REVIEW,
)
_MADE: Final = "# Made by `make docs` from src/lcms/config.py and src/lcms/schemas.\n"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TABLES_HEAD: Final = f"""\
# Tables

The pipeline writes these tables to the results folder, one Parquet file each
(`schema_version` {SCHEMA_VERSION}). Every file carries in its metadata the schema version, the
software versions, the settings, and for each column its unit and its definition. In the column
"unit", `concentration` stands for the setting `concentration_unit`; no unit means dimensionless.
A column marked \N{BULLET} is never null. Terms are of the PSI-MS vocabulary.
"""
_WORDS_HEAD: Final = """\
# What each flag and status means, and what to do

The words that stand in `flags`, `status`, `excluded_why`, `reason` and similar columns of the
tables. A rule of the triage that has the name of a flag is explained there.
"""
_SETTINGS_HEAD: Final = """\
# Settings and sheets

`config.yaml` holds the settings. Each can be left out and has its default then; an unknown one is
an error. Paths count from the folder of `config.yaml`; those of `snakemake --config` from the
working directory. Times are in seconds, m/z tolerances in ppm.
"""
_SHEETS_HEAD: Final = """\
Sheets are UTF-8 text: cells separated by tabs, or by commas where the name ends in `.csv`. The
first row names the columns, in any order. A blank cell and `NA` are a missing value. Columns
marked \N{BULLET} are required.
"""


def tables_page() -> str:
    """Return `docs/tables.md`: every table and column that the pipeline writes."""
    return "\n".join([_TABLES_HEAD, *map(_table_section, TABLES)])


def words_page() -> str:
    """Return `docs/flags.md`: every word of `status`, `flags`, `excluded_why` and `reason`."""
    flags = {word: flag.meaning for word, flag in FLAGS.items()}
    sections = {
        "Flags": _words_table(flags, remedies.OF_FLAGS),
        "Status of a peak": _words_table(PEAK_STATUSES, remedies.OF_PEAK_STATUSES),
        "Status of a concentration": _words_table(
            CONCENTRATION_STATUSES, remedies.OF_CONCENTRATION_STATUSES
        ),
        "Why a run is suspect or unusable (`verdict_reasons`)": _words_table(
            RUN_REASONS, remedies.OF_RUN_REASONS
        ),
        "Why a calibrator is not in the fit": _words_table(EXCLUSIONS, remedies.OF_EXCLUSIONS),
        "Why a calibration fails": _words_table(
            CALIBRATION_FAILURES, remedies.OF_CALIBRATION_FAILURES
        ),
        "Why an identification has its level (`identification_reason`)": _words_table(
            IDENTIFICATIONS, remedies.OF_IDENTIFICATIONS
        ),
        "Rules of the triage (`triage_rules`)": _words_table(
            {rule: meaning_of(rule) for rule in RULES}
        ),
        "Why a candidate is not the peak (`reason` in `decisions`)": _words_table(REJECTIONS),
        "Which settings would change an integration (`reason` in `decisions`)": _words_table(
            CHANGES
        ),
    }
    return f"{_WORDS_HEAD}" + "".join(
        f"\n## {title}\n\n{table}" for title, table in sections.items()
    )


def settings_page() -> str:
    """Return `config/README.md`: every setting and every column of the sheets."""
    defaults = Settings()
    settings = _markdown(
        ("setting", "default", "meaning"),
        ((f"`{name}`", _default(defaults, name), text) for name, text in described_settings()),
    )
    return "\n".join([_SETTINGS_HEAD, settings, _SHEETS_HEAD, *map(_sheet_section, _SHEETS)])


def _words_table(meanings: Mapping[Any, str], what_to_do: Mapping[Any, str] | None = None) -> str:
    """Return a table of words; a word without its remedy is a KeyError."""
    if what_to_do is None:
        rows = [(f"`{word}`", meaning) for word, meaning in meanings.items()]
        return _markdown(("word", "meaning"), rows)
    full = [(f"`{word}`", meaning, what_to_do[word]) for word, meaning in meanings.items()]
    return _markdown(("word", "meaning", "what to do"), full)


def _table_section(table: Table) -> str:
    rows = [_column_row(column) for column in table.columns]
    if table.open_columns:
        rows.append(["any other", str(table.open_dtype), table.open_unit, table.open_definition])
    return (
        f"## {table.name}.parquet\n\n{table.definition} "
        f"Key: {', '.join(f'`{name}`' for name in table.key)}.\n\n"
        + _markdown(("column", "type", "unit", "meaning"), rows)
    )


def _column_row(column: Column) -> list[str]:
    mark = "" if column.nullable else " \N{BULLET}"
    term = f" ({column.term})" if column.term else ""
    return [f"`{column.name}`{mark}", str(column.dtype), column.unit, column.definition + term]


def _sheet_section(sheet: Sheet) -> str:
    rows = (
        (f"`{name}`" + (" \N{BULLET}" if name in sheet.required else ""), meaning)
        for name, meaning in sheet.columns.items()
    )
    return f"## {sheet.name}.tsv\n\n{sheet.definition}\n\n" + _markdown(
        ("column", "meaning"), rows
    )


def _default(settings: Settings, name: str) -> str:
    """Return the default of a setting by its dotted name, as text of a cell."""
    start: object = settings
    value = reduce(getattr, name.split("."), start)
    return "blank" if value is None else f"`{value}`"


def _markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def schemas() -> dict[str, str]:
    """Return the JSON schemas of the configuration and of the rows of each sheet, by file name.

    Editors and the Snakemake workflow catalog read them.
    """
    content = {"config": _config_schema()}
    content |= {sheet.name: _sheet_schema(sheet) for sheet in _SHEETS}
    return {
        f"{name}.schema.yaml": _MADE
        + yaml.safe_dump(
            {"$schema": _DIALECT, **schema}, sort_keys=False, allow_unicode=True, width=99
        )
        for name, schema in content.items()
    }


def _config_schema() -> dict[str, Any]:
    """Return the schema of the configuration; a section without a value has its defaults."""
    schema = Settings.model_json_schema()
    properties = schema["properties"]
    for name in properties:
        if section_of(Settings.model_fields[name]):
            properties[name] = {"anyOf": [properties[name], {"type": "null"}]}
    return schema


def _sheet_schema(sheet: Sheet) -> dict[str, Any]:
    """Return the schema of a row of a sheet; all its cells are texts."""
    return {
        "title": f"{sheet.name}.tsv",
        "description": sheet.definition,
        "type": "object",
        "properties": {
            name: {"type": "string", "description": meaning}
            for name, meaning in sheet.columns.items()
        },
        "required": list(sheet.required),
        "additionalProperties": sheet.has_factors,
    }


def main(
    tables_path: Path,
    words_path: Path,
    readme_path: Path,
    config_path: Path | None = None,
) -> None:
    """Write the pages; add all keys and comments to the configuration if its path is given.

    The schemas are written beside its folder, into `workflow/schemas` if that is there.
    """
    tables_path.write_text(tables_page(), encoding="utf-8")
    words_path.write_text(words_page(), encoding="utf-8")
    readme_path.write_text(settings_page(), encoding="utf-8")
    if config_path is not None:
        config_path.write_text(settings_yaml(read_values(config_path)), encoding="utf-8")
        folder = config_path.absolute().parents[1] / "workflow" / "schemas"
        for name, text in schemas().items() if folder.is_dir() else ():
            (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
