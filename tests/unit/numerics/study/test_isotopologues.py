import numpy as np
import pytest
from isocor.mscorrectors import MetaboliteCorrectorFactory

from lcms.errors import SheetError
from lcms.model import Floats
from lcms.numerics.study.isotopologues import (
    NATURAL_ABUNDANCES,
    LabelledPool,
    Tracer,
    correction_matrix,
    equal_ions,
    fractional_synthesis,
    labelled_mz,
    mass_distribution,
    mass_distribution_variance,
    other_isotopes,
    precursor_product_ratio,
    resolution_limit_da,
    unbounded_fractions,
    with_hidden,
)

LAC_LEU = {"C": 9, "H": 17, "N": 1, "O": 4}
MASS_DA = 203.11575803
TRACER = Tracer(purity=0.99)
RESOLUTION, AT_MZ = 100_000.0, 200.0
LIMIT_DA = resolution_limit_da(MASS_DA, -1, RESOLUTION, AT_MZ)


def isocor_fractions(area: Floats, resolution: float | None = None) -> tuple[Floats, float]:
    """Return fractions and enrichment by IsoCor."""
    high = (
        {}
        if resolution is None
        else {"resolution": resolution, "mz_of_resolution": AT_MZ, "charge": -1}
    )
    corrector = MetaboliteCorrectorFactory(
        "C9H17NO4", "13C", tracer_purity=[0.01, 0.99], correct_NA_tracer=True, **high
    )
    _, fractions, _, enrichment = corrector.correct(area)
    return np.array(fractions), float(enrichment)


def carbons_only(*fractions: float) -> Floats:
    """Return areas of a mixture in which the carbons alone have isotopes."""
    matrix = correction_matrix({"C": 9}, TRACER, 9)
    return np.asarray(1e6 * matrix @ np.pad(fractions, (0, 10 - len(fractions))))


def test_a_mixture_measured_at_high_resolution_is_that_of_the_study_plan() -> None:
    matrix = correction_matrix(LAC_LEU, TRACER, 9, LIMIT_DA)

    result = mass_distribution(carbons_only(0.7, 0, 0, 0.3), matrix)

    assert result.fraction[[0, 3]] == pytest.approx([0.70053, 0.29947], abs=5e-6)
    assert result.enrichment == pytest.approx(0.09982, abs=5e-6)


@pytest.mark.parametrize("resolution", [None, 60_000.0, 100_000.0, 140_000.0, 500_000.0])
def test_fractions_agree_with_isocor(resolution: float | None) -> None:
    area = carbons_only(0.5, 0.1, 0, 0.35, 0, 0.05) * np.exp(
        np.random.default_rng(3).normal(0, 0.05, 10)
    )
    limit = np.inf if resolution is None else resolution_limit_da(MASS_DA, -1, resolution, AT_MZ)

    result = mass_distribution(area, correction_matrix(LAC_LEU, TRACER, 9, limit))

    fractions, enrichment = isocor_fractions(area, resolution)
    assert result.fraction == pytest.approx(fractions, abs=1e-5)
    assert result.enrichment == pytest.approx(enrichment, abs=1e-5)


@pytest.mark.parametrize("n_labels", [3, 9])
def test_an_unlabelled_compound_is_all_m0(n_labels: int) -> None:
    matrix = correction_matrix(LAC_LEU, TRACER, n_labels)

    result = mass_distribution(5e5 * matrix[:, 0], matrix)

    assert result.fraction == pytest.approx([1.0] + [0.0] * n_labels, abs=1e-12)
    assert result.enrichment == pytest.approx(0.0, abs=1e-12)


def test_natural_abundances_add_up_to_one() -> None:
    assert [sum(kinds.values()) for kinds in NATURAL_ABUNDANCES.values()] == pytest.approx(
        [1.0] * len(NATURAL_ABUNDANCES)
    )


def test_a_quadrupole_sees_every_isotope_of_the_other_atoms() -> None:
    assert other_isotopes(LAC_LEU, TRACER, np.inf).sum() == pytest.approx(1.0, abs=1e-6)


def test_an_orbitrap_separates_two_charges_worse_than_one() -> None:
    # 1.66 · 100^1.5 / (100,000 · √200) · 2: half the m/z, each distance in m/z twice in mass
    assert resolution_limit_da(200.0, 2, 100_000.0, 200.0) == pytest.approx(0.0023476, rel=1e-4)
    assert resolution_limit_da(200.0, 1, 100_000.0, 200.0) == pytest.approx(0.00332, rel=1e-4)


def test_a_resolved_isotope_is_in_no_channel() -> None:
    sulphur = {"C": 1, "S": 1}

    resolved = other_isotopes(sulphur, TRACER, 0.001)

    assert resolved[2] == 0.0  # 34S lies 11 mDa below two 13C
    assert other_isotopes(sulphur, TRACER, 0.02)[2] == pytest.approx(0.0425)


def test_stated_isotopes_have_no_natural_ones() -> None:
    assert other_isotopes({"C": 3, "(2)H": 5}, TRACER, np.inf).tolist() == [1.0]


