"""How well the time of a labelled copy is known, by hand."""

from dataclasses import replace

import pytest

from builders import standard
from lcms.numerics.assignment.assigned_track import LabelledCopy

WIDTH_S = 8.0
CARBON = replace(standard("IS", 208.1286, 112.0), formula="C3(13)C6H17NO4")
DEUTERIUM = replace(CARBON, formula="C9H10(2)H7NO4")


def test_a_target_elutes_with_its_carbon_copy_and_near_its_deuterated_one() -> None:
    assert LabelledCopy(CARBON, 112.0, WIDTH_S).sd_s == pytest.approx(0.08 * WIDTH_S)
    assert LabelledCopy(DEUTERIUM, 112.0, WIDTH_S).sd_s == pytest.approx(0.4 * WIDTH_S)
