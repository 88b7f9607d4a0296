"""Every package that is installed has its version in `requirements.txt`, and its hashes."""

import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[2]
HASH: Final = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def pinned(name: str) -> dict[str, str]:
    """Return the version of each package of a list of requirements."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    wanted = [Requirement(line.split(" ")[0]) for line in text.splitlines() if "==" in line]
    return {canonicalize_name(of.name): str(of.specifier).removeprefix("==") for of in wanted}


def needed(package: str, extras: frozenset[str], seen: set[tuple[str, frozenset[str]]]) -> None:
    """Add a package and all that it needs here, each with its extras, to those seen."""
    if (package, extras) in seen:
        return
    seen.add((package, extras))
    for requirement in map(Requirement, distribution(package).requires or []):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""}):
            needed(canonicalize_name(requirement.name), frozenset(requirement.extras), seen)


def test_every_package_that_is_needed_has_its_version() -> None:
    seen: set[tuple[str, frozenset[str]]] = set()
    needed("lcms-lactoyl", frozenset({"dev", "cluster"}), seen)
    versions = {name: distribution(name).version for name, _ in seen if name != "lcms-lactoyl"}

    assert versions
    listed = pinned("requirements.txt")
    assert {name for name in versions if name not in listed} == set()


def test_the_list_with_hashes_has_the_same_versions() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if "==" in line]

    assert pinned("requirements.lock") == pinned("requirements.txt")
    assert all(HASH.search(line) for line in lines)
