from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import (
    THRESHOLD,
    Eluting,
    Row,
    chromatogram_of,
    gaussian,
    gaussian_chromatogram,
    ion,
    peaks_in,
    standard,
    write_run,
)
from integrated import peak_rows
from lcms.model import Chromatogram, Ion

LONG = np.arange(0.0, 200.0, 1.0)
VALUES = ("area", "area_sd", "height", "fwhm_s", "tailing", "signal_to_noise", "shape")
TIMES = ("retention_time_s", "left_s", "right_s")

PANEL = (
    ion("LacAla", 160.0615, 60.0),
    ion("LacVal", 188.0928, 50.0),
    ion("LacIle", 202.1085, 80.0, isomer_group="leucines"),
    ion("LacLeu", 202.1085, 100.0, isomer_group="leucines"),
    ion("LacPhe", 236.0928, 120.0),
    ion("none", 300.0, 90.0),
    standard("d3", 163.0803, 61.0),
    standard("d5", 193.1242, 51.0),
)
FEW = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def noisy(seed: int, scale: float = 1.0, shift_s: float = 0.0) -> Chromatogram:
    """Return two isomers on noise; the scale multiplies all of it, the shift moves its times."""
    noise = np.random.default_rng(seed).normal(0, 300, LONG.size)
    peaks = gaussian(LONG, 80, 3.4, 1e5) + gaussian(LONG, 98, 3.4, 4e4)
    return chromatogram_of(scale * np.clip(peaks + noise, 0, None), time_s=LONG + shift_s)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write three runs of the panel, each with its own shift, mass offset and scatter."""
    folder = tmp_path_factory.mktemp("runs")
    return {
        f"s{n}": write_run(
            folder / f"s{n}.mzML",
            [
                Eluting(ion.precursor_mz, (ion.retention_time_s or 0) + 2.0 * n, 2e5, 3.4, n - 1.0)
                for ion in PANEL
                if ion.target_id != "none"
            ],
            time_s=LONG,
            seed=n,
        )
        for n in range(3)
    }


@pytest.fixture(scope="module")
def expected(
    runs: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], Row]:
    """Return the rows of the whole runs with the panel as it is."""
    rows = peak_rows(tmp_path_factory.mktemp("expected"), runs, PANEL)
    found = [row["status"] for row in rows.values()]
    assert found.count("quantified") == len(runs) * (len(PANEL) - 1)
    return rows


def assert_same(found: Row, wanted: Row) -> None:
    """Assert that two rows of `peaks` agree in every column."""
    for name, value in wanted.items():
        same = pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
        assert found[name] == same, name


@given(st.floats(2.0, 8.0), st.floats(3.5, 8.0), st.floats(40.0, 80.0))
def test_a_gaussian_of_any_width_height_and_place_has_its_area_and_symmetry(
    sigma_s: float, magnitude: float, apex_s: float
) -> None:
    height = 10**magnitude * THRESHOLD / 10

    (peak,) = peaks_in(gaussian_chromatogram(height, apex_s, sigma_s))

    assert peak.area == pytest.approx(height * sigma_s * np.sqrt(2 * np.pi), rel=0.03)
    assert peak.tailing == pytest.approx(1.0, abs=0.1)


@given(st.integers(0, 1000), st.integers(0, 20))
def test_the_area_scales_with_the_intensity_and_nothing_else_changes(
    seed: int, power: int
) -> None:
    scale = 2.0**power
    wanted = peaks_in(noisy(seed), threshold=THRESHOLD)

    found = peaks_in(noisy(seed, scale), threshold=scale * THRESHOLD)

    assert len(found) == len(wanted)
    for peak, wanted_peak in zip(found, wanted, strict=True):
        for name in ("area", "area_sd", "height"):
            assert getattr(peak, name) == pytest.approx(
                scale * getattr(wanted_peak, name), rel=1e-6
            )
        for name in (*TIMES, "fwhm_s", "tailing", "signal_to_noise", "shape"):
            wanted_value = getattr(wanted_peak, name)
            assert getattr(peak, name) == pytest.approx(wanted_value, rel=1e-6, nan_ok=True)


@given(st.integers(0, 1000), st.integers(0, 4000))
def test_a_later_start_moves_the_times_and_nothing_else(seed: int, shift_s: int) -> None:
    wanted = peaks_in(noisy(seed))

    found = peaks_in(noisy(seed, shift_s=float(shift_s)))

    assert len(found) == len(wanted)
    for peak, wanted_peak in zip(found, wanted, strict=True):
        for name in TIMES:
            assert getattr(peak, name) == pytest.approx(
                getattr(wanted_peak, name) + shift_s, abs=1e-6
            )
        for name in VALUES:
            wanted_value = getattr(wanted_peak, name)
            assert getattr(peak, name) == pytest.approx(wanted_value, rel=1e-6, nan_ok=True)


@given(st.integers(0, 1000))
def test_borders_hold_the_apex_and_no_two_peaks_overlap(seed: int) -> None:
    peaks = peaks_in(noisy(seed))

    for peak in peaks:
        assert peak.left_s <= peak.retention_time_s <= peak.right_s
    for before, after in pairwise(peaks):
        assert before.right_s <= after.left_s


@FEW
@given(ions=st.permutations(PANEL))
def test_the_order_of_the_targets_changes_no_row(
    ions: Sequence[Ion],
    runs: Mapping[str, Path],
    expected: Mapping[tuple[str, str], Row],
    tmp_path: Path,
) -> None:
    found = peak_rows(tmp_path, runs, ions)

    assert list(found) == [(run, ion.ion_id) for run in runs for ion in ions]
    for key, row in found.items():
        assert_same(row, expected[key])


@FEW
@given(broken=st.sampled_from(["s0", "s1", "s2"]), n_bytes=st.integers(0, 3000))
def test_a_broken_run_changes_no_more_of_the_others_than_if_it_were_not_there(
    broken: str, n_bytes: int, runs: Mapping[str, Path], tmp_path: Path
) -> None:
    cut_short = tmp_path / "cut_short.mzML"
    cut_short.write_bytes(runs[broken].read_bytes()[:n_bytes])
    without = peak_rows(
        tmp_path, {name: path for name, path in runs.items() if name != broken}, PANEL
    )

    found = peak_rows(tmp_path, {**runs, broken: cut_short}, PANEL)

    assert len(found) == len(runs) * len(PANEL)
    for key, row in found.items():
        if key[0] == broken:
            assert row["status"] == "failed"
        else:
            assert_same(row, without[key])


@FEW
@given(left_out=st.sampled_from(["s0", "s1", "s2"]))
def test_what_the_runs_of_a_batch_learn_from_one_more_moves_no_area_by_much(
    left_out: str,
    runs: Mapping[str, Path],
    expected: Mapping[tuple[str, str], Row],
    tmp_path: Path,
) -> None:
    some = {name: path for name, path in runs.items() if name != left_out}

    found = peak_rows(tmp_path, some, PANEL)

    for key, row in found.items():
        assert row["status"] == expected[key]["status"]
        if row["status"] == "quantified":
            assert row["area"] == pytest.approx(expected[key]["area"], rel=0.01)
            assert row["retention_time_s"] == pytest.approx(
                expected[key]["retention_time_s"], abs=0.1
            )


@FEW
@given(mz=st.floats(310.0, 440.0), time_s=st.none() | st.floats(0.0, 400.0))
def test_a_further_target_far_away_changes_no_row_of_the_others(
    mz: float,
    time_s: float | None,
    runs: Mapping[str, Path],
    expected: Mapping[tuple[str, str], Row],
    tmp_path: Path,
) -> None:
    found = peak_rows(tmp_path, runs, (ion("further", mz, time_s), *PANEL))

    for key, row in expected.items():
        assert_same(found[key], row)


@FEW
@given(names=st.permutations(["s0", "s1", "s2"]), n_chunks=st.integers(1, 4))
def test_a_run_has_the_same_rows_whichever_runs_of_the_batch_share_its_chunk(
    names: Sequence[str],
    n_chunks: int,
    runs: Mapping[str, Path],
    expected: Mapping[tuple[str, str], Row],
    tmp_path: Path,
) -> None:
    shuffled = {name: runs[name] for name in names}

    found = peak_rows(tmp_path, shuffled, PANEL, n_chunks=n_chunks)

    assert list(found) == [(run, ion.ion_id) for run in names for ion in PANEL]
    for key, row in found.items():
        assert_same(row, expected[key])
