from dataclasses import replace
from pathlib import Path

import pytest

from builders import Eluting, ion, standard
from integrated import ALA, PANEL, VAL, elutes, rows_of
from lcms.kinds import IonRole
from lcms.numerics.chromatogram.auxiliary_ions import CARBON_13_TH
from lcms.numerics.mass.formulas import ion_mz


def test_a_peak_is_compared_with_its_isotope_and_its_standard(tmp_path: Path) -> None:
    heavy = standard("d3", 163.0803, 59.0)
    light = replace(ALA, formula="C6H11NO4", internal_standard="d3")
    isotope = Eluting(light.precursor_mz + CARBON_13_TH, 60.0, 0.0649e6)
    ions = (light, heavy, VAL)

    eluting = [elutes(target) for target in ions]
    row = rows_of(tmp_path, [*eluting, isotope], ions)["LacAla"]
    bare = rows_of(tmp_path, eluting, ions)["LacAla"]

    assert row["isotope_ratio"] == pytest.approx(row["isotope_ratio_expected"], rel=0.02)
    assert row["standard_time_difference_s"] == pytest.approx(1.0, abs=0.1)
    assert row["standard_correlation"] > 0.9
    assert "isotope_ratio_deviant" not in row["flags"]
    assert "isotope_ratio_deviant" in bare["flags"]


def test_a_qualifier_has_its_ratio_to_the_quantifier(tmp_path: Path) -> None:
    adduct = replace(ion("LacAla_na", 182.0435), target_id="LacAla", role=IonRole.QUALIFIER)

    rows = rows_of(
        tmp_path, [elutes(ALA), elutes(adduct, height=3e5), elutes(VAL)], (ALA, adduct, VAL)
    )

    assert rows["LacAla_na"]["ion_ratio"] == pytest.approx(0.3, rel=0.02)
    assert rows["LacAla"]["ion_ratio"] is None


def test_peaks_of_the_series_out_of_their_order_are_flagged(tmp_path: Path) -> None:
    val, phe = ion("Lac-Val", 188.0928, 60.0), ion("Lac-Phe", 236.0928, 64.0)

    rows = rows_of(tmp_path, [elutes(val, 70.0), elutes(phe, 55.0)], (val, phe))

    assert all("elution_order" in row["flags"] for row in rows.values())


LEUCINE = ion("Leu", ion_mz("C6H13NO2", "[M-H]-"), formula="C6H13NO2", adduct="[M-H]-")
AC_LEU_MZ = ion_mz("C8H15NO3", "[M-H]-")


def test_a_peak_under_a_larger_compound_that_loses_a_group_is_flagged(tmp_path: Path) -> None:
    ions = (*PANEL, LEUCINE)
    eluting = [elutes(target) for target in ions]

    high = rows_of(tmp_path, [*eluting, Eluting(AC_LEU_MZ, 60.0, 5e6)], ions)["Leu"]
    low = rows_of(tmp_path, [*eluting, Eluting(AC_LEU_MZ, 60.0, 1e6)], ions)["Leu"]
    apart = rows_of(tmp_path, [*eluting, Eluting(AC_LEU_MZ, 66.0, 5e6)], ions)["Leu"]

    assert high["status"] == "quantified"
    assert high["source_parent"] == "Ac-Leu"
    assert "source_fragment" in high["flags"]
    assert [row["source_parent"] for row in (low, apart)] == [None, None]
    assert all("source_fragment" not in row["flags"] for row in (low, apart))


def test_without_a_listed_time_the_next_peak_is_taken_instead_of_a_fragment(
    tmp_path: Path,
) -> None:
    untimed = replace(LEUCINE, retention_time_s=None)
    ions = (*PANEL, untimed)
    fragment = [Eluting(LEUCINE.mz, 30.0, 3e6), Eluting(AC_LEU_MZ, 30.0, 9e6)]
    eluting = [*(elutes(target) for target in PANEL), *fragment]

    real = rows_of(tmp_path, [*eluting, Eluting(LEUCINE.mz, 90.0, 5e5)], ions)["Leu"]
    alone = rows_of(tmp_path, eluting, ions)["Leu"]

    assert real["retention_time_s"] == pytest.approx(90.0, abs=1)
    assert "source_fragment" not in real["flags"]
    assert alone["retention_time_s"] == pytest.approx(30.0, abs=1)
    assert "source_fragment" in alone["flags"]


def test_a_conjugate_made_in_the_source_comes_with_its_free_amino_acid_and_is_flagged(
    tmp_path: Path,
) -> None:
    leucine = ion("Leu", 130.0874, 60.0, formula="C6H13NO2")
    conjugate = ion("LacLeu", 202.1085, 60.0, formula="C9H17NO4")
    ions = (*PANEL, leucine, conjugate)

    together = rows_of(tmp_path, [elutes(target) for target in ions], ions)
    apart = rows_of(
        tmp_path, [elutes(target) for target in ions[:-1]] + [elutes(conjugate, 70.0)], ions
    )

    assert "source_artefact" in together["LacLeu"]["flags"]
    assert "source_artefact" not in together["Leu"]["flags"]
    assert "source_artefact" not in apart["LacLeu"]["flags"]


def test_adducts_and_fragments_of_one_compound_are_its_qualifiers_and_co_elute(
    tmp_path: Path,
) -> None:
    ions = [
        ion("LacLeu", ion_mz("C9H17NO4", adduct), ion_id=f"LacLeu {adduct}", role=role)
        for adduct, role in (
            ("[M-H]-", IonRole.QUANTIFIER),
            ("[M+HCOO]-", IonRole.QUALIFIER),
            ("[M-H-C3H4O2]-", IonRole.QUALIFIER),
        )
    ]
    apart = ion("LacLeu", 400.1, 60.0, ion_id="LacPhe_x", role=IonRole.QUALIFIER)
    heights = (1e6, 3e5, 1e5)
    eluting = [
        Eluting(target.precursor_mz, 60.0, h) for target, h in zip(ions, heights, strict=True)
    ]

    rows = rows_of(
        tmp_path,
        [*(elutes(target) for target in PANEL), *eluting, Eluting(400.1, 63.0)],
        (*PANEL, *ions, apart),
    )

    assert all(rows[target.ion_id]["co_elution"] > 0.99 for target in ions)
    assert rows["LacPhe_x"]["co_elution"] < 0.9
    assert rows["LacAla"]["co_elution"] is None
    assert rows["LacLeu [M+HCOO]-"]["ion_ratio"] == pytest.approx(0.3, rel=0.05)
