"""Arguments that several commands take: the settings, folders, runs with their paths."""

import json
from pathlib import Path
from typing import Any, Final

import click

from lcms.config import Settings, load_settings, parse_settings
from lcms.errors import ConfigError, TableError

FOLDER: Final = click.Path(path_type=Path, file_okay=False)


class _ResultsType(click.ParamType[Path]):
    """A folder that holds tables, or that of a study whose `results` hold them."""

    name = "directory"

    def convert(self, value: Any, *_: Any) -> Path:  # noqa: ANN401  (click's signature)
        folder = Path(value)
        for results in (folder, folder / "results"):
            if next(results.glob("*.parquet"), None):
                return results
        raise TableError(f"{folder}: holds no results; `lcms run` on its study makes them")


RESULTS: Final = _ResultsType()


class _SettingsType(click.ParamType[Settings]):
    """A study (its folder, or a config.yaml), or settings as JSON text, as the rules pass them."""

    name = "STUDY|JSON"

    def convert(self, value: Any, *_: Any) -> Settings:  # noqa: ANN401  (click's signature)
        if isinstance(value, Settings):
            return value
        if not str(value).lstrip().startswith("{"):
            return load_settings(Path(value))
        try:
            return parse_settings(json.loads(value), "--settings")
        except json.JSONDecodeError as error:
            raise ConfigError(f"--settings: is no JSON: {error}") from error


SETTINGS: Final = _SettingsType()
settings_option = click.option(
    "--settings",
    "-s",
    type=SETTINGS,
    default=".",
    show_default=True,
    help="The folder of a study, its configuration, or settings as JSON text.",
)


def named_paths(runs: tuple[str, ...]) -> dict[str, Path]:
    """Return the paths of runs given as SAMPLE_ID=PATH."""
    named = [run.partition("=") for run in runs]
    for name, _, path in named:
        if not (name and path):
            raise click.BadParameter(f"`{name or path}` is not SAMPLE_ID=PATH")
    return {name: Path(path) for name, _, path in named}


def named_columns(columns: tuple[str, ...]) -> dict[str, str]:
    """Return the headers of fields given as FIELD=HEADER."""
    from lcms.io.lists.list_table import list_fields

    named = dict(column.partition("=")[::2] for column in columns)
    known = list_fields("list_columns.tsv")
    for field, header in named.items():
        if field not in known or not header:
            raise click.BadParameter(
                f"`{field}={header}` is not FIELD=HEADER with a field of {', '.join(known)}"
            )
    return named
