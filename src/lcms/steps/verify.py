"""`lcms verify`: what in some results does not belong together."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from lcms.errors import ManifestError, MzmlError, TableError
from lcms.io.fingerprint import read_fingerprint
from lcms.io.manifest import outputs, read_manifest, sha256
from lcms.io.tables.parquet import read_metadata, read_table

_TABLE: Final = ".parquet"
_SHEETS: Final = ("samples", "targets", "levels")


def problems_of(results: Path) -> list[str]:
    """Return a sentence for each output, sheet or raw file that the manifest does not fit.

    A raw file that is not there any more is no problem.

    Raises
    ------
    ManifestError
        If there is no manifest.
    """
    manifest = read_manifest(results)
    sheets = _sheets(results)
    return [
        *_changed_outputs(results, manifest["outputs"]),
        *_other_tables(results, manifest),
        *_changed_sheets(sheets, manifest["sheets"]),
        *_changed_raw_files(results / "samples.parquet", sheets.get("samples", results).parent),
    ]


def foreign_tables(results: Path) -> list[str]:
    """Return a sentence for each table of other software or settings than the manifest names.

    Without a manifest nothing is foreign. Only the metadata of the tables are read.
    """
    try:
        manifest = read_manifest(results)
    except ManifestError:
        return []
    return list(_other_tables(results, manifest))


def _sheets(results: Path) -> dict[str, Path]:
    """Return the sheets that the settings of the results name."""
    path = results / "settings.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {key: results / settings[key] for key in _SHEETS if settings.get(key)}


def _changed_outputs(results: Path, hashes: dict[str, str]) -> Iterator[str]:
    there = {path.relative_to(results).as_posix() for path in outputs(results)}
    for name, digest in hashes.items():
        if name not in there:
            yield f"{name}: is missing"
        elif sha256(results / name) != digest:
            yield f"{name}: was changed or replaced after the run"
    for name in sorted(there - set(hashes)):
        if name.endswith(_TABLE):  # people may put other files there
            yield f"{name}: is not an output of this run"


def _other_tables(results: Path, manifest: dict[str, Any]) -> Iterator[str]:
    """Yield the tables that another version or other settings made."""
    for path in outputs(results):
        if path.suffix != _TABLE:
            continue
        try:
            metadata = read_metadata(path)
        except TableError:
            yield f"{path.name}: cannot be read as a table"
            continue
        if "settings" not in metadata:
            continue
        if metadata.get("schema_version") != manifest["schema_version"]:
            yield f"{path.name}: has schema version {metadata.get('schema_version')}"
        if json.loads(metadata.get("software", "{}")) != manifest["software"]:
            yield f"{path.name}: was made by other software versions"
        if json.loads(metadata["settings"]) != manifest["settings"]:
            yield f"{path.name}: was made with other settings"


def _changed_sheets(sheets: dict[str, Path], hashes: dict[str, str]) -> Iterator[str]:
    for sheet in sheets.values():
        digest = hashes.get(sheet.name)
        if sheet.is_file() and digest and sha256(sheet) != digest:
            yield f"{sheet.name}: the sheet was changed after the run"


def _changed_raw_files(samples: Path, folder: Path) -> Iterator[str]:
    """Yield the raw files that are others now; their paths count from a folder."""
    if not samples.is_file():
        return
    columns = ["sample_id", "mzml", "input_fingerprint"]
    for row in read_table(samples, columns).to_pylist():
        try:
            fingerprint = read_fingerprint(folder / row["mzml"])
        except MzmlError:
            continue  # archived
        if row["input_fingerprint"] and fingerprint != row["input_fingerprint"]:
            yield f"{row['sample_id']}: {row['mzml']} was changed or replaced after it was read"
