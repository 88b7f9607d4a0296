from dataclasses import replace
from pathlib import Path

import pytest

from builders import Row, ion, sample
from quantified import CALIBRATORS, CONCENTRATIONS, quantified, unknown


def test_isomers_that_are_not_resolved_have_the_concentration_of_their_sum(
    tmp_path: Path,
) -> None:
    ile, leu = (replace(ion(name, 202.10848), isomer_group="leucines") for name in ("Ile", "Leu"))
    runs = [*CALIBRATORS, sample("u1", dilution_factor=2.0)]
    content = {f"cal_{name}": value for name, value in CONCENTRATIONS.items()} | {"u1": 4.0}
    sums = {name: {"group_area": 200 * x, "group_area_sd": 2 * x} for name, x in content.items()}
    cells: dict[tuple[str, str], Row] = {
        (name, isomer.ion_id): group | {"flags": ["sum_only"], "area": None, "area_sd": None}
        for name, group in sums.items()
        for isomer in (ile, leu)
    }
    areas = {isomer.ion_id: dict.fromkeys(content, 1.0) for isomer in (ile, leu)}

    tables = quantified(tmp_path, areas, runs, (ile, leu), cells=cells)

    for name in ("Ile", "Leu"):
        row = tables.concentrations["u1", name]
        assert row["concentration"] is None
        assert row["group_concentration"] == pytest.approx(2 * 2 * 4.0)
        assert row["group_concentration_low"] < 16 < row["group_concentration_high"]
        assert row["identification_reason"] == "isomers_not_told_apart"


def test_isomers_that_are_resolved_have_no_concentration_of_a_sum(tmp_path: Path) -> None:
    row = unknown(tmp_path, 450.0)

    assert row["group_concentration"] is row["group_concentration_low"] is None
