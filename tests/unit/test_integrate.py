from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders import (
    AREA_PER_SIGMA,
    SECONDS,
    Eluting,
    Row,
    extracted_runs,
    gaussian,
    integrated_rows,
    integrated_tables,
    ion,
    peak_rows,
    row,
    settings_of,
    standard,
    write_run,
)
from lcms.io.companions import read_companions
from lcms.io.tables import read_table
from lcms.model import Ion, IonRole
from lcms.numerics.companions import CARBON_13_TH
from lcms.numerics.mass import ion_mz
from lcms.schemas import CHROMATOGRAMS, COMPANIONS, DECISIONS, DECOYS, PEAKS, RUNS
from lcms.steps.integrate import write_parts
from lcms.words import CHANGES

ALA = ion("LacAla", 160.0615)
VAL = ion("LacVal", 188.0928, 50.0)
PHE = ion("LacPhe", 236.0928, 70.0)
PANEL = (ALA, VAL, PHE)
LEU_MZ = 202.1085
RIVALS = ((60.0, 1e6), (100.0, 5e5), (150.0, 2e5))
AREA = 1e6 * 3.4 * AREA_PER_SIGMA


def elutes(one: Ion, apex_s: float | None = None, height: float = 1e6) -> Eluting:
    return Eluting(one.precursor_mz, apex_s or one.retention_time_s or 60.0, height)


def rows_of(
    folder: Path,
    eluting: Sequence[Eluting],
    ions: Sequence[Ion],
    **settings: Any,  # noqa: ANN401  (sections of settings)
) -> dict[str, Row]:
    """Return the rows of `peaks` of one run by ion_id."""
    path = write_run(folder / "s1.mzML", eluting, time_s=np.arange(0.0, 200.0))
    found = peak_rows(folder, {"s1": path}, ions, settings_of(**settings))
    return {ion_id: one for (_, ion_id), one in found.items()}


def rows_of_chromatogram(
    folder: Path,
    one: Ion,
    intensity: Sequence[float] | None,
    **settings: Any,  # noqa: ANN401  (sections of settings)
) -> Row:
    """Return the row of `peaks` of one chromatogram that was extracted."""
    run = row(RUNS, sample_id="s1", status="ok", mz_error_ppm=0.0, detection_threshold=100.0)
    cut_out = row(CHROMATOGRAMS, sample_id="s1", ion_id=one.ion_id)
    if intensity is not None:
        seconds = SECONDS[: len(intensity)].tolist()
        errors = [0.5 if count > 0 else float("nan") for count in intensity]
        cut_out |= {
            "retention_time_s": seconds,
            "intensity": list(intensity),
            "centroid_error_ppm": errors,
        }
    chosen = settings_of(**settings)
    companions = [
        row(COMPANIONS, sample_id="s1", ion_id=other.ion.ion_id)
        for other in read_companions([one], chosen.extraction)
    ]
    extracted = [([run], [cut_out], companions)]
    return integrated_rows(folder, extracted, [one], chosen)["s1", one.ion_id]


def test_a_known_peak_is_quantified_with_its_area_time_and_mass(tmp_path: Path) -> None:
    found = rows_of(tmp_path, [elutes(one) for one in PANEL], PANEL)

    one = found["LacAla"]
    assert one["status"] == "quantified"
    assert one["area"] == pytest.approx(AREA, rel=0.015)
    assert one["retention_time_s"] == pytest.approx(60.0, abs=0.3)
    assert one["left_s"] < 53
    assert one["right_s"] > 67
    assert one["fwhm_s"] == pytest.approx(8.0, rel=0.06)
    assert one["tailing"] == pytest.approx(1.0, abs=0.05)
    assert one["mz_observed"] == pytest.approx(160.0615, abs=1e-5)
    assert one["mz_residual_ppm"] == pytest.approx(0.0, abs=0.01)
    assert 0.8 < one["quality"] <= 1.0
    assert one["target_id"] == "LacAla"
    assert one["ion_role"] == "quantifier"


