"""The page of all benchmarks: a section for each, written by the benchmark itself."""

import re
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def write_section(text: str, page: Path = PAGE) -> None:
    """Put a section, which begins with its title, in place of the one with that title."""
    page.write_text(with_section(page.read_text(encoding="utf-8"), text), encoding="utf-8")


def with_section(page: str, text: str) -> str:
    """Return a page with a section put in place of its namesake, or at the end.

    The headings of the text become one level smaller: the page has a title of its own.
    """
    text = re.sub(r"^(?=#+ )", "#", text, flags=re.MULTILINE)
    title = text.splitlines()[0]
    sections = re.split(r"^(?=## )", page, flags=re.MULTILINE)
    titles = [section.partition("\n")[0] for section in sections]
    if title in titles:
        sections[titles.index(title)] = text
    else:
        sections.append(text)
    return "\n".join(section.rstrip() + "\n" for section in sections if section.strip())
