"""Ten injections of one sample: how much the areas scatter, beside a plain sum of the points."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from batches import SHARED_DATA
from builders import Row
from integrated import extracted_runs, integrated_tables
from lcms.config import parse_settings
from lcms.io.sheets.inputs import read_ions

DATA = SHARED_DATA / "nist_sss"
ISOLATED = ("f04", "f05", "f09", "f10", "f14")
OVERLAPPED = "f13"
NEAR_S = 6.0  # of the median apex, what the plain sum adds up
pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the real runs are not there: {DATA}")


@pytest.fixture(scope="module")
def ratios(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """Return by target the CV of the areas divided by that of plain sums."""
    settings = parse_settings(
        {
            "targets": str(DATA / "targets.tsv"),
            "extraction": {"mz_tolerance_ppm": 15, "mz_search_ppm": 40},
            "integration": {"mz_residual_ppm": 12, "expected_fwhm_s": 5},
        },
        "test",
    )
    ions = read_ions(settings)
    runs = {path.name.removesuffix(".mzML.gz"): path for path in sorted(DATA.glob("*.gz"))}
    extracted = extracted_runs(runs, ions, settings)
    folder = tmp_path_factory.mktemp("nist")
    peaks = pd.DataFrame(integrated_tables(Path(folder), [extracted], ions, settings)["peaks"])
    chromatograms = {(row["sample_id"], row["ion_id"]): row for row in extracted[1]}
    found = peaks[peaks["status"] == "quantified"]
    return {
        str(target): cv(of_ion["area"]) / cv(plain_sums(of_ion, chromatograms))
        for target, of_ion in found.groupby("target_id")
    }


def plain_sums(peaks: pd.DataFrame, chromatograms: dict[tuple[str, str], Row]) -> pd.Series:
    apex_s = peaks["retention_time_s"].median()
    sums = []
    for key in zip(peaks["sample_id"], peaks["ion_id"], strict=True):
        time_s = np.array(chromatograms[key]["retention_time_s"])
        near = np.abs(time_s - apex_s) <= NEAR_S
        sums.append(np.trapezoid(np.array(chromatograms[key]["intensity"])[near], time_s[near]))
    return pd.Series(sums)


def cv(areas: pd.Series) -> float:
    return float(areas.std() / areas.mean())


@pytest.mark.parametrize("target_id", ISOLATED)
def test_areas_of_isolated_peaks_scatter_hardly_more_than_a_plain_sum(
    ratios: dict[str, float], target_id: str
) -> None:
    assert ratios[target_id] <= 1.10


def test_the_area_of_an_overlapped_peak_scatters_far_less_than_a_plain_sum(
    ratios: dict[str, float],
) -> None:
    assert ratios[OVERLAPPED] <= 0.5
