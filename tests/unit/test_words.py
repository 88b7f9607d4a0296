import ast
import re
from pathlib import Path

import pytest

from lcms.model import ConcentrationStatus, NotAcquired, PeakStatus
from lcms.schemas import TABLES
from lcms.words import (
    CALIBRATION_FAILURES,
    CONCENTRATION_STATUSES,
    EXCLUSIONS,
    FLAGS,
    PEAK_STATUSES,
)

STEPS = Path(__file__).parents[2] / "src" / "lcms" / "steps"


def words_in(step: str) -> set[str]:
    """Return the texts in the source of a step that look like a word of two parts or more."""
    nodes = ast.walk(ast.parse((STEPS / f"{step}.py").read_text(encoding="utf-8")))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return {
        text for text in texts if isinstance(text, str) and re.fullmatch("[a-z]+_[a-z_]+", text)
    }


@pytest.mark.parametrize("step", ["integrate", "quantify"])
def test_every_word_that_a_step_may_write_is_declared(step: str) -> None:
    columns = {name for table in TABLES for name in table.names()}

    declared = {*FLAGS, *EXCLUSIONS, *CALIBRATION_FAILURES, *PeakStatus, *ConcentrationStatus}
    assert words_in(step) - columns <= declared


def test_every_declared_word_is_written_by_a_step() -> None:
    written = words_in("integrate") | words_in("quantify") | {*PeakStatus, *NotAcquired}

    assert {*FLAGS, *EXCLUSIONS, *CALIBRATION_FAILURES} <= written


def test_every_status_has_a_meaning() -> None:
    assert list(PEAK_STATUSES) == list(PeakStatus)
    assert list(CONCENTRATION_STATUSES) == list(ConcentrationStatus)
