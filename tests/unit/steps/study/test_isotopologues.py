"""From the areas of isotopologues to fractions, enrichment and the share made of the tracer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders import ion, row
from lcms.config import Settings, Study
from lcms.errors import SheetError
from lcms.io.sheets.inputs import Inputs
from lcms.io.sheets.study_design import check_study
from lcms.io.tables.parquet import read_table, write_rows
from lcms.kinds import SampleType
from lcms.model import Ion, Sample
from lcms.numerics.study.isotopologues import NATURAL_ABUNDANCES, Tracer, correction_matrix
from lcms.schemas import CONCENTRATIONS, PEAKS
from lcms.steps.study import write_study

METADATA = {"schema_version": "2", "software": "{}", "settings": "{}"}
ATOMS = {"Lac-Leu": {"C": 9, "H": 17, "N": 1, "O": 4}, "lactate": {"C": 3, "H": 6, "O": 3}}
SAMPLE = Sample("s", "s.mzML", SampleType.UNKNOWN)


def panel(n: int = 3) -> tuple[Ion, ...]:
    """Return M+0 to M+n of Lac-Leu and of lactate."""
    ions = []
    for name, atoms in ATOMS.items():
        rest = "".join(f"{atom}{count}" for atom, count in atoms.items() if atom != "C")
        for k in range(n + 1):
            carbons = f"(13)C{k}C{atoms['C'] - k}" if k else f"C{atoms['C']}"
            carbons = carbons.removesuffix("C0")
            base = name if k else None
            target_id = f"{name} M+{k}" if k else name
            ions.append(ion(target_id, formula=f"{carbons}{rest}", isotopologue_of=base))
    return tuple(ions)


def areas(name: str, fractions: Sequence[float]) -> list[float]:
    """Return what a quadrupole measures of a mixture."""
    measured = correction_matrix(ATOMS[name], Tracer(purity=0.99), 3) @ np.array(fractions)
    return [float(1e6 * area) for area in measured]


def isotopologues(
    folder: Path, fractions: Mapping[str, Sequence[float]], changes: Mapping[str, Any]
) -> dict[tuple[str, int], dict[str, Any]]:
    """Write the study of a sample; return its rows by compound and number of labels."""
    rows = peak_rows("s", fractions, changes)
    written(folder, [SAMPLE], rows)
    made = read_table(folder / "isotopologues.parquet").to_pylist()
    return {(record["target_id"], record["n_label"]): record for record in made}


def written(
    folder: Path,
    samples: Sequence[Sample],
    rows: Sequence[dict[str, Any]],
    ions: Sequence[Ion] | None = None,
) -> list[str]:
    write_rows(folder / "peaks.parquet", PEAKS, rows, METADATA)
    write_rows(folder / "concentrations.parquet", CONCENTRATIONS, [], METADATA)
    settings = Settings(study=Study(tracer_precursor="lactate"))
    return write_study(
        folder, Inputs(tuple(samples), (), tuple(ions or panel())), settings, METADATA
    )


def peak_rows(
    sample_id: str, fractions: Mapping[str, Sequence[float]], changes: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the peaks of a sample whose molecules have such fractions."""
    rows = []
    for name, of_compound in fractions.items():
        for k, area in enumerate(areas(name, of_compound)):
            target_id = f"{name} M+{k}" if k else name
            peak = row(
                PEAKS,
                sample_id=sample_id,
                ion_id=target_id,
                target_id=target_id,
                ion_role="quantifier",
                mz_theoretical=200.0,
                flags=[],
            )
            found = {"status": "quantified", "area": area, "area_sd": 1e3, "area_lod": 3e3}
            rows.append(peak | found | dict(changes.get(target_id, {})))
    return rows


MIXED = {"Lac-Leu": (0.7, 0.0, 0.0, 0.3), "lactate": (0.4, 0.0, 0.0, 0.6)}


def test_the_mixture_of_the_study_plan_has_its_fractions_and_its_share_of_the_tracer(
    tmp_path: Path,
) -> None:
    made = isotopologues(tmp_path, MIXED, {})

    fractions = [made["Lac-Leu", k]["fraction"] for k in range(4)]
    assert fractions == pytest.approx([0.7, 0.0, 0.0, 0.3], abs=1e-9)
    assert made["Lac-Leu", 0]["enrichment"] == pytest.approx(0.3)  # of the three of the tracer
    assert made["Lac-Leu", 3]["precursor_ratio"] == pytest.approx(0.5)
    assert made["Lac-Leu", 0]["precursor_ratio"] is None
    assert made["lactate", 3]["precursor_ratio"] is None
    assert 0.0008 < made["Lac-Leu", 3]["fraction_sd"] < 0.0013
    assert made["Lac-Leu", 3]["flags"] == []


