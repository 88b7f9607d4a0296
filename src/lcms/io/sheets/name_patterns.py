"""Names of runs and compounds that a person gives to a command, as patterns with `*` and `?`."""

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from lcms.errors import UserInputError
from lcms.io.sheets.sheet_rows import nearest


def is_wanted(name: str, patterns: Collection[str]) -> bool:
    """Return whether a name equals a pattern (a name may hold `[`) or matches one.

    No pattern at all is for all names.
    """
    return not patterns or any(
        name == pattern or fnmatchcase(name, pattern) for pattern in patterns
    )


def check_patterns(
    results: Path, kind: str, patterns: Collection[str], names: Iterable[str]
) -> None:
    """Raise a UserInputError with every pattern that matches no name, and the nearest name."""
    existing = set(names)
    unknown = [
        pattern for pattern in patterns if not any(is_wanted(name, [pattern]) for name in existing)
    ]
    if unknown:
        raise UserInputError(
            "\n".join(
                f"{results} has no {kind} `{pattern}`{nearest(pattern, existing)}"
                for pattern in unknown
            )
        )
