"""Cuts the list of runs into chunks; one job works on one chunk."""

from collections.abc import Iterable, Mapping, Sequence
from math import log2
from statistics import median
from typing import Final

from lcms.groups import by_batch
from lcms.model import Sample

CHUNK_MB: Final = 4000.0  # of mzML: a minute of work; the start of a job is short beside it
MOST_RUNS: Final = 64  # a small run costs a fixed time, whatever its size; chosen by judgement
RUNS_MEASURED: Final = 20  # the first of a batch, so that added runs do not move its chunks


def cut_chunks(
    samples: Iterable[Sample], runs_per_chunk: int | Mapping[str, int]
) -> dict[str, tuple[Sample, ...]]:
    """Return the chunks by name, cut inside each batch in the order of the sheet.

    A chunk is named `<batch>_<number>`. Rows added at the end of a batch change its last chunk
    or add one; no other chunk changes its members.

    Parameters
    ----------
    samples : iterable of Sample
        In the order of the sheet.
    runs_per_chunk : int or mapping
        At least 1; one number for all batches, or one for each.
    """
    return {
        f"{batch}_{start // size + 1:04d}": tuple(runs[start : start + size])
        for batch, runs in by_batch(samples).items()
        for size in [runs_per_chunk if isinstance(runs_per_chunk, int) else runs_per_chunk[batch]]
        for start in range(0, len(runs), size)
    }


def fitting_runs(sizes_mb: Sequence[float]) -> int:
    """Return how many runs of a batch one job should work on.

    A power of two between 1 and `MOST_RUNS`, whose files have about `CHUNK_MB` together.
    Because the steps are coarse and the median is used, one changed file does not change it.

    Parameters
    ----------
    sizes_mb : sequence of float
        Sizes of the first files of the batch, MB; at least one.
    """
    fitting = CHUNK_MB / max(median(sizes_mb), CHUNK_MB / MOST_RUNS)
    return int(2 ** max(round(log2(fitting)), 0))
