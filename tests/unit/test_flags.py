import ast
import re
from pathlib import Path

import pytest

from lcms.flags import (
    CALIBRATION_FAILURES,
    CHANGES,
    CONCENTRATION_STATUSES,
    EXCLUSIONS,
    FLAGS,
    IDENTIFICATIONS,
    PEAK_STATUSES,
    REJECTIONS,
    listed,
)
from lcms.kinds import ConcentrationStatus, IdentificationReason, NotAcquired, PeakStatus
from lcms.schemas import TABLES

PACKAGE = Path(__file__).parents[2] / "src" / "lcms"
DECIDING = ("numerics/run/rejection", "numerics/run/chromatogram_fit/sensitivity")


def words_in(name: str) -> set[str]:
    """Return the texts in a module or package that look like a word of two parts at least."""
    sources = [*(PACKAGE / name).glob("*.py"), *PACKAGE.glob(f"{name}.py")]
    trees = [ast.parse(source.read_text(encoding="utf-8")) for source in sources]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return {
        text
        for text in texts
        if isinstance(text, str) and re.fullmatch("[a-z][a-z0-9]*_[a-z_]+", text)
    }


@pytest.mark.parametrize("step", ["steps/integrate", "steps/quantify"])
def test_every_word_that_a_step_may_write_is_declared(step: str) -> None:
    columns = {name for table in TABLES for name in table.names()}

    declared = {*FLAGS, *EXCLUSIONS, *CALIBRATION_FAILURES, *PeakStatus, *ConcentrationStatus}
    declared |= {*REJECTIONS}
    assert words_in(step) - columns <= declared


def test_every_declared_word_is_written_by_a_step() -> None:
    written = words_in("steps/integrate") | words_in("steps/quantify")
    written |= {*PeakStatus, *NotAcquired, "truncated", "overlapped", "reviewed"}

    assert {*FLAGS, *EXCLUSIONS, *CALIBRATION_FAILURES} <= written


def test_every_status_has_a_meaning() -> None:
    assert list(PEAK_STATUSES) == list(PeakStatus)
    assert list(CONCENTRATION_STATUSES) == list(ConcentrationStatus)


def test_every_word_of_the_decision_log_is_written() -> None:
    written = set().union(
        *map(words_in, (*DECIDING, "steps/integrate")), {"isomer", "weaker", "truncated"}
    )

    assert {*REJECTIONS, *CHANGES} <= written
    assert set().union(*map(words_in, DECIDING)) <= {*REJECTIONS, *CHANGES}


def test_every_reason_of_an_identification_has_a_meaning() -> None:
    assert list(IDENTIFICATIONS) == list(IdentificationReason)


def test_a_message_lists_five_names_and_counts_the_others() -> None:
    assert listed("aabc") == "a, b, c"
    assert listed("abcde") == "a, b, c, d, e"
    assert listed("abcdefgha") == "a, b, c, d, e and 3 more"
