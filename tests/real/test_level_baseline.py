"""Two real runs of one minute (mzmine) in which some ions show nothing but a level baseline."""

from pathlib import Path

import pytest

from batches import SHARED_DATA
from builders import ion
from integrated import peak_rows

DATA = SHARED_DATA / "mzmine"
RUNS = ("171103_PMA_TK_QC_04-4to5min", "171103_PMA_TK_QC_05-4to5min")

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the real runs are not there: {DATA}")


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("mz", [132.10191, 166.08626], ids=["leucine", "phenylalanine"])
def test_a_level_baseline_of_a_million_counts_is_no_peak(
    mz: float, run: str, tmp_path: Path
) -> None:
    """It was `quantified` as one peak that filled the minute, at a quality of 0.997."""
    target = ion("a", mz, None, charge=1)

    row = peak_rows(tmp_path, {run: DATA / f"{run}.mzML"}, [target])[run, "a"]

    assert row["status"] in {"not_detected", "not_acquired"}
