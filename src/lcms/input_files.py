"""Checks a file that is read whole, a sheet or a configuration, before it is opened."""

from pathlib import Path
from typing import Final

_MB: Final = 1e6


def is_pipe_or_device(path: Path) -> bool:
    """Return whether a path is something of which reading may never end."""
    return path.exists() and not path.is_file() and not path.is_dir()


def check_input(path: Path, most_bytes: int) -> None:
    """Raise unless a path is a file of a size that people write.

    Raises
    ------
    OSError
        If there is no such file, or it may not be looked at.
    ValueError
        If it is a pipe or device, of which reading may never end, or too large.
    """
    size = path.stat().st_size
    if is_pipe_or_device(path):
        raise ValueError("is a pipe or device, not a file")
    if size > most_bytes:
        raise ValueError(
            f"has {size / _MB:.0f} MB; such a file has at most {most_bytes / _MB:.0f} MB"
        )
