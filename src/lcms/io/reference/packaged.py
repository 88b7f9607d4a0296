"""Reads the tables of the package."""

import csv
from importlib.resources import files


def read_packaged(name: str) -> list[dict[str, str]]:
    """Return the rows of a table of `lcms/data` by column; a blank cell is an empty text."""
    text = (files("lcms") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
