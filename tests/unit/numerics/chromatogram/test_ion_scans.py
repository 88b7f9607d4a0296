from dataclasses import replace

import numpy as np
import pytest

from builders import ion
from lcms.numerics.chromatogram.channels import Channel
from lcms.numerics.chromatogram.ion_scans import competing_ions, may_have_energy
from lcms.numerics.chromatogram.search_times import search_bounds_s

LEUCINE = ion("Lac-Leu", 202.1085, 100.0, product_mz=130.0, retention_time_window_s=30.0)
OTHER = replace(LEUCINE, ion_id="x", target_id="x", precursor_mz=203.0)
WINDOW = Channel((201.0, 204.0))


@pytest.mark.parametrize(
    ("listed_s", "competes"),
    [(69.9, False), (70.0, True), (130.0, True), (130.1, False), (None, True)],
)
def test_an_ion_competes_if_its_search_holds_the_listed_time(
    listed_s: float | None,
    competes: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    other = replace(OTHER, retention_time_s=listed_s)

    assert competing_ions(LEUCINE, WINDOW, [other], 10.0) == ([other] if competes else [])


@pytest.mark.parametrize("listed_s", [0.0, 500.0])
def test_at_an_untimed_ion_every_time_competes(listed_s: float) -> None:
    untimed, other = (
        replace(LEUCINE, retention_time_s=None),
        replace(OTHER, retention_time_s=listed_s),
    )

    assert competing_ions(untimed, WINDOW, [other], 10.0) == [other]


@pytest.mark.parametrize(
    ("off_ppm", "competes"), [(9.9, True), (-9.9, True), (10.1, False), (-10.1, False)]
)
def test_an_ion_competes_within_the_tolerance_of_the_product(
    off_ppm: float,
    competes: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    other = replace(OTHER, product_mz=130.0 * (1 + off_ppm * 1e-6))

    assert bool(competing_ions(LEUCINE, WINDOW, [other], 10.0)) == competes


def test_isomers_own_ions_ms1_and_other_precursors_do_not_compete() -> None:
    leucine = replace(LEUCINE, isomer_group="leucines")
    others = [
        replace(OTHER, target_id=LEUCINE.target_id),
        replace(OTHER, isomer_group="leucines"),
        replace(OTHER, product_mz=None),
        replace(OTHER, precursor_mz=204.1),
    ]

    assert competing_ions(leucine, WINDOW, others, 10.0) == []
    valines = replace(OTHER, isomer_group="valines")
    assert competing_ions(leucine, WINDOW, [valines], 10.0) == [valines]


def test_the_search_is_the_window_and_the_margin_around_the_listed_time() -> None:
    assert search_bounds_s(LEUCINE) == (70.0, 130.0)
    assert search_bounds_s(LEUCINE, 5.0) == (65.0, 135.0)
    assert search_bounds_s(replace(LEUCINE, retention_time_s=None)) == (-np.inf, np.inf)


@pytest.mark.parametrize(
    ("energy_ev", "may_have"), [(20.5, True), (19.5, True), (20.6, False), (19.4, False)]
)
def test_energies_agree_to_half_an_electronvolt(
    energy_ev: float,
    may_have: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    of_sheet = replace(LEUCINE, collision_energy=20.0)

    assert may_have_energy(of_sheet, energy_ev) == may_have
    assert may_have_energy(of_sheet, None)
    assert may_have_energy(LEUCINE, energy_ev)
