"""Closed lists of words: kinds of runs, compounds and scans, statuses, and their reasons."""

from enum import StrEnum
from typing import Final

SIMULATED_INSTRUMENT: Final = "simulated"  # of runs that `lcms simulate` wrote


class SampleType(StrEnum):
    """The purpose of an injection."""

    UNKNOWN = "unknown"
    CALIBRATOR = "calibrator"
    QUALITY_CONTROL = "quality_control"
    POOLED_QC = "pooled_qc"
    ZERO = "zero"
    BLANK = "blank"
    SOLVENT = "solvent"


WITHOUT_STANDARD: Final = (SampleType.BLANK, SampleType.SOLVENT)


WITH_LEVEL: Final = (SampleType.CALIBRATOR, SampleType.QUALITY_CONTROL)


class RunStatus(StrEnum):
    """Whether a run could be read, and takes part."""

    OK = "ok"
    FAILED = "failed"
    EXCLUDED = "excluded"


class RunVerdict(StrEnum):
    """Whether a run as a whole can be trusted."""

    OK = "ok"
    SUSPECT = "suspect"
    UNUSABLE = "unusable"


class TriageLevel(StrEnum):
    """Whether a person must look at a result: no, should, or must."""

    VALID = "valid"
    WARNING = "warning"
    ERROR = "error"


class Integrity(StrEnum):
    """What covers the values that were read from a file.

    `CHECKSUM`: the file's own. `ARRAYS`: it has none, so every array that was used was decoded to
    its end and checked. `LENGTHS`: it has none, and some arrays are not compressed, so that they
    have no checksum of their own: another number in them does not show. `CHECKSUM_DIFFERS`: as
    `ARRAYS` or `LENGTHS`, because its checksum does not fit.
    """

    CHECKSUM = "checksum"
    ARRAYS = "arrays"
    LENGTHS = "lengths"
    CHECKSUM_DIFFERS = "checksum_differs"


class RunReason(StrEnum):
    """Why a run is suspect or unusable."""

    NOT_READ = "not_read"
    NO_STANDARDS = "no_standards"
    NOTHING_DETECTED = "nothing_detected"
    STANDARDS_MISSING = "standards_missing"
    STANDARDS_DEVIATE = "standards_deviate"
    TIME_SHIFT = "time_shift"
    MZ_SHIFT = "mz_shift"
    MZ_WINDOW_NARROW = "mz_window_narrow"
    OTHER_POLARITY = "other_polarity"
    SAME_START_TIME = "same_start_time"
    CHECKSUM_DIFFERS = "checksum_differs"


class PeakStatus(StrEnum):
    """The result for one ion in one run."""

    QUANTIFIED = "quantified"
    NOT_DETECTED = "not_detected"
    SATURATED = "saturated"
    NOT_ACQUIRED = "not_acquired"
    EXCLUDED = "excluded"
    FAILED = "failed"


FOUND: Final = (PeakStatus.QUANTIFIED, PeakStatus.SATURATED)


class NotAcquired(StrEnum):
    """Why a run cannot hold an ion; each is a flag of `peaks` as well."""

    WRONG_POLARITY = "wrong_polarity"
    OUTSIDE_SCAN_RANGE = "outside_scan_range"
    OUTSIDE_RUN_TIME = "outside_run_time"
    NO_SURVEY_SCAN = "no_survey_scan"
    NO_TRANSITION = "no_transition"
    TRANSITION_AMBIGUOUS = "transition_ambiguous"
    MZ_WINDOW_NARROW = "mz_window_narrow"


class ConcentrationStatus(StrEnum):
    """The result for one compound in one run."""

    QUANTIFIED = "quantified"
    SINGLE_POINT = "single_point"
    BELOW_LLOQ = "below_lloq"
    ABOVE_ULOQ = "above_uloq"
    NOT_DETECTED = "not_detected"
    NO_CALIBRATION = "no_calibration"
    UNDETERMINED = "undetermined"
    EXCLUDED = "excluded"
    NOT_ACQUIRED = "not_acquired"
    FAILED = "failed"


class IdentificationReason(StrEnum):
    """Why an identification has its level."""

    STANDARD_AND_PRODUCTS = "standard_and_products"
    STANDARD_AND_MS2 = "standard_and_ms2"
    STANDARD_AND_ISOTOPE = "standard_and_isotope"
    STANDARD_TIME = "standard_time"
    PRODUCTS = "products"
    LISTED_TIME = "listed_time"
    ISOMERS_NOT_TOLD_APART = "isomers_not_told_apart"
    EVIDENCE_CONTRADICTS = "evidence_contradicts"
    ISOBAR_ABUNDANT = "isobar_abundant"
    TIME_UNKNOWN = "time_unknown"


class TargetKind(StrEnum):
    """Whether a compound is quantified or is the reference for others."""

    ANALYTE = "analyte"
    INTERNAL_STANDARD = "internal_standard"


class CompoundKind(StrEnum):
    """What a row of concentrations is about."""

    ANALYTE = "analyte"
    ISOMER_SUM = "isomer_sum"


class IsomerBasis(StrEnum):
    """Why a peak is assigned to an isomer that no listed time distinguishes from another one.

    `order`: by the known order of elution. `sum`: nothing assigns it, so it is their sum.
    """

    ORDER = "order"
    SUM = "sum"


class IonRole(StrEnum):
    """A quantifier gives the area of its compound; a qualifier supports the identity."""

    QUANTIFIER = "quantifier"
    QUALIFIER = "qualifier"


class ReviewAction(StrEnum):
    """What a reviewer decided."""

    ACCEPT = "accept"
    REJECT = "reject"
    BORDERS = "borders"
    CANDIDATE = "candidate"
    SWAP = "swap"
    MERGE = "merge"
    EXCLUDE_CALIBRATOR = "exclude_calibrator"
    EXCLUDE_SAMPLE = "exclude_sample"
    COMMENT = "comment"


class ScanKind(StrEnum):
    """What a scan was acquired as; product-ion scans are `full` as well."""

    FULL = "full"
    SIM = "SIM"
    SRM = "SRM"


class DriftKind(StrEnum):
    """The most probable kind of the drift of a response over a batch."""

    NONE = "none"
    LINEAR = "linear"
    SMOOTH = "smooth"
    STEPPED = "stepped"
    NOT_JUDGED = "not_judged"


class FigureKind(StrEnum):
    """What `lcms figures` draws."""

    CALIBRATION = "calibration"
    CONTROLS = "controls"
    CHROMATOGRAMS = "chromatograms"
    STUDY = "study"
