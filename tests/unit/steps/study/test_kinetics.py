"""From the wells of made-up assays to known constants: those of Puromycin (Bates & Watts) ..."""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import f

from builders import ion, row
from lcms.config import Settings
from lcms.errors import SheetError
from lcms.io.sheets.inputs import Inputs
from lcms.io.sheets.study_design import check_study
from lcms.io.tables.parquet import read_table, write_rows
from lcms.kinds import SampleType
from lcms.model import Sample
from lcms.schemas import CONCENTRATIONS
from lcms.steps.study import write_study

METADATA = {"schema_version": "2", "software": "{}", "settings": "{}"}
NMOL = Settings()
MMOL = Settings(concentration_unit="mmol/L")
LEVELS = np.repeat([0.02, 0.06, 0.11, 0.22, 0.56, 1.10], 2)  # mmol/L
TREATED = np.array([76.0, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200])  # 1/s
ENZYME, DRIFT, START = 0.1, 0.5, 30.0  # nmol/L; nmol/L/s without enzyme; nmol/L
TIMES_S = (0.0, 10.0, 20.0, 30.0, 40.0)
IONS = (ion("Lac-Leu", formula="C9H17NO4"), ion("Leu", formula="C6H13NO2"))
Factors = dict[str, str]


def points(
    well: int, level: float, rate: float, *, control: str = "full"
) -> Iterator[tuple[Factors, float]]:
    """Yield the rows of a well and their product, nmol/L."""
    enzyme = ENZYME if control != "no_enzyme" else 0.0
    for time_s in TIMES_S:
        yield (
            {
                "assay_id": "CNDP2",
                "well": f"w{well}",
                "enzyme_nmol_l": str(enzyme),
                "substrate_a": str(level),
                "time_s": str(time_s),
                "control_type": control,
            },
            START + (DRIFT + rate * enzyme) * time_s,
        )


def plate() -> list[tuple[Factors, float]]:
    full = [
        point
        for k, (level, rate) in enumerate(zip(LEVELS.tolist(), TREATED.tolist(), strict=True))
        for point in points(k, level, rate)
    ]
    controls = [
        point
        for k, level in enumerate(LEVELS[::2].tolist())
        for point in points(100 + k, level, 0.0, control="no_enzyme")
    ]
    return full + controls


