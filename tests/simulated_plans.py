"""Simulated batches as small and as quiet as a test wants them: changes of a plan."""

from typing import Any, Final

NO_OTHER_RUNS: Final[dict[str, Any]] = {
    "n_solvents": 0,
    "n_blanks": 0,
    "n_unknowns": 1,
    "calibrator_nmol_l": (),
    "n_quality_control_sets": 0,
    "pooled_qc_every": 0,
    "absent_fraction": 0.0,
}
"""A zero and an unknown are left."""

NO_NOISE: Final[dict[str, Any]] = {
    "ion_noise": 0.0,
    "scan_noise": 0.0,
    "counting_gain_counts": 0.0,
    "chemical_noise_density": 0.0,
    "n_background_ions": 0,
    "isobars": False,
    "neighbours": False,
    "mz_offset_mean_ppm": 0.0,
    "mz_offset_sd_ppm": 0.0,
}
