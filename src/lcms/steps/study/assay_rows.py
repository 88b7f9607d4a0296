"""The rows of one product in one assay, as arrays, and its wells."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lcms.model import Bools, Floats
from lcms.numerics.study.checks.assay_problems import SPLITTING
from lcms.numerics.study.checks.designs import column, number
from lcms.numerics.study.well_rates import WellCourse, net_of_controls
from lcms.steps.study.design_table import HALF_INTERVAL_SD
from lcms.steps.study.study_rows import StudyRows

Texts = NDArray[np.str_]

FULL: Final = "full"
_WITHOUT_ENZYME: Final = ("no_enzyme", "heat_killed")
# Of a limit: a value somewhere below it, uniform, has this mean and standard deviation.
_CENSORED_MEAN: Final = 0.5
_CENSORED_SD: Final = 1 / np.sqrt(12)


@dataclass(frozen=True)
class AssayRows:
    """Rows with a product, nmol/L, of one assay; arrays of shape (n,), in the order of time.

    A product below a limit is half of it, with the standard deviation of anything below it.
    """

    well: Texts
    control: Texts
    reaction: Texts
    time_s: Floats
    enzyme_nmol_l: Floats
    substrates_nmol_l: Floats  # (2, n); NaN: there is no second substrate
    product: Floats
    product_sd: Floats
    is_censored: Bools
    n_left_out: int


@dataclass(frozen=True)
class Well:
    """A well with enzyme: its substrates (2,) and its course of net product, nmol/L.

    `is_splitting`: the first substrate is split, and the product is one half of it.
    """

    substrates_nmol_l: Floats
    enzyme_nmol_l: float
    course: WellCourse
    is_splitting: bool


def assay_rows(rows: StudyRows, assay: str, target_id: str) -> AssayRows:
    """Return the rows of a product in an assay; those without value and limit are left out."""
    of_target = rows.keys["target_id"].to_numpy(zero_copy_only=False) == target_id
    texts = {
        name: np.array(column(rows.sheet, name))[rows.sample]
        for name in ("assay_id", "well", "control_type", "reaction")
    }
    values = rows.values
    product = np.where(values.is_censored, _CENSORED_MEAN * values.limit, values.value)
    sd = np.where(
        values.is_censored,
        _CENSORED_SD * values.limit,
        (values.high - values.low) / (2 * HALF_INTERVAL_SD),
    )
    time_s = rows.numbers("time_s")
    is_of = of_target & (texts["assay_id"] == assay)
    is_used = is_of & np.isfinite(product) & np.isfinite(time_s)
    order = np.flatnonzero(is_used)[np.argsort(time_s[is_used], kind="stable")]
    return AssayRows(
        well=texts["well"][order],
        control=texts["control_type"][order],
        reaction=texts["reaction"][order],
        time_s=time_s[order],
        enzyme_nmol_l=rows.numbers("enzyme_nmol_l")[order],
        substrates_nmol_l=np.array(
            [_substrate(rows, name)[order] for name in ("substrate_a", "substrate_b")]
        ),
        product=product[order],
        product_sd=sd[order],
        is_censored=values.is_censored[order],
        n_left_out=int(np.count_nonzero(is_of) - order.size),
    )


def _substrate(rows: StudyRows, name: str) -> Floats:
    """Return a substrate of each row, nmol/L: a number of the sheet, or a target as measured."""
    texts = column(rows.sheet, name)
    given = [number(text) for text in texts]
    by_sample = np.array([np.nan if value is None else value * rows.unit for value in given])
    for target_id in {text for text, value in zip(texts, given, strict=True) if value is None}:
        is_target = rows.keys["target_id"].to_numpy(zero_copy_only=False) == target_id
        measured = np.full(by_sample.size, np.nan)
        measured[rows.sample[is_target]] = rows.values.value[is_target]
        is_named = np.array([text == target_id for text in texts])
        by_sample = np.where(is_named, measured, by_sample)
    return by_sample[rows.sample]


def wells_of(rows: AssayRows) -> Iterator[Well]:
    """Yield the wells with enzyme; product less the start and the reaction without enzyme."""
    for name in dict.fromkeys(rows.well[rows.control == FULL].tolist()):
        in_well = (rows.well == name) & (rows.control == FULL)
        substrates = rows.substrates_nmol_l[:, in_well][:, 0]  # of the first time
        controls = np.isin(rows.control, _WITHOUT_ENZYME) & _has(rows, substrates)
        product = net_of_controls(
            rows.time_s[in_well],
            rows.product[in_well],
            _at_start(rows, in_well, substrates),
            rows.time_s[controls],
            rows.product[controls],
        )
        course = WellCourse(
            rows.time_s[in_well],
            product,
            rows.product_sd[in_well],
            float(np.nanmin(substrates)),
        )
        enzyme = float(rows.enzyme_nmol_l[in_well][0])
        yield Well(substrates, enzyme, course, rows.reaction[in_well][0] == SPLITTING)


def _has(rows: AssayRows, substrates: Floats) -> Bools:
    same = np.isclose(rows.substrates_nmol_l, substrates[:, None], equal_nan=True)
    return np.asarray(same.all(axis=0))


def _at_start(rows: AssayRows, in_well: Bools, substrates: Floats) -> float:
    """Return the product at time 0 of a well, else the mean of the t0 controls, else 0."""
    own = in_well & (rows.time_s == 0)
    controls = (rows.control == "t0") & _has(rows, substrates)
    chosen = own if own.any() else controls
    return float(rows.product[chosen].mean()) if chosen.any() else 0.0
