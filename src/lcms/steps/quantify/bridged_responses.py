"""The responses of several batches on one scale: `response_bridged` of `concentrations`."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lcms.kinds import SampleType
from lcms.model import Floats
from lcms.numerics.quantity.bridging import bridge_factors

_UNSOUND: Final = {"saturated", "internal_standard_saturated", "replicates_contradict"}
_COLUMNS: Final = ("batch", "target_id", "response_corrected", "flags")


def with_bridged_responses(table: pa.Table) -> pa.Table:
    """Return `concentrations` with responses bridged by the pooled QCs of the batches.

    A compound that has no sound pooled QC in one of the batches is not bridged in any.
    """
    batches: list[str] = list(dict.fromkeys(map(str, table["batch"].to_pylist())))
    factors = {
        target_id: dict(zip(batches, zip(*bridge_factors(logs), strict=True), strict=True))
        for target_id, logs in _pooled_logs(table, batches).items()
    }
    pairs = zip(table["target_id"].to_pylist(), table["batch"].to_pylist(), strict=True)
    factor, sd = np.array(
        [factors.get(str(name), {}).get(str(batch), (np.nan, np.nan)) for name, batch in pairs]
    ).T.reshape(2, -1)
    bridged = table["response_corrected"].to_numpy() * factor
    for name, values in (("response_bridged", bridged), ("bridge_sd_percent", 100 * sd)):
        column = pa.array(values, pa.float64(), from_pandas=True)
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table


def _pooled_logs(table: pa.Table, batches: list[str]) -> dict[str, list[Floats]]:
    """Return the logarithms of the pooled QCs of each compound in each batch."""
    is_pooled = pc.equal(table["sample_type"], pa.scalar(SampleType.POOLED_QC.value))
    logs: dict[str, dict[str, list[float]]] = {}
    for row in table.filter(is_pooled).select(_COLUMNS).to_pylist():
        response = row["response_corrected"]
        if response is not None and response > 0 and _UNSOUND.isdisjoint(row["flags"]):
            of_batch = logs.setdefault(row["target_id"], {name: [] for name in batches})
            of_batch[row["batch"]].append(float(np.log(response)))
    return {
        target_id: [np.array(of_batch[name]) for name in batches]
        for target_id, of_batch in logs.items()
    }