def test_a_run_whose_peaks_come_late_has_a_shift_and_still_finds_them(tmp_path: Path) -> None:
    late = [elutes(one, (one.retention_time_s or 0) + 15.0) for one in PANEL]

    found = rows_of(tmp_path, late, PANEL)

    for one in found.values():
        assert one["status"] == "quantified"
        assert one["retention_shift_s"] == pytest.approx(15.0, abs=0.3)


def test_what_the_internal_standards_tell_moves_where_the_others_are_expected(
    tmp_path: Path,
) -> None:
    d3, d5 = standard("d3", 163.0803, 60.0), standard("d5", 193.1242, 50.0)
    ions = (*PANEL, d3, d5)
    late = [elutes(one, (one.retention_time_s or 0) + 4.0) for one in (d3, d5, VAL, PHE)]
    runs = {
        "usual": write_run(tmp_path / "usual.mzML", [elutes(one) for one in ions]),
        "late": write_run(tmp_path / "late.mzML", late),
    }

    found = peak_rows(tmp_path, runs, ions)

    assert found["late", "LacAla"]["status"] == "not_detected"
    assert found["late", "LacAla"]["expected_time_s"] == pytest.approx(64.0, abs=0.3)
    assert found["usual", "LacAla"]["expected_time_s"] == pytest.approx(60.0, abs=0.3)


def test_a_target_that_alone_comes_late_is_expected_where_it_came(tmp_path: Path) -> None:
    found = rows_of(tmp_path, [elutes(ALA, 65.0), elutes(VAL), elutes(PHE)], PANEL)

    assert found["LacAla"]["status"] == "quantified"
    assert found["LacAla"]["retention_time_s"] == pytest.approx(65.0, abs=0.3)
    assert found["LacAla"]["retention_shift_s"] == pytest.approx(5.0, abs=0.5)
    assert found["LacVal"]["retention_shift_s"] == pytest.approx(0.0, abs=0.5)


def test_an_ion_without_signal_is_not_detected(tmp_path: Path) -> None:
    found = rows_of(tmp_path, [elutes(VAL), elutes(PHE)], PANEL)

    one = found["LacAla"]
    assert one["status"] == "not_detected"
    assert one["area"] is one["height"] is one["retention_time_s"] is one["quality"] is None
    assert one["mz_theoretical"] == 160.0615
    assert one["flags"] == []


def test_a_peak_outside_the_window_is_not_the_targets(tmp_path: Path) -> None:
    peaks = [elutes(VAL), elutes(PHE), elutes(ALA, 85.0)]

    assert rows_of(tmp_path, peaks, PANEL)["LacAla"]["status"] == "not_detected"


def test_a_peak_with_a_wrong_mass_is_not_the_targets(tmp_path: Path) -> None:
    glu, thr = ion("a", 146.0459, 40.0), ion("b", 118.0510, 80.0)
    wrong = Eluting(ALA.precursor_mz, 60.0, error_ppm=2.6)
    others = [elutes(one) for one in (VAL, PHE, glu, thr)]

    found = rows_of(tmp_path, [wrong, *others], (*PANEL, glu, thr))

    assert found["LacAla"]["status"] == "not_detected"
    assert found["LacVal"]["status"] == "quantified"


def test_a_peak_below_the_detection_score_is_not_detected(tmp_path: Path) -> None:
    intensity = gaussian(SECONDS, 60, 3.4, 2000.0).tolist()
    score = rows_of_chromatogram(tmp_path, ALA, intensity)["score"]

    found = [
        rows_of_chromatogram(
            tmp_path, ALA, intensity, integration={"detection_score": share * score}
        )["status"]
        for share in (0.99, 1.01)
    ]

    assert found == ["quantified", "not_detected"]


def test_a_peak_of_fewer_points_than_asked_is_not_detected(tmp_path: Path) -> None:
    intensity = gaussian(SECONDS, 60, 3.4, 1e5)

    found = [
        rows_of_chromatogram(tmp_path, ALA, intensity.tolist(), integration={"min_points": n})
        for n in (10, 40)
    ]

    assert [one["status"] for one in found] == ["quantified", "not_detected"]


@pytest.mark.parametrize("n", [1, 2, 4, 5, 6])
def test_a_tiny_chromatogram_breaks_nothing(tmp_path: Path, n: int) -> None:
    one = ion("LacAla", 160.0615, 2.0)

    for level in (0.0, 1e5):
        assert rows_of_chromatogram(tmp_path, one, [level] * n)["status"] == "not_detected"


