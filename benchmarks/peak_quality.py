"""Derives what the column `quality` of `peaks` means, and checks it on other batches.

A peak of a simulated batch is acceptable when the compound is there, the apex is within half a
peak width of the true one, and the area within 30 % of the true one (after one factor for the
batch). A logistic regression of that on what is known of a peak, each term with the sign that
makes sense, is fitted to some seeds; the reliability table is of others. All data is simulated.

    python benchmarks/peak_quality.py --train 601 --check 603
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from batches import Order, measured
from lcms.numerics.detection.peak_quality import QUALITY_COEFFICIENTS, peak_quality, quality_terms

PRESETS: Final = ("hard", "noisy", "resolution_0.5", "standard")
_PAIR: Final = ["sample_id", "target_id"]
_AREA_WITHIN: Final = 0.3
_WIDTHS: Final = 0.5
_RIDGE: Final = 1e-3
_PRIOR: Final = np.array([0.0, 2.0, 0.5, 1.0, 4.0])  # where too few peaks are bad to tell
_EDGES: Final = (0.0, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0)


def main() -> None:
    """Print the coefficients of the training seeds, and how reliable the shipped ones are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=int, nargs="+", default=[601])
    parser.add_argument("--check", type=int, nargs="+", default=[603])
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        train = peaks_of(arguments.train, Path(folder), arguments.jobs)
        check = peaks_of(arguments.check, Path(folder), arguments.jobs)
    fitted = fit(terms_of(train), train["acceptable"].to_numpy(dtype=float))
    print(f"{len(train)} peaks of seeds {arguments.train}, {train['acceptable'].mean():.4f} of")
    print(f"them acceptable; coefficients: {np.round(fitted, 3).tolist()}")
    print(f"shipped: {list(QUALITY_COEFFICIENTS)}\n")
    print(f"{len(check)} peaks of seeds {arguments.check}, by the shipped coefficients:")
    print(reliability(check).to_string(index=False))


def peaks_of(seeds: Sequence[int], folder: Path, jobs: int) -> pd.DataFrame:
    """Return the detected peaks of a batch of every preset and seed, with `acceptable`."""
    orders = [
        Order(preset, seed, None, folder, by_peer=False)
        for preset, seed in product(PRESETS, seeds)
    ]
    with ThreadPoolExecutor(jobs) as pool:
        return pd.concat(pool.map(labelled, orders), ignore_index=True)


def labelled(order: Order) -> pd.DataFrame:
    """Return the detected peaks of one batch beside what is true of them."""
    truth = measured(order).pairs[[*_PAIR, "true_area", "true_time_s"]]
    if order.results is None:
        raise ValueError("the tables of the batch must be kept")
    peaks = pd.read_parquet(order.results / f"{order.kind}-{order.seed}" / "peaks.parquet")
    found = peaks[peaks["area"].notna()].merge(truth, on=_PAIR, validate="one_to_one")
    ratio = found["area"] / found["true_area"].where(found["true_area"] > 0)
    off_s = (found["retention_time_s"] - found["true_time_s"]).abs()
    is_right = (found["true_area"] > 0) & (off_s <= _WIDTHS * found["fwhm_s"])
    within = (ratio / ratio[is_right].median() - 1).abs() <= _AREA_WITHIN
    return found.assign(acceptable=is_right & within, preset=order.preset, seed=order.seed)


def terms_of(peaks: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the terms of the regression, shape (peaks, terms)."""
    return np.array([quality_terms(*values) for values in _arguments(peaks)])


def _arguments(peaks: pd.DataFrame) -> list[tuple[float, float, float, float]]:
    limit_ppm = 2.0  # the default of `mz_residual_ppm`
    widths = (peaks["retention_time_s"] - peaks["expected_time_s"]) / peaks["fwhm_s"]
    columns = (peaks["score"], peaks["misfit"], peaks["mz_residual_ppm"] / limit_ppm, widths)
    return list(zip(*(column.astype(float) for column in columns), strict=True))


def fit(terms: Any, acceptable: Any) -> Any:  # noqa: ANN401  (arrays)
    """Return the coefficients, drawn a little towards the prior; all but the first at least 0.

    Simulated batches hold next to no peak at a wrong time or m/z, because these are not taken in
    the first place: for such peaks the prior speaks.
    """

    def loss(x: Any) -> float:  # noqa: ANN401
        z = terms @ x
        return float(
            np.mean(np.logaddexp(0.0, z) - acceptable * z) + _RIDGE * np.sum((x - _PRIOR)[1:] ** 2)
        )

    bounds = [(None, None)] + [(0.0, None)] * (terms.shape[1] - 1)
    return minimize(loss, np.zeros(terms.shape[1]), method="L-BFGS-B", bounds=bounds).x


def reliability(peaks: pd.DataFrame) -> pd.DataFrame:
    """Return per range of quality the number of peaks, mean quality and acceptable share."""
    quality = np.array([peak_quality(*values) for values in _arguments(peaks)])
    acceptable = peaks["acceptable"].to_numpy(dtype=float)
    rows = []
    for low, high in pairwise(_EDGES):
        inside = (quality > low) & (quality <= high)
        if inside.any():
            shares = quality[inside].mean(), acceptable[inside].mean()
            rows.append((low, high, int(inside.sum()), *np.round(shares, 3)))
    return pd.DataFrame(rows, columns=["above", "to", "peaks", "mean_quality", "acceptable"])


if __name__ == "__main__":
    main()
