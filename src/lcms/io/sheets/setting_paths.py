"""Notes the settings whose paths cannot be used, before any job starts."""

from pathlib import Path

from lcms.config import Settings
from lcms.io.sheets.run_paths import WILDCARDS
from lcms.io.sheets.sheet_rows import Report


def note_paths(settings: Settings, report: Report) -> None:
    """Note a results folder that is a file, a library that is missing, and wildcards."""
    paths = {
        "samples": settings.samples,
        "targets": settings.targets,
        "levels": settings.levels,
        "review": settings.review,
        "results": settings.results,
        "evidence.library": settings.evidence.library,
    }
    for name, path in paths.items():
        if path and any(sign in path for sign in WILDCARDS):
            reason = f"`{path}`: a path must not hold any of {' '.join(WILDCARDS)}"
            report.add_setting(name, reason)
    library = settings.evidence.library
    if library and not Path(library).is_file():
        report.add_setting("evidence.library", f"there is no file {library}")
    results = Path(settings.results)
    file = next((path for path in (results, *results.parents) if path.is_file()), None)
    if file is not None:
        report.add_setting("results", f"{file} is a file; name a folder")
