"""SRM spectra become chromatograms of their precursors and products."""

from typing import Any

import numpy as np
import pytest

from lcms.kinds import ScanKind
from lcms.model import Scan
from lcms.numerics.chromatogram.srm_scans import SrmScans, has_listed_mz


def spectrum(time_s: float, mz: list[float], counts: list[float], **changes: Any) -> Scan:  # noqa: ANN401
    scan = Scan(
        time_s,
        -1,
        np.array(mz),
        np.array(counts),
        ms_level=2,
        kind=ScanKind.SRM,
        precursor_mz=202.1,
        collision_energy=20.0,
    )
    return scan._replace(**changes)


def chromatograms(*scans: Scan) -> dict[tuple[float, float], tuple[list[float], list[float]]]:
    """Return times and intensities by the m/z of precursor and product."""
    collected = SrmScans()
    for scan in scans:
        collected.take(scan)
    return {
        (srm.precursor_mz, srm.product_mz): (srm.retention_time_s.tolist(), srm.intensity.tolist())
        for srm in collected.chromatograms()
    }


def test_each_product_of_a_precursor_is_a_chromatogram_in_order_of_time() -> None:
    later = spectrum(2.0, [84.0, 130.1], [7.0, 8.0])
    earlier = spectrum(1.0, [84.0, 130.1], [5.0, 6.0])
    other = spectrum(1.5, [130.1], [9.0], precursor_mz=188.1)

    assert chromatograms(later, earlier, other) == {
        (202.1, 84.0): ([1.0, 2.0], [5.0, 7.0]),
        (202.1, 130.1): ([1.0, 2.0], [6.0, 8.0]),
        (188.1, 130.1): ([1.5], [9.0]),
    }


def test_m_z_that_agree_to_the_third_decimal_are_one_transition() -> None:
    first = spectrum(1.0, [130.1001], [5.0], precursor_mz=202.1004)
    second = spectrum(2.0, [130.0999], [6.0], precursor_mz=202.0996)
    third = spectrum(3.0, [130.101], [7.0], precursor_mz=202.101)

    assert chromatograms(first, second, third) == {
        (202.1, 130.1): ([1.0, 2.0], [5.0, 6.0]),
        (202.101, 130.101): ([3.0], [7.0]),
    }


def test_what_names_no_precursor_or_has_no_points_is_left_out() -> None:
    nameless = spectrum(1.0, [130.1], [5.0], precursor_mz=None)
    empty = spectrum(1.0, [], [], precursor_mz=188.1)

    assert chromatograms(nameless, empty) == {}


@pytest.mark.parametrize(
    ("mz", "is_listed"),
    [([130.09, 84.0], True), ([130.0901], False), ([130.09, 84.0402], False), ([130.09005], True)],
)
def test_m_z_of_two_decimals_are_listed_in_a_method(mz: list[float], *, is_listed: bool) -> None:
    assert has_listed_mz(np.array(mz)) is is_listed
