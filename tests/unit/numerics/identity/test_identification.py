from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lcms.kinds import IdentificationReason as Reason
from lcms.numerics.identity.identification import IdentitySupport, identification, usual_ratio

NAN = float("nan")
LISTED = IdentitySupport(
    is_timed=True,
    fwhm_s=8.0,
    time_s=60.0,
    standard_s=NAN,
    copy_difference_s=NAN,
    is_copy_deuterated=False,
    products=None,
    isotope=None,
    ms2_like_standard=False,
    ms2_products=False,
    is_contradicted=False,
    is_sum=False,
    may_hold_isomer=False,
    has_abundant_isobar=False,
)
AT_CALIBRATORS: dict[str, Any] = {"standard_s": 62.0}
AT_COPY: dict[str, Any] = {"copy_difference_s": -1.0}


@pytest.mark.parametrize(
    ("support", "level", "reason"),
    [
        ({}, 3, Reason.LISTED_TIME),
        ({"has_abundant_isobar": True}, 4, Reason.ISOBAR_ABUNDANT),
        ({"isotope": True}, 3, Reason.LISTED_TIME),
        ({"products": True}, 2, Reason.PRODUCTS),
        (AT_CALIBRATORS, 2, Reason.STANDARD_TIME),
        (AT_COPY, 2, Reason.STANDARD_TIME),
        (AT_CALIBRATORS | {"isotope": True}, 2, Reason.STANDARD_AND_ISOTOPE),
        (AT_CALIBRATORS | {"ms2_like_standard": True}, 1, Reason.STANDARD_AND_MS2),
        (AT_CALIBRATORS | {"ms2_products": True}, 2, Reason.STANDARD_TIME),
        ({"ms2_like_standard": True}, 2, Reason.PRODUCTS),
        ({"ms2_products": True}, 2, Reason.PRODUCTS),
        (AT_COPY | {"products": True}, 1, Reason.STANDARD_AND_PRODUCTS),
        (
            AT_COPY | {"isotope": True, "has_abundant_isobar": True},
            2,
            Reason.STANDARD_TIME,
        ),
        (
            AT_COPY | {"products": True, "has_abundant_isobar": True},
            1,
            Reason.STANDARD_AND_PRODUCTS,
        ),
        (AT_COPY | {"is_sum": True, "products": True}, 3, Reason.ISOMERS_NOT_TOLD_APART),
        (AT_COPY | {"is_contradicted": True}, 3, Reason.EVIDENCE_CONTRADICTS),
        ({"is_contradicted": True}, 4, Reason.EVIDENCE_CONTRADICTS),
        ({"may_hold_isomer": True}, 3, Reason.ISOMERS_NOT_TOLD_APART),
        (AT_COPY | {"may_hold_isomer": True}, 2, Reason.STANDARD_TIME),
    ],
)
def test_a_level_follows_from_what_supports_it(
    support: dict[str, Any], level: int, reason: Reason
) -> None:
    assert identification(replace(LISTED, **support)) == (level, reason)


def test_without_a_listed_time_it_is_at_most_putative() -> None:
    best = replace(LISTED, is_timed=False, standard_s=60.0, isotope=True, copy_difference_s=0.0)

    assert identification(best) == (4, Reason.TIME_UNKNOWN)
    assert identification(replace(best, products=True)) == (2, Reason.PRODUCTS)


@pytest.mark.parametrize(("off_s", "level"), [(3.9, 2), (4.1, 3)])
def test_a_standard_counts_within_half_a_peak_width(off_s: float, level: int) -> None:
    assert identification(replace(LISTED, standard_s=60.0 + off_s))[0] == level
    assert identification(replace(LISTED, copy_difference_s=off_s))[0] == level


def test_deuterium_may_shift_a_copy_and_no_standard_counts_beyond_0_1_min() -> None:
    shifted = replace(LISTED, copy_difference_s=5.0, is_copy_deuterated=True)

    assert identification(shifted)[0] == 2
    assert identification(replace(shifted, copy_difference_s=6.5, fwhm_s=30.0))[0] == 3


def test_the_usual_ratio_is_the_median_of_those_measured() -> None:
    assert usual_ratio(np.array([0.2, NAN, 0.3, 0.9])) == pytest.approx(0.3)
    assert np.isnan(usual_ratio(np.array([NAN])))


@pytest.mark.parametrize(
    ("is_deuterated", "fwhm_s", "difference_s", "level"),
    [
        (True, 4.0, 3.9, 2),
        (True, 4.0, -4.0, 2),
        (True, 4.0, 4.1, 3),
        (False, 4.0, 2.0, 2),
        (False, 4.0, -2.1, 3),
        (True, 30.0, -6.0, 2),
        (True, 30.0, 6.1, 3),
        (False, 30.0, 5.9, 2),
        (False, 30.0, 6.1, 3),
    ],
)
def test_a_copy_elutes_within_its_share_of_a_width_and_a_tenth_of_a_minute(
    is_deuterated: bool,  # noqa: FBT001  (a case of the test)
    fwhm_s: float,
    difference_s: float,
    level: int,
) -> None:
    support = replace(
        LISTED,
        fwhm_s=fwhm_s,
        copy_difference_s=difference_s,
        is_copy_deuterated=is_deuterated,
    )

    assert identification(support)[0] == level


@pytest.mark.parametrize(
    ("standard_s", "fwhm_s", "level"),
    [(64.0, 8.0, 2), (56.0, 8.0, 2), (64.1, 8.0, 3), (66.0, 30.0, 2), (53.9, 30.0, 3)],
)
def test_a_standard_elutes_within_half_a_width_and_a_tenth_of_a_minute(
    standard_s: float, fwhm_s: float, level: int
) -> None:
    assert identification(replace(LISTED, standard_s=standard_s, fwhm_s=fwhm_s))[0] == level
