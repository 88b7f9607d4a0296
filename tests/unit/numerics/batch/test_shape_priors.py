"""What is assumed of times and shapes before a fit, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from builders import ion, standard
from lcms.numerics.assignment.assigned_track import AssignedTrack, LabelledCopy
from lcms.numerics.batch.shape_learning import TimeAndShape
from lcms.numerics.batch.shape_priors import first_prior, first_shape, prior_of
from lcms.numerics.batch.usual_shape import UsualShape
from lcms.numerics.peak.peak_shape import PeakShape, fwhm_s, shape_of, tailing

WIDTH_S = 8.0
IS = replace(standard("IS", 208.1286, 112.0), formula="C3(13)C6H17NO4")
DEUTERATED = replace(IS, formula="C9H14(2)H3NO4")
USUAL = UsualShape(
    PeakShape(3.0, 1.2, 0.02, 10.0).parameters(), np.array([0.1, 0.3, 0.04, 0.3]), 100.0, 1e-3
)
LEARNED = TimeAndShape(np.r_[113.0, PeakShape(4.0, 2.0, 0.05, 12.0).parameters()], np.ones(5))


def track(copied: LabelledCopy | None = None) -> AssignedTrack:
    return AssignedTrack(ion("Leu"), 112.0, 0.4, {}, copied)


def test_the_first_shape_has_the_given_width_and_little_tailing() -> None:
    shape = shape_of(first_shape(WIDTH_S))

    assert (shape.sigma_s, shape.tau_s) == pytest.approx((WIDTH_S / 2.6, 0.4 * WIDTH_S / 2.6))
    assert (shape.tail_fraction, shape.tail_s) == pytest.approx((0.02, 3.5 * WIDTH_S / 2.6))
    assert fwhm_s(shape) == pytest.approx(WIDTH_S, rel=0.05)
    assert tailing(shape) == pytest.approx(1.05, abs=0.02)


def test_at_first_a_width_may_be_wrong_by_a_factor() -> None:
    prior = first_prior(track(), WIDTH_S)

    assert prior.mean == pytest.approx(np.r_[112.0, first_shape(WIDTH_S)])
    assert prior.sd == pytest.approx([0.4, 0.45, 1.5, 0.2, 1.2])


@pytest.mark.parametrize("learned", [{}, {"IS": LEARNED}])
def test_a_target_has_the_usual_shape_at_its_time(learned: dict[str, TimeAndShape]) -> None:
    prior = prior_of(track(), USUAL, learned)

    assert prior.mean == pytest.approx(np.r_[112.0, USUAL.at(112.0)])
    assert prior.sd == pytest.approx(np.r_[0.4, USUAL.sd])
    without = prior_of(track(LabelledCopy(IS, 112.5, WIDTH_S)), USUAL, {})
    assert without.sd == pytest.approx(prior.sd)


def test_a_neighbour_may_be_wider() -> None:
    prior = prior_of(replace(track(), ion=None), USUAL, {})

    assert prior.mean == pytest.approx(np.r_[112.0, USUAL.at(112.0)])
    assert prior.sd == pytest.approx([0.4, 0.3, 1.0, 0.12, 0.8])


def test_the_time_and_shape_of_a_labelled_copy_are_those_of_its_target() -> None:
    prior = prior_of(track(LabelledCopy(IS, 112.5, WIDTH_S)), USUAL, {"IS": LEARNED})

    assert prior.mean == pytest.approx(LEARNED.mean)
    assert prior.sd == pytest.approx([0.015 * WIDTH_S, 0.02, 0.1, 0.01, 0.2])


def test_a_copy_with_deuterium_gives_its_shape_and_not_its_time() -> None:
    prior = prior_of(track(LabelledCopy(DEUTERATED, 108.0, WIDTH_S)), USUAL, {"IS": LEARNED})

    assert prior.mean == pytest.approx(np.r_[112.0, LEARNED.mean[1:]])
    assert prior.sd == pytest.approx([0.4, 0.02, 0.1, 0.01, 0.2])
