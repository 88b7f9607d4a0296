"""The simulated ways of acquisition hold the truth of the full scan."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyopenms
import pytest

from lcms.model import Floats
from lcms.numerics.mass.formulas import ion_mz, product_ion_mz
from lcms.simulation.acquisition import DIA_OVERLAP_MZ, dia_windows, simulated_run
from lcms.simulation.plan import PRESETS, Acquisition, Plan
from lcms.simulation.product_ions import PRODUCT_IONS
from lcms.simulation.simulated_batch import (
    SimulatedBatch,
    simulated_batch,
    simulated_scans,
    true_peaks,
)
from lcms.simulation.simulated_panel import ADDUCT
from lcms.simulation.simulated_scans import SimulatedScan, SimulatedTransition
from lcms.steps.simulate import simulate
from simulated import NO_NOISE, NO_OTHER_RUNS

PAIR = replace(PRESETS["plain"], **NO_NOISE, **NO_OTHER_RUNS, detection_threshold_counts=1.0)
UNKNOWN = 1
SCANNING = [Acquisition.PRM, Acquisition.DIA]


def batch_by(acquisition: Acquisition, product_interference: float = 0.0) -> SimulatedBatch:
    plan = replace(PAIR, acquisition=acquisition, product_interference=product_interference)
    return simulated_batch(plan)


def precursor_mz(batch: SimulatedBatch, target_id: str) -> float:
    return next(ion_mz(c.formula, ADDUCT) for c in batch.panel if c.target_id == target_id)


def holding(scans: list[SimulatedScan], mz: float) -> list[SimulatedScan]:
    """Return the MS2 scans of the isolation window whose centre is nearest to an m/z."""
    centres = {scan.precursor_mz for scan in scans if scan.precursor_mz is not None}
    nearest = min(centres, key=lambda centre: abs(centre - mz))
    return [scan for scan in scans if scan.precursor_mz == nearest]


def chromatogram(scans: list[SimulatedScan], mz: float) -> tuple[Floats, Floats]:
    near = [np.abs(scan.mz / mz - 1) < 5e-6 for scan in scans]
    counts = [scan.intensity[mask].sum() for scan, mask in zip(scans, near, strict=True)]
    return np.array([scan.time_s for scan in scans]), np.array(counts)


def transition(
    transitions: list[SimulatedTransition], q1_mz: float, q3_mz: float
) -> SimulatedTransition:
    (match,) = [
        candidate
        for candidate in transitions
        if abs(candidate.precursor_mz - q1_mz) < 1e-3 and abs(candidate.product_mz - q3_mz) < 1e-3
    ]
    return match


@pytest.mark.parametrize("acquisition", SCANNING)
@pytest.mark.parametrize("target_id", ["Lac-Val", "Lac-Tyr", "IS-Lac-Leu"])
def test_each_product_ion_has_its_share_of_the_true_area(
    acquisition: Acquisition, target_id: str
) -> None:
    batch = batch_by(acquisition)
    scans = simulated_run(batch, UNKNOWN).scans
    peak = next(peak for peak in true_peaks(batch, UNKNOWN) if peak.target_id == target_id)

    for ion in PRODUCT_IONS[target_id]:
        time_s, counts = chromatogram(holding(scans, precursor_mz(batch, target_id)), ion.mz)
        near = np.abs(time_s - peak.retention_time_s) < 25.0

        area = np.trapezoid(counts[near], time_s[near])
        assert area == pytest.approx(peak.area * ion.ratio, rel=0.02)


def test_a_transition_has_the_true_area_in_its_scheduled_time_with_gaps() -> None:
    batch = batch_by(Acquisition.SRM)
    run = simulated_run(batch, UNKNOWN)
    peak = next(peak for peak in true_peaks(batch, UNKNOWN) if peak.target_id == "Lac-Tyr")

    chromatogram = transition(
        run.transitions, precursor_mz(batch, "Lac-Tyr"), PRODUCT_IONS["Lac-Tyr"][1].mz
    )

    steps_s = np.diff(chromatogram.time_s)
    assert run.scans == []
    assert np.trapezoid(chromatogram.intensity, chromatogram.time_s) == pytest.approx(
        peak.area / 2, rel=0.02
    )
    assert chromatogram.time_s[-1] - chromatogram.time_s[0] < 121.0
    assert steps_s.min() > 0
    assert steps_s.max() > 1.6 * np.median(steps_s)


def test_isomers_share_one_transition() -> None:
    transitions = simulated_run(batch_by(Acquisition.SRM), UNKNOWN).transitions

    q1_q3 = [(round(scan.precursor_mz, 3), round(scan.product_mz, 3)) for scan in transitions]

    assert len(set(q1_q3)) == len(q1_q3)
    assert q1_q3.count((202.108, 130.087)) == 1


def test_the_survey_scans_are_those_of_the_full_scan() -> None:
    full = simulated_scans(batch_by(Acquisition.FULL_SCAN), UNKNOWN)

    for acquisition in SCANNING:
        scans = simulated_run(batch_by(acquisition), UNKNOWN).scans
        survey = [scan for scan in scans if scan.ms_level == 1]
        assert len(survey) == len(full)
        for scan, full_scan in zip(survey, full, strict=True):
            np.testing.assert_array_equal(scan.mz, full_scan.mz)
            np.testing.assert_array_equal(scan.intensity, full_scan.intensity)


def test_dia_windows_cover_the_range_with_their_overlap() -> None:
    windows = dia_windows(150.0, 290.0)

    assert windows[0][0] == 150.0
    assert windows[-1][1] >= 290.0
    assert {end - start for start, end in windows} == {25.0}
    overlaps = {before[1] - after[0] for before, after in pairwise(windows)}
    assert overlaps == {DIA_OVERLAP_MZ}


@pytest.mark.parametrize("acquisition", list(Acquisition)[1:])
def test_an_interference_is_in_one_product_ion_only(acquisition: Acquisition) -> None:
    first, second, _ = PRODUCT_IONS["Lac-Phe"]
    plain, disturbed = batch_by(acquisition), batch_by(acquisition, product_interference=500.0)

    def counts(batch: SimulatedBatch, q3_mz: float) -> Floats:
        run, q1_mz = simulated_run(batch, UNKNOWN), precursor_mz(batch, "Lac-Phe")
        if run.transitions:
            return transition(run.transitions, q1_mz, q3_mz).intensity
        return chromatogram(holding(run.scans, q1_mz), q3_mz)[1]

    assert counts(disturbed, first.mz).max() > 1.5 * counts(plain, first.mz).max()
    np.testing.assert_allclose(counts(disturbed, second.mz), counts(plain, second.mz))


def test_the_written_scans_tell_window_energy_and_range(tmp_path: Path) -> None:
    simulate(tmp_path, replace(PAIR, acquisition=Acquisition.DIA, run_length_s=5.0))

    run = pyopenms.MSExperiment()
    pyopenms.MzMLFile().load(str(next((tmp_path / "mzml").iterdir())), run)
    scans = [spectrum for spectrum in run.getSpectra() if spectrum.getMSLevel() == 2]
    precursor = scans[0].getPrecursors()[0]

    assert precursor.getIsolationWindowLowerOffset() == 12.5
    assert precursor.getIsolationWindowUpperOffset() == 12.5
    assert precursor.getMetaValue("collision energy") == pytest.approx(20.0)
    window = scans[0].getInstrumentSettings().getScanWindows()[0]
    assert (window.begin, window.end) == (PAIR.mz_low, PAIR.mz_high)


@pytest.mark.parametrize("acquisition", list(Acquisition))
def test_the_target_sheet_has_one_quantifier_and_the_products_that_are_simulated(
    tmp_path: Path, acquisition: Acquisition
) -> None:
    simulate(tmp_path, replace(PAIR, acquisition=acquisition, run_length_s=5.0))

    header, *lines = (tmp_path / "targets.tsv").read_text(encoding="utf-8").splitlines()
    rows = [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines]
    phenylalanine = [row for row in rows if row["target_id"] == "Lac-Phe"]

    assert [row["ion_role"] for row in phenylalanine].count("quantifier") == 1
    products = [row["product"] for row in phenylalanine if row.get("product")]
    assert len(products) == (0 if acquisition is Acquisition.FULL_SCAN else 3)
    assert all(50 < product_ion_mz(product) < 280 for product in products)


def test_a_plan_names_the_ways_of_acquisition() -> None:
    assert [kind.value for kind in Acquisition] == ["full_scan", "srm", "prm", "dia"]
    assert Plan().acquisition is Acquisition.FULL_SCAN
