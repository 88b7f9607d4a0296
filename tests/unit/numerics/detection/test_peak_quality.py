from lcms.numerics.detection.peak_quality import peak_quality

GOOD = (50.0, 1.0, 0.1, 0.02)


def test_quality_is_a_probability_and_falls_with_everything_that_speaks_against_a_peak() -> None:
    best = peak_quality(*GOOD)

    assert 0.9 < best <= 1.0
    for worse in (
        (4.0, *GOOD[1:]),
        (50.0, 6.0, 0.1, 0.02),
        (50.0, 1.0, 1.0, 0.02),
        (*GOOD[:3], 1.0),
    ):
        assert 0.0 <= peak_quality(*worse) < best


def test_quality_needs_no_mass_error_and_bears_extremes() -> None:
    assert peak_quality(50.0, 1.0, float("nan"), 0.02) >= peak_quality(*GOOD)
    assert 0.0 <= peak_quality(0.0, 1e9, 5.0, 100.0) <= peak_quality(1e9, 1.0, 0.0, 0.0) <= 1.0
