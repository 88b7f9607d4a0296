"""Areas to concentrations in the plainest way: a ratio and a line. Tables in, tables out."""

from typing import Final

import numpy as np
import pandas as pd

LOWEST_CALIBRATOR_NMOL_L: Final = 1.0
_LEAST_CALIBRATORS: Final = 3


def with_plain_concentrations(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs with `concentration` and `status` made of `area`.

    Parameters
    ----------
    pairs : DataFrame
        As in `scores.py`, with `area` (null where no peak was found), `internal_standard` and
        `nominal` (of calibrators, else null). One batch, without repeated pairs.
    """
    standards = pairs[["sample_id", "target_id", "area"]].rename(
        columns={"target_id": "internal_standard", "area": "standard_area"}
    )
    table = pairs.merge(standards, on=["sample_id", "internal_standard"], how="left")
    table["response"] = table["area"] / table["standard_area"]
    found = pd.concat([read_back(group) for _, group in table.groupby("target_id")])
    return table.assign(concentration=found, status=found.map(plain_status))


def read_back(rows: pd.DataFrame) -> pd.Series:
    """Return the concentrations of one target: its line by its calibrators, turned round."""
    used = rows[rows["nominal"].gt(0) & rows["response"].notna()]
    if len(used) < _LEAST_CALIBRATORS:
        return pd.Series(np.nan, index=rows.index)
    intercept, slope = fit_line(used["nominal"].to_numpy(), used["response"].to_numpy())
    return (rows["response"] - intercept) / slope


def fit_line(nominal: np.ndarray, response: np.ndarray) -> tuple[float, float]:
    """Return intercept and slope by least squares with the weights 1/x^2."""
    design = np.column_stack([np.ones_like(nominal), nominal]) / nominal[:, None]
    intercept, slope = np.linalg.lstsq(design, response / nominal, rcond=None)[0]
    return float(intercept), float(slope)


def plain_status(nmol_l: float) -> str:
    """Return `quantified` for what reads above the lowest calibrator."""
    if np.isnan(nmol_l):
        return "not_detected"
    return "quantified" if nmol_l > LOWEST_CALIBRATOR_NMOL_L else "below_lloq"
