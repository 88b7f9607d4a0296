from pathlib import Path

import numpy as np
import pytest

from builders import AREA_PER_SIGMA, Eluting, ion, standard, write_run
from integrated import peak_rows

FWHM_PER_SIGMA = 2.3548
SIGMA_S = 3.4
STANDARDS = (standard("IS1", 200.1, 40.0), standard("IS2", 240.1, 120.0))
ANALYTE = ion("A1", 190.1, 80.0)
HEIGHT, NEIGHBOUR_HEIGHT, NEIGHBOUR_S = 1e5, 3e5, 13.0


@pytest.mark.parametrize("wide_sigma_s", [4.0, 4.8])
def test_a_run_that_is_wider_than_its_batch_keeps_the_area_of_an_overlapped_peak(
    wide_sigma_s: float, tmp_path: Path
) -> None:
    """Its standards show the width; the analyte lies at the foot of another compound."""
    runs = {}
    for number in range(8):
        sigma_s = wide_sigma_s if number == 3 else SIGMA_S
        eluting = [
            *(Eluting(mz, time_s, 1e6, sigma_s) for mz, time_s in ((200.1, 40.0), (240.1, 120.0))),
            Eluting(190.1, 80.0, HEIGHT * SIGMA_S / sigma_s, sigma_s),
            Eluting(190.1, 80.0 + NEIGHBOUR_S, NEIGHBOUR_HEIGHT * SIGMA_S / sigma_s, sigma_s),
        ]
        path = tmp_path / f"s{number}.mzML"
        runs[f"s{number}"] = write_run(path, eluting, time_s=np.arange(0.0, 160.0), seed=number)

    rows = peak_rows(tmp_path, runs, [*STANDARDS, ANALYTE])

    for run in runs:
        sigma_s = wide_sigma_s if run == "s3" else SIGMA_S
        for target in (*STANDARDS, ANALYTE):
            width_s = rows[run, target.ion_id]["fwhm_s"]
            assert width_s == pytest.approx(FWHM_PER_SIGMA * sigma_s, rel=0.04)
        assert rows[run, "A1"]["area"] == pytest.approx(
            HEIGHT * SIGMA_S * AREA_PER_SIGMA, rel=0.05
        )