def test_an_unlabelled_compound_is_all_m0_and_what_is_not_detected_counts_as_nothing(
    tmp_path: Path,
) -> None:
    unlabelled = dict.fromkeys(ATOMS, (1.0, 0.0, 0.0, 0.0))
    absent = {"status": "not_detected", "area": None, "area_sd": None}

    made = isotopologues(tmp_path, unlabelled, {"Lac-Leu M+3": absent})

    assert made["Lac-Leu", 0]["fraction"] == pytest.approx(1.0, abs=1e-3)
    assert made["Lac-Leu", 3]["fraction"] == pytest.approx(0.0, abs=1e-3)
    assert (made["Lac-Leu", 3]["area"], made["Lac-Leu", 3]["n_censored"]) == (0.0, 1)


def test_what_is_not_detected_has_its_fitted_area_in_the_unbounded_fraction(
    tmp_path: Path,
) -> None:
    """M+3 of the fit is -2 standard errors of 1000; A is nearly 1 there, the sum 1e6."""
    unlabelled = dict.fromkeys(ATOMS, (1.0, 0.0, 0.0, 0.0))
    absent = {
        "status": "not_detected",
        "area": None,
        "area_sd": None,
        "area_decision_limit": 3e3,
        "score": -2.0,
    }

    made = isotopologues(tmp_path, unlabelled, {"Lac-Leu M+3": absent})

    natural = areas("Lac-Leu", unlabelled["Lac-Leu"])[3]
    matrix = correction_matrix(ATOMS["Lac-Leu"], Tracer(purity=0.99), 3)
    expected = (-2e3 - natural) / 1e6 / matrix[3, 3]
    row_3 = made["Lac-Leu", 3]
    assert row_3["fraction_unbounded"] == pytest.approx(expected, rel=0.01)
    assert row_3["fraction"] == pytest.approx(0.0, abs=1e-9)
    assert row_3["fraction_sd"] == pytest.approx(1e-3 / matrix[3, 3], rel=0.01)


def test_what_the_scans_hide_is_what_unlabelled_molecules_make(tmp_path: Path) -> None:
    """The limit of detection is four times the decision limit: small peaks leave no points."""
    unlabelled = dict.fromkeys(ATOMS, (1.0, 0.0, 0.0, 0.0))
    natural = areas("Lac-Leu", unlabelled["Lac-Leu"])[3]
    limit = 2.0 * natural
    hidden = {
        "status": "not_detected",
        "area": None,
        "area_sd": None,
        "area_decision_limit": limit / 4,
        "area_lod": limit,
        "score": 0.5,
    }

    made = isotopologues(tmp_path, unlabelled, {"Lac-Leu M+3": hidden})["Lac-Leu", 3]

    matrix = correction_matrix(ATOMS["Lac-Leu"], Tracer(purity=0.99), 3)
    assert made["fraction_unbounded"] == pytest.approx(0.0, abs=1e-9)
    assert made["fraction_sd"] == pytest.approx(limit / 12**0.5 / 1e6 / matrix[3, 3], rel=0.03)


def transitions(products: Sequence[str]) -> list[Ion]:
    """Return M+0 to M+3 of Lac-Leu as product ions."""
    pairs = zip(panel()[:4], products, strict=True)
    return [replace(each, adduct="[M-H]-", product=product) for each, product in pairs]


def shifts(atoms: Mapping[str, int], n_labelled: int = 0) -> np.ndarray:
    """Return the shares of M+0, M+1, ... of atoms, of which some carbons are 99 % labelled."""
    pattern = np.ones(1)
    for element, count in atoms.items():
        for k in range(count):
            rest = NATURAL_ABUNDANCES[element]
            heavier = np.zeros(5)
            for isotope, share in rest.items():
                heavier[isotope - min(rest)] = share
            if element == "C" and k < n_labelled:
                heavier = np.array([0.01, 0.99])
            pattern = np.convolve(pattern, heavier)
    return np.concatenate([pattern, np.zeros(4)])


LACTAMIDE, LEFT = {"C": 3, "H": 6, "N": 1, "O": 2}, {"C": 6, "H": 10, "O": 2}
LEUCINE, LACTOYL = {"C": 6, "H": 12, "N": 1, "O": 2}, {"C": 3, "H": 4, "O": 2}
KEPT = ("C3H6NO2-", "(13)CC2H6NO2-", "(13)C2CH6NO2-", "(13)C3H6NO2-")


@pytest.mark.parametrize(
    ("products", "labelled", "other"),
    [(KEPT, LACTAMIDE, LEFT), (("C6H12NO2-",) * 4, LACTOYL, LEUCINE)],
)
def test_product_ions_are_corrected_by_the_part_that_holds_the_labels(
    products: Sequence[str],
    labelled: Mapping[str, int],
    other: Mapping[str, int],
    tmp_path: Path,
) -> None:
    """From M+k at one mass number, with k in the labelled part and 0 in the other part."""
    fractions = {0: 0.7, 1: 0.05, 3: 0.25}
    measured = [
        1e6 * sum(f * shifts(labelled, n)[k] * shifts(other)[0] for n, f in fractions.items())
        for k in range(4)
    ]
    ions = transitions(products)
    rows = [
        base | {"ion_id": each.ion_id, "area": area}
        for base, each, area in zip(
            peak_rows("s", {"Lac-Leu": (1, 0, 0, 0)}, {}), ions, measured, strict=True
        )
    ]

    written(tmp_path, [SAMPLE], rows, [*ions, *panel()[4:]])

    made = read_table(tmp_path / "isotopologues.parquet").to_pylist()
    of_leucine = [record["fraction"] for record in made if record["target_id"] == "Lac-Leu"]
    assert of_leucine == pytest.approx([0.7, 0.05, 0.0, 0.25], abs=1e-6)


