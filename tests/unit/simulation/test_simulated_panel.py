from dataclasses import replace

import numpy as np
import pytest

from lcms.kinds import TargetKind
from lcms.simulation.elution import elution_curve, fwhm_s
from lcms.simulation.plan import PRESETS
from lcms.simulation.simulated_panel import listed_times_s, simulated_panel
from simulated import STANDARD


@pytest.mark.parametrize("name", PRESETS)
def test_leucine_and_isoleucine_have_the_resolution_asked_for(name: str) -> None:
    plan = PRESETS[name]
    time_s = np.linspace(200.0, 300.0, 1_000_001)
    isomers = [compound for compound in simulated_panel(plan) if compound.isomer_group is not None]
    apices, widths = [], []
    for compound in isomers:
        counts = elution_curve(
            time_s, apex_time_s=compound.retention_time_s, area=1.0, shape=compound.shape
        )
        above = time_s[counts >= counts.max() / 2.0]
        apices.append(float(time_s[np.argmax(counts)]))
        widths.append(float(above[-1] - above[0]))

    measured = 1.18 * (apices[1] - apices[0]) / sum(widths)  # USP <621>

    assert [compound.target_id for compound in isomers] == ["Lac-Ile", "Lac-Leu"]
    assert measured == pytest.approx(plan.resolution, abs=1e-3)


def test_labelled_standards_elute_with_their_analyte_and_deuterated_ones_before_it() -> None:
    times_s = {
        compound.target_id: compound.retention_time_s for compound in simulated_panel(STANDARD)
    }

    assert times_s["IS-Lac-Leu"] == times_s["Lac-Leu"]
    assert times_s["IS-Lac-Val"] == times_s["Lac-Val"]
    assert times_s["Lac-Phe"] - 2.0 < times_s["IS-Lac-Phe"] < times_s["Lac-Phe"]


def test_the_panel_has_nine_analytes_each_with_a_standard_of_the_panel() -> None:
    panel = simulated_panel(STANDARD)
    standards = {o.target_id for o in panel if o.kind is TargetKind.INTERNAL_STANDARD}
    analytes = [compound for compound in panel if compound.kind is TargetKind.ANALYTE]

    assert len(analytes) == 9
    assert len(standards) == 3
    assert {compound.internal_standard for compound in analytes} == standards


def test_widths_grow_with_time_when_asked_to() -> None:
    growing = simulated_panel(replace(STANDARD, width_growth_per_minute=0.1))
    by_id = {compound.target_id: fwhm_s(compound.shape) for compound in growing}

    assert by_id["Lac-Trp"] / by_id["Lac-Tyr"] == pytest.approx(1.0 + 0.1 * 124.0 / 60.0)
    assert len({fwhm_s(compound.shape) for compound in simulated_panel(STANDARD)}) == 1


def test_tailing_scatters_between_compounds_but_not_between_an_analyte_and_its_copy() -> None:
    panel = simulated_panel(replace(STANDARD, tau_scatter=0.3))
    taus = {compound.target_id: compound.shape.tau_s for compound in panel}

    assert len(set(taus.values())) == 9
    assert taus["IS-Lac-Val"] == taus["Lac-Val"]


def test_listed_times_are_true_without_an_error_and_scatter_by_its_sd() -> None:
    panel = simulated_panel(STANDARD)
    exact = listed_times_s(replace(STANDARD, listed_time_sd_s=0.0), panel)
    errors = [
        listed_times_s(replace(STANDARD, seed=seed), panel)[compound.target_id]
        - compound.retention_time_s
        for seed in range(60)
        for compound in panel
    ]

    assert exact == {compound.target_id: compound.retention_time_s for compound in panel}
    assert np.std(errors) == pytest.approx(1.5, rel=0.1)


def test_a_wrong_list_still_has_leucine_behind_isoleucine() -> None:
    for seed in range(100):
        plan = replace(STANDARD, seed=seed, listed_time_sd_s=10.0)
        listed_s = listed_times_s(plan, simulated_panel(plan))

        assert listed_s["Lac-Leu"] > listed_s["Lac-Ile"]