def test_two_scans_at_one_time_break_nothing(tmp_path: Path) -> None:
    time_s = np.sort(np.concatenate([SECONDS, SECONDS[50:70]]))
    eluting = [elutes(one) for one in PANEL]

    path = write_run(tmp_path / "s1.mzML", eluting, time_s=time_s)

    found = peak_rows(tmp_path, {"s1": path}, PANEL)
    assert found["s1", "LacAla"]["area"] == pytest.approx(AREA, rel=0.03)


def test_what_was_not_extracted_is_not_acquired(tmp_path: Path) -> None:
    found = rows_of_chromatogram(tmp_path, ALA, None)

    assert found["status"] == "not_acquired"
    assert found["area"] is None
    assert found["flags"] == []


def test_an_ion_of_the_other_polarity_or_after_the_run_is_not_acquired(tmp_path: Path) -> None:
    positive, late = ion("pos", 162.0761, charge=1), ion("late", 160.0615, 900.0)

    found = rows_of(tmp_path, [elutes(one) for one in PANEL], (*PANEL, positive, late))

    assert found["pos"]["status"] == found["late"]["status"] == "not_acquired"
    assert found["pos"]["flags"] == ["wrong_polarity"]
    assert found["late"]["flags"] == ["outside_run_time"]
    assert found["LacAla"]["status"] == "quantified"


def test_a_product_ion_is_not_acquired_and_says_why(tmp_path: Path) -> None:
    product = ion("LacAla_88", 160.0615, product_mz=88.0404, role=IonRole.QUALIFIER)

    found = rows_of(tmp_path, [elutes(one) for one in PANEL], (*PANEL, product))

    assert found["LacAla_88"]["status"] == "not_acquired"
    assert found["LacAla_88"]["flags"] == ["no_transition"]
    assert found["LacAla_88"]["ion_role"] == "qualifier"


def test_a_run_that_could_not_be_read_has_a_failed_row_for_every_ion(tmp_path: Path) -> None:
    whole = write_run(tmp_path / "s1.mzML", [elutes(one) for one in PANEL])

    found = peak_rows(tmp_path, {"s1": whole, "s2": tmp_path / "missing.mzML"}, PANEL)

    assert [found["s2", one.ion_id]["status"] for one in PANEL] == ["failed"] * 3
    assert [found["s1", one.ion_id]["status"] for one in PANEL] == ["quantified"] * 3


@pytest.mark.parametrize("ceiling", [5e5, 9e5])
def test_a_peak_that_the_detector_cuts_off_is_saturated_and_keeps_its_area(
    tmp_path: Path, ceiling: float
) -> None:
    clipped = np.minimum(gaussian(SECONDS, 60, 3.4, 1e6), ceiling).tolist()

    found = rows_of_chromatogram(
        tmp_path, ALA, clipped, integration={"saturation_counts": ceiling}
    )

    assert found["status"] == "saturated"
    assert found["area"] > 0


@pytest.mark.xfail(reason="the picker finds no top on a plateau of equal points")
def test_a_peak_with_a_long_and_quite_flat_top_is_saturated(tmp_path: Path) -> None:
    clipped = np.minimum(gaussian(SECONDS, 60, 3.4, 1e6), 2e5).tolist()

    found = rows_of_chromatogram(tmp_path, ALA, clipped, integration={"saturation_counts": 2e5})

    assert found["status"] == "saturated"


def test_a_peak_below_the_ceiling_is_not_saturated(tmp_path: Path) -> None:
    intensity = gaussian(SECONDS, 60, 3.4, 1e6).tolist()

    found = rows_of_chromatogram(tmp_path, ALA, intensity, integration={"saturation_counts": 2e6})

    assert found["status"] == "quantified"


def isomers(**changes: Any) -> tuple[Ion, Ion]:  # noqa: ANN401  (fields of Ion)
    return (
        ion("LacIle", LEU_MZ, 60.0, isomer_group="leucines", **changes),
        ion("LacLeu", LEU_MZ, 75.0, isomer_group="leucines", **changes),
    )


