"""From when to when ions are searched and kept."""

from dataclasses import replace

import numpy as np

from builders import ion
from lcms.numerics.chromatogram.search_times import (
    around_listed_s,
    kept_spans_s,
    search_bounds_s,
)

ILE = ion("Ile", 202.1085, 100.0, retention_time_window_s=30.0, isomer_group="g")
LEU = replace(ILE, ion_id="Leu", retention_time_s=112.0, retention_time_window_s=20.0)
ALONE = ion("Val", 188.0928, 60.0, retention_time_window_s=10.0)
UNTIMED = ion("Phe", 236.0928, None)
EVERYWHERE = (-np.inf, np.inf)


def test_an_ion_is_searched_within_its_window_and_a_margin() -> None:
    assert search_bounds_s(ALONE) == (50.0, 70.0)
    assert search_bounds_s(ALONE, 5.0) == (45.0, 75.0)
    assert around_listed_s(ALONE, 3.0) == (57.0, 63.0)


def test_without_a_listed_time_the_whole_run_is_searched() -> None:
    assert search_bounds_s(UNTIMED, 5.0) == EVERYWHERE
    assert around_listed_s(UNTIMED, 3.0) == EVERYWHERE


def test_isomers_keep_the_windows_of_all_and_other_ions_their_own() -> None:
    spans = kept_spans_s([ILE, ALONE, LEU, UNTIMED], 5.0)

    assert spans == {
        "Ile": (65.0, 137.0),
        "Leu": (65.0, 137.0),
        "Val": (45.0, 75.0),
        "Phe": EVERYWHERE,
    }


def test_an_isomer_without_a_time_keeps_the_whole_run_for_its_group() -> None:
    untimed = replace(LEU, retention_time_s=None)

    assert set(kept_spans_s([ILE, untimed], 5.0).values()) == {EVERYWHERE}
