"""How much of others lies below a peak whose shape few runs show."""

import numpy as np
import pytest

from fitted_by_hand import AREAS, curve, fitted, joint_fit

FEW = [5, 5, 5]  # runs


def test_the_overlap_is_the_area_of_others_between_the_borders() -> None:
    third = AREAS[0] / 2 * curve(62.0)
    curves = np.array([AREAS[0] * curve(60.0), AREAS[1] * curve(72.0), third])
    chromatogram = fitted(joint_fit(curves=curves), n_runs=FEW)

    inside = chromatogram.inside(0)
    expected = third[inside].sum() / curves[0, inside].sum()
    assert chromatogram.overlap(0) == pytest.approx(expected)
    assert expected == pytest.approx(0.5, abs=0.1)


def test_isomers_do_not_count_and_far_peaks_hardly() -> None:
    assert fitted(n_runs=FEW).overlap(0) < 1e-3
    assert fitted(n_runs=FEW, targets=[0]).overlap(0) > 1e-3


def test_six_runs_show_which_share_is_whose() -> None:
    curves = np.array([area * curve(60.0) for area in AREAS])

    assert fitted(joint_fit(curves=curves), n_runs=[6, 5, 5]).overlap(0) == 0.0
    assert fitted(joint_fit(curves=curves), n_runs=[5, 6, 6]).overlap(0) > 0.1
    assert fitted(joint_fit(curves=0.0 * curves), n_runs=FEW).overlap(0) == 0.0
