"""Which ions co-elute."""

from dataclasses import replace

import numpy as np
import pytest

from builders import ion, peak_at, standard
from lcms.model import Candidate, Ion
from lcms.numerics.time.co_elution import clearness, co_eluting_ions

LEU = ion("Leu", 202.1, 100.0, formula="C9H17NO4", internal_standard="IS")
QUALIFIER = replace(LEU, ion_id="Leu 130", product="C6H12NO2-")
COPY = replace(standard("IS", 208.1, 100.0), formula="C3(13)C6H17NO4")


def groups(*ions: Ion) -> list[set[str]]:
    """Return the names of co-eluting ions; each has a chromatogram of its own."""
    return [
        {member.ion_id for member in group}
        for group in co_eluting_ions({target.ion_id: [target] for target in ions})
    ]


def test_a_compound_its_qualifiers_and_its_labelled_copy_elute_together() -> None:
    other = ion("Val", 188.1, 80.0)

    assert groups(LEU, QUALIFIER, COPY, other) == [{"Leu", "Leu 130", "IS"}, {"Val"}]


def test_a_surrogate_standard_stays_alone() -> None:
    surrogate = replace(COPY, formula="C8(13)C1H15NO4")

    assert groups(LEU, surrogate) == [{"Leu"}, {"IS"}]


def test_a_copy_with_deuterium_stays_alone() -> None:
    assert groups(LEU, replace(COPY, formula="C9(2)H3H14NO4")) == [{"Leu"}, {"IS"}]


def test_isomers_that_share_a_chromatogram_stay_alone() -> None:
    ile = replace(LEU, ion_id="Ile", target_id="Ile")

    groups_of_ions = co_eluting_ions({"both": [LEU, ile], "IS": [COPY]})

    assert [[member.ion_id for member in group] for group in groups_of_ions] == [
        ["Leu"],
        ["Ile"],
        ["IS"],
    ]


def test_without_formulas_the_only_user_listed_at_the_same_time_is_the_copy() -> None:
    light, heavy = replace(LEU, formula=None), replace(COPY, formula=None)
    late = replace(heavy, retention_time_s=120.0)
    second = replace(light, ion_id="Ile", target_id="Ile")

    assert groups(light, heavy) == [{"Leu", "IS"}]
    assert groups(light, late) == [{"Leu"}, {"IS"}]
    assert groups(light, second, heavy) == [{"Leu"}, {"Ile"}, {"IS"}]


@pytest.mark.parametrize(
    ("listed_s", "are_together"), [(105.0, True), (95.0, True), (105.1, False)]
)
def test_without_formulas_listed_times_differ_by_five_seconds_at_most(
    listed_s: float, *, are_together: bool
) -> None:
    light = replace(LEU, formula=None)
    heavy = replace(COPY, formula=None, retention_time_s=listed_s)

    assert (groups(light, heavy) == [{"Leu", "IS"}]) == are_together


def test_without_a_listed_time_a_standard_stays_alone() -> None:
    light, heavy = replace(LEU, formula=None), replace(COPY, formula=None, retention_time_s=None)

    assert groups(light, heavy) == [{"Leu"}, {"IS"}]


def seen(signal_to_noise: float, time_s: float) -> Candidate:
    return peak_at(time_s, signal_to_noise=signal_to_noise)


def test_clearness_adds_the_logarithms_of_signal_over_three_times_the_noise() -> None:
    ions = [[seen(30.0, 60.0), seen(300.0, 70.1)], [seen(6.0, 65.0)], [seen(2.0, 60.0)], []]

    # at 60 s: 10 and 2 times the least; the third is below it, and one at 70.1 s is too far
    assert clearness(ions, 60.0, 10.0) == pytest.approx(np.log(10) + np.log(2))
    assert clearness(ions, 60.1, 10.0) == pytest.approx(np.log(100) + np.log(2))
    assert clearness(ions, 0.0, 10.0) == 0.0
