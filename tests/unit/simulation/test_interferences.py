from dataclasses import replace

import numpy as np
import pytest

from lcms.kinds import SampleType
from lcms.numerics.mass.formulas import ion_mz
from lcms.simulation.simulated_batch import simulated_batch, simulated_scans
from lcms.simulation.simulated_panel import isotope_mz
from simulated import PAIR, chromatogram, counts_at, place_of, target_mz, truth


def test_isotopes_are_heavier_ions_of_one_percent_for_each_carbon() -> None:
    mz = isotope_mz("C14H16N2O4")
    with_isotopes = counts_at(replace(PAIR, isotopes=True), mz)
    parents = counts_at(PAIR, ion_mz("C14H16N2O4", "[M-H]-"))

    assert counts_at(PAIR, mz).max() == 0.0
    assert with_isotopes.max() / parents.max() == pytest.approx(14 * 0.01082, rel=0.01)


def test_neighbours_stand_40_ppm_beside_valine_and_leucine_in_blanks_too() -> None:
    plan = replace(PAIR, n_blanks=1, neighbours=True)

    for formula, target in (("C9H16O4", "C8H15NO4"), ("C10H18O4", "C9H17NO4")):
        mz = isotope_mz(formula)
        distance_ppm = 1e6 * (mz / ion_mz(target, "[M-H]-") - 1.0)
        assert 39.0 < distance_ppm < 44.0
        assert counts_at(plan, mz, SampleType.BLANK).max() > 1e4


def test_isobars_come_with_the_matrix_at_other_times_than_the_targets() -> None:
    plan = replace(PAIR, n_blanks=1, isobars=True, absent_fraction=1.0)
    batch = simulated_batch(plan)
    alanine = truth(batch, place_of(batch, SampleType.UNKNOWN), "Lac-Ala")
    mz = target_mz(batch, "Lac-Ala")

    time_s, counts = chromatogram(simulated_scans(batch, len(batch.injections) - 1), mz)
    lead_s = alanine.retention_time_s - time_s[np.argmax(counts)]

    assert lead_s == pytest.approx(24.0, abs=1.0)
    assert counts[np.argmin(np.abs(time_s - alanine.retention_time_s))] > 1e3
    assert counts_at(plan, mz, SampleType.BLANK).max() == 0.0
    for interference in batch.interferences:
        same_mz = [
            compound
            for compound in batch.panel
            if abs(target_mz(batch, compound.target_id) / interference.mz - 1.0) < 1e-6
        ]
        assert all(
            abs(compound.retention_time_s - interference.retention_time_s) > 14.9
            for compound in same_mz
        )
