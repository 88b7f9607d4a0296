"""Reads YAML without its surprises: keys given twice, `010` read as 8, `1:30` read as 90."""

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from lcms.errors import ConfigError
from lcms.limits import DEEPEST_CONFIG

_OCTAL: Final = re.compile(r"[-+]?0[0-7_]+")
_TAGS: Final = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


def read_yaml(text: str, source: str) -> Any:  # noqa: ANN401  (YAML holds anything)
    """Return the values of a YAML text.

    Raises
    ------
    ConfigError
        With every problem, each on a line of its own that begins with `source`.
    """
    try:
        _check_size(text)
        root = yaml.compose(text, yaml.SafeLoader)
        problems = list(_problems(root)) if root is not None else []
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: no date, or too many digits
        raise ConfigError(f"{source}: cannot be read as YAML: {error}") from error
    if problems:
        raise ConfigError("\n".join(f"{source}: {problem}" for problem in problems))
    return values


def _check_size(text: str) -> None:
    """Raise a ValueError for aliases, of which a few lines make gigabytes, and for deep nests."""
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        is_alias, is_deep = isinstance(event, yaml.AliasEvent), depth > DEEPEST_CONFIG
        if is_alias or is_deep:
            what = "an alias (`*name`)" if is_alias else f"more than {DEEPEST_CONFIG} nested lists"
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise ValueError(f"line {line} holds {what}, which is not read; write the values")


def _problems(node: yaml.Node) -> Iterator[str]:
    """Yield what is ambiguous in a node and below it, with line numbers."""
    if isinstance(node, yaml.ScalarNode):
        yield from _number_problems(node)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _problems(item)
    elif isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            first = lines.setdefault(str(key.value), line)
            if first != line:
                yield f"line {line}: `{key.value}` is already in line {first}"
            yield from _problems(value)


def _number_problems(node: yaml.ScalarNode) -> Iterator[str]:
    if node.tag not in _TAGS:
        return
    line = node.start_mark.line + 1
    if ":" in node.value:
        yield f"line {line}: YAML reads `{node.value}` in base 60; write a decimal number"
    elif _OCTAL.fullmatch(node.value):
        yield f"line {line}: YAML reads `{node.value}` in base 8; write it without the leading 0"
