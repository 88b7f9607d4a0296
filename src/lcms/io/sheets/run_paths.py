"""Finds the mzML file that a row of the sample sheet names, or says why there is none."""

import unicodedata
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from typing import Final

from lcms.io.raw_files import RawFiles
from lcms.io.sheets.file_names import is_mzml
from lcms.io.sheets.sheet_rows import Row

WILDCARDS: Final = "{}<>"  # Snakemake and shells take them for something else
_SHOWN_CHARACTERS: Final = 60  # of a path that no file system accepts
_FORMS: Final = ("NFC", "NFD")  # composed, as people type; decomposed, as macOS stores


def mzml_path(row: Row, raw_files: RawFiles | None = None) -> str:
    """Return the path of the run as it can be opened; a problem is noted in the row.

    A file that was read and is not there any more is none: its run needs it no longer.
    """
    text = row.text("mzml")
    if text is None:
        return ""
    try:
        path = _existing(row.path.parent / text)
        reason = _reason(path, text)
    except OSError as error:  # such as a name that is too long
        row.problem("mzml", f"`{text[:_SHOWN_CHARACTERS]}...`: {error.strerror}")
        return ""
    if reason and not (raw_files and raw_files.was_read(row.text("sample_id") or "", path)):
        row.problem("mzml", reason)
    return str(path)


def _existing(path: Path) -> Path:
    """Return the path in the Unicode form in which the file is there."""
    forms = (Path(unicodedata.normalize(form, str(path))) for form in _FORMS)
    return next((form for form in chain([path], forms) if form.is_file()), path)


def _reason(path: Path, text: str) -> str | None:
    """Return why a path cannot be used, None if it can."""
    if not is_mzml(path.name):
        return f"`{text}` does not end in .mzML or .mzML.gz"
    if any(sign in str(path) for sign in WILDCARDS):
        return f"`{text}`: a path must not hold any of {' '.join(WILDCARDS)}; rename it"
    if path.is_file():
        return None
    if "\\" in text:
        return f"there is no file {path}; write the path with `/`: {text.replace(chr(92), '/')}"
    return f"there is no file {path}{_nearest(path)}"


def _nearest(path: Path) -> str:
    """Return the end of a message that gives the most similar name of the folder."""
    if not path.parent.is_dir():
        return "; there is no such folder"
    names = {file.name.casefold(): file.name for file in path.parent.iterdir()}
    near = get_close_matches(path.name.casefold(), names, n=1)
    return f"; the folder holds `{names[near[0]]}`" if near else ""
