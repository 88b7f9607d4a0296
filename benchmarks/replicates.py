"""Ten injections of one sample: how much the areas scatter, beside a plain sum of the points.

The runs are those of `../shared/data/nist_sss` beside the project.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from batches import SHARED_DATA
from builders import Row
from integrated import extracted_runs, integrated_tables
from lcms.config import parse_settings
from lcms.io.sheets.inputs import read_ions

DATA: Final = SHARED_DATA / "nist_sss"
ISOLATED: Final = ("f04", "f05", "f09", "f10", "f14")
OVERLAPPED: Final = "f13"
SUMMED_S: Final = 6.0  # on each side of the median apex, what the plain sum adds up


def scatter_of_areas(folder: Path) -> pd.DataFrame:
    """Return by target the CV of the areas and that of plain sums: `cv`, `cv_of_sums`."""
    settings = parse_settings(
        {
            "targets": str(DATA / "targets.tsv"),
            "extraction": {"mz_tolerance_ppm": 15, "mz_search_ppm": 40},
            "integration": {"mz_residual_ppm": 12, "expected_fwhm_s": 5},
        },
        "benchmark",
    )
    ions = read_ions(settings)
    runs = {path.name.removesuffix(".mzML.gz"): path for path in sorted(DATA.glob("*.gz"))}
    extracted = extracted_runs(runs, ions, settings)
    peaks = pd.DataFrame(integrated_tables(folder, [extracted], ions, settings)["peaks"])
    chromatograms = {(row["sample_id"], row["ion_id"]): row for row in extracted[1]}
    quantified = peaks[peaks["status"] == "quantified"]
    scatter = {
        str(target_id): (cv(of_target["area"]), cv(plain_sums(of_target, chromatograms)))
        for target_id, of_target in quantified.groupby("target_id")
    }
    return pd.DataFrame.from_dict(scatter, orient="index", columns=["cv", "cv_of_sums"])


def plain_sums(peaks: pd.DataFrame, chromatograms: Mapping[tuple[str, str], Row]) -> pd.Series:
    """Return the trapezoid of the points around the median apex of the peaks of one ion."""
    apex_s = peaks["retention_time_s"].median()
    sums = []
    for key in zip(peaks["sample_id"], peaks["ion_id"], strict=True):
        time_s = np.array(chromatograms[key]["retention_time_s"])
        near = np.abs(time_s - apex_s) <= SUMMED_S
        sums.append(np.trapezoid(np.array(chromatograms[key]["intensity"])[near], time_s[near]))
    return pd.Series(sums)


def cv(areas: pd.Series) -> float:
    """Return the coefficient of variation."""
    return float(areas.std() / areas.mean())
