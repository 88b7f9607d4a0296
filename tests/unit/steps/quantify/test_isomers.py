from dataclasses import replace
from pathlib import Path

import pytest

from builders import Row, ion, sample
from quantified import CALIBRATORS, CONCENTRATIONS, quantified, unknown


def test_isomers_that_are_not_told_apart_have_the_concentration_of_their_sum(
    tmp_path: Path,
) -> None:
    ile, leu = (replace(ion(name, 202.10848), isomer_group="leucines") for name in ("Ile", "Leu"))
    runs = [*CALIBRATORS, sample("u1", dilution_factor=2.0)]
    content = {f"cal_{name}": value for name, value in CONCENTRATIONS.items()} | {"u1": 4.0}
    sums = {name: {"group_area": 200 * x, "group_area_sd": 2 * x} for name, x in content.items()}
    told: dict[tuple[str, str], Row] = {
        (name, one.ion_id): cells | {"flags": ["sum_only"], "area": None, "area_sd": None}
        for name, cells in sums.items()
        for one in (ile, leu)
    }
    areas = {one.ion_id: dict.fromkeys(content, 1.0) for one in (ile, leu)}

    tables = quantified(tmp_path, areas, runs, (ile, leu), told=told)

    for name in ("Ile", "Leu"):
        one = tables.concentrations["u1", name]
        assert one["concentration"] is None
        assert one["group_concentration"] == pytest.approx(2 * 2 * 4.0)
        assert one["group_concentration_low"] < 16 < one["group_concentration_high"]
        assert one["identification_reason"] == "isomers_not_told_apart"


def test_isomers_that_are_told_apart_have_no_concentration_of_a_sum(tmp_path: Path) -> None:
    one = unknown(tmp_path, 450.0)

    assert one["group_concentration"] is one["group_concentration_low"] is None
