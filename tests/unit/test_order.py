from dataclasses import replace

from builders import sample
from lcms.order import injection_orders, order_sources

RUNS = [sample("a"), sample("b"), sample("c")]
STARTS: dict[str, str | None] = {
    "a": "2026-01-01T12:00:00Z",
    "b": "2026-01-01T10:00:00Z",
    "c": "2026-01-01T11:00:00Z",
}


def test_the_order_of_the_sheet_counts_where_all_runs_of_a_batch_have_one() -> None:
    given = [replace(run, injection_order=9 - n) for n, run in enumerate(RUNS)]

    assert injection_orders(given, STARTS) == {"a": 9, "b": 8, "c": 7}


def test_else_the_start_times_count() -> None:
    some = [replace(RUNS[0], injection_order=7), *RUNS[1:]]

    assert injection_orders(RUNS, STARTS) == {"a": 3, "b": 1, "c": 2}
    assert injection_orders(some, STARTS) == {"a": 3, "b": 1, "c": 2}


def test_without_any_start_time_the_rows_count() -> None:
    assert injection_orders(RUNS, {}) == {"a": 1, "b": 2, "c": 3}
    assert set(order_sources(RUNS, {}).values()) == {"row"}


def test_a_run_without_a_start_time_stands_behind_the_row_above_and_moves_no_other() -> None:
    lost: dict[str, str | None] = STARTS | {"c": None}

    assert injection_orders(RUNS, lost) == {"a": 3, "b": 1, "c": 2}
    assert order_sources(RUNS, lost) == {
        "a": "start_time",
        "b": "start_time",
        "c": "neighbour",
    }
    assert injection_orders(RUNS, STARTS | {"a": "no time"}) == {"a": 1, "b": 2, "c": 3}


def test_start_times_are_compared_as_moments_with_their_zones() -> None:
    zoned = {
        "a": "2026-03-29T01:30:00+01:00",  # 00:30 UTC
        "b": "2026-03-29T03:10:00+02:00",  # 01:10 UTC, after the clocks went forward
        "c": "2026-03-29T00:45:00.1234567Z",
    }

    assert injection_orders(RUNS, zoned) == {"a": 1, "b": 3, "c": 2}


def test_each_batch_is_ordered_by_itself() -> None:
    runs = [replace(run, batch=batch) for run, batch in zip(RUNS, "121", strict=True)]

    assert injection_orders(runs, STARTS) == {"a": 2, "b": 1, "c": 1}
