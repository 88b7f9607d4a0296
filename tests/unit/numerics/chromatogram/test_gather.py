"""Which scans of a run hold an ion, and what they show of it."""

from dataclasses import replace

import numpy as np
import pytest

from builders import ion
from lcms.kinds import NotAcquired
from lcms.model import Floats, Ion, Scan
from lcms.numerics.chromatogram.channels import Channel
from lcms.numerics.chromatogram.gather import Gatherer, isolation_mz
from lcms.numerics.chromatogram.gathered_scans import GatheredScans
from lcms.numerics.chromatogram.ion_scans import IonScans, chromatogram_in_scans, scans_of_ion

NEVER = 2**32  # is a scan sampled
ANYTIME = (-np.inf, np.inf)
LEUCINE = ion("Lac-Leu", 202.1085, None, ion_id="Lac-Leu > 130", product_mz=130.0874)
SURVEY = replace(LEUCINE, ion_id="Lac-Leu", product_mz=None)


def scan(
    time_s: float,
    window: tuple[float, float] | None,
    mz: float = 130.0874,
    energy: float | None = None,
    mz_range: tuple[float, float] | None = None,
    polarity: int = -1,
) -> Scan:
    return Scan(
        time_s,
        polarity,
        np.array([mz]),
        np.array([time_s]),
        mz_range=mz_range,
        ms_level=1 if window is None else 2,
        isolation_mz=window,
        collision_energy=energy,
    )


def keep(mz: Floats, intensity: Floats, _: Floats) -> tuple[Floats, Floats]:
    return mz, intensity


def gathered(*scans: Scan, ions: tuple[Ion, ...] = (LEUCINE,)) -> GatheredScans:
    gatherer = Gatherer(ions, 10.0, [ANYTIME] * len(ions), keep)
    for scan_of_run in scans:
        gatherer.take_scan(scan_of_run)
    return gatherer.gathered()


def held(run: GatheredScans, ion: Ion = LEUCINE, crowded: Channel | None = None) -> IonScans:
    return scans_of_ion(run, 0, ion, (0.0, 20.0), lambda channel: int(channel == crowded))


def cycle(*windows: tuple[float, float], **options: float) -> list[Scan]:
    return [
        scan(k + n / 10, window, **options)  # type: ignore[arg-type]
        for k in range(1, 9)
        for n, window in enumerate(windows)
    ]


def test_a_product_ion_is_read_where_its_precursor_is_isolated() -> None:
    run = gathered(*cycle((150.0, 175.0), (190.0, 215.0)))

    ion_scans = held(run)
    chromatogram = chromatogram_in_scans(run, 0, LEUCINE, ion_scans, 0.0, 3.0)

    assert ion_scans.channel.isolation_mz == (190.0, 215.0)
    assert ion_scans.multiplicity == 1
    np.testing.assert_allclose(chromatogram.retention_time_s, np.arange(1, 9) + 0.1)
    np.testing.assert_allclose(chromatogram.intensity, np.arange(1, 9) + 0.1)


@pytest.mark.parametrize(
    ("off_ppm", "intensity", "hidden"), [(2.0, 900.0, 0.0), (4.0, 0.0, 300.0), (7.0, 0.0, 0.0)]
)
def test_a_centroid_right_outside_of_the_window_may_hide_a_part_of_the_ion(
    off_ppm: float, intensity: float, hidden: float
) -> None:
    mz = LEUCINE.precursor_mz * (1 + off_ppm * 1e-6)
    scans = [scan(time_s, None, mz)._replace(intensity=np.array([900.0])) for time_s in (1.0, 2.0)]
    run = gathered(*scans, ions=(SURVEY,))

    chromatogram = chromatogram_in_scans(run, 0, SURVEY, held(run, SURVEY), 0.0, 3.0)

    assert chromatogram.intensity.tolist() == [intensity, intensity]
    np.testing.assert_allclose(chromatogram.hidden, hidden, rtol=1e-6)


def test_of_overlapping_windows_the_one_with_the_nearest_centre_is_taken() -> None:
    run = gathered(*cycle((185.0, 210.0), (200.0, 225.0)))

    ion_scans = held(run)

    assert ion_scans.channel.isolation_mz == (185.0, 210.0)
    assert ion_scans.multiplicity == 2


