"""Cuts the list of runs into chunks, the share of one job."""

from collections import defaultdict
from collections.abc import Iterable

from lcms.model import Sample


def cut_chunks(samples: Iterable[Sample], runs_per_chunk: int) -> dict[str, tuple[Sample, ...]]:
    """Return the chunks by name, cut inside each batch in the order of the sheet.

    A chunk is named `<batch>_<number>`. Rows added at the end of a batch change its last chunk
    or add one; no other chunk changes its members.

    Parameters
    ----------
    samples : iterable of Sample
        In the order of the sheet.
    runs_per_chunk : int
        At least 1.
    """
    batches: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        batches[sample.batch].append(sample)
    return {
        f"{batch}_{start // runs_per_chunk + 1:04d}": tuple(runs[start : start + runs_per_chunk])
        for batch, runs in batches.items()
        for start in range(0, len(runs), runs_per_chunk)
    }
