"""Which ion quantifies a compound in a batch, and how its ions agree: the rows of `ions`."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lcms.model import Ion
from lcms.numerics.identity.ion_agreement import Agreement, ion_agreement
from lcms.schemas import Row
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.peak_columns import Peaks, Rows, peaks_of


def quantifying_peaks(
    batch: BatchRuns, quantifier: Ion, ions: Sequence[Ion], amounts: Rows
) -> tuple[Peaks, list[Row]]:
    """Return the peaks of the ion that quantifies a compound, and how its ions agree.

    The quantifier, unless another compound disturbs it: then the first undisturbed qualifier,
    in all runs of the batch, and a flag says so.

    Parameters
    ----------
    ions : sequence of Ion
        Those of the compound.
    """
    own = [quantifier, *(one for one in ions if one is not quantifier)]
    found = [peaks_of(batch, one, amounts) for one in own]
    sd = np.sqrt([one.area_variance for one in found])
    agreement = ion_agreement(np.array([one.area for one in found]), sd)
    chosen = int(np.argmin(agreement.is_interfered))
    rows = [
        _row(batch, ion, found[k], agreement, k) | {"use": _use(agreement, k, chosen)}
        for k, ion in enumerate(own)
    ]
    best = found[chosen]
    if chosen:
        best = replace(best, flags=tuple((*one, "quantifier_replaced") for one in best.flags))
    return best, rows


def _use(agreement: Agreement, k: int, chosen: int) -> str:
    if k == chosen:
        return "quantifies"
    return "dropped" if agreement.is_interfered[k] else "supports"


def _row(batch: BatchRuns, ion: Ion, peaks: Peaks, agreement: Agreement, k: int) -> Row:
    return {
        "batch": batch.name,
        "target_id": ion.target_id,
        "ion_id": ion.ion_id,
        "ion_role": ion.role.value,
        "reason": "interfered" if agreement.is_interfered[k] else None,
        "n_runs": int(np.count_nonzero(np.isfinite(peaks.area))),
        "area_ratio": float(agreement.ratio[k]),
        "disagreement": float(agreement.disagreement[k]),
    }
