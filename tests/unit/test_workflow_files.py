"""What the files of the workflow must have beside the rules themselves."""

import re
from typing import Final

import pytest
import yaml

from pipeline import ROOT

RULES: Final = ROOT / "workflow" / "rules"


def rules() -> dict[str, str]:
    """Return the text of every rule by its name."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(RULES.glob("*.smk")))
    blocks = re.findall(r"^rule (\w+):\n((?:(?:[ \t].*)?\n)+)", text, re.MULTILINE)
    return dict(blocks)


@pytest.mark.parametrize("directive", ["log", "benchmark", "conda", "shell"])
def test_every_rule_has(directive: str) -> None:
    assert len(rules()) == 8
    assert [name for name, text in rules().items() if f"    {directive}:\n" not in text] == []


def test_the_environment_that_the_rules_name_is_there() -> None:
    names = {name for text in rules().values() for name in re.findall(r"\.\./envs/[\w.]+", text)}

    assert [name for name in names if not (RULES / name).exists()] == []
    assert names == {"../envs/lcms.yaml"}


def test_the_catalog_promises_the_environments_that_there_are() -> None:
    text = (ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8")
    usage = yaml.safe_load(text)["usage"]

    deployment = usage["software-stack-deployment"]
    assert deployment["conda"] is all("conda:" in text for text in rules().values())
    assert deployment["apptainer"] is any("container:" in text for text in rules().values())
    assert "pip install ." in usage["mandatory-flags"]["desc"]
