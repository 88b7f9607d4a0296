"""Builds the table of pairs that the benchmarks score."""

from collections.abc import Mapping

import pandas as pd

FOUND = {
    "preset": "standard",
    "seed": 1,
    "sample_id": "run_1",
    "sample_type": "unknown",
    "target_id": "Lac-Phe",
    "kind": "analyte",
    "isomer_group": None,
    "present": True,
    "true_nmol_l": 10.0,
    "true_signal_to_noise": 100.0,
    "peak_status": "quantified",
    "status": "quantified",
    "concentration": 10.0,
    "concentration_low": 9.0,
    "concentration_high": 11.0,
}
NOTHING = {"concentration": None, "concentration_low": None, "concentration_high": None}
ABSENT = {"present": False, "true_nmol_l": 0.0, "true_signal_to_noise": 0.3}


def pairs(*rows: Mapping[str, object]) -> pd.DataFrame:
    """Return the table of some pairs, each well found where its row says nothing else."""
    return pd.DataFrame([FOUND | dict(row) for row in rows]).astype(
        dict.fromkeys(NOTHING, "float64"),
    )
