"""What is learned from a batch, against what the batch was made with."""

from collections import Counter
from dataclasses import replace
from itertools import groupby
from operator import itemgetter

import numpy as np
import pytest

from builders import peak_at
from lcms.model import Chromatogram
from lcms.numerics.batch.batch_model import BatchModel
from lcms.numerics.batch.learning import learn_batch, usual_width_s
from lcms.numerics.batch_data import BatchData
from lcms.numerics.peak.peak_shape import fwhm_s, tailing
from made_batches import IONS, NOISE, SHAPE, Made, learned, usual

SEEDS = (61, 62, 63)


def expected_s(model: BatchModel, run: str, ion_id: str) -> float:
    """Return the expected retention time of an ion in a run, s."""
    (common_s,) = [
        compound.time_and_shape.time_s
        for compounds in model.compounds.values()
        for compound in compounds
        if compound.ion_id == ion_id
    ]
    return model.times[run].expected_s(common_s)


def errors_s(model: BatchModel, made: Made) -> np.ndarray:
    """Return expected minus true times of all runs and ions, s."""
    return np.array(
        [
            expected_s(model, name, target.ion_id) - made.time_s(run, target)
            for run, name in enumerate(made.runs)
            for target in made.ions
        ]
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_times_of_all_compounds_in_all_runs_are_learned(seed: int) -> None:
    made = usual(seed)

    assert np.abs(errors_s(learned(made), made)).max() < 0.6


@pytest.mark.parametrize("seed", SEEDS)
def test_wrong_listed_times_are_corrected_from_the_runs(seed: int) -> None:
    late_s = {"Lac-Val": 6.0, "Lac-Phe": -5.0, "Lac-Ile": 3.0, "Lac-Leu": 4.0}
    made = replace(usual(seed), late_s=late_s)

    assert np.abs(errors_s(learned(made), made)).max() < 0.6


@pytest.mark.parametrize("seed", SEEDS)
def test_the_usual_shape_and_its_noise_are_those_of_the_runs(seed: int) -> None:
    model = learned(usual(seed))

    assert model.width_s == pytest.approx(fwhm_s(SHAPE), rel=0.05)
    assert tailing(model.usual) == pytest.approx(tailing(SHAPE), rel=0.1)
    at = np.array([1e4, 1e5])
    variance = model.gain * at + (model.relative * at) ** 2
    assert variance == pytest.approx(NOISE.variance(at) - NOISE.floor**2, rel=0.6)
    assert model.mz_scatter_ppm == pytest.approx(0.2, rel=0.4)


def test_every_target_is_a_compound_of_its_chromatogram_in_order_of_time() -> None:
    made = usual(64)

    model = learned(made)

    for chromatogram_id, compounds in model.compounds.items():
        targets = [compound for compound in compounds if compound.ion_id is not None]
        listed = sorted(
            (target for target in made.ions if target.chromatogram_id == chromatogram_id),
            key=lambda target: target.retention_time_s or 0.0,
        )
        assert [compound.ion_id for compound in targets] == [target.ion_id for target in listed]
        times_s = [compound.time_and_shape.time_s for compound in targets]
        assert times_s == sorted(times_s)


def test_a_neighbour_that_all_runs_have_becomes_a_compound_without_a_name() -> None:
    made = usual(65)
    hidden = replace(IONS[0], ion_id="hidden", target_id="hidden", retention_time_s=125.0)

    both = replace(IONS[0], isomer_group="g")
    crowd = replace(
        made,
        ions=(both, replace(hidden, isomer_group="g"), *IONS[1:]),
        areas={**made.areas, "hidden": [1e6] * len(made.runs)},
    )
    batch_data = crowd.batch_data()
    alone = replace(batch_data, ions_of={**batch_data.ions_of, both.chromatogram_id: [both]})

    compounds = learn_batch(alone).compounds[both.chromatogram_id]

    assert [compound.ion_id for compound in compounds] == ["Lac-Val", None]
    target_s, neighbour_s = (compound.time_and_shape.time_s for compound in compounds)
    assert neighbour_s - target_s == pytest.approx(25.0, abs=0.5)


def test_a_batch_of_one_run_learns_from_it() -> None:
    made = usual(66, n_runs=1)

    assert np.abs(errors_s(learned(made), made)).max() < 1.0


def test_chromatograms_are_read_run_by_run_first_for_the_noise_then_for_the_shapes() -> None:
    data, read = usual(66, n_runs=3).batch_data(), list[tuple[str, str]]()

    def reading(run: str, chromatogram_id: str) -> Chromatogram | None:
        read.append((run, chromatogram_id))
        return data.chromatogram(run, chromatogram_id)

    learn_batch(replace(data, chromatogram=reading))

    assert [run for run, _ in groupby(read, key=itemgetter(0))] == [*data.runs, *data.runs]
    assert max(Counter(read).values()) == 2


def test_a_batch_without_peaks_keeps_the_listed_times() -> None:
    made = usual(67, n_runs=3)
    empty = replace(made, areas={target.ion_id: [0.0] * 3 for target in IONS})

    model = learned(empty)

    for target in IONS:
        assert expected_s(model, "s0", target.ion_id) == pytest.approx(target.retention_time_s)
    assert model.width_s == pytest.approx(8.0, rel=0.2)


def test_a_weak_standard_scatters_as_the_compound_that_it_copies() -> None:
    """Both elute up to 4.5 s early or late; only the compound is strong enough to show it."""
    usual_batch = usual(64)
    late_s = np.linspace(-4.5, 4.5, len(usual_batch.runs))
    moved_s = {
        (run, ion_id): run_late_s
        for run, run_late_s in enumerate(late_s.tolist())
        for ion_id in ("Lac-Phe", "IS-Phe")
    }
    ions = [
        replace(target, internal_standard="IS-Phe") if target.ion_id == "Lac-Phe" else target
        for target in IONS
    ]
    weak = {**usual_batch.areas, "IS-Phe": [2e4] * len(usual_batch.runs)}
    made = replace(usual_batch, ions=ions, areas=weak, moved_s=moved_s)

    model = learned(made)

    jitter_s = {
        compound.ion_id: compound.jitter_s
        for compounds in model.compounds.values()
        for compound in compounds
    }
    assert jitter_s["Lac-Phe"] == pytest.approx(np.std(late_s, ddof=1), rel=0.35)
    assert jitter_s["IS-Phe"] == jitter_s["Lac-Phe"]
    assert jitter_s["Lac-Val"] == 0.0


def test_the_usual_width_is_the_median_of_the_strong_candidates() -> None:
    ratios = {4.0: 500.0, 6.0: 90.0, 9.0: 40.0, 41.0: 39.9, np.nan: 500.0}
    peaks = [
        peak_at(100.0, fwhm_s=width_s, signal_to_noise=ratio) for width_s, ratio in ratios.items()
    ]
    batch_data = BatchData(["r"], {}, {("r", "x"): peaks}, {}, {}, lambda *_: None, 8.0)

    assert usual_width_s(batch_data) == 6.0
    assert usual_width_s(replace(batch_data, candidates={})) == 8.0
