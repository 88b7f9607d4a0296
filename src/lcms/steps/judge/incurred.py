"""Samples that were measured again in another batch."""

from collections.abc import Sequence
from itertools import chain

import numpy as np

from lcms.groups import grouped
from lcms.kinds import ConcentrationStatus, SampleType
from lcms.model import Floats, Sample
from lcms.steps.judge.findings import CompoundResults


def incurred_percent(batches: Sequence[CompoundResults]) -> Floats:
    """Return 100 · (repeat - first) / mean of each repeated measurement of a compound.

    Unknowns of one `pool` are one sample. Its first quantified injection is compared with the
    quantified ones in later batches; injections of one batch are replicates.

    Parameters
    ----------
    batches : sequence of CompoundResults
        A compound in each batch, in their order.
    """
    measured = list(chain.from_iterable(_quantified(batch) for batch in batches))
    by_pool = grouped(measured, lambda pair: pair[0].pool)
    differences = [
        200 * (repeat - first) / (repeat + first)
        for pool, ((first_run, first), *others) in by_pool.items()
        for run, repeat in others
        if pool is not None and run.batch != first_run.batch
    ]
    return np.array(differences, dtype=np.float64)


def _quantified(batch: CompoundResults) -> list[tuple[Sample, float]]:
    """Return the quantified unknowns of a batch with their concentrations."""
    target_id, rows = batch.target.target_id, batch.tables.concentrations
    pairs = [(run, rows[run.sample_id, target_id]) for run in batch.of_type(SampleType.UNKNOWN)]
    return [
        (run, float(row["concentration"]))
        for run, row in pairs
        if row["status"] == ConcentrationStatus.QUANTIFIED
    ]
