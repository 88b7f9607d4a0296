"""Which rejected candidates put a peak in doubt, and which cannot be its target."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from builders import ion, peak_at, settings_of, standard
from fitted_by_hand import fitted
from lcms.io.sheets.inputs import Guard
from lcms.model import Candidate, Ion
from lcms.numerics.batch.batch_model import RunTime
from lcms.numerics.run.chromatogram_fit.unfitted_chromatogram import RunChromatograms
from lcms.numerics.run.fitted_peak import FittedPeak, peak_of_fit
from lcms.steps.integrate.criteria import Criteria
from lcms.steps.integrate.fitted_run import FittedRun, ReadableRun
from lcms.steps.integrate.peak_choice import is_beside_stronger, moved_candidate
from lcms.steps.integrate.target_ions import TargetIons

WIDTH_S = 8.0
HUGE = 1e12  # counts: far stronger at any distance
# Its peak lies at 60 s, a neighbour of the batch at 110 s; the search is from 0 s to 120 s.
VAL = ion("Val", 188.0928, 60.0, retention_time_window_s=60.0, formula="C8H15NO4")
COPY = replace(standard("IS", 191.1029), formula="C5(13)C3H15NO4")
PEAK = replace(peak_of_fit(fitted(targets=[0]), 0), separation=None)
ABSENT = replace(PEAK, score=0.5)


def run_with(
    candidates: Sequence[Candidate],
    peak: FittedPeak = PEAK,
    others: dict[str, FittedPeak] | None = None,
    *,
    n_runs_seen: int = 8,
) -> FittedRun:
    """Return a run with the peak of Val and candidates in its chromatogram."""
    peaks = {VAL.ion_id: peak} | (others or {})
    return FittedRun(
        extracted=ReadableRun({"sample_id": "s1"}, {}, {}),
        criteria=Criteria(settings_of().integration, 0.0),
        chromatograms={},
        fitted=RunChromatograms({}, {VAL.chromatogram_id: candidates}, 0.0, 5.0, 100.0, 1e15),
        time=RunTime(0.0, 0.0, 0.0, 0.1),
        width_s=WIDTH_S,
        mz_scatter_ppm=0.3,
        peaks=peaks,
        untimed_lods={},
        n_runs_seen={VAL.ion_id: n_runs_seen},
    )


def targets(*ions: Ion) -> TargetIons:
    return TargetIons(ions, Guard((), {}, ions))


ALONE = targets(VAL)


def high(time_s: float, **changes: float) -> Candidate:
    return peak_at(time_s, height=HUGE, **changes)


def test_the_peaks_by_hand_are_there_and_not_there() -> None:
    assert VAL.ion_id in run_with([]).detected
    assert VAL.ion_id not in run_with([], ABSENT).detected


@pytest.mark.parametrize(
    ("candidate", "is_doubted"),
    [
        (high(90.0), True),  # other_time
        (high(110.0), True),  # other_compound: the batch has it beside the target
        (high(60.0), False),  # the peak itself
        (high(90.0, error_ppm=9.0), False),  # other_mz
        (high(130.0), False),  # outside_window
        (peak_at(90.0, height=10.0), False),  # not stronger
    ],
)
def test_a_far_stronger_candidate_that_may_be_the_target_puts_a_peak_in_doubt(
    candidate: Candidate, *, is_doubted: bool
) -> None:
    assert is_beside_stronger(run_with([candidate]), ALONE, VAL) is is_doubted


@pytest.mark.parametrize(
    ("peak", "is_seen", "is_doubted"),
    [(ABSENT, False, True), (ABSENT, True, False), (PEAK, False, False)],
)
def test_outside_of_the_window_lies_a_target_that_nothing_of_the_batch_shows(
    peak: FittedPeak, *, is_seen: bool, is_doubted: bool
) -> None:
    run = run_with([high(130.0)], peak, n_runs_seen=8 if is_seen else 0)

    assert is_beside_stronger(run, ALONE, VAL) is is_doubted


def test_what_cannot_be_the_target_is_not_doubted_because_it_is_the_highest() -> None:
    impossible, possible = high(85.0, error_ppm=9.0), peak_at(90.0, height=HUGE / 10)

    assert is_beside_stronger(run_with([impossible, possible]), ALONE, VAL)
    assert moved_candidate(run_with([impossible, possible], ABSENT), ALONE, VAL) == possible


def test_a_candidate_at_the_time_of_an_isomer_is_the_isomer() -> None:
    ions = [replace(VAL, isomer_group="g"), replace(VAL, ion_id="x", isomer_group="g")]
    isomer = replace(PEAK, retention_time_s=90.0)
    run = run_with([], others={"x": isomer})
    key = ions[0].chromatogram_id
    run = replace(run, fitted=replace(run.fitted, candidates={key: [high(90.5)]}))

    assert not is_beside_stronger(run, targets(*ions), ions[0])
    away = replace(run, peaks={**run.peaks, "x": replace(isomer, retention_time_s=40.0)})
    assert is_beside_stronger(away, targets(*ions), ions[0])


@pytest.mark.parametrize(
    ("copy_s", "score", "is_doubted"),
    [(60.0, 99.0, False), (67.9, 99.0, False), (52.1, 99.0, False), (68.1, 99.0, True),
     (60.0, 0.5, True)],
)  # fmt: skip
def test_beside_its_labelled_copy_no_peak_is_in_doubt(
    copy_s: float, score: float, *, is_doubted: bool
) -> None:
    analyte = replace(VAL, internal_standard="IS")
    copy = replace(PEAK, retention_time_s=copy_s, score=score)

    run = run_with([high(90.0)], others={"IS": copy})

    assert is_beside_stronger(run, targets(analyte, COPY), analyte) is is_doubted


@pytest.mark.parametrize(
    ("area", "peak", "is_doubted"),
    [(1e12, ABSENT, True), (1.0, ABSENT, False), (1e12, PEAK, False)],
)
def test_nothing_is_detected_over_a_candidate_that_is_plain_to_see(
    area: float, peak: FittedPeak, *, is_doubted: bool
) -> None:
    """The fit may have it as another compound: then the run does not show that there is none."""
    run = run_with([high(61.0, area=area)], peak, {"IS": PEAK})
    analyte = replace(VAL, internal_standard="IS")

    assert is_beside_stronger(run, ALONE, VAL) is is_doubted
    assert is_beside_stronger(run, targets(analyte, COPY), analyte) is is_doubted


@pytest.mark.parametrize(
    ("time_s", "peak", "is_seen", "has_moved"),
    [
        (90.0, ABSENT, True, True),
        (90.0, PEAK, True, False),
        (90.0, ABSENT, False, False),
        (110.0, ABSENT, True, False),  # the batch has another compound there
        (130.0, ABSENT, True, False),
    ],
)
def test_a_target_has_moved_where_the_batch_has_it_and_this_run_shows_it_elsewhere(
    time_s: float, peak: FittedPeak, *, is_seen: bool, has_moved: bool
) -> None:
    candidate = high(time_s)

    moved = moved_candidate(
        run_with([candidate], peak, n_runs_seen=8 if is_seen else 0), ALONE, VAL
    )

    assert moved == (candidate if has_moved else None)


@pytest.mark.parametrize(("n_runs_seen", "has_moved"), [(2, True), (8, False)])
def test_the_flank_of_a_higher_peak_is_that_peak_where_few_runs_gave_the_time(
    n_runs_seen: int, *, has_moved: bool
) -> None:
    candidate = high(51.0)

    moved = moved_candidate(run_with([candidate], n_runs_seen=n_runs_seen), ALONE, VAL)

    assert moved == (candidate if has_moved else None)


def test_isomers_may_be_exchanged_and_have_not_moved() -> None:
    ions = [replace(VAL, isomer_group="g"), replace(VAL, ion_id="x", isomer_group="g")]
    run = run_with([], ABSENT, {"x": replace(PEAK, retention_time_s=40.0)})
    key = ions[0].chromatogram_id
    run = replace(run, fitted=replace(run.fitted, candidates={key: [high(90.0)]}))

    assert moved_candidate(run, targets(*ions), ions[0]) is None
