"""What a batch with known truth says of its results: tables in, shares out.

All functions take the table `pairs`: one row per batch, sample and target, with

==================== ======================================================================
`preset`, `seed`      what the batch was simulated with; together they name it
`sample_id`           injection
`sample_type`         `unknown`, `quality_control`, `blank`, ...
`target_id`, `kind`   compound; `analyte` or `internal_standard`
`isomer_group`        null where the compound has no isomer among the targets
`present`             whether the sample truly holds it (carry-over does not count)
`true_nmol_l`         true concentration
`true_signal_to_noise` of the peak that truly elutes, carry-over included
`peak_status`         status of the quantifier's peak
`status`              status of the concentration
`concentration`, `concentration_low`, `concentration_high`
==================== ======================================================================
"""

from dataclasses import dataclass
from typing import Final

import pandas as pd

JUDGED_TYPES: Final = ("unknown", "quality_control")
EMPTY_TYPES: Final = ("blank", "solvent")
CALLED: Final = ("quantified", "above_uloq")
NOT_FOUND: Final = ("not_detected", "not_acquired", "failed")

JUDGED_FROM_NMOL_L: Final = 3.0
NEAR_LLOQ_BELOW_NMOL_L: Final = 6.0
WITHIN: Final = 0.15
WITHIN_NEAR_LLOQ: Final = 0.20
CLEAR_SIGNAL_TO_NOISE: Final = 10.0
BATCH: Final = ["preset", "seed"]


@dataclass(frozen=True)
class Share:
    """A count and what it is a share of."""

    count: int
    of: int

    @property
    def percent(self) -> float:
        """Return the share in percent; nan where there is nothing to count."""
        return 100 * self.count / self.of if self.of else float("nan")

    def __str__(self) -> str:
        """Return the share with the counts behind it."""
        return f"{self.percent:.1f} % ({self.count}/{self.of})"


@dataclass(frozen=True)
class Scores:
    """The shares of one or more batches; the extremes of the coverage are of single batches."""

    within: Share
    within_isomers: Share
    false_quantified: Share
    missed: Share
    covered: Share
    covered_lowest: float
    covered_highest: float


def scores(pairs: pd.DataFrame) -> Scores:
    """Return all shares of the pooled batches."""
    by_batch = covered_by_batch(pairs)
    return Scores(
        within=share(is_within(judged(pairs))),
        within_isomers=share(is_within(isomers(judged(pairs)))),
        false_quantified=share(is_called(absent(pairs))),
        missed=share(is_not_found(clear(pairs))),
        covered=share(is_covered(with_interval(judged(pairs)))),
        covered_lowest=float(by_batch.min()),
        covered_highest=float(by_batch.max()),
    )


def share(is_so: pd.Series) -> Share:
    """Return how many of the values are true."""
    return Share(int(is_so.sum()), len(is_so))


def analytes(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are no internal standards."""
    return pairs[pairs["kind"] == "analyte"]


def judged(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the analytes of unknowns and quality controls at 3 nM or more."""
    rows = analytes(pairs)
    is_high = rows["true_nmol_l"] >= JUDGED_FROM_NMOL_L
    return rows[rows["sample_type"].isin(JUDGED_TYPES) & is_high]


def isomers(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of compounds that have an isomer among the targets."""
    return pairs[pairs["isomer_group"].notna()]


def absent(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the analytes that are truly absent: of unknowns, and all of blanks and solvents."""
    rows = analytes(pairs)
    is_absent = (rows["sample_type"] == "unknown") & ~rows["present"]
    return rows[is_absent | rows["sample_type"].isin(EMPTY_TYPES)]


def clear(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the rows, of all runs and targets, whose true peak has an S/N of 10 or more."""
    return pairs[pairs["true_signal_to_noise"] >= CLEAR_SIGNAL_TO_NOISE]


def with_interval(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that have both ends of their interval."""
    return pairs[pairs["concentration_low"].notna() & pairs["concentration_high"].notna()]


def is_within(pairs: pd.DataFrame) -> pd.Series:
    """Return whether each value is within 15 % of the truth, 20 % below 6 nM.

    A value counts whatever its status (`below_lloq` and `above_uloq` keep theirs); no value is
    outside.
    """
    allowed = pairs["true_nmol_l"].map(
        lambda nmol_l: WITHIN_NEAR_LLOQ if nmol_l < NEAR_LLOQ_BELOW_NMOL_L else WITHIN
    )
    return relative_error(pairs).abs() <= allowed


def relative_error(pairs: pd.DataFrame) -> pd.Series:
    """Return found by true concentration, less 1; nan where nothing was found."""
    return pairs["concentration"] / pairs["true_nmol_l"] - 1


def is_called(pairs: pd.DataFrame) -> pd.Series:
    """Return whether each concentration is claimed: `quantified`, or even above the range."""
    return pairs["status"].isin(CALLED)


def is_not_found(pairs: pd.DataFrame) -> pd.Series:
    """Return whether each peak was not found, for whatever reason."""
    return pairs["peak_status"].isin(NOT_FOUND)


def is_covered(pairs: pd.DataFrame) -> pd.Series:
    """Return whether each interval holds the truth, its ends included."""
    return (pairs["concentration_low"] <= pairs["true_nmol_l"]) & (
        pairs["true_nmol_l"] <= pairs["concentration_high"]
    )


def covered_by_batch(pairs: pd.DataFrame) -> pd.Series:
    """Return in percent how many intervals of each batch hold the truth."""
    rows = with_interval(judged(pairs))
    return 100 * is_covered(rows).groupby([rows[name] for name in BATCH]).mean()
