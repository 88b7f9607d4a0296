"""The order in which the runs of each batch were injected."""

from collections.abc import Mapping, Sequence

from lcms.groups import by_batch
from lcms.model import Sample


def injection_orders(
    samples: Sequence[Sample], start_times: Mapping[str, str | None]
) -> dict[str, int]:
    """Return the injection order of every sample.

    It is that of the sheet if all rows of the batch give one; else the order of the start times
    if all runs of the batch have one; else the order of the rows.
    """
    orders: dict[str, int] = {}
    for runs in by_batch(samples).values():
        given = {run.sample_id: run.injection_order for run in runs}
        starts = {run.sample_id: start_times.get(run.sample_id) for run in runs}
        names = list(given)
        if all(starts.values()):
            names.sort(key=lambda name: str(starts[name]))
        counted = {name: number for number, name in enumerate(names, 1)}
        is_complete = None not in given.values()
        orders |= {
            name: counted[name] if order is None or not is_complete else order
            for name, order in given.items()
        }
    return orders
