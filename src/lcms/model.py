"""The nouns of the project: frozen records and the words used in status columns.

Times are seconds, m/z are Th, tolerances ppm, intensities counts, areas count·s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class SampleType(StrEnum):
    """What an injection is for."""

    UNKNOWN = "unknown"
    CALIBRATOR = "calibrator"
    QUALITY_CONTROL = "quality_control"
    POOLED_QC = "pooled_qc"
    ZERO = "zero"
    BLANK = "blank"
    SOLVENT = "solvent"


class RunStatus(StrEnum):
    """Whether a run could be read."""

    OK = "ok"
    FAILED = "failed"


class PeakStatus(StrEnum):
    """What became of one ion in one run."""

    QUANTIFIED = "quantified"
    NOT_DETECTED = "not_detected"
    SATURATED = "saturated"
    NOT_ACQUIRED = "not_acquired"
    FAILED = "failed"


class ConcentrationStatus(StrEnum):
    """What became of one compound in one run."""

    QUANTIFIED = "quantified"
    BELOW_LLOQ = "below_lloq"
    ABOVE_ULOQ = "above_uloq"
    NOT_DETECTED = "not_detected"
    NO_CALIBRATION = "no_calibration"
    NOT_ACQUIRED = "not_acquired"
    FAILED = "failed"


class TargetKind(StrEnum):
    """Whether a compound is measured or measured against."""

    ANALYTE = "analyte"
    INTERNAL_STANDARD = "internal_standard"


class IonRole(StrEnum):
    """Quantifier: its area is the compound's. Qualifier: it supports the identity."""

    QUANTIFIER = "quantifier"
    QUALIFIER = "qualifier"


@dataclass(frozen=True)
class Sample:
    """One injection: a row of the sample sheet.

    `mzml` is the path as it can be opened from the working directory. `injection_order` is
    None where the sheet leaves it to the acquisition start times. `factors` are the columns
    that the sheet carries beyond the contract, in the order of the sheet.
    """

    sample_id: str
    mzml: str
    sample_type: SampleType
    level: str | None = None
    batch: str = "1"
    injection_order: int | None = None
    dilution_factor: float = 1.0
    factors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ion:
    """One ion of one compound: a row of the target sheet, its m/z computed.

    `charge` carries the sign of the polarity. `product_mz` is None for an ion that is read in
    MS1. Times are None where the sheet leaves them blank.
    """

    ion_id: str
    target_id: str
    name: str
    kind: TargetKind
    role: IonRole
    precursor_mz: float
    charge: int
    formula: str | None = None
    adduct: str | None = None
    product: str | None = None
    product_mz: float | None = None
    expected_ion_ratio: float | None = None
    internal_standard: str | None = None
    retention_time_s: float | None = None
    retention_time_window_s: float | None = None
    isomer_group: str | None = None

    @property
    def polarity(self) -> int:
        """Return +1 or -1."""
        return 1 if self.charge > 0 else -1


@dataclass(frozen=True)
class Level:
    """A nominal concentration: a row of the level sheet (`target_id` `*`: every analyte)."""

    level: str
    target_id: str
    concentration: float
