"""The fenced blocks of a page of the documentation, run in their order as a reader would.

console            each `$ ` line is a command; the lines below it are what it prints (`...` stands
                   for anything or nothing, and one blank for several)
console fails      the same, but the last command ends with an error, whose message is shown
python             a program
text FILE          a file that the reader writes
yaml FILE          settings that the reader gives in a configuration
sh not-run         commands that need what a test has not: a cluster, a program of a vendor
text, yaml ...     only shown
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from lcms.config import read_values, settings_yaml

_FENCE: Final = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND: Final = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
_SHOWN: Final = {"text", "yaml", "python not-run", "r not-run", "{toctree}"}
NOT_RUN: Final = "sh not-run"
_LONGEST_S: Final = 600


@dataclass(frozen=True)
class Block:
    """A fenced block: the words behind its fence, and its lines."""

    words: str
    text: str

    @property
    def is_run(self) -> bool:
        """Whether a test runs it."""
        return self.words in {"console", "console fails", "python"}


def blocks_of(page: Path) -> list[Block]:
    """Return the fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [Block(words.strip(), body) for words, body in _FENCE.findall(text)]


def run_page(page: Path, folder: Path) -> None:
    """Do in a folder what a page says; an AssertionError names the command that differs."""
    for block in blocks_of(page):
        language, _, name = block.words.partition(" ")
        if block.words.startswith("console"):
            _run_console(block, folder)
        elif block.words == "python":
            ended = _ended([sys.executable, "-c", block.text], folder)
            assert ended.returncode == 0, f"{page.name}:\n{block.text}\n{ended.stdout}"
        elif language == "text" and name:
            (folder / name).write_text(block.text, encoding="utf-8")
        elif language == "yaml" and name:
            _give_settings(folder / name, block.text)
        else:
            assert block.words in {NOT_RUN, *_SHOWN}, f"{page.name}: a block `{block.words}`"


def _give_settings(config: Path, text: str) -> None:
    """Give settings in a configuration, beside those of the same section that are there."""
    values = read_values(config)
    for name, value in yaml.safe_load(text).items():
        kept = values.get(name) if isinstance(value, dict) else None
        values[name] = {**(kept or {}), **value} if isinstance(value, dict) else value
    config.write_text(settings_yaml(values), encoding="utf-8")


def _run_console(block: Block, folder: Path) -> None:
    commands = list(_commands(block))
    for k, (command, expected) in enumerate(commands, 1):
        ended = _ended(["bash", "-c", command], folder)
        fails = block.words == "console fails" and k == len(commands)
        shown = f"$ {command}\n{ended.stdout}"
        assert (ended.returncode != 0) is fails, shown
        assert is_as_shown(ended.stdout, expected), f"{shown}\nis not as on the page:\n{expected}"


def is_as_shown(printed: str, expected: str) -> bool:
    """Return whether a command prints what a page shows; nothing shown fits everything."""
    parts = (r"\s+".join(map(re.escape, part.split())) for part in expected.split("..."))
    pattern = r"\s*" + ".*".join(parts) + r"\s*"
    return not expected or re.fullmatch(pattern, printed, re.DOTALL) is not None


def _commands(block: Block) -> Iterator[tuple[str, str]]:
    """Yield each command and what the page shows below it."""
    assert block.text.startswith("$ "), block.text
    yield from _COMMAND.findall(block.text)


def _ended(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing but the installed package: no path leads into the clone."""
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    kept = {name: os.environ[name] for name in ("HOME", "PYTHONPATH") if name in os.environ}
    return subprocess.run(
        command, cwd=folder, env=kept | {"PATH": path}, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=_LONGEST_S,
    )  # fmt: skip
