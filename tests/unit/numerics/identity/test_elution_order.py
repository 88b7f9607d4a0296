import pytest

from builders import ion, standard
from lcms.numerics.elution_series import ElutionOrder, SeriesOrder, series_order
from lcms.numerics.identity.elution_order import ElutedPeak, out_of_order

LISTED_S = {"Lac-Val": 150.0, "Lac-Ile": 220.0, "Lac-Leu": 230.0, "Lac-Phe": 270.0}
HILIC_S = {"Lac-Phe": 100.0, "Lac-Leu": 140.0, "Lac-Ile": 150.0, "Lac-Val": 190.0}
WINDOW_S = 20.0
REVERSED_PHASE = SeriesOrder(1, is_shown=True)


def blamed(
    apexes_s: dict[str, float],
    listed_s: dict[str, float] = LISTED_S,
    setting: ElutionOrder = "auto",
) -> set[str]:
    peaks = [ElutedPeak(ion(n, 200.0, listed_s.get(n)), t, 8.0) for n, t in apexes_s.items()]
    order = series_order([ion(n, 200.0, time_s) for n, time_s in listed_s.items()], setting)
    return out_of_order(peaks, WINDOW_S, order)


def test_compounds_in_their_order_are_not_blamed() -> None:
    assert blamed(LISTED_S) == set()
    assert blamed({name: time_s + 14.0 for name, time_s in LISTED_S.items()}) == set()


def test_the_one_peak_that_breaks_the_order_is_blamed() -> None:
    assert blamed(LISTED_S | {"Lac-Val": 260.0}) == {"Lac-Val"}
    assert blamed(LISTED_S | {"Lac-Phe": 140.0}) == {"Lac-Phe"}


def test_of_two_reversed_peaks_both_are_blamed() -> None:
    assert blamed({"Lac-Ile": 231.0, "Lac-Leu": 220.0}) == {"Lac-Ile", "Lac-Leu"}


def test_a_reversal_by_less_than_a_quarter_of_a_width_is_none() -> None:
    assert blamed({"Lac-Ile": 221.5, "Lac-Leu": 220.0}) == set()


def test_where_the_listed_times_contradict_the_series_they_hold() -> None:
    assert blamed(HILIC_S, HILIC_S) == set()
    assert blamed(HILIC_S | {"Lac-Phe": 200.0}, HILIC_S) == {"Lac-Phe"}


def test_compounds_without_a_time_have_the_order_of_those_with_one() -> None:
    timed = {name: HILIC_S[name] for name in ("Lac-Phe", "Lac-Val")}

    assert blamed(HILIC_S, timed) == set()
    assert blamed(HILIC_S | {"Lac-Leu": 160.0}, timed) == {"Lac-Leu", "Lac-Ile"}
    assert blamed(LISTED_S | {"Lac-Leu": 160.0}, {"Lac-Val": 150.0, "Lac-Phe": 270.0}) == {
        "Lac-Leu",
        "Lac-Ile",
    }


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("auto", set()), ("none", set()), ("hilic", set()), ("reversed_phase", {*HILIC_S})],
)
def test_without_listed_times_only_an_order_that_is_set_is_judged(
    setting: ElutionOrder, expected: set[str]
) -> None:
    assert blamed(HILIC_S, {}, setting) == expected
    assert blamed(HILIC_S, {"Lac-Phe": 100.0}, setting) == expected


def test_an_order_that_is_set_overrules_the_listed_times() -> None:
    exchanged = LISTED_S | {"Lac-Ile": 230.0, "Lac-Leu": 220.0}

    assert blamed(LISTED_S, exchanged, "reversed_phase") == set()
    assert blamed(exchanged, exchanged, "reversed_phase") == {"Lac-Ile", "Lac-Leu"}


@pytest.mark.parametrize(("gap_s", "expected"), [(19.0, set()), (21.0, {"a", "b"})])
def test_other_compounds_are_held_to_listed_times_further_apart_than_a_window(
    gap_s: float, expected: set[str]
) -> None:
    assert blamed({"a": 110.0, "b": 105.0}, {"a": 100.0, "b": 100.0 + gap_s}) == expected


def test_internal_standards_are_not_judged() -> None:
    peaks = [
        ElutedPeak(standard("a", 200.0, 100.0), 300.0, 8.0),
        ElutedPeak(standard("b", 200.0, 200.0), 200.0, 8.0),
    ]

    assert out_of_order(peaks, WINDOW_S, REVERSED_PHASE) == set()


@pytest.mark.parametrize(
    ("fwhm_s", "early_s", "are_reversed"),
    [((8.0, 8.0), 1.9, False), ((8.0, 8.0), 2.1, True), ((4.0, 8.0), 1.9, False),
     ((8.0, 4.0), 1.9, False), ((4.0, 4.0), 1.1, True)],
)  # fmt: skip
def test_a_pair_is_reversed_from_a_quarter_of_the_larger_width_on(
    fwhm_s: tuple[float, float],
    early_s: float,
    are_reversed: bool,  # noqa: FBT001  (a case of the test)
) -> None:
    peaks = [
        ElutedPeak(ion("Lac-Val", 200.0, 150.0), 150.0, fwhm_s[0]),
        ElutedPeak(ion("Lac-Phe", 200.0, 270.0), 150.0 - early_s, fwhm_s[1]),
    ]

    expected = {"Lac-Val", "Lac-Phe"} if are_reversed else set()
    assert out_of_order(peaks, WINDOW_S, REVERSED_PHASE) == expected


def test_the_peak_in_most_reversed_pairs_is_blamed_before_the_others() -> None:
    # Phe precedes all three; without it, Val and Ile are reversed
    apexes_s = {"Lac-Val": 230.0, "Lac-Ile": 220.0, "Lac-Leu": 235.0, "Lac-Phe": 100.0}

    assert blamed(apexes_s) == {"Lac-Phe", "Lac-Val", "Lac-Ile"}


def test_two_names_of_one_compound_have_no_order() -> None:
    assert blamed({"Lac-Leu": 230.0, "LacLeu": 200.0}, {}, "reversed_phase") == set()


def test_equal_listed_times_contradict_no_series() -> None:
    together = LISTED_S | {"Lac-Ile": 220.0, "Lac-Leu": 220.0}

    assert blamed({"Lac-Ile": 230.0, "Lac-Leu": 220.0}, together) == {"Lac-Ile", "Lac-Leu"}
