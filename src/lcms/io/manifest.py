"""`manifest.json` in the results: every output with its hash, and with what all were made."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from lcms.errors import ManifestError
from lcms.io.report_files import SHARD_FOLDER
from lcms.io.tables.parquet import whole_file

MANIFEST: Final = "manifest.json"


def outputs(results: Path) -> list[Path]:
    """Return the files that are results: those in their folder and the data of the page."""
    paths = [*sorted(results.iterdir()), *sorted((results / SHARD_FOLDER).glob("*.js"))]
    return [
        path
        for path in paths
        if path.is_file() and path.name != MANIFEST and not path.name.startswith(".")
    ]


def write_manifest(results: Path, sheets: Iterable[Path], metadata: Mapping[str, str]) -> None:
    """Write the manifest of all outputs that are there.

    Parameters
    ----------
    results : Path
    sheets : iterable of Path
        The sheets of the study.
    metadata : mapping of str
        As `provenance` gives it: schema version, software versions, settings.
    """
    manifest = {
        "schema_version": metadata["schema_version"],
        "software": json.loads(metadata["software"]),
        "settings": json.loads(metadata["settings"]),
        "sheets": {path.name: sha256(path) for path in sheets},
        "outputs": {
            path.relative_to(results).as_posix(): sha256(path) for path in outputs(results)
        },
    }
    with whole_file(results / MANIFEST) as part:
        part.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_manifest(results: Path) -> dict[str, Any]:
    """Return the manifest of some results; raises ManifestError without one."""
    path = results / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ManifestError(f"{path}: cannot be read: {error}") from error
    missing = {"schema_version", "software", "settings", "sheets", "outputs"} - set(manifest)
    if missing:
        raise ManifestError(f"{path}: lacks {', '.join(sorted(missing))}")
    return manifest


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
