"""The records of the project, all frozen.

Times are seconds, m/z are Th, tolerances ppm, intensities counts, areas count·s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lcms.kinds import (
    DriftKind,
    Integrity,
    IonRole,
    ReviewAction,
    SampleType,
    ScanKind,
    TargetKind,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ChromatogramId = str  # what `Ion.chromatogram_id` returns


EVERY_ANALYTE: Final = "*"  # as `target_id` of the level sheet


@dataclass(frozen=True)
class Sample:
    """One injection: a row of the sample sheet.

    `mzml` is the path as it can be opened from the working directory, `listed_mzml` as the sheet
    gives it. `injection_order` is None where the sheet leaves it to the acquisition start times.
    `exclude` is the reason why the run takes part in nothing. `spiked_into` is the sample_id or
    the pool whose content a quality control has beside its level; `pool` the material of which
    several runs are injections; `preparation` how a quality control differs from the samples.
    `type_guessed` is the reason of a sample type that nobody has
    confirmed. `factors` are the columns that the sheet carries beyond the contract, in the order
    of the sheet.
    """

    sample_id: str
    mzml: str
    sample_type: SampleType
    level: str | None = None
    batch: str = "1"
    injection_order: int | None = None
    dilution_factor: float = 1.0
    exclude: str | None = None
    spiked_into: str | None = None
    pool: str | None = None
    preparation: str | None = None
    sample_amount: float | None = None
    amount_unit: str | None = None
    type_guessed: str | None = None
    factors: Mapping[str, str] = field(default_factory=dict)
    listed_mzml: str = field(default="", compare=False)


@dataclass(frozen=True)
class Ion:
    """One ion of one compound: a row of the target sheet, its m/z computed.

    `charge` carries the sign of the polarity; 0 where only an m/z is given, which is then
    searched in the polarity of the run. `product_mz` is None for an ion that is read in
    MS1. The retention time and the collision energy (eV) are None where the sheet leaves them
    blank. `retention_time_window_s` is the half-width of the search; where the sheet leaves it
    blank, it is that of the settings. `model` and `weighting` are those of the calibration curve,
    None for the settings. `internal_standard_concentration` is that of its internal standard in
    the vial, `response_factor` the response where both have one concentration (None: 1).
    `isotopologue_of` is the target_id of the same compound without the label of a tracer.
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
    retention_time_window_s: float = field(kw_only=True)
    isomer_group: str | None = None
    collision_energy: float | None = None
    model: str | None = None
    weighting: str | None = None
    internal_standard_concentration: float | None = None
    response_factor: float | None = None
    isotopologue_of: str | None = None

    @property
    def mz(self) -> float:
        """Return the m/z (Th) at which it is measured: of the product where there is one."""
        return self.precursor_mz if self.product_mz is None else self.product_mz

    @property
    def polarity(self) -> int:
        """Return +1, -1, or 0 where the sheet gives no charge."""
        return (self.charge > 0) - (self.charge < 0)

    @cached_property
    def chromatogram_id(self) -> str:
        """The key of its chromatogram; isomers of one group share it.

        Ions that share a chromatogram are integrated together; an ion without a group is alone.
        """
        if self.isomer_group is None:
            return self.ion_id
        return " ".join(
            filter(None, (self.isomer_group, f"{self.precursor_mz:.4f}", self.product))
        )


@dataclass(frozen=True)
class Decision:
    """One decision of a reviewer: a row of the review sheet.

    `number` is its row, the first is 1. Borders are in s: `old_s` those that the reviewer saw,
    `new_s` those that were set, None where there are none. `when` is a time in ISO 8601.
    """

    number: int
    sample_id: str
    ion_id: str
    action: ReviewAction
    other_ion_id: str | None = None
    old_s: tuple[float, float] | None = None
    new_s: tuple[float, float] | None = None
    who: str = ""
    when: str = ""
    why: str | None = None


