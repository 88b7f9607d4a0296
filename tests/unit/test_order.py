from dataclasses import replace

from builders import sample
from lcms.order import injection_orders

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


def test_else_the_rows_count() -> None:
    assert injection_orders(RUNS, STARTS | {"c": None}) == {"a": 1, "b": 2, "c": 3}
    assert injection_orders(RUNS, {}) == {"a": 1, "b": 2, "c": 3}


def test_each_batch_is_ordered_by_itself() -> None:
    runs = [replace(run, batch=batch) for run, batch in zip(RUNS, "121", strict=True)]

    assert injection_orders(runs, STARTS) == {"a": 2, "b": 1, "c": 1}
