"""Whether the listed times of isomers may be exchanged; `lcms check` and the summary say so."""

from collections.abc import Iterator, Sequence

from lcms.kinds import IonRole, TargetKind
from lcms.model import Ion
from lcms.numerics.elution_series import series_order, series_rank


def exchanged_times(ions: Sequence[Ion]) -> Iterator[str]:
    """Yield a sentence for listed times of which two are probably exchanged.

    The labelled copy elutes with its compound, so it cannot be listed at the time of an isomer.
    The times of Lac-Val, Lac-Ile, Lac-Leu and Lac-Phe ascend (reversed phase) or descend.
    """
    timed = [
        ion
        for ion in ions
        if ion.role is IonRole.QUANTIFIER
        and ion.retention_time_s is not None
        and series_rank(ion) is not None
    ]
    analytes = [ion for ion in timed if ion.kind is TargetKind.ANALYTE]
    for standard in (ion for ion in timed if ion.kind is TargetKind.INTERNAL_STANDARD):
        yield from _at_another(standard, analytes)
    if analytes and series_order(analytes, "auto").direction == 0:
        ascending = sorted(analytes, key=_time_s)
        names = ", ".join(dict.fromkeys(ion.target_id for ion in ascending))
        yield (
            f"by their listed times the order is {names}, neither that of reversed phase (Val, "
            "Ile, Leu, Phe) nor its reverse: are two times exchanged? Nothing is judged by the "
            "order"
        )


def _at_another(standard: Ion, analytes: Sequence[Ion]) -> Iterator[str]:
    """Yield a sentence if a labelled copy is listed nearer to an isomer than to its compound."""
    own = next((ion for ion in analytes if series_rank(ion) == series_rank(standard)), None)
    if own is None or own.isomer_group is None:
        return
    members = [ion for ion in analytes if ion.isomer_group == own.isomer_group]
    nearest = min(members, key=lambda ion: abs(_time_s(ion) - _time_s(standard)))
    if abs(_time_s(nearest) - _time_s(standard)) < abs(_time_s(own) - _time_s(standard)):
        yield (
            f"{standard.target_id} is listed at {_time_s(standard):g} s, nearer to "
            f"{nearest.target_id} ({_time_s(nearest):g} s) than to {own.target_id} "
            f"({_time_s(own):g} s): are the two exchanged?"
        )


def _time_s(ion: Ion) -> float:
    return ion.retention_time_s or 0.0