@dataclass(frozen=True)
class Level:
    """A nominal concentration: a row of the level sheet (`target_id` `*`: every analyte)."""

    level: str
    target_id: str
    concentration: float


EVERYWHERE: Final = np.array([[0.0, np.inf]])

Windows = tuple[tuple[float, float], ...]  # lowest and highest m/z of each, Th


class Scan(NamedTuple):
    """One scan as centroids or profile points, m/z ascending.

    `mz` in Th and `intensity` in counts have one shape, (n,); `retention_time_s` is the scan
    start time; `polarity` is +1, -1 or 0 (not given); `mz_range` the acquired range in Th, None
    where the file gives none. `windows_mz` are the scan windows if there are several (BoxCar).
    `voltage_v` is the compensation voltage (FAIMS, SELEXION); `function` the number of the
    function, experiment or scan configuration; `mobility` the drift time or inverse mobility of
    a scan that is one bin of an ion mobility frame; each is None where the file gives none.
    `has_mobility_array` is true of a scan that holds the points of all bins. Of MS2 scans and
    above: `precursor_mz` is the selected ion, or the target of the isolation where none is named;
    `isolation_mz` the lower and upper edge of the isolation window in Th; each is None where the
    file gives none. `collision_energy` is in eV or as the file gives it; MS1 scans have one
    where all ions are fragmented.
    """

    retention_time_s: float
    polarity: int
    mz: Floats
    intensity: Floats
    is_profile: bool = False
    mz_range: tuple[float, float] | None = None
    ms_level: int = 1
    native_id: str = ""
    precursor_mz: float | None = None
    isolation_mz: tuple[float, float] | None = None
    collision_energy: float | None = None
    kind: ScanKind = ScanKind.FULL
    windows_mz: Windows = ()
    voltage_v: float | None = None
    function: int | None = None
    mobility: float | None = None
    has_mobility_array: bool = False


class Need(NamedTuple):
    """Which points of a scan are needed.

    Those up to `highest_mz` in Th (infinite: all of them; 0: none), and their intensities only
    if one lies in a window of `windows_mz`, shape (k, 2): Th, the upper ends not included.
    """

    highest_mz: float
    windows_mz: Floats = EVERYWHERE

    def is_met(self, mz: Floats) -> bool:
        """Return whether an m/z (Th, ascending) of a scan lies in a window."""
        starts, ends = mz.searchsorted(self.windows_mz.T)
        return bool(starts.tobytes() != ends.tobytes())  # faster than to compare so few numbers


NOTHING: Final = Need(0.0)
WHOLE: Final = Need(np.inf)


class SrmChromatogram(NamedTuple):
    """One chromatogram of a transition as the file holds it.

    m/z in Th; `polarity` is +1, -1 or 0 (not given); `retention_time_s` in seconds and
    `intensity` in counts have one shape, (n,); `collision_energy` is None
    where the file gives none.
    """

    native_id: str
    precursor_mz: float
    product_mz: float
    polarity: int
    collision_energy: float | None
    retention_time_s: Floats
    intensity: Floats


@dataclass(frozen=True)
class Wanted:
    """Which parts of a run are read.

    `levels` are the MS levels of the scans that are handed on. SRM chromatograms are handed on
    where `chromatograms` is true. `bare_unit_s` is the unit, in seconds, of times for which the
    file names none; 0: such a file is refused. The offsets of MS2 scans of `precursors_mz` (Th)
    are noted.
    """

    levels: frozenset[int] = frozenset({1})
    chromatograms: bool = False
    bare_unit_s: float = 0.0
    precursors_mz: tuple[float, ...] = ()


class ScanOffset(NamedTuple):
    """The bytes of an MS2 scan in a file, and of the MS1 scan before it; -1 if there is none."""

    begin: int
    end: int
    survey_begin: int
    survey_end: int