def kinetics(
    folder: Path,
    rows: list[tuple[Factors, float]],
    settings: Settings = MMOL,
    changes: Mapping[int, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Write the study of an assay; return its row of `kinetics`. The interval is +- 2 nmol/L."""
    unit = 1e-6 if settings is MMOL else 1.0
    samples = [
        Sample(f"s{k}", f"s{k}.mzML", SampleType.UNKNOWN, factors=factors)
        for k, (factors, _) in enumerate(rows)
    ]
    concentrations = [
        row(
            CONCENTRATIONS,
            sample_id=f"s{k}",
            target_id="Lac-Leu",
            kind="analyte",
            batch="1",
            sample_type="unknown",
            dilution_factor=1.0,
            status="quantified",
            concentration=unit * product,
            concentration_low=unit * (product - 2),
            concentration_high=unit * (product + 2),
            censored=False,
            flags=[],
        )
        | dict((changes or {}).get(k, {}))
        for k, (_, product) in enumerate(rows)
    ]
    write_rows(folder / "concentrations.parquet", CONCENTRATIONS, concentrations, METADATA)
    write_study(folder, Inputs(tuple(samples), (), IONS), settings, METADATA)
    (made,) = read_table(folder / "kinetics.parquet").to_pylist()
    return made


def test_wells_give_the_constants_of_puromycin(tmp_path: Path) -> None:
    made = kinetics(tmp_path, plate())

    assert made["turnover"] == pytest.approx(TREATED.tolist())
    assert made["kcat"] == pytest.approx(212.684, abs=1e-3)
    assert made["kcat_sd"] == pytest.approx(6.947, abs=1e-3)
    assert made["k_a"] == pytest.approx(0.064121e6, rel=1e-5)
    assert made["k_a_sd"] == pytest.approx(0.008281e6, rel=1e-4)
    assert made["k_a_low"] < made["k_a"] < made["k_a_high"]
    assert (made["k_b"], made["k_ia"], made["freedom"]) == (None, None, 10)
    assert (made["identifiable"], made["method"], made["flags"]) == (True, "michaelis_menten", [])
    assert (made["n_used"], made["n_censored"], made["n_left_out"]) == (12, 0, 0)


def test_replicates_of_a_well_show_the_lack_of_fit_of_its_rate(tmp_path: Path) -> None:
    """Worked by hand: 0, 0 and 8 nmol/L after 0, 10 and 20 s have the line -4/3 + 0.4 t.

    It misses them by 4/3, 8/3 and 4/3; two replicates each, 0.4 apart: misfit 2 (16 + 64 + 16) / 9
    with 1 degree of freedom, pure error 0.24 with 3.
    """
    courses = {f"{level}": (0.0, 0.0, 8.0) for level in (1e4, 2e4, 5e4, 1e5)}
    rows = [
        (
            {
                "assay_id": "CNDP2",
                "well": level,
                "replicate": str(replicate),
                "enzyme_nmol_l": "1",
                "substrate_a": level,
                "time_s": str(time_s),
                "control_type": "full",
            },
            START + product + (-0.2, 0.2)[replicate],
        )
        for level, course in courses.items()
        for time_s, product in zip((0, 10, 20), course, strict=True)
        for replicate in range(2)
    ]
    blank = {**rows[0][0], "well": "b", "enzyme_nmol_l": "0", "control_type": "no_enzyme"}

    made = kinetics(tmp_path, [*rows, (blank, 0.0)], NMOL)

    assert made["turnover"] == pytest.approx([0.4] * 4)
    assert made["well_points"] == [6.0] * 4
    misfit, pure = 2 * 96 / 9, 6 * 0.2**2
    assert made["well_lack_of_fit_p"] == pytest.approx([f.sf(misfit / (pure / 3), 1, 3)] * 4)
    explained = 4 * 0.4**2 * 10**2  # of the sum of squares, by the line
    assert made["well_r2"] == pytest.approx([explained / (explained + misfit + pure)] * 4)
    assert "curved" in made["flags"]


def test_points_below_or_above_the_range_are_handled_by_status(tmp_path: Path) -> None:
    made = kinetics(
        tmp_path,
        plate(),
        changes={
            0: {"status": "below_lloq", "concentration": None, "lloq": 2 * START * 1e-6},
            4: {"status": "above_uloq"},
        },
    )

    assert made["turnover"] == pytest.approx(TREATED.tolist())  # half of the limit is START
    assert (made["n_censored"], made["n_left_out"]) == (1, 1)
    assert made["flags"] == ["censored_points", "points_left_out"]


def test_the_highest_substrate_must_saturate(tmp_path: Path) -> None:
    low = [
        point
        for k, level in enumerate(np.repeat([0.005, 0.01, 0.02, 0.04], 2).tolist())
        for point in points(k, level, (212.0 + k % 2) * level / (0.064 + level))
    ]
    control = points(100, 0.005, 0.0, control="no_enzyme")

    made = kinetics(tmp_path, [*low, *control])

    assert not made["identifiable"]
    assert "highest_substrate_below_twice_k_m" in made["flags"]


def test_two_substrates_and_their_plateau_give_the_sequential_law(tmp_path: Path) -> None:
    kcat, k_a, k_b, k_ia, k_eq = 10.0, 4e6, 8e6, 3e6, 0.01  # 1/s, nmol/L, L/mol
    rows = []
    for k, (a, b) in enumerate(product((1e6, 3e6, 1e7, 3e7), (2e6, 6e6, 2e7, 6e7))):
        v0 = kcat * a * b / (k_ia * k_b + k_b * a + k_a * b + a * b)
        plateau = k_eq * a * b / 1e9
        reached = k_eq * (a - plateau) * (b - plateau) / 1e9  # little of the substrates is used
        times_s = np.array([0.0, 0.02, 0.04, 0.06, 0.08, 0.5, 1.0, 2.0, 4.0]) * reached / v0
        well = {
            "assay_id": "CNDP2",
            "well": f"w{k}",
            "enzyme_nmol_l": "1",
            "substrate_a": str(a),
            "substrate_b": str(b),
            "control_type": "full",
        }
        grown = -reached * np.expm1(-v0 * times_s / reached)
        points_of_well = zip(times_s.tolist(), grown.tolist(), strict=True)
        rows += [(well | {"time_s": str(time_s)}, amount) for time_s, amount in points_of_well]
    blank = {**rows[0][0], "well": "blank", "enzyme_nmol_l": "0", "control_type": "no_enzyme"}

    made = kinetics(tmp_path, [*rows, (blank, 0.0)], NMOL)

    assert made["method"] == "sequential"
    # a line through the first tenth of the approach is 4 % flatter than its start
    assert made["kcat"] == pytest.approx(0.96 * kcat, rel=0.02)
    assert made["k_a"] == pytest.approx(k_a, rel=0.05)
    assert made["k_b"] == pytest.approx(k_b, rel=0.05)
    assert made["k_ia"] == pytest.approx(k_ia, rel=0.05)
    assert made["k_eq_l_mol"] == pytest.approx(k_eq, rel=0.01)


def test_an_assay_of_the_splitting_has_the_equilibrium_constant_of_the_formation(
    tmp_path: Path,
) -> None:
    """Of 1 mmol/L 0.6 are split: K = 0.4 / (0.6 x 0.6) L/mmol; of 0.5 mmol/L as much of K."""
    k_eq = 0.4e6 / 0.6e6**2 * 1e9  # L/mol
    rows = []
    for well, start in enumerate((2e5, 5e5, 1e6, 2e6)):
        made = (np.sqrt(1 + 4 * k_eq * 1e-9 * start) - 1) / (2 * k_eq * 1e-9)
        times_s = np.array([0.0, 20, 40, 60, 200, 400, 800, 1600])
        factors = {
            "assay_id": "back",
            "well": f"w{well}",
            "enzyme_nmol_l": "1",
            "substrate_a": str(start),
            "control_type": "full",
            "reaction": "splitting",
        }
        course = -made * np.expm1(-times_s / 300)
        points_of_well = zip(times_s.tolist(), course.tolist(), strict=True)
        rows += [(factors | {"time_s": str(time_s)}, amount) for time_s, amount in points_of_well]
    blank = {**rows[0][0], "well": "blank", "enzyme_nmol_l": "0", "control_type": "no_enzyme"}

    made = kinetics(tmp_path, [*rows, (blank, 0.0)], NMOL)

    assert made["k_eq_l_mol"] == pytest.approx(k_eq, rel=1e-3)
    assert 0 < made["k_eq_log_sd"] < 1e-3


@pytest.mark.parametrize(
    ("changes", "settings", "message"),
    [
        ({"control_type": "ful"}, MMOL, "control_type ful is not one of full"),
        ({"substrate_a": "leucine"}, MMOL, "substrates leucine are neither numbers nor targets"),
        ({"enzyme_nmol_l": "0"}, MMOL, "wells w0 are full but have no enzyme"),
        ({"time_s": "ten"}, MMOL, "time_s: rows 1 hold no number"),
        ({}, Settings(concentration_unit="ng/mL"), "the substrates of an assay are in the"),
    ],
)
def test_a_wrong_assay_is_named_before_anything_runs(
    changes: Mapping[str, str], settings: Settings, message: str
) -> None:
    rows = [factors for factors, _ in plate()]
    rows[0] = {**rows[0], **changes}
    samples = [
        Sample(f"s{k}", f"s{k}.mzML", SampleType.UNKNOWN, factors=factors)
        for k, factors in enumerate(rows)
    ]

    with pytest.raises(SheetError, match=re.escape(message)):
        check_study(settings, samples, IONS)
