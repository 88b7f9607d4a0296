"""Reads the tables and other files of the package."""

import csv
from importlib.resources import files


def packaged_text(name: str) -> str:
    """Return the text of a file of `lcms/data`."""
    return (files("lcms") / "data" / name).read_text(encoding="utf-8")


def read_packaged(name: str) -> list[dict[str, str]]:
    """Return the rows of a table of `lcms/data` by column; a blank cell is an empty text."""
    return list(
        csv.DictReader(packaged_text(name).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    )