def test_isomers_get_each_a_peak_of_its_own_by_their_order_in_time(tmp_path: Path) -> None:
    peaks = [Eluting(LEU_MZ, 60.0, 1e5), Eluting(LEU_MZ, 75.0, 1e6), elutes(VAL)]

    found = rows_of(tmp_path, peaks, (*isomers(), VAL))

    assert found["LacIle"]["retention_time_s"] == pytest.approx(60, abs=0.5)
    assert found["LacLeu"]["retention_time_s"] == pytest.approx(75, abs=0.5)
    assert found["LacLeu"]["area"] == pytest.approx(10 * found["LacIle"]["area"], rel=0.1)
    assert "isomer_group_incomplete" not in found["LacIle"]["flags"]


def test_a_single_peak_is_given_to_one_isomer_and_both_are_flagged(tmp_path: Path) -> None:
    found = rows_of(tmp_path, [Eluting(LEU_MZ, 75.0), elutes(VAL)], (*isomers(), VAL))

    assert found["LacLeu"]["status"] == "quantified"
    assert found["LacIle"]["status"] == "not_detected"
    assert "isomer_group_incomplete" in found["LacLeu"]["flags"]


def test_an_isomer_after_the_end_of_the_run_takes_nothing_from_the_other(tmp_path: Path) -> None:
    early = ion("LacIle", LEU_MZ, 60.0, isomer_group="leucines")
    late = ion("LacLeu", LEU_MZ, 900.0, isomer_group="leucines")

    for order in ([early, late], [late, early]):
        found = rows_of(tmp_path, [Eluting(LEU_MZ, 60.0), elutes(VAL)], [*order, VAL])

        assert found["LacIle"]["status"] == "quantified"
        assert found["LacLeu"]["status"] == "not_acquired"
        assert found["LacLeu"]["area"] is None


def test_a_run_that_was_broken_off_says_nothing_of_what_came_later(tmp_path: Path) -> None:
    whole = write_run(tmp_path / "s1.mzML", [elutes(one) for one in PANEL])
    late = [elutes(one, (one.retention_time_s or 0) + 8.0) for one in PANEL]
    broken_off = write_run(tmp_path / "s2.mzML", late, time_s=np.arange(0.0, 75.0))

    found = peak_rows(tmp_path, {"s1": whole, "s2": broken_off}, PANEL)

    assert found["s2", "LacVal"]["status"] == "quantified"
    assert found["s2", "LacPhe"]["status"] == "not_detected"
    assert found["s2", "LacPhe"]["area"] is None


def test_a_long_gap_between_scans_breaks_nothing(tmp_path: Path) -> None:
    time_s = np.r_[np.arange(0.0, 120.0), 900.0, 901.0]
    timeless = ion("LacAla", 160.0615, None)

    path = write_run(tmp_path / "s1.mzML", [elutes(one) for one in PANEL], time_s=time_s)

    found = peak_rows(tmp_path, {"s1": path}, (timeless, VAL, PHE))
    assert found["s1", "LacAla"]["area"] == pytest.approx(AREA, rel=0.03)


def test_two_targets_on_one_mass_both_get_their_row_with_a_flag(tmp_path: Path) -> None:
    first, second = ion("a", LEU_MZ, 60.0), ion("b", LEU_MZ, 65.0)

    found = rows_of(tmp_path, [Eluting(LEU_MZ, 61.0)], (first, second))

    for one in found.values():
        assert one["status"] == "quantified"
        assert "shared_mz" in one["flags"]


def test_a_target_without_a_time_takes_the_highest_peak_and_says_so(tmp_path: Path) -> None:
    timeless = ion("LacAla", 160.0615, None)
    peaks = [Eluting(160.0615, 40.0, 1e5), Eluting(160.0615, 150.0, 1e6)]

    found = rows_of(tmp_path, peaks, (timeless,))

    assert found["LacAla"]["retention_time_s"] == pytest.approx(150, abs=0.5)
    assert "time_unknown" in found["LacAla"]["flags"]


