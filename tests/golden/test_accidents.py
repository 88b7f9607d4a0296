"""The accidents of a laboratory, from true areas to concentrations: right or openly uncertain."""

import pytest

from accidents import outcome, row_of, usual_accidents

SEED = 11
# What the rows of the runs that the accident touches say; of a file named twice the sheet says it.
SAID = {
    "swapped_vials": {"replicates_contradict"},
    "levels_as_pooled": {"replicates_contradict"},
    "failed_injection": {"internal_standard_missing", "run_unusable", "not_acquired"},
    "unreadable_run": {"failed"},
    "blank_after_failed": {"failed"},
    "half_injected": {"internal_standard_deviant"},
    "injected_twice": {"internal_standard_deviant"},
    "tenth_injected": {"internal_standard_deviant"},
    "no_standard": {"internal_standard_missing", "run_unusable"},
}
WITHOUT_LIMIT = ("failed_injection", "unreadable_run", "blank_after_failed", "no_standard")


@pytest.mark.slow
@pytest.mark.parametrize("accident", usual_accidents(is_raw=False))
def test_no_value_is_silently_wrong_and_the_bystanders_are_as_without_the_accident(
    accident: str,
) -> None:
    happened = outcome(accident, SEED, "flag", is_raw=False)

    _, is_kept = row_of(accident, [happened])  # the limits of the issue: 0, one point, 1.2 times
    assert is_kept
    assert happened.is_refused == (accident == "one_file_twice")


@pytest.mark.slow
@pytest.mark.parametrize("accident", SAID)
def test_every_row_of_a_run_says_what_happened_to_it(accident: str) -> None:
    victims = outcome(accident, SEED, "flag", is_raw=False).victims

    for status, flags in zip(victims["status"], victims["flags"], strict=True):
        assert {status, *flags} >= SAID[accident]


@pytest.mark.slow
@pytest.mark.parametrize("accident", WITHOUT_LIMIT)
def test_a_run_that_shows_nothing_has_neither_value_nor_limit(accident: str) -> None:
    victims = outcome(accident, SEED, "flag", is_raw=False).victims

    assert victims[["concentration", "lod", "lloq"]].isna().all(axis=None)


@pytest.mark.slow
def test_behind_a_giant_the_small_sample_is_flagged_for_carry_over() -> None:
    victims = outcome("after_a_giant", SEED, "flag", is_raw=False).victims

    said = set(zip(victims["status"], map(tuple, victims["flags"]), strict=True))
    assert said == {("above_uloq", ()), ("quantified", ("carry_over",))}
