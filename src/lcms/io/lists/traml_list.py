"""Reads TraML, the format of the standards initiative for transition lists."""

from pathlib import Path
from typing import Any

import pyopenms

from lcms.errors import InitError
from lcms.io.lists.listed_ion import ListedIon, TimeUnit


def read_traml(path: Path) -> list[ListedIon]:
    """Return the transitions of a TraML file.

    Raises
    ------
    InitError
        If it cannot be read, or holds no transition.
    """
    experiment = pyopenms.TargetedExperiment()
    try:
        pyopenms.TraMLFile().load(str(path), experiment)
    except RuntimeError as error:
        raise InitError(f"{path}: is no TraML: {error}") from error
    compounds = {_text(one.id): one for one in experiment.getCompounds()}
    ions = [_ion(transition, compounds) for transition in experiment.getTransitions()]
    if not ions:
        raise InitError(f"{path}: holds no transitions")
    return ions


def _ion(transition: Any, compounds: dict[str, Any]) -> ListedIon:  # noqa: ANN401  (no types)
    name = _text(transition.getCompoundRef()) or _text(transition.getPeptideRef())
    compound = compounds.get(name)
    time, unit = _time(compound)
    charge = compound.getChargeState() if compound is not None and compound.hasCharge() else 0
    formula = _text(compound.molecular_formula) if compound is not None else ""
    return ListedIon(
        compound=name or _text(transition.getName()),
        precursor_mz=transition.getPrecursorMZ(),
        product_mz=transition.getProductMZ() or None,
        formula=formula or None,
        polarity=-1 if charge < 0 else 0,
        time=time,
        time_unit=unit,
    )


def _time(compound: Any) -> tuple[float | None, TimeUnit]:  # noqa: ANN401  (no types)
    if compound is None or not compound.hasRetentionTime():
        return None, TimeUnit.UNKNOWN
    units = pyopenms.RetentionTime.RTUnit
    unit = {units.SECOND: TimeUnit.SECOND, units.MINUTE: TimeUnit.MINUTE}.get(
        compound.getRetentionTimeUnit(), TimeUnit.UNKNOWN
    )
    return compound.getRetentionTime(), unit


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