def test_of_two_peaks_in_the_window_the_one_nearer_to_the_expected_time_counts(
    tmp_path: Path,
) -> None:
    peaks = [Eluting(160.0615, 60.0, 1e5), Eluting(160.0615, 78.0, 1e6), elutes(VAL), elutes(PHE)]

    assert rows_of(tmp_path, peaks, PANEL)["LacAla"]["retention_time_s"] == pytest.approx(
        60, abs=0.5
    )


def test_a_panel_of_one_target_works(tmp_path: Path) -> None:
    found = rows_of(tmp_path, [elutes(ALA)], (ALA,))

    assert found["LacAla"]["status"] == "quantified"
    assert found["LacAla"]["area"] == pytest.approx(AREA, rel=0.015)


def decisions_of(
    folder: Path, eluting: Sequence[Eluting], ions: Sequence[Ion]
) -> list[tuple[str, str, float]]:
    """Return ion, reason and time of all that was rejected in one run."""
    path = write_run(folder / "s1.mzML", eluting, time_s=np.arange(0.0, 200.0))
    settings = settings_of()
    extracted = extracted_runs({"s1": path}, ions, settings)
    rows = integrated_tables(folder, [extracted], ions, settings)["decisions"]
    return [
        (one["ion_id"], one["reason"], one["retention_time_s"])
        for one in rows
        if one["kind"] == "rejected"
    ]


def test_a_candidate_outside_the_window_is_in_the_log(tmp_path: Path) -> None:
    peaks = [*(elutes(one) for one in PANEL), elutes(ALA, 95.0, 3e5)]

    found = decisions_of(tmp_path, peaks, PANEL)

    ((ion_id, reason, time_s),) = found
    assert (ion_id, reason) == ("LacAla", "outside_window")
    assert time_s == pytest.approx(95.0, abs=1.0)


def test_the_log_names_the_rivals_of_a_target_without_a_listed_time(tmp_path: Path) -> None:
    unknown = ion("LacAla", 160.0615, None)
    peaks = [elutes(VAL), elutes(PHE), *(elutes(unknown, t, h) for t, h in RIVALS)]

    found = decisions_of(tmp_path, peaks, (unknown, VAL, PHE))

    assert [(ion_id, reason) for ion_id, reason, _ in found] == [("LacAla", "weaker")] * 2
    assert [time_s for _, _, time_s in found] == pytest.approx([100.0, 150.0], abs=1.0)


def test_what_is_not_detected_says_why(tmp_path: Path) -> None:
    found = decisions_of(tmp_path, [elutes(VAL), elutes(PHE)], PANEL)

    assert [(ion_id, why) for ion_id, why, _ in found] == [("LacAla", "below_detection_score")]


def test_a_clean_peak_alone_has_an_area_that_settings_hardly_move(tmp_path: Path) -> None:
    path = write_run(tmp_path / "s1.mzML", [elutes(one) for one in PANEL], seed=4)
    extracted = extracted_runs({"s1": path}, PANEL, settings_of())

    rows = integrated_tables(tmp_path, [extracted], PANEL, settings_of())["decisions"]

    assert {one["reason"] for one in rows} == set(CHANGES)
    assert all(abs(one["area_change_percent"]) < 5 for one in rows)


def test_the_parts_keep_to_their_declared_columns(tmp_path: Path) -> None:
    ions = (*PANEL, ion("late", 160.0615, 900.0))
    path = write_run(tmp_path / "s1.mzML", [elutes(ALA)])
    extracted = extracted_runs({"s1": path}, ions, settings_of())

    write_parts(tmp_path, "c", integrated_tables(tmp_path, [extracted], ions, settings_of()), {})

    for table in (PEAKS, DECISIONS, DECOYS):
        part = tmp_path / table.name / "c.parquet"
        assert read_table(part).column_names == table.names()


def decoys_of(folder: Path, *eluting: Eluting) -> dict[tuple[str, int], Row]:
    """Return the decoys of one run whose targets and some other ions elute."""
    path = write_run(folder / "s1.mzML", [*(elutes(one) for one in PANEL), *eluting])
    extracted = extracted_runs({"s1": path}, PANEL, settings_of())
    rows = integrated_tables(folder, [extracted], PANEL, settings_of())["decoys"]
    return {(one["ion_id"], one["number"]): one for one in rows}


