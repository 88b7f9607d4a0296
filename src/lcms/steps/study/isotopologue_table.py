"""The table `isotopologues`: how the molecules of a compound share the label of a tracer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from lcms.config import Study
from lcms.io.tables.parquet import arrow_table
from lcms.kinds import FOUND, IonRole, PeakStatus
from lcms.model import Floats, Ion
from lcms.numerics.mass.formulas import (
    monoisotopic_mass,
    n_labelled_atoms,
    parse_formula,
    unlabelled_formula,
)
from lcms.numerics.study.isotopologues import (
    MassDistribution,
    Tracer,
    correction_matrix,
    mass_distribution,
    mass_distribution_variance,
    precursor_product_ratio,
    resolution_limit_da,
)
from lcms.schemas import ISOTOPOLOGUES, Row

PEAK_COLUMNS: Final = ["sample_id", "ion_id", "status", "area", "area_sd", "area_lod"]
_RESOLUTION_MZ: Final = 200.0
# The limit of detection is about three standard deviations of the area of nothing.
_SD_OF_LIMIT: Final = 1 / 3


@dataclass(frozen=True)
class Isotopologues:
    """M+0 … M+n of a compound: quantifiers in the order of their labels, and what A is made of."""

    ions: Sequence[Ion]
    matrix: Floats


def isotopologue_groups(ions: Sequence[Ion], study: Study) -> dict[str, Isotopologues]:
    """Return the compounds with a tracer by the target_id of M+0.

    Raises
    ------
    SheetError
        An element without a natural abundance in the table.
    """
    quantifiers = [ion for ion in ions if ion.role is IonRole.QUANTIFIER]
    groups: dict[str, dict[int, Ion]] = {}
    for ion in quantifiers:
        if ion.isotopologue_of is not None:
            groups.setdefault(ion.isotopologue_of, {})[n_labelled_atoms(ion.formula or "")] = ion
    bases = {ion.target_id: ion for ion in quantifiers}
    return {
        name: _group(bases[name], {0: bases[name], **labelled}, study)
        for name, labelled in groups.items()
    }


def _group(base: Ion, by_labels: Mapping[int, Ion], study: Study) -> Isotopologues:
    """Return a compound whose labels are 0 … n, as the target sheet was checked to have."""
    heaviest = by_labels[max(by_labels)]
    atom = next(atom for atom in parse_formula(heaviest.formula or "") if atom.startswith("("))
    isotope, element = atom.strip("(").split(")")
    tracer = Tracer(element, int(isotope), study.tracer_purity)
    formula = unlabelled_formula(base.formula or "")
    limit_da = np.inf
    if study.resolution is not None:
        mass_da = monoisotopic_mass(base.formula or "")
        charge = base.charge or 1
        limit_da = resolution_limit_da(mass_da, charge, study.resolution, _RESOLUTION_MZ)
    matrix = correction_matrix(formula, tracer, max(by_labels), limit_da)
    return Isotopologues([by_labels[k] for k in sorted(by_labels)], matrix)


def isotopologue_table(
    peaks: pa.Table, sample_ids: Sequence[str], ions: Sequence[Ion], study: Study
) -> pa.Table:
    """Return one row per sample, compound with a tracer, and number of labels."""
    groups = isotopologue_groups(ions, study)
    rows = {(row["sample_id"], row["ion_id"]): row for row in peaks.to_pylist()}
    records = []
    for sample_id in sample_ids:
        found = {
            name: _distribution(group, [rows.get((sample_id, ion.ion_id)) for ion in group.ions])
            for name, group in groups.items()
        }
        precursor = found.get(study.tracer_precursor or "")
        for name, of_compound in found.items():
            records += _records(sample_id, name, of_compound, precursor)
    return arrow_table(ISOTOPOLOGUES, records)


@dataclass(frozen=True)
class _Found:
    """Areas of M+0 … M+n with their variances, and the distribution by them; arrays (n + 1,)."""

    area: Floats
    variance: Floats
    distribution: MassDistribution
    fraction_sd: Floats


def _distribution(group: Isotopologues, rows: Sequence[Row | None]) -> _Found:
    pairs = [_area(row) for row in rows]
    area, sd = np.array(pairs).T
    distribution = mass_distribution(area, group.matrix)
    variance = mass_distribution_variance(sd**2, area, group.matrix)
    is_there = np.isfinite(distribution.fraction)
    return _Found(area, sd**2, distribution, np.where(is_there, np.sqrt(variance), np.nan))


def _area(row: Row | None) -> tuple[float, float]:
    """Return area and standard deviation; 0 of a peak that is not there, NaN if none could be."""
    if row is not None and row["status"] in FOUND and row["status"] != PeakStatus.SATURATED:
        return row["area"], row["area_sd"]
    if row is not None and row["status"] == PeakStatus.NOT_DETECTED:
        limit = row["area_lod"]
        return 0.0, np.nan if limit is None else _SD_OF_LIMIT * limit
    return np.nan, np.nan


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
    if not np.isfinite(found.area).all():
        return ["isotopologue_missing"]
    return [] if found.area.sum() > 0 else ["nothing_detected"]