@pytest.mark.parametrize(
    "windows", [((195.0, 215.0), (202.0, 232.0)), ((172.0, 202.2), (195.0, 215.0))]
)
def test_the_nearest_centre_may_be_above_or_below(
    windows: tuple[tuple[float, float], ...],
) -> None:
    # the centres are 2.9 Th above the precursor, or 14.9 Th above and 15.0 Th below it
    assert held(gathered(*cycle(*windows))).channel.isolation_mz == (195.0, 215.0)


def test_a_window_that_holds_another_source_of_the_product_is_avoided() -> None:
    run = gathered(*cycle((185.0, 210.0), (200.0, 225.0)))

    ion_scans = held(run, crowded=Channel((185.0, 210.0)))

    assert ion_scans.channel.isolation_mz == (200.0, 225.0)


def test_what_dda_triggers_is_no_chromatogram() -> None:
    triggered = [scan(float(k), (201.5 + k / 100, 202.5 + k / 100)) for k in range(8)]

    assert held(gathered(*triggered)).why is NotAcquired.NO_TRANSITION


def test_a_window_scanned_at_two_energies_is_ambiguous_without_one_in_the_sheet() -> None:
    window = (201.6, 202.6)
    run = gathered(*cycle(window, energy=20.0), *cycle(window, energy=40.0))

    assert held(run).why is NotAcquired.TRANSITION_AMBIGUOUS
    chosen = held(run, replace(LEUCINE, collision_energy=40.0))
    assert (chosen.why, chosen.channel.collision_energy) == (None, 40.0)


@pytest.mark.parametrize(
    ("ion", "only", "why"),
    [
        (LEUCINE, scan(5.0, None), NotAcquired.NO_TRANSITION),
        (LEUCINE, scan(5.0, (202.0, 203.0), polarity=1), NotAcquired.WRONG_POLARITY),
        (
            LEUCINE,
            scan(5.0, (202.0, 203.0), mz_range=(140.0, 210.0)),
            NotAcquired.OUTSIDE_SCAN_RANGE,
        ),
        (LEUCINE, scan(50.0, (202.0, 203.0)), NotAcquired.OUTSIDE_RUN_TIME),
        (SURVEY, scan(5.0, (202.0, 203.0)), NotAcquired.NO_SURVEY_SCAN),
        (SURVEY, scan(5.0, None, polarity=1), NotAcquired.WRONG_POLARITY),
        (SURVEY, scan(50.0, None), NotAcquired.OUTSIDE_RUN_TIME),
    ],
)
def test_what_a_run_cannot_hold_says_why(ion: Ion, only: Scan, why: NotAcquired) -> None:
    assert held(gathered(only, ions=(ion, LEUCINE)), ion).why is why


def test_no_kind_of_ms1_scan_holds_an_ion_beyond_the_run() -> None:
    kinds = [scan(50.0, None), scan(51.0, None)._replace(function=2)]

    assert held(gathered(*kinds, ions=(SURVEY,)), SURVEY).why is NotAcquired.OUTSIDE_RUN_TIME


def test_each_polarity_of_a_switching_run_is_read_for_its_ions() -> None:
    positive = replace(SURVEY, charge=1, precursor_mz=204.1230)
    scans = [scan(float(k), None, 204.1230, polarity=1 if k % 2 else -1) for k in range(10)]
    run = gathered(*scans, ions=(positive,))

    chromatogram = chromatogram_in_scans(run, 0, positive, held(run, positive), 0.0, 3.0)

    assert chromatogram.retention_time_s.tolist() == [1.0, 3.0, 5.0, 7.0, 9.0]


def test_a_window_without_edges_is_half_a_thomson_around_its_precursor() -> None:
    bare = scan(1.0, (1.0, 2.0))._replace(isolation_mz=None, precursor_mz=202.1)

    assert isolation_mz(bare) == (201.6, 202.6)
    assert isolation_mz(bare._replace(precursor_mz=None)) is None


