"""Which ion of a compound is used for its concentration in a batch: the rows of `ions`."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lcms.io.tables.pairs import PairRows
from lcms.model import Ion
from lcms.numerics.identity.ion_agreement import Agreement, ion_agreement
from lcms.schemas import Row
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.peak_columns import Peaks, peaks_of


def quantifying_peaks(
    batch: BatchRuns, quantifier: Ion, ions: Sequence[Ion], amounts: PairRows
) -> tuple[Peaks, list[Row]]:
    """Return the peaks from which a compound is quantified, and the rows of its ions.

    These are the peaks of the quantifier. If another compound interferes with the quantifier,
    they are those of the first qualifier without interference, in all runs of the batch, and a
    flag is added.

    Parameters
    ----------
    ions : sequence of Ion
        Those of the compound.
    """
    ordered = [quantifier, *(ion for ion in ions if ion is not quantifier)]
    peaks = [peaks_of(batch, ion, amounts) for ion in ordered]
    sd = np.sqrt([ion_peaks.area_variance for ion_peaks in peaks])
    agreement = ion_agreement(np.array([ion_peaks.area for ion_peaks in peaks]), sd)
    chosen = int(np.argmin(agreement.is_interfered))
    rows = [
        _row(batch, ion, peaks[k], agreement, k) | {"use": _use(agreement, k, chosen)}
        for k, ion in enumerate(ordered)
    ]
    best = peaks[chosen]
    if chosen:
        best = replace(best, flags=tuple((*flags, "quantifier_replaced") for flags in best.flags))
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