def test_decoys_of_a_clean_run_are_empty(tmp_path: Path) -> None:
    found = decoys_of(tmp_path)

    assert set(found) == {(one.ion_id, n) for one in PANEL for n in (1, 2)}
    assert not any(one["detected"] for one in found.values())


def test_what_elutes_in_a_decoy_at_the_time_of_the_target_is_a_false_detection(
    tmp_path: Path,
) -> None:
    mz = decoys_of(tmp_path)["LacAla", 1]["mz"]

    at_its_time = decoys_of(tmp_path, Eluting(mz, 60.0, 1e5))
    elsewhere = decoys_of(tmp_path, Eluting(mz, 80.0, 1e5))

    assert [key for key, one in at_its_time.items() if one["detected"]] == [("LacAla", 1)]
    assert at_its_time["LacAla", 1]["score"] > 4
    assert not any(one["detected"] for one in elsewhere.values())


def test_a_peak_knows_its_isotope_and_how_it_stands_to_its_standard(tmp_path: Path) -> None:
    heavy = standard("d3", 163.0803, 59.0)
    one = replace(ALA, formula="C6H11NO4", internal_standard="d3")
    isotope = Eluting(one.precursor_mz + CARBON_13_TH, 60.0, 0.0649e6)

    peaks = [elutes(one), isotope, elutes(heavy), elutes(VAL)]
    found = rows_of(tmp_path, peaks, (one, heavy, VAL))["LacAla"]
    bare = rows_of(tmp_path, [elutes(one), elutes(heavy), elutes(VAL)], (one, heavy, VAL))

    assert found["isotope_ratio"] == pytest.approx(found["isotope_ratio_expected"], rel=0.02)
    assert found["standard_time_difference_s"] == pytest.approx(1.0, abs=0.1)
    assert found["standard_correlation"] > 0.9
    assert "isotope_ratio_deviant" not in found["flags"]
    assert "isotope_ratio_deviant" in bare["LacAla"]["flags"]


def test_a_qualifier_has_its_ratio_to_the_quantifier(tmp_path: Path) -> None:
    other = replace(ion("LacAla_na", 182.0435), target_id="LacAla", role=IonRole.QUALIFIER)

    found = rows_of(
        tmp_path, [elutes(ALA), elutes(other, height=3e5), elutes(VAL)], (ALA, other, VAL)
    )

    assert found["LacAla_na"]["ion_ratio"] == pytest.approx(0.3, rel=0.02)
    assert found["LacAla"]["ion_ratio"] is None


def test_peaks_of_the_series_out_of_their_order_are_flagged(tmp_path: Path) -> None:
    val, phe = ion("Lac-Val", 188.0928, 60.0), ion("Lac-Phe", 236.0928, 64.0)

    found = rows_of(tmp_path, [elutes(val, 70.0), elutes(phe, 55.0)], (val, phe))

    assert all("elution_order" in one["flags"] for one in found.values())


def test_a_conjugate_made_in_the_source_comes_with_its_free_amino_acid_and_is_flagged(
    tmp_path: Path,
) -> None:
    leucine = ion("Leu", 130.0874, 60.0, formula="C6H13NO2")
    conjugate = ion("LacLeu", 202.1085, 60.0, formula="C9H17NO4")
    ions = (*PANEL, leucine, conjugate)

    together = rows_of(tmp_path, [elutes(one) for one in ions], ions)
    apart = rows_of(tmp_path, [elutes(one) for one in ions[:-1]] + [elutes(conjugate, 70.0)], ions)

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
    eluting = [Eluting(one.precursor_mz, 60.0, h) for one, h in zip(ions, heights, strict=True)]

    found = rows_of(
        tmp_path,
        [*(elutes(one) for one in PANEL), *eluting, Eluting(400.1, 68.0)],
        (*PANEL, *ions, apart),
    )

    assert all(found[one.ion_id]["co_elution"] > 0.99 for one in ions)
    assert found["LacPhe_x"]["co_elution"] < 0.6
    assert found["LacAla"]["co_elution"] is None
    assert found["LacLeu [M+HCOO]-"]["ion_ratio"] == pytest.approx(0.3, rel=0.05)