def test_scans_that_hold_no_ion_need_no_points() -> None:
    gatherer = Gatherer((LEUCINE,), 10.0, [ANYTIME], keep, NEVER)

    assert gatherer.need(scan(1.0, (100.0, 101.0))).highest_mz == 0.0
    assert gatherer.need(scan(1.0, (202.0, 203.0))).highest_mz == pytest.approx(130.0887, abs=1e-4)


def test_scans_beyond_the_time_of_every_ion_need_no_points() -> None:
    late = replace(LEUCINE, product_mz=None)
    gatherer = Gatherer((late,), 10.0, [(2.0, 3.0)], keep, NEVER)

    needed = [
        gatherer.need(scan(time_s, None)).highest_mz > 0 for time_s in (1.9, 2.0, 2.5, 3.0, 3.1)
    ]

    assert needed == [False, True, True, True, False]
    assert gatherer.need(scan(2.5, None, polarity=1)).highest_mz == 0.0


def test_one_scan_in_thirty_two_is_needed_whole_for_its_faintest_point() -> None:
    gatherer = Gatherer((SURVEY,), 10.0, [(1e5, 2e5)], keep)
    times_s = np.arange(4000) * 0.5

    whole = []
    for time_s in times_s:
        head = scan(float(time_s), None)
        whole.append(gatherer.need(head).highest_mz == np.inf)
        gatherer.take_scan(head._replace(intensity=np.array([100.0 + time_s])))

    assert np.mean(whole) == pytest.approx(1 / 32, rel=0.1)
    assert gatherer.n_sampled == np.sum(whole)
    assert gatherer.gathered().detection_threshold == 100.0 + np.median(times_s[whole])


def test_intensities_are_needed_where_a_point_lies_near_an_ion() -> None:
    gatherer = Gatherer((SURVEY,), 10.0, [ANYTIME], keep, NEVER)
    head = scan(1.0, None)
    mz = SURVEY.mz

    def needed(*all_mz: float) -> bool:
        return gatherer.need(head).is_met(np.array(all_mz))

    assert needed(100.0, mz * (1 + 9e-6))
    assert not needed(100.0, mz * (1 + 11e-6), 300.0)
    assert not needed()
    assert gatherer.need(head._replace(is_profile=True)).is_met(np.array([100.0]))


def test_scans_come_in_order_of_time_whatever_their_order_in_the_file() -> None:
    times_s = (3.0, 1.0, 2.0)
    run = gathered(*(scan(time_s, None, SURVEY.mz) for time_s in times_s), ions=(SURVEY,))

    chromatogram = chromatogram_in_scans(run, 0, SURVEY, held(run, SURVEY), 0.0, 3.0)

    assert run.time_s.tolist() == [1.0, 2.0, 3.0]
    assert chromatogram.intensity.tolist() == [1.0, 2.0, 3.0]  # the intensity is the time
    assert run.is_survey.all()


def frames(apart_s: float = 0.0) -> list[Scan]:
    """Return two frames of three bins of ion mobility, whose times may differ."""
    return [
        scan(time_s + n * apart_s, None, SURVEY.mz * (1 + n * 1e-6))._replace(
            intensity=np.array([counts]), mobility=0.6 + n / 10
        )
        for time_s, all_counts in ((1.0, (5.0, 20.0, 1.0)), (2.0, (7.0, 7.0, 0.0)))
        for n, counts in enumerate(all_counts)
    ]


def test_the_bins_of_a_mobility_frame_are_one_scan_and_its_centroids_are_summed() -> None:
    run = gathered(*frames(), ions=(SURVEY,))

    chromatogram = chromatogram_in_scans(run, 0, SURVEY, held(run, SURVEY), 0.0, 3.0)

    assert run.has_bins
    assert run.time_s.tolist() == [1.0, 2.0]
    assert chromatogram.intensity.tolist() == [26.0, 14.0]
    # errors of 0, 1 and 2 ppm, weighted by the intensities
    assert chromatogram.centroid_error_ppm == pytest.approx([22.0 / 26.0, 0.5], abs=1e-6)
    assert run.mz_scatter_ppm is None