@dataclass(frozen=True)
class ScanOffsets:
    """The offsets of MS2 scans in a file, and the size of that file."""

    file_bytes: int
    scans: tuple[ScanOffset, ...]


@dataclass(frozen=True)
class RunFacts:
    """The facts of a run beside its scans.

    `n_ms2` counts the scans of MS2 and above; optical spectra are not counted. `polarities` are
    those of the MS1 scans: a set of +1, -1, 0. `scan_offsets` is None if a file can only be read
    from its start: gzip, or a file read by pyOpenMS. `integrity` is what covers the values.
    """

    start_time: str | None
    instrument: str | None
    n_ms1: int
    n_ms2: int
    n_chromatograms: int
    polarities: frozenset[int]
    scan_offsets: ScanOffsets | None = None
    integrity: Integrity = Integrity.ARRAYS


@dataclass(frozen=True)
class Chromatogram:
    """The intensity of one ion over time; four arrays of one shape, (n,).

    `retention_time_s` ascends; `intensity` in counts is 0 where no centroid was in the m/z
    window; `centroid_error_ppm` is the m/z error of the centroid, NaN where there is none.
    `hidden` is the intensity of the ion, in counts, that may be missing: merged into a centroid
    just outside the window.
    """

    retention_time_s: Floats
    intensity: Floats
    centroid_error_ppm: Floats
    hidden: Floats

    def between(self, start_s: float, end_s: float) -> Bools:
        """Return which points lie between two times in s, both included; shape (n,)."""
        return (self.retention_time_s >= start_s) & (self.retention_time_s <= end_s)


@dataclass(frozen=True)
class PickedPeak:
    """A stretch of a chromatogram that may be a peak; times in seconds."""

    apex_s: float
    left_s: float
    right_s: float


@dataclass(frozen=True)
class Candidate:
    """A picked peak, integrated; units as in the table `peaks`.

    `parent_ratio` is the height of the compound that it may be a fragment of, divided by its own;
    0 where no such compound elutes with it.
    """

    retention_time_s: float
    left_s: float
    right_s: float
    area: float
    area_sd: float
    height: float
    signal_to_noise: float
    fwhm_s: float
    tailing: float
    error_ppm: float
    n_points: int
    shape: float
    parent_ratio: float = 0.0


@dataclass(frozen=True)
class CalibrationCurve:
    """A polynomial response = Σ coefficient · concentration^power, with its covariance.

    `coefficients` has shape (p,) in the order of `powers`: (0, 1) for a line, (1,) for a line
    through zero, (0, 1, 2) for a parabola. `covariance` has shape (p, p); `residual_sd` is the
    weighted residual standard deviation, with n - p degrees of freedom. `highest` is the
    highest concentration of the fit.
    """

    powers: tuple[int, ...]
    coefficients: Floats
    covariance: Floats
    residual_sd: float
    highest: float

    def coefficient(self, power: int) -> float:
        """Return the coefficient of a power of the concentration; 0 where it has none."""
        return float(self.coefficients[self.powers.index(power)]) if power in self.powers else 0.0

    def variance(self, first: int, second: int) -> float:
        """Return the covariance of the coefficients of two powers; 0 where there is none."""
        if first not in self.powers or second not in self.powers:
            return 0.0
        return float(self.covariance[self.powers.index(first), self.powers.index(second)])


@dataclass(frozen=True)
class Drift:
    """The drift of the logarithm of the response over a batch, and the scatter around it.

    `log_factor` and its `variance` belong to the runs at `position`, ascending; arrays of (n,).
    `probability` is that of any drift (NaN: not judged). `scatter` is the relative standard
    deviation between runs beyond the area noise (NaN: unknown), with `scatter_freedom`. `shown`
    are the positions of the first and the last replicate: outside them no step would show (NaN:
    not judged).
    """

    kind: DriftKind
    position: Floats
    log_factor: Floats
    variance: Floats
    probability: float
    scatter: float
    scatter_freedom: float
    shown: tuple[float, float]
