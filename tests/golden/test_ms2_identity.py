"""Unknowns at the time of Lac-Leu that only their MS2 scans tell apart: the level differs."""

from pathlib import Path

import numpy as np
import pytest

from builders import THRESHOLD, gaussian
from lcms.io.mzml.mzml_writer import write_mzml
from lcms.numerics.mass.formulas import ion_mz
from lcms.simulation.simulated_scans import SimulatedScan
from pipeline import Key, Row, analyte, by_key, run_steps, write_config, write_sheet

PRECURSOR_MZ = ion_mz("C9H17NO4", "[M-H]-")  # of Lac-Leu and of BHB-Val
ISOTOPE_MZ = ion_mz("(13)CC8H17NO4", "[M-H]-")
ISOTOPE_RATIO = 0.1  # M+1 to M of both
APEX_S = 60.0
# Product ions in Th with their share of the highest one, and the precursor that is left.
LAC_LEU = {88.0404: 0.2, 130.0874: 1.0, 156.1030: 0.08, 158.1187: 0.05, 202.1085: 0.4}
BHB_VAL = {102.0561: 0.3, 116.0717: 1.0, 158.1187: 0.06, 202.1085: 0.4}
NOISE_MZ = np.array([71.3, 95.7, 111.2, 147.9, 181.4])
CALIBRATORS = {"L1": 1.0, "L2": 2.0, "L3": 5.0, "L4": 10.0}


def write_dda_run(path: Path, height: float, products: dict[float, float] | None) -> Path:
    """Write a run with a peak, and an MS2 scan after each MS1 scan inside of it."""
    random = np.random.default_rng(int(height))
    background = np.array([450.0])
    scans = []
    for time_s in np.arange(0.0, 120.0, 1.0):
        counts = float(gaussian(np.array([time_s]), APEX_S, 3.4, height)[0])
        peaks = {PRECURSOR_MZ: counts, ISOTOPE_MZ: counts * ISOTOPE_RATIO}
        seen = {mz: value for mz, value in peaks.items() if value > THRESHOLD}
        mz = np.append([*seen], background)
        scans.append(SimulatedScan(float(time_s), mz, np.array([*seen.values(), THRESHOLD])))
        if products is not None and abs(time_s - APEX_S) < 8:
            scans.append(_triggered(time_s + 0.5, 0.05 * counts, products, random))
    write_mzml(path, scans, polarity=-1)
    return path


def _triggered(
    time_s: float, counts: float, products: dict[float, float], random: np.random.Generator
) -> SimulatedScan:
    """Return a scan of product ions with 5 % of scatter, and noise of some counts."""
    mz = np.append([*products], NOISE_MZ)
    heights = counts * np.array([*products.values()]) * random.normal(1, 0.05, len(products))
    intensity = np.append(heights, random.uniform(5, 15, NOISE_MZ.size))
    order = np.argsort(mz)
    return SimulatedScan(
        float(time_s), mz[order], intensity[order], ms_level=2, precursor_mz=PRECURSOR_MZ,
        collision_energy_ev=30.0, mz_range=(50.0, 250.0),
    )  # fmt: skip


@pytest.fixture(scope="module")
def concentrations(tmp_path_factory: pytest.TempPathFactory) -> dict[Key, Row]:
    folder = tmp_path_factory.mktemp("ms2")
    spectra = {"like": LAC_LEU, "unlike": BHB_VAL, "without": None}
    rows = [
        {
            "sample_id": f"cal_{level}",
            "mzml": str(write_dda_run(folder / f"cal_{level}.mzML", 1e5 * amount, LAC_LEU)),
            "sample_type": "calibrator",
            "level": level,
        }
        for level, amount in CALIBRATORS.items()
    ]
    rows += [
        {
            "sample_id": name,
            "mzml": str(write_dda_run(folder / f"{name}.mzML", 4.0e5, products)),
            "sample_type": "unknown",
        }
        for name, products in spectra.items()
    ]
    levels = [
        {"level": name, "target_id": "*", "concentration": amount}
        for name, amount in CALIBRATORS.items()
    ]
    ended = run_steps(
        write_config(
            folder / "config.yaml",
            samples=str(write_sheet(folder / "samples.tsv", rows)),
            levels=str(write_sheet(folder / "levels.tsv", levels)),
            targets=str(
                write_sheet(folder / "targets.tsv", [analyte("Lac-Leu", "C9H17NO4", APEX_S)])
            ),
            results=str(folder / "results"),
        )
    )
    assert ended.code == 0, ended.err
    return by_key(folder / "results", "concentrations")


def test_scans_like_those_of_the_calibrators_identify(concentrations: dict[Key, Row]) -> None:
    row = concentrations["like", "Lac-Leu"]

    assert row["identification_level"] == 1
    assert row["identification_reason"] == "standard_and_ms2"
    assert row["ms2_similarity"] > 0.9
    assert row["ms2_products_absent"] == []
    assert "ms2_contradicts" not in row["flags"]


def test_scans_of_an_isomer_contradict_and_name_the_absent_products(
    concentrations: dict[Key, Row],
) -> None:
    row = concentrations["unlike", "Lac-Leu"]

    assert row["identification_level"] == 3
    assert row["identification_reason"] == "evidence_contradicts"
    assert "ms2_contradicts" in row["flags"]
    assert row["ms2_products_absent"] == ["C6H12NO2-", "C3H6NO2-"]
    assert row["ms2_similarity"] < 0.5


def test_without_scans_the_time_of_the_standard_does_not_exclude_an_isomer(
    concentrations: dict[Key, Row],
) -> None:
    row = concentrations["without", "Lac-Leu"]

    assert row["identification_level"] == 2
    assert row["identification_reason"] == "standard_time"
    assert row["ms2_similarity"] is None


def test_calibrators_are_compared_with_one_another(concentrations: dict[Key, Row]) -> None:
    rows = [concentrations[f"cal_{level}", "Lac-Leu"] for level in CALIBRATORS]

    assert {row["identification_level"] for row in rows} == {1}
