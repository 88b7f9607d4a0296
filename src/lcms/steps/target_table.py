"""The target sheet as it was understood: the table `targets`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from lcms.config import Settings
from lcms.io.sheets.inputs import Guard, guard_panel
from lcms.io.tables.parquet import write_rows
from lcms.model import Ion
from lcms.schemas import TARGETS, Row

_POLARITIES: Final = {1: "+", -1: "-", 0: "unknown"}


def write_targets(
    results: Path, ions: Sequence[Ion], settings: Settings, metadata: Mapping[str, str]
) -> None:
    """Write `targets.parquet`, one row per ion in the order of the sheet."""
    guard = guard_panel(tuple(ions), settings)
    tolerance_ppm = settings.extraction.mz_tolerance_ppm
    rows = [_row(ion, guard) | {"mz_tolerance_ppm": tolerance_ppm} for ion in ions]
    write_rows(results / "targets.parquet", TARGETS, rows, metadata)


def _row(ion: Ion, guard: Guard) -> Row:
    isobars = guard.isobars[ion.ion_id]
    return {
        "ion_id": ion.ion_id,
        "target_id": ion.target_id,
        "name": ion.name,
        "kind": ion.kind.value,
        "ion_role": ion.role.value,
        "formula": ion.formula,
        "adduct": ion.adduct,
        "charge": ion.charge or None,
        "polarity": _POLARITIES[ion.polarity],
        "precursor_mz": ion.precursor_mz,
        "product": ion.product,
        "product_mz": ion.product_mz,
        "collision_energy": ion.collision_energy,
        "retention_time_s": ion.retention_time_s,
        "retention_time_window_s": ion.retention_time_window_s,
        "expected_ion_ratio": ion.expected_ion_ratio,
        "internal_standard": ion.internal_standard,
        "isomer_group": ion.isomer_group,
        "model": ion.model,
        "weighting": ion.weighting,
        "internal_standard_concentration": ion.internal_standard_concentration,
        "response_factor": ion.response_factor,
        "shared_mz": _sharing(ion, guard),
        "isobars": [
            isobar.name + (" (abundant)" if isobar.abundance == "abundant" else "")
            for isobar in isobars
        ],
    }


def _sharing(ion: Ion, guard: Guard) -> list[str]:
    """Return the ions that neither m/z nor time separates from an ion."""
    pairs = [pair for pair in guard.shared if ion in pair]
    return [first.ion_id if second is ion else second.ion_id for first, second in pairs]
