"""Time maps from candidates: which of them are the anchors."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from builders import ion, peak_at, standard
from lcms.model import Candidate, Ion
from lcms.numerics.batch_data import BatchData
from lcms.numerics.time.alignment import TimeMaps
from lcms.numerics.time.anchors import learn_time_maps

RUNS = ["a", "b", "c"]
WIDTH_S = 6.0


def batch_data(
    ions: Sequence[Ion], candidates: Mapping[tuple[str, str], Sequence[Candidate]]
) -> BatchData:
    return BatchData(
        runs=RUNS,
        ions_of={target.chromatogram_id: [target] for target in ions},
        candidates=candidates,
        nominal={},
        thresholds=dict.fromkeys(RUNS, 10.0),
        chromatogram=lambda *_: None,
        expected_fwhm_s=WIDTH_S,
    )


def expected_s(maps: TimeMaps, run: int, listed_s: float) -> float:
    return float(maps.in_run(run, maps.on_common_scale(np.array(listed_s))))


def standard_s(maps: TimeMaps, run: int) -> float:
    """Return the time in a run of the only standard, listed at 100 s."""
    return float(maps.in_run(run, 100.0 + maps.offset_s[0]))


def test_co_eluting_ions_decide_which_candidate_is_the_standard() -> None:
    heavy = standard("IS", 208.1, 100.0)
    light = ion("Leu", 202.1, 100.0, internal_standard="IS")
    candidates = {
        (run, target.chromatogram_id): [
            peak_at(time_s, signal_to_noise=clear) for time_s, clear in apexes
        ]
        for run in RUNS
        for target, apexes in (
            (heavy, [(80.0, 200.0), (110.0, 100.0)]),
            (light, [(110.2, 500.0)]),
        )
    }

    maps = learn_time_maps(batch_data([heavy, light], candidates), WIDTH_S)

    assert standard_s(maps, 1) == pytest.approx(110.0, abs=0.1)


def test_other_ions_give_no_time_in_a_run_without_the_standard() -> None:
    heavy = standard("IS", 208.1, 100.0)
    light = ion("Leu", 202.1, 100.0, internal_standard="IS")
    seen = {(run, heavy.chromatogram_id): [peak_at(105.0)] for run in ("a", "c")}
    seen |= {(run, light.chromatogram_id): [peak_at(105.0)] for run in ("a", "c")}
    seen["b", light.chromatogram_id] = [peak_at(130.0)]

    maps = learn_time_maps(batch_data([heavy, light], seen), WIDTH_S)

    assert standard_s(maps, 1) == pytest.approx(105.0, abs=0.1)


@pytest.mark.parametrize(("moved_s", "standard_at_s"), [(60.0, 160.0), (0.0, 100.0)])
def test_targets_show_whether_a_run_has_jumped_whose_only_standard_is_out_of_place(
    moved_s: float, standard_at_s: float
) -> None:
    heavy = standard("IS", 208.1, 100.0)
    targets = [ion(f"T{n}", 300.1 + n, 200.0 + 50 * n) for n in range(3)]
    seen = {(run, heavy.chromatogram_id): [peak_at(100.0)] for run in ("a", "c")}
    seen["b", heavy.chromatogram_id] = [peak_at(160.0)]
    for target in targets:
        for run in RUNS:
            time_s = (target.retention_time_s or 0.0) + (moved_s if run == "b" else 0.0)
            seen[run, target.chromatogram_id] = [peak_at(time_s)]

    maps = learn_time_maps(batch_data([heavy, *targets], seen), WIDTH_S)

    assert standard_s(maps, 1) == pytest.approx(standard_at_s, abs=0.5)


@pytest.mark.parametrize("seed", range(3))
def test_a_bent_list_and_a_bent_run_are_learned_from_many_anchors(seed: int) -> None:
    random = np.random.default_rng(seed)
    listed_s = np.sort(random.uniform(50.0, 900.0, 70))
    ions = [standard(f"IS{k}", 200.0 + k, float(time_s)) for k, time_s in enumerate(listed_s)]
    list_bend_s = -30.0 * np.exp(-0.5 * ((listed_s - 450.0) / 130.0) ** 2)
    run_bend_s = 8.0 * np.exp(-0.5 * ((listed_s - 500.0) / 100.0) ** 2)
    candidates = {}
    for run in RUNS:
        apexes_s = listed_s + list_bend_s + (run_bend_s if run == "b" else 0.0)
        for target, apex_s in zip(ions, apexes_s, strict=True):
            wrong = peak_at(
                apex_s + random.uniform(-60, 60), signal_to_noise=random.uniform(5, 60)
            )
            candidates[run, target.chromatogram_id] = [
                peak_at(apex_s + random.normal(0.0, 0.3)),
                wrong,
            ]

    maps = learn_time_maps(batch_data(ions, candidates), WIDTH_S)

    inner = slice(5, -5)
    for number, bend_s in ((0, 0.0), (1, run_bend_s), (2, 0.0)):
        common_s = np.array([expected_s(maps, number, float(time_s)) for time_s in listed_s])
        off_s = np.abs(common_s - (listed_s + list_bend_s + bend_s))[inner]
        assert np.quantile(off_s, 0.9) < 3.0


def test_the_bent_scale_and_back_is_the_same_time() -> None:
    listed_s = np.linspace(50.0, 900.0, 60)
    ions = [standard(f"IS{k}", 200.0 + k, float(time_s)) for k, time_s in enumerate(listed_s)]
    bend_s = 10.0 * np.sin(listed_s / 120.0)
    candidates = {
        (run, target.chromatogram_id): [peak_at(float(time_s + (bend if run == "b" else 0.0)))]
        for run in RUNS
        for target, time_s, bend in zip(ions, listed_s, bend_s, strict=True)
    }

    maps = learn_time_maps(batch_data(ions, candidates), WIDTH_S)

    assert not maps.bend(1).is_flat()
    there_s = maps.in_run(1, listed_s)
    assert maps.common(1, there_s) == pytest.approx(listed_s, abs=1e-3)


def maps_without_standards(times_s: Mapping[str, float]) -> TimeMaps:
    """Return the maps of targets listed at 100, 110 s ..., each with a candidate at its time."""
    targets = [
        replace(ion(name, 200.0 + 10.0 * number, 100.0 + 10.0 * number), ion_id=name)
        for number, name in enumerate(times_s)
    ]
    candidates = {
        (run, name): [peak_at(time_s)] for run in RUNS for name, time_s in times_s.items()
    }
    return learn_time_maps(batch_data(targets, candidates), 6.0)


def test_targets_that_all_elute_later_than_listed_show_a_shift_of_the_runs() -> None:
    maps = maps_without_standards({"A": 104.2, "B": 113.9, "C": 124.0, "D": 134.1})

    assert maps.in_run(2, np.array(100.0)) == pytest.approx(104.0, abs=0.2)


@pytest.mark.parametrize(
    "times_s",
    [{"A": 104.0}, {"A": 112.0, "B": 98.0, "C": 133.0, "D": 127.0}],
    ids=["one target", "errors of the list"],
)
def test_a_few_wrong_listed_times_are_no_shift_of_the_runs(times_s: Mapping[str, float]) -> None:
    maps = maps_without_standards(times_s)

    assert maps.in_run(2, np.array(100.0)) == pytest.approx(100.0, abs=0.1)
    assert 100.0 + maps.offset_s[0] == pytest.approx(times_s["A"], abs=0.1)


def test_without_an_anchor_the_times_of_a_run_are_known_to_three_tenths_of_a_width() -> None:
    maps = learn_time_maps(batch_data([standard("IS", 208.1, 100.0)], {}), WIDTH_S)

    assert maps.sd_s.tolist() == pytest.approx([0.3 * WIDTH_S] * len(RUNS))
    assert maps.jitter_s == pytest.approx(0.015 * WIDTH_S)
    assert maps.offset_s.size == 0
    assert maps.in_run(1, np.array([50.0, 500.0])).tolist() == [50.0, 500.0]


@pytest.mark.parametrize(("signal_to_noise", "seen_s"), [(20.0, 106.0), (19.9, 100.0)])
def test_an_anchor_stands_out_twenty_times(signal_to_noise: float, seen_s: float) -> None:
    heavy = standard("IS", 208.1, 100.0)
    weak = peak_at(106.0, signal_to_noise=signal_to_noise)
    seen = {(run, heavy.chromatogram_id): [weak] for run in RUNS}

    maps = learn_time_maps(batch_data([heavy], seen), WIDTH_S)

    offset_s = maps.offset_s[0] if maps.offset_s.size else 0.0
    assert 100.0 + offset_s == pytest.approx(seen_s, abs=0.01)
