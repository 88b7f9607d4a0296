"""Three real SRM runs: which transitions they hold, and what SmartPeak found in them."""

import numpy as np
import pandas as pd
import pytest

from lcms.config import parse_settings
from lcms.io.sheets.inputs import read_ions
from lcms.steps.extract import extract_runs
from srm_areas import (
    DATA,
    RUNS,
    agreement,
    co_elutes,
    is_clear,
    lay_out,
    reference_peaks,
    transitions,
)

pytestmark = pytest.mark.skipif(
    not DATA.exists(), reason=f"the real SRM runs are not there: {DATA}"
)
SHARED = {"g6p.g6p_2.Light": 4, "akg.akg_1.Light": 2, "arg-L.arg-L_1.Light": 1}


@pytest.fixture(scope="module")
def chromatograms(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("smartpeak")
    lay_out(folder)
    settings = parse_settings(
        {
            "targets": str(folder / "targets.tsv"),
            "extraction": {"retention_time_window_s": 60.0},
        },
        "test",
    )
    ions = read_ions(settings)
    paths = {name: DATA / f"{name}.mzML" for name in RUNS}
    runs, rows, *_ = extract_runs(paths, ions, settings.extraction, lambda _: None)
    assert [run["polarity"] for run in runs] == ["-", "-", "-"]
    assert [run["n_chromatograms"] for run in runs] == [340, 340, 340]
    names = {ion.ion_id: ion.name for ion in ions}
    return pd.DataFrame(rows).assign(transition=lambda table: table["ion_id"].map(names))


def test_every_transition_of_the_list_is_acquired_or_says_why_not(
    chromatograms: pd.DataFrame,
) -> None:
    why = chromatograms["not_acquired_why"]

    assert chromatograms["transition"].nunique() == len(transitions()) == 324
    assert (chromatograms["source"] == "srm").eq(why.isna()).all()
    assert why.dropna().unique().tolist() == ["outside_run_time"]
    assert why.notna().sum() <= 10
    assert not {"no_transition", "transition_ambiguous"} & set(why)


@pytest.mark.parametrize("name", SHARED)
def test_chromatograms_that_share_a_transition_are_counted(
    chromatograms: pd.DataFrame, name: str
) -> None:
    found = chromatograms[chromatograms["transition"] == name]

    assert found["multiplicity"].unique().tolist() == [SHARED[name]]


def test_what_smartpeak_found_stands_in_the_chromatogram_that_was_matched(
    chromatograms: pd.DataFrame,
) -> None:
    """Its height is the highest point between its borders, or a little lower: it smooths."""
    pairs = reference_peaks().merge(chromatograms, on=["sample_id", "transition"])
    pairs = pairs[is_clear(pairs) & pairs["source"].notna()]

    columns = ["retention_time_s_y", "intensity", "left_s", "right_s", "apex_counts"]
    ratio = np.array(
        [
            highest(*values) / apex_counts
            for *values, apex_counts in zip(*(pairs[name] for name in columns), strict=True)
        ]
    )

    assert len(pairs) > 400
    assert np.median(ratio) == pytest.approx(1.0, abs=0.01)
    assert ratio.min() >= 0.99
    assert np.mean(ratio <= 1.05) >= 0.55


def highest(time_s: list[float], intensity: list[float], left_s: float, right_s: float) -> float:
    times = np.asarray(time_s)
    inside = (times >= left_s - 0.5) & (times <= right_s + 0.5)
    return float(np.asarray(intensity)[inside].max(initial=0.0))


def test_the_agreement_counts_what_is_near_of_what_is_good() -> None:
    names = ["p.p_1.Light", "p.p_1.Heavy", "q.q_1.Light", "r.r_1.Light"]
    found = pd.DataFrame(
        {
            "sample_id": list(RUNS) * 4,
            "ion_id": np.repeat(names, 3),
            "transition": np.repeat(names, 3),
            "status": "quantified",
            "flags": [[]] * 12,
            "retention_time_s": [11.0] * 5 + [19.0] * 4 + [11.0] * 3,
            "reference_retention_time_s": 10.0,
            "highest_s": 10.0,
            "height": 900.0,
            "apex_counts": 1000.0,
            "log_sn": 5.0,
            "initial_peak_quality": [1.0] * 9 + [-1.0] * 3,
            "area": 1.0,
            "sum_counts": [1.0, 2, 3] + [2.0] * 9,
        }
    )

    told = agreement(found)

    assert (told.n_good, told.n_marked, told.n_clear) == (6, 9, 12)
    assert (told.near, told.marked, told.clear) == pytest.approx((5 / 6, 5 / 9, 8 / 12))
    assert (told.height, told.cv) == (0.9, 0.0)
    assert told.reference_cv == pytest.approx(25.0)
    assert not told.is_asked()


def test_a_peak_beside_the_time_of_its_compound_does_not_co_elute() -> None:
    names = ["p.p_1.Light", "p.p_1.Heavy", "q.q_1.Light", "q.q_1.Heavy"]
    found = pd.DataFrame(
        {
            "sample_id": RUNS[0],
            "transition": names,
            "reference_retention_time_s": 10.0,
            "highest_s": [11.0, 12.0, 10.0, 14.0],
            "log_sn": 5.0,
        }
    )

    assert co_elutes(found).tolist() == [True, True, False, False]
