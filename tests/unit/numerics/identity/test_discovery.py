"""The search for lactoyl conjugates: their signature, and the hypotheses from it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lcms.config import Evidence
from lcms.io.mzml.mzml_writer import write_mzml
from lcms.io.reference.panel import read_panel
from lcms.io.tables.parquet import write_rows
from lcms.kinds import SampleType
from lcms.model import Sample
from lcms.numerics.identity.discovery import (
    PrecursorScan,
    lactoyl_formulas,
    paired_precursors,
    possible_conjugates,
    signature,
)
from lcms.numerics.mass.formulas import ion_mz
from lcms.schemas import DISCOVERED
from lcms.simulation.acquisition import simulated_run
from lcms.simulation.plan import PRESETS, Acquisition
from lcms.simulation.simulated_batch import simulated_batch
from lcms.steps.discover import discovered_rows

LEUCINE_MZ = 202.10848
PRODUCTS = np.array([88.0404, 89.0244, 130.0874])
COUNTS = np.array([50.0, 20.0, 1000.0])
# Calculated m/z of [M-H]- and [M+H]+ of lactoylleucine.
IN_POLARITY = {-1: 202.10848, 1: 204.12303}


def test_the_loss_of_lactoyl_and_the_lactamide_are_the_signature() -> None:
    words = signature(LEUCINE_MZ, PRODUCTS, COUNTS, -1, 10.0)

    assert words == ("amino_acid", "lactamide", "lactate")


@pytest.mark.parametrize("kept", [[0, 1], [1, 2], [2]])
def test_one_of_both_alone_is_none(kept: list[int]) -> None:
    assert signature(LEUCINE_MZ, PRODUCTS[kept], COUNTS[kept], -1, 10.0) == ()


def test_of_lactoylalanine_both_are_one_ion_and_no_signature() -> None:
    assert signature(160.06153, np.array([88.0404]), np.array([10.0]), -1, 10.0) == ()


def test_in_positive_mode_the_immonium_ion_stands_for_the_lactamide() -> None:
    mz, counts = np.array([86.0964, 132.1019]), np.array([1000.0, 200.0])

    assert signature(204.12303, mz, counts, 1, 10.0) == ("amino_acid", "immonium")
    assert signature(204.12303, mz[:1], counts[:1], 1, 10.0) == ()


def test_in_a_wide_window_a_product_is_paired_with_its_precursor() -> None:
    survey_mz = np.array([195.0, LEUCINE_MZ, 203.1, 230.0])

    precursors_mz = paired_precursors(survey_mz, PRODUCTS, (190.0, 215.0), 10.0)

    assert precursors_mz.tolist() == [LEUCINE_MZ]
    assert paired_precursors(survey_mz, PRODUCTS, (205.0, 230.0), 10.0).size == 0


def test_scans_are_one_conjugate_while_they_follow_each_other() -> None:
    def scan(mz: float, time_s: float) -> PrecursorScan:
        return PrecursorScan(mz, time_s, ("amino_acid",), time_s)

    scans = [scan(202.1085, t) for t in (60.0, 61.0, 62.0, 120.0)] + [scan(236.0929, 61.0)]

    conjugates = possible_conjugates(scans, 20.0, 15.0, 1)

    assert [(round(c.precursor_mz), c.first_s, c.last_s) for c in conjugates] == [
        (202, 60.0, 62.0),
        (202, 120.0, 120.0),
        (236, 61.0, 61.0),
    ]
    assert [conjugate.n_scans for conjugate in possible_conjugates(scans, 20.0, 15.0, 2)] == [3]
    assert possible_conjugates([], 20.0, 15.0, 1) == []


@pytest.mark.parametrize("polarity", IN_POLARITY)
def test_the_formula_of_a_precursor_is_among_its_candidates(polarity: int) -> None:
    assert "C9H17NO4" in lactoyl_formulas(IN_POLARITY[polarity], polarity, 5.0)


def test_every_lactoyl_compound_of_the_panel_is_its_own_candidate() -> None:
    for compound in read_panel():
        if compound.compound_class == "lactoyl":
            mz = ion_mz(compound.formula, "[M-H]-")
            assert compound.formula in lactoyl_formulas(mz, -1, 5.0), compound.target_id


def test_what_is_too_light_has_no_formula() -> None:
    assert lactoyl_formulas(130.0874, -1, 5.0) == []


@pytest.mark.parametrize("acquisition", [Acquisition.PRM, Acquisition.DIA])
def test_the_conjugates_of_a_simulated_run_are_found_where_they_elute(
    tmp_path: Path, acquisition: Acquisition
) -> None:
    plan = replace(
        PRESETS["standard"], acquisition=acquisition, n_background_ions=20, n_random_isobars=0,
        run_length_s=340.0, n_solvents=0, n_blanks=0, n_zeros=0, n_unknowns=0, pooled_qc_every=0,
        n_calibrator_brackets=1, calibrator_nmol_l=(300.0,), n_quality_control_sets=0,
    )  # fmt: skip
    run = simulated_run(simulated_batch(plan), 0)
    write_mzml(tmp_path / "a.mzML", run.scans, polarity=-1)
    done: list[str] = []

    rows = discovered_rows(
        [Sample("a", str(tmp_path / "a.mzML"), SampleType.UNKNOWN)], Evidence(), done.append
    )

    write_rows(tmp_path / "candidates.parquet", DISCOVERED, rows, {})
    row_of = {name: row for row in rows for name in row["known"]}
    assert done == ["a"]
    assert {"Lac-Val", "Lac-Met", "Lac-Leu", "Lac-Phe", "Lac-Tyr", "Lac-Trp"} <= set(row_of)
    assert row_of["Lac-Phe"]["retention_time_s"] == pytest.approx(276, abs=8)
    assert "C12H15NO4" in row_of["Lac-Phe"]["formulas"]
    assert {"amino_acid", "lactamide"} <= set(row_of["Lac-Phe"]["evidence"])


def test_a_run_that_cannot_be_read_gives_no_hypothesis(tmp_path: Path) -> None:
    missing = Sample("a", str(tmp_path / "a.mzML"), SampleType.UNKNOWN)

    assert discovered_rows([missing], Evidence(), lambda _: None) == []


@pytest.mark.parametrize(
    ("mz", "tolerance_ppm"), [(202.10848, 30.0), (146.0459, 10.0), (260.09, 30.0), (335.1, 20.0)]
)
def test_the_formulas_are_all_that_a_plain_search_finds(mz: float, tolerance_ppm: float) -> None:
    formulas = lactoyl_formulas(mz, -1, tolerance_ppm)

    # masses of the atoms and of the proton by NIST
    atom_da = np.array([12.0, 1.00782503207, 14.0030740048, 15.99491461956, 31.972071])
    ranges = np.meshgrid(*map(np.arange, (5, 9, 1, 4, 0), (42, 90, 7, 13, 3)), indexing="ij")
    counts = np.stack([each.ravel() for each in ranges], axis=1)
    error_da = np.abs(counts @ atom_da - mz - 1.00727646688)
    c, h, n, o, s = counts.T
    unsaturation = c - h / 2 + n / 2 + 1
    is_possible = (
        (unsaturation >= 2) & (unsaturation % 1 == 0) & (2 * h >= c) & (n + o + s <= c + 3)
    )
    kept = np.flatnonzero(is_possible & (error_da / mz * 1e6 <= tolerance_ppm))
    expected = [
        "".join(f"{e}{k if k > 1 else ''}" for e, k in zip("CHNOS", counts[row], strict=True) if k)
        for row in kept[np.argsort(error_da[kept])]
    ]
    assert expected
    assert formulas == expected


@pytest.mark.parametrize(("mass_da", "has_formulas"), [(500.2, False), (499.2, True)])
def test_what_is_too_heavy_has_no_formula(mass_da: float, *, has_formulas: bool) -> None:
    assert bool(lactoyl_formulas(mass_da - 1.00728, -1, 50.0)) == has_formulas


@pytest.mark.parametrize(("share", "is_seen"), [(0.011, True), (0.009, False)])
def test_an_ion_of_the_signature_has_one_percent_of_the_base_peak(
    share: float, *, is_seen: bool
) -> None:
    counts = np.array([share, 0.001, 1.0])

    words = signature(LEUCINE_MZ, PRODUCTS, counts, -1, 10.0)

    assert words == (("amino_acid", "lactamide") if is_seen else ())


def test_the_edges_of_an_isolation_window_belong_to_it() -> None:
    survey_mz = np.array([LEUCINE_MZ])

    for window in ((LEUCINE_MZ, 210.0), (190.0, LEUCINE_MZ)):
        assert paired_precursors(survey_mz, PRODUCTS, window, 10.0).tolist() == [LEUCINE_MZ]
    for ppm, n in ((9.0, 1), (-9.0, 1), (11.5, 0), (-11.5, 0)):
        off = survey_mz * (1 + ppm * 1e-6)
        assert paired_precursors(off, PRODUCTS, (190.0, 215.0), 10.0).size == n
    assert paired_precursors(survey_mz, PRODUCTS[:0], (190.0, 215.0), 10.0).size == 0


def test_a_conjugate_has_the_median_mz_the_time_of_its_strongest_scan_and_all_words() -> None:
    scans = [
        PrecursorScan(200.0020, 62.0, ("amino_acid", "lactate"), 5.0),
        PrecursorScan(200.0000, 60.0, ("amino_acid",), 7.0),
        PrecursorScan(200.0005, 61.0, ("lactamide",), 9.0),
    ]

    (conjugate,) = possible_conjugates(scans, 10.0, 15.0, 3)

    assert conjugate.precursor_mz == 200.0005
    assert conjugate.time_s == 61.0
    assert (conjugate.first_s, conjugate.last_s, conjugate.n_scans) == (60.0, 62.0, 3)
    assert conjugate.signature == ("amino_acid", "lactamide", "lactate")


@pytest.mark.parametrize(
    ("mz", "time_s", "n"),
    [(200.0019, 60.0, 1), (200.0021, 60.0, 2), (200.0, 75.0, 1), (200.0, 75.1, 2)],
)
def test_neighbours_within_tolerance_and_gap_are_one_conjugate(
    mz: float, time_s: float, n: int
) -> None:
    scans = [PrecursorScan(200.0, 60.0, (), 1.0), PrecursorScan(mz, time_s, (), 1.0)]

    assert len(possible_conjugates(scans, 10.0, 15.0, 1)) == n


@pytest.mark.parametrize(
    ("formula", "is_possible"),
    [
        ("C9H14N6O4", 1),
        ("C9H15N7O4", 0),
        ("C13H21NO12", 1),
        ("C13H21NO13", 0),
        ("C9H17NO4S2", 1),
        ("C9H17NO4S3", 0),
        ("C5H9NO4", 1),  # lactoylglycine
        ("C5H9NO3", 0),
        ("C5H10O4", 0),
        ("C7H8N4O6", 1),  # three hetero atoms more than carbon
        ("C6H8N4O6", 0),
        ("C9H5NO4", 1),
        ("C9H3NO4", 0),  # less than half a hydrogen to a carbon
        ("C9H19NO4", 0),  # one double bond; the conjugate has two carbonyls
    ],
)
def test_the_limits_of_a_lactoyl_formula(formula: str, is_possible: int) -> None:
    for adduct, polarity in (("[M-H]-", -1), ("[M+H]+", 1)):
        formulas = lactoyl_formulas(ion_mz(formula, adduct), polarity, 1.0)

        assert (formula in formulas) == is_possible
