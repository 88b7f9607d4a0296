"""`settings.yaml` in the results: what ran, every default filled in."""

import os
from pathlib import Path

from lcms.config import Settings, settings_yaml
from lcms.io.tables.parquet import whole_file


def write_settings(results: Path, settings: Settings) -> None:
    """Write the settings as a configuration that runs again.

    Its paths count from the results, as those of every configuration from its folder.
    """
    placed = settings.with_paths(lambda _, path: Path(os.path.relpath(path, results)).as_posix())
    with whole_file(results / "settings.yaml") as part:
        part.write_text(settings_yaml(placed.model_dump(mode="json")), encoding="utf-8")