def test_a_frame_has_one_scan_for_each_kind() -> None:
    kinds = [of._replace(function=1 + n % 2) for n, of in enumerate(frames())]

    assert gathered(*kinds, ions=(SURVEY,)).time_s.tolist() == [1.0, 1.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("scans", "have_own_time"),
    [(frames(0.1), True), (frames(), False), (frames(0.1)[:2], False), ([], False)],
)
def test_bins_of_a_time_of_their_own_cannot_be_summed(
    scans: list[Scan], *, have_own_time: bool
) -> None:
    gatherer = Gatherer((SURVEY,), 10.0, [ANYTIME], keep)
    for of_bin in scans:
        gatherer.take_scan(of_bin)

    assert gatherer.has_bins_of_own_time is have_own_time


def test_a_scan_of_all_bins_makes_a_run_one_of_ion_mobility() -> None:
    whole = scan(1.0, None, SURVEY.mz)._replace(has_mobility_array=True)

    assert gathered(whole, ions=(SURVEY,)).has_bins
    assert not gathered(scan(1.0, None, SURVEY.mz), ions=(SURVEY,)).has_bins


@pytest.mark.parametrize(
    ("products_mz", "looks_srm"),
    [([130.09] * 3, True), ([130.09] * 2, False), ([130.09] * 3 + [130.0874], False)],
)
def test_a_run_looks_like_srm_if_three_scans_and_all_have_listed_m_z(
    products_mz: list[float], *, looks_srm: bool
) -> None:
    gatherer = Gatherer((LEUCINE,), 10.0, [ANYTIME], keep, whole_every=1)
    for time_s, mz in enumerate(products_mz, 1):
        gatherer.take_scan(scan(float(time_s), (202.0, 203.0), mz))

    assert gatherer.looks_srm is looks_srm


def test_ms2_scans_that_are_srm_spectra_become_chromatograms_and_ms1_scans_do_not() -> None:
    gatherer = Gatherer((LEUCINE, SURVEY), 10.0, [ANYTIME] * 2, keep, srm_spectra=True)
    for time_s in (1.0, 2.0):
        gatherer.take_scan(scan(time_s, None, SURVEY.mz))
        product = scan(time_s, (202.0, 203.0))._replace(precursor_mz=202.1)
        assert gatherer.need(product).highest_mz == np.inf
        gatherer.take_scan(product)

    assert [srm.intensity.tolist() for srm in gatherer.chromatograms] == [[1.0, 2.0]]
    assert gatherer.gathered().time_s.tolist() == [1.0, 2.0]


def test_the_threshold_is_that_of_ms1_or_else_of_product_scans() -> None:
    def threshold(*scans: Scan) -> float | None:
        gatherer = Gatherer((LEUCINE, SURVEY), 10.0, [ANYTIME] * 2, keep, whole_every=1)
        for of_run in scans:
            gatherer.take_scan(of_run)
        return gatherer.gathered().detection_threshold

    product = scan(1.0, (202.0, 203.0))._replace(
        mz=np.array([100.0, 130.0]), intensity=np.array([40.0, 20.0])
    )
    survey = scan(1.0, None)._replace(
        mz=np.array([100.0, 130.0, 140.0]), intensity=np.array([0.0, 90.0, 70.0])
    )
    assert threshold(product) == 20.0
    assert threshold(product, survey) == 70.0
    assert threshold(survey._replace(intensity=np.zeros(3))) is None
    assert threshold() is None


@pytest.mark.parametrize(("off_ppm", "is_kept"), [(9.99, True), (-9.99, True), (10.01, False)])
def test_centroids_within_the_half_width_are_kept(off_ppm: float, *, is_kept: bool) -> None:
    run = gathered(scan(1.0, None, SURVEY.mz * (1 + off_ppm * 1e-6)), ions=(SURVEY,))

    assert (run.mz.size == 1) is is_kept


