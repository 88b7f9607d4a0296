"""Quality controls that were not prepared as the samples: the rows of `preparation`.

Of one level, with the means over the runs of each preparation,

    matrix factor = response (post-extraction) / response (neat),
    recovery of the extraction = area (as the samples) / area (post-extraction),
    stability = concentration (stored) / nominal concentration.

References
----------
Matuszewski, Constanzer & Chavez-Eng, Anal. Chem. 75 (2003) 3019: the three sets.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from lcms.groups import grouped
from lcms.kinds import SampleType
from lcms.model import Floats, Sample
from lcms.numerics.acceptance.acceptance_rules import Rule, passes
from lcms.numerics.acceptance.level_accuracy import cv_percent, finite_mean
from lcms.schemas import Row
from lcms.steps.judge.findings import CompoundResults

MATRIX_RULE: Final = "matrix_factor_cv_percent"
STABILITY_RULE: Final = "stability_deviation_percent"
MATRIX_FACTOR: Final = "matrix_factor"
STABILITY: Final = "stability"
_NEAT: Final = "neat"
_POST_EXTRACTION: Final = "post_extraction"
_EXTRACTED: Final = "extracted"  # prepared as the samples: blank in the sheet


def preparation_rows(compound: CompoundResults, rules: Mapping[str, Rule]) -> list[Row]:
    """Return a row per level and measure for which there are runs and a reference.

    Controls that were spiked into a matrix with the analyte have a stability only: their areas
    are not those of what was added.
    """
    controls = compound.with_content(SampleType.QUALITY_CONTROL)
    by_level = grouped(controls, lambda run: (run.level, run.dilution_factor))
    rows = []
    for (level, dilution), runs in by_level.items():
        nominal = compound.in_vial[runs[0].sample_id] * dilution
        key = {"level": level, "dilution_factor": dilution, "nominal": nominal}
        of_level = _area_rows(compound, runs, rules[MATRIX_RULE])
        of_level += _stability_rows(compound, runs, rules[STABILITY_RULE])
        rows += [key | row for row in of_level]
    return rows


def _area_rows(compound: CompoundResults, runs: Sequence[Sample], rule: Rule) -> list[Row]:
    """Return matrix factor and recovery of the extraction of one level."""
    unspiked = [run for run in runs if run.spiked_into is None]
    sets = grouped(unspiked, lambda run: run.preparation or _EXTRACTED)
    rows = []
    if _NEAT in sets and _POST_EXTRACTION in sets:
        rows.append(_matrix_factor(compound, sets[_POST_EXTRACTION], sets[_NEAT], rule))
    if _EXTRACTED in sets and _POST_EXTRACTION in sets:
        rows.append(_extraction_recovery(compound, sets[_EXTRACTED], sets[_POST_EXTRACTION]))
    return rows


def _stability_rows(compound: CompoundResults, runs: Sequence[Sample], rule: Rule) -> list[Row]:
    """Return the stability of one level after each condition of storage."""
    sets = grouped(runs, lambda run: run.preparation or _EXTRACTED)
    return [
        _stability(compound, name, stored, rule)
        for name, stored in sets.items()
        if name not in {_NEAT, _POST_EXTRACTION, _EXTRACTED}
    ]


def _matrix_factor(
    compound: CompoundResults, post: Sequence[Sample], neat: Sequence[Sample], rule: Rule
) -> Row:
    reference = compound.values(neat, "response")
    factors = 100 * compound.values(post, "response") / finite_mean(reference)
    areas = 100 * finite_mean(compound.areas(post)) / finite_mean(compound.areas(neat))
    row = _row(MATRIX_FACTOR, _POST_EXTRACTION, factors)
    limit = {"limit_percent": rule.limit, "pass": passes(row["cv_percent"], rule)}
    return row | {"n_reference": _number(reference), "area_percent": areas} | limit


def _extraction_recovery(
    compound: CompoundResults, extracted: Sequence[Sample], post: Sequence[Sample]
) -> Row:
    reference = compound.areas(post)
    row = _row(
        "extraction_recovery",
        _EXTRACTED,
        100 * compound.areas(extracted) / finite_mean(reference),
    )
    return row | {"n_reference": _number(reference), "area_percent": row["value_percent"]}


def _stability(
    compound: CompoundResults, preparation: str, runs: Sequence[Sample], rule: Rule
) -> Row:
    row = _row(STABILITY, preparation, compound.values(runs, "accuracy_percent"))
    deviation = abs(row["value_percent"] - 100)
    return row | {"limit_percent": rule.limit, "pass": passes(deviation, rule)}


def _row(measure: str, preparation: str, percent: Floats) -> Row:
    return {
        "measure": measure,
        "preparation": preparation,
        "n": _number(percent),
        "n_reference": None,
        "value_percent": finite_mean(percent),
        "area_percent": None,
        "cv_percent": cv_percent(percent),
        "limit_percent": None,
        "pass": None,
    }


def _number(values: Floats) -> int:
    return int(np.isfinite(values).sum())
