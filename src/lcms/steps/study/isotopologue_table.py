"""The table `isotopologues`: how the molecules of a compound share the label of a tracer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from lcms.config import Settings
from lcms.io.tables.parquet import arrow_table
from lcms.kinds import FOUND, PeakStatus
from lcms.model import Floats, Ion
from lcms.numerics.study.isotopologues import (
    MassDistribution,
    mass_distribution,
    mass_distribution_variance,
    precursor_product_ratio,
    unbounded_fractions,
    with_hidden,
)
from lcms.schemas import ISOTOPOLOGUES, Row
from lcms.steps.study.isotopologue_groups import Isotopologues, isotopologue_groups

PEAK_COLUMNS: Final = [
    *("sample_id", "ion_id", "status", "area", "area_sd", "area_lod", "area_decision_limit"),
    "score",
]
# The limit of detection is about three standard deviations of the area of nothing.
_SD_OF_LIMIT: Final = 1 / 3
# A limit of detection so many times the decision limit is that of scans whose threshold hides
# small peaks: with the noise alone it is about 1.5 times. Chosen by judgement.
_HIDDEN: Final = 2.0
_SD_OF_HIDDEN: Final = float(12**-0.5)  # of the limit: a uniform distribution from 0 to it


def isotopologue_table(
    peaks: pa.Table, sample_ids: Sequence[str], ions: Sequence[Ion], settings: Settings
) -> pa.Table:
    """Return one row per sample, compound with a tracer, and number of labels."""
    study = settings.study
    least_score = settings.integration.detection_score
    groups = isotopologue_groups(ions, study)
    rows = {(row["sample_id"], row["ion_id"]): row for row in peaks.to_pylist()}
    records = []
    for sample_id in sample_ids:
        compounds = {
            name: _found(
                group,
                [_area(rows.get((sample_id, ion.ion_id)), least_score) for ion in group.ions],
            )
            for name, group in groups.items()
        }
        precursor = compounds.get(study.tracer_precursor or "")
        for name, of_compound in compounds.items():
            records += _records(sample_id, name, of_compound, precursor)
    return arrow_table(ISOTOPOLOGUES, records)


@dataclass(frozen=True)
class _Area:
    """The area of an ion, 0 if it is not detected, and as fitted, which may be below 0.

    None where isomers are not separated. `fitted` is NaN where a peak below `limit` is hidden.
    """

    area: float | None
    fitted: float | None
    sd: float | None
    limit: float = np.nan


@dataclass(frozen=True)
class _Found:
    """Areas of M+0 … M+n, and how the molecules share the label by them; arrays (n + 1,).

    `is_correctable`: there is a matrix.
    """

    area: Floats
    distribution: MassDistribution
    unbounded: Floats
    fraction_sd: Floats
    is_correctable: bool


def _found(group: Isotopologues, areas: Sequence[_Area]) -> _Found:
    cells = [(each.area, each.fitted, each.sd, each.limit) for each in areas]
    area, fitted, sd, limit = np.array(cells, dtype=np.float64).T
    nothing = np.full(area.size, np.nan)
    if group.matrix is None:
        distribution = MassDistribution(nothing, np.nan, nothing)
        return _Found(area, distribution, nothing, nothing, is_correctable=False)
    distribution = mass_distribution(area, group.matrix)
    variance = mass_distribution_variance(sd**2, area, group.matrix)
    is_there = np.isfinite(distribution.fraction)
    filled = with_hidden(fitted, limit, group.matrix)
    return _Found(
        area,
        distribution,
        np.where(is_there, unbounded_fractions(filled, group.matrix), np.nan),
        np.where(is_there, np.sqrt(variance), np.nan),
        is_correctable=True,
    )


def _area(row: Row | None, least_score: float) -> _Area:
    """Return the area of a peak: 0 of one that is not there, NaN if none could be.

    What is too small to be detected has the area of the fit, its score times the standard error
    without a peak; a signal that is not that of the ion (other m/z, too few points) has 0. Where
    scans hide small peaks, the fit shows nothing of them.
    """
    if row is not None and row["status"] in FOUND and row["status"] != PeakStatus.SATURATED:
        return _Area(row["area"], row["area"], row["area_sd"])
    if row is None or row["status"] != PeakStatus.NOT_DETECTED:
        return _Area(np.nan, np.nan, np.nan)
    limit = row["area_lod"]
    if row["area_decision_limit"] is None or row["score"] is None:
        return _Area(0.0, 0.0, np.nan if limit is None else _SD_OF_LIMIT * limit)
    if limit is not None and limit > _HIDDEN * row["area_decision_limit"]:
        return _Area(0.0, np.nan, _SD_OF_HIDDEN * limit, limit)
    sd = row["area_decision_limit"] / least_score
    return _Area(0.0, sd * row["score"] if row["score"] < least_score else 0.0, sd)


def _records(sample_id: str, name: str, found: _Found, precursor: _Found | None) -> list[Row]:
    distribution = found.distribution
    ratio = np.full(found.area.size, np.nan)
    if precursor is not None and precursor.area.size == found.area.size and precursor is not found:
        ratio = precursor_product_ratio(distribution.fraction, precursor.distribution.fraction)
        ratio[0] = np.nan  # M+0 is no product of the tracer
    return [
        {
            "sample_id": sample_id,
            "target_id": name,
            "n_label": k,
            "area": float(found.area[k]),
            "fraction": float(distribution.fraction[k]),
            "fraction_unbounded": float(found.unbounded[k]),
            "fraction_sd": float(found.fraction_sd[k]),
            "residual": float(distribution.residual[k]),
            "enrichment": distribution.enrichment,
            "precursor_ratio": float(ratio[k]),
            "n_used": int(np.isfinite(found.area).sum()),
            "n_censored": int(np.count_nonzero(found.area == 0)),
            "method": "non_negative_least_squares",
            "flags": _flags(found),
        }
        for k in range(found.area.size)
    ]


def _flags(found: _Found) -> list[str]:
    if not found.is_correctable:
        return ["label_not_located"]
    if not np.isfinite(found.area).all():
        return ["isotopologue_missing"]
    return [] if found.area.sum() > 0 else ["nothing_detected"]