def test_each_ion_has_the_centroids_near_its_own_m_z() -> None:
    other = replace(SURVEY, ion_id="other", precursor_mz=300.0)
    scans = [
        scan(time_s, None)._replace(
            mz=np.array([SURVEY.mz, 300.0]), intensity=np.array([time_s, 10 * time_s])
        )
        for time_s in (1.0, 2.0)
    ]
    run = gathered(*scans, ions=(SURVEY, other))

    indices, error_ppm, intensity = run.centroids(1, 300.0, np.array([1]))
    assert (indices.tolist(), intensity.tolist()) == ([0], [20.0])
    assert error_ppm == pytest.approx([0.0])
    assert run.centroids(0, SURVEY.mz, np.array([0, 1]))[2].tolist() == [1.0, 2.0]


def test_a_profile_scan_is_centroided_in_the_windows_of_its_ions() -> None:
    windows: list[list[float]] = []

    def centroid(mz: Floats, intensity: Floats, windows_mz: Floats) -> tuple[Floats, Floats]:
        windows.extend(windows_mz.tolist())
        return mz[:1], 2.0 * intensity[:1]

    gatherer = Gatherer((SURVEY,), 10.0, [ANYTIME], centroid, NEVER)
    gatherer.take_scan(scan(3.0, None, SURVEY.mz)._replace(is_profile=True))

    assert windows == [pytest.approx([SURVEY.mz * (1 - 1e-5), SURVEY.mz * (1 + 1e-5)], abs=1e-6)]
    assert gatherer.gathered().intensity.tolist() == [6.0]
    assert gatherer.n_sampled == 1


def test_an_ion_between_the_scan_windows_is_outside_of_the_scan_range() -> None:
    box_car = [
        scan(time_s, None)._replace(windows_mz=((100.0, 120.0), (300.0, 320.0)))
        for time_s in (1.0, 2.0)
    ]

    why = held(gathered(*box_car, ions=(SURVEY,)), SURVEY).why

    assert why is NotAcquired.OUTSIDE_SCAN_RANGE


def voltage_of(*counts: list[float]) -> float | None:
    """Return the voltage that is taken; the n-th list are the counts at -10 n V."""
    scans = [
        scan(k + n / 10, None, SURVEY.mz)._replace(
            voltage_v=-10.0 * n, intensity=np.array([height])
        )
        for n, heights in enumerate(counts, 1)
        for k, height in enumerate(heights)
    ]
    return held(gathered(*scans, ions=(SURVEY,)), SURVEY).channel.voltage_v


LOW = [10.0] * 30


def with_counts(counts: list[float], first: int) -> list[float]:
    return [*LOW[:first], *counts, *LOW[first + len(counts) :]]


@pytest.mark.parametrize(
    "weaker",
    [
        with_counts([900.0], 8),  # a single point
        [500.0] * 30,  # no peak
        with_counts([900.0] * 5, 24),  # beyond the time of the ion
    ],
)
def test_of_two_voltages_the_one_with_the_higher_peak_is_taken(weaker: list[float]) -> None:
    peak = with_counts([200.0, 300.0, 200.0], 8)

    assert voltage_of(peak, weaker) == -10.0
    assert voltage_of(weaker, peak) == -20.0


def test_a_time_that_occurs_twice_is_one_point() -> None:
    run = gathered(*(scan(t, None, SURVEY.mz) for t in (1.0, 2.0, 2.0, 3.0)), ions=(SURVEY,))

    chromatogram = chromatogram_in_scans(run, 0, SURVEY, held(run, SURVEY), 0.0, 3.0)

    assert chromatogram.retention_time_s.tolist() == [1.0, 2.0, 3.0]
    assert chromatogram.hidden.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("off_ppm", "is_seen"), [(7.9, True), (2.1, True), (8.1, False)])
def test_the_m_z_window_lies_around_the_offset_of_the_run(
    off_ppm: float, *, is_seen: bool
) -> None:
    run = gathered(scan(1.0, None, SURVEY.mz * (1 + off_ppm * 1e-6)), ions=(SURVEY,))

    chromatogram = chromatogram_in_scans(run, 0, SURVEY, held(run, SURVEY), 5.0, 3.0)

    assert chromatogram.intensity.tolist() == [1.0 if is_seen else 0.0]
    if is_seen:
        assert chromatogram.centroid_error_ppm == pytest.approx([off_ppm], abs=1e-6)