@pytest.mark.parametrize(
    ("atoms", "n_labels", "message"),
    [({"C": 3}, 4, "4 labels of C"), ({"C": 3, "Br": 1}, 1, "'Br'")],
)
def test_impossible_labels_are_refused(atoms: dict[str, int], n_labels: int, message: str) -> None:
    with pytest.raises(SheetError, match=message):
        correction_matrix(atoms, TRACER, n_labels)


def test_areas_of_zero_have_no_distribution() -> None:
    result = mass_distribution(np.zeros(4), correction_matrix(LAC_LEU, TRACER, 3))

    assert np.isnan(result.fraction).all()
    assert np.isnan(result.enrichment)


def test_a_hidden_area_is_that_of_natural_isotopes_up_to_the_limit() -> None:
    matrix = correction_matrix(LAC_LEU, TRACER, 3)
    area = 1e6 * matrix @ np.array([1.0, 0.0, 0.0, 0.0])
    hidden = np.where([False, False, False, True], np.nan, area)

    near = with_hidden(hidden, np.full(4, 1e5), matrix)
    low = with_hidden(hidden, np.full(4, 0.5 * area[3]), matrix)

    assert near == pytest.approx(area)
    assert unbounded_fractions(near, matrix) == pytest.approx([1, 0, 0, 0], abs=1e-12)
    assert low[3] == pytest.approx(0.5 * area[3])
    assert with_hidden(area, np.full(4, 1e5), matrix) is area
    assert np.isnan(with_hidden(np.full(4, np.nan), np.full(4, 1e5), matrix)).all()


def test_variances_of_fractions_are_those_of_simulated_areas() -> None:
    matrix = correction_matrix(LAC_LEU, TRACER, 3)
    area = 1e5 * matrix @ np.array([0.5, 0.1, 0.1, 0.3])
    sd = np.array([300.0, 200.0, 200.0, 300.0])
    random = np.random.default_rng(4)

    sample = [mass_distribution(area + random.normal(0, sd), matrix).fraction for _ in range(2000)]

    variance = mass_distribution_variance(sd**2, area, matrix)
    assert np.var(sample, axis=0) == pytest.approx(variance, rel=0.1)


def test_only_a_fragment_that_keeps_the_label_moves() -> None:
    assert labelled_mz(88.0404, 3, TRACER) == pytest.approx(91.0505, abs=5e-5)
    assert labelled_mz(130.0874, 0, TRACER) == 130.0874


def test_a_standard_that_is_an_isotopologue_of_the_tracer_is_named() -> None:
    mz = 202.1085
    isotopologues = np.array([labelled_mz(mz, n, TRACER) for n in range(4)])

    assert equal_ions(np.array([205.1186, 208.1286]), isotopologues, 5.0).tolist() == [[0, 3]]


def pool(*fractions: float, sd: float = 0.0) -> LabelledPool:
    return LabelledPool(np.array(fractions), np.full(len(fractions), sd))


def test_the_synthesis_rate_is_that_of_the_study_plan() -> None:
    rate = fractional_synthesis(np.array([0.0, 2.0]), pool(0.12, 0.12), pool(0.001, 0.025))

    assert rate.rate_per_h == pytest.approx(0.1)
    assert (rate.product_change, rate.precursor_mean) == pytest.approx((0.024, 0.12))


def test_the_mean_of_the_precursor_is_that_over_time() -> None:
    time_h = np.array([0.0, 1.0, 4.0])
    rate = fractional_synthesis(time_h, pool(0.0, 0.2, 0.1), pool(0.0, 0.01, 0.11))

    mean = (0.1 * 1 + 0.15 * 3) / 4
    assert rate.precursor_mean == pytest.approx(mean)
    assert rate.rate_per_h == pytest.approx(0.11 / (mean * 4))


def test_the_variance_of_a_synthesis_rate_is_that_of_simulated_fractions() -> None:
    random = np.random.default_rng(3)
    time_h, precursor, product, sd = np.array([0.0, 2.0]), (0.12, 0.1), (0.0, 0.024), 0.002
    draws = [
        fractional_synthesis(
            time_h,
            pool(*(precursor + random.normal(0, sd, 2))),
            pool(*(product + random.normal(0, sd, 2))),
        ).rate_per_h
        for _ in range(4_000)
    ]
    claimed = fractional_synthesis(time_h, pool(*precursor, sd=sd), pool(*product, sd=sd))

    assert claimed.sd_per_h == pytest.approx(np.std(draws), rel=0.05)


def test_without_label_in_the_precursor_there_is_no_rate() -> None:
    rate = fractional_synthesis(np.array([0.0, 2.0]), pool(0.0, 0.0), pool(0.0, 0.1))

    assert np.isnan(rate.rate_per_h)


def test_without_a_labelled_precursor_there_is_no_ratio() -> None:
    ratio = precursor_product_ratio(np.array([0.1, 0.1]), np.array([0.4, 0.0]))

    np.testing.assert_allclose(ratio, [0.25, np.nan])