@pytest.mark.parametrize(
    "products",
    [
        ("88.0404", "89.0437", "90.0471", "91.0505"),
        ("C3H6NO2-", "C3H6NO2-", "C3H6NO2-", "(13)C3H6NO2-"),
        ("C6H12NO2-", "C6H12NO2-", "C6H12NO2-", "C3H6NO2-"),
        ("C8H14NO2-",) * 4,  # it keeps too many carbons for three labels in what is lost
        ("C6H12NO2-", "", "", ""),
    ],
)
def test_products_that_do_not_locate_the_label_leave_no_fraction_and_say_why(
    products: Sequence[str], tmp_path: Path
) -> None:
    ions = transitions(products)
    rows = peak_rows("s", {"Lac-Leu": (0.7, 0, 0, 0.3)}, {})

    written(tmp_path, [SAMPLE], rows, [*ions, *panel()[4:]])

    made = read_table(tmp_path / "isotopologues.parquet").to_pylist()
    of_leucine = [record for record in made if record["target_id"] == "Lac-Leu"]
    assert {record["flags"][0] for record in of_leucine} == {"label_not_located"}
    assert {record["fraction"] for record in of_leucine} == {None}
    assert of_leucine[0]["area"] == rows[0]["area"]


def infused(times_h: Sequence[float], product: Sequence[float]) -> tuple[list[Sample], Any]:
    """Return samples of a subject and their peaks; 12 % of the lactate is labelled."""
    samples, rows = [], []
    for time_h, share in zip(times_h, product, strict=True):
        name = f"p1_{time_h:g}"
        factors = {"subject": "p1", "time_s": f"{3600 * time_h:g}"}
        samples.append(Sample(name, f"{name}.mzML", SampleType.UNKNOWN, factors=factors))
        fractions = {"Lac-Leu": (1 - share, 0, 0, share), "lactate": (0.88, 0, 0, 0.12)}
        rows += peak_rows(name, fractions, {})
    return samples, rows


def test_the_synthesis_rate_is_that_of_the_study_plan(tmp_path: Path) -> None:
    samples, rows = infused([0, 2], [0.001, 0.025])
    lines = written(tmp_path, samples, rows)

    assert "synthesis: 1 rows" in lines
    (made,) = read_table(tmp_path / "synthesis.parquet").to_pylist()
    assert (made["subject"], made["target_id"]) == ("p1", "Lac-Leu")
    assert (made["start_s"], made["end_s"], made["n_used"]) == (0.0, 7200.0, 2)
    assert made["rate_per_h"] == pytest.approx(0.1)
    assert 0 < made["rate_high"] - made["rate_per_h"] < 0.02


def test_each_interval_has_a_rate_and_the_whole_has_one(tmp_path: Path) -> None:
    samples, rows = infused([0, 1, 3], [0.0, 0.012, 0.024])
    written(tmp_path, samples[::-1], rows)

    made = read_table(tmp_path / "synthesis.parquet").to_pylist()
    rates = {(row["start_s"], row["end_s"]): row["rate_per_h"] for row in made}
    assert rates == pytest.approx({(0, 3600): 0.1, (3600, 10800): 0.05, (0, 10800): 0.2 / 3})


def test_without_times_there_is_no_synthesis_rate(tmp_path: Path) -> None:
    lines = written(tmp_path, [SAMPLE], peak_rows("s", MIXED, {}))

    assert any(line.startswith("synthesis: not written, no subject") for line in lines)


@pytest.mark.parametrize("status", ["not_acquired", "saturated", "failed"])
def test_without_one_isotopologue_there_is_no_fraction(tmp_path: Path, status: str) -> None:
    made = isotopologues(tmp_path, MIXED, {"Lac-Leu M+1": {"status": status, "area": None}})

    assert made["Lac-Leu", 3]["fraction"] is None
    assert made["Lac-Leu", 3]["flags"] == ["isotopologue_missing"]
    assert made["lactate", 3]["fraction"] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("ions", "precursor", "message"),
    [
        (
            panel()[:2] + panel()[3:],
            None,
            "has M+1, M+3 of `Lac-Leu`; it needs each of M+1 to M+3",
        ),
        (panel(), "leucine", "`leucine` is no target with isotopologues"),
    ],
)
def test_a_wrong_tracer_is_named_before_anything_runs(
    ions: Sequence[Ion], precursor: str | None, message: str
) -> None:
    settings = Settings(study=Study(tracer_precursor=precursor))

    with pytest.raises(SheetError, match=re.escape(message)):
        check_study(settings, [SAMPLE], ions)
