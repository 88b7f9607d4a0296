"""A row of a target list, whatever program wrote it."""

from dataclasses import dataclass
from enum import StrEnum


class TimeUnit(StrEnum):
    """The unit of a listed retention time."""

    SECOND = "s"
    MINUTE = "min"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ListedIon:
    """An ion of a list; None where the list does not say.

    m/z in Th; `time` in `time_unit`; `polarity` +1, -1 or 0 (not said); `half_window_s` half the
    width of the search. `is_labelled` is true of a heavy ion that shares its name with the light.
    """

    compound: str
    precursor_mz: float | None = None
    product_mz: float | None = None
    formula: str | None = None
    adduct: str | None = None
    polarity: int = 0
    time: float | None = None
    time_unit: TimeUnit = TimeUnit.UNKNOWN
    half_window_s: float | None = None
    is_labelled: bool = False
    is_standard: bool | None = None
    internal_standard: str | None = None
    is_quantifier: bool | None = None
    ion_ratio: float | None = None
