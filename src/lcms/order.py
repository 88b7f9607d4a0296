"""The order in which the runs of each batch were injected."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum

from lcms.groups import by_batch
from lcms.model import Sample


class OrderSource(StrEnum):
    """Where the injection order of a run comes from."""

    SHEET = "sheet"
    START_TIME = "start_time"
    NEIGHBOUR = "neighbour"
    ROW = "row"


def injection_orders(
    samples: Sequence[Sample], start_times: Mapping[str, str | None]
) -> dict[str, int]:
    """Return the injection order of every sample.

    It is that of the sheet if all rows of the batch give one; else the order of the start
    times, which are compared as moments, zones included. A run without a start time stands
    behind the run of the row above it. Where no run of the batch has a start time, the order is
    that of the rows.
    """
    orders: dict[str, int] = {}
    for runs in by_batch(samples).values():
        if _is_given(runs):
            orders |= {run.sample_id: run.injection_order or 0 for run in runs}
        else:
            names = _by_start([run.sample_id for run in runs], start_times)
            orders |= {name: number for number, name in enumerate(names, 1)}
    return {sample.sample_id: orders[sample.sample_id] for sample in samples}


def order_sources(
    samples: Sequence[Sample], start_times: Mapping[str, str | None]
) -> dict[str, OrderSource]:
    """Return where each order of `injection_orders` comes from."""
    sources: dict[str, OrderSource] = {}
    for runs in by_batch(samples).values():
        timed = {
            run.sample_id for run in runs if moment(start_times.get(run.sample_id)) is not None
        }
        for run in runs:
            if _is_given(runs):
                sources[run.sample_id] = OrderSource.SHEET
            elif run.sample_id in timed:
                sources[run.sample_id] = OrderSource.START_TIME
            else:
                sources[run.sample_id] = OrderSource.NEIGHBOUR if timed else OrderSource.ROW
    return sources


def moment(text: str | None) -> datetime | None:
    """Return a start time (ISO 8601); None if there is none or it cannot be read.

    A time without a zone is taken as UTC, so that all times can be compared.
    """
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _is_given(runs: Sequence[Sample]) -> bool:
    return all(run.injection_order is not None for run in runs)


def _by_start(names: Sequence[str], start_times: Mapping[str, str | None]) -> list[str]:
    """Return the names by start time; one without a time behind the row above it."""
    starts = [moment(start_times.get(name)) for name in names]
    timed = sorted((start, k) for k, start in enumerate(starts) if start is not None)
    ordered = [k for _, k in timed]
    for k, start in enumerate(starts):
        if start is None:
            ordered.insert(ordered.index(k - 1) + 1 if k else 0, k)
    return [names[k] for k in ordered]
