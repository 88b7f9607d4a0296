"""What is found in two real runs, against what is known of them and against a kept table.

When a change moves the kept numbers and is meant to, write them anew and read the difference:

    PYTHONPATH=tests python tests/golden/test_real_runs.py && git diff tests/golden
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from lcms.io.tables.parquet import read_table
from pipeline import ROOT, Key, Row, by_key, lcms, read_sheet, run_steps, write_config, write_sheet

KEPT = Path(__file__).with_name("real_peaks.tsv")
CULTURE = "example-neg"
STANDARDS = "HILICNeg15_StdH1"
LACTOYL = ("Lac-Leu+Ile", "Lac-Val", "Lac-Phe", "Lac-Met", "Lac-Tyr", "Lac-Trp")

RELATIVE = {"area": 0.05, "height": 0.03, "signal_to_noise": 0.15, "fwhm_s": 0.05}
ABSOLUTE = {"retention_time_s": 0.6, "mz_residual_ppm": 0.1}  # one scan; a tenth of a ppm


def measured(folder: Path) -> Path:
    """Run all steps on the sheets of `config/` and return the folder of the results."""
    sheets = {name: str(ROOT / "config" / f"{name}.tsv") for name in ("samples", "targets")}
    ended = run_steps(write_config(folder / "config.yaml", results=str(folder), **sheets))
    assert (ended.code, ended.out) == (0, "0 failed runs\n")
    return folder


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return measured(tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="module")
def peaks(results: Path) -> dict[Key, Row]:
    return by_key(results, "peaks")


@pytest.mark.parametrize(
    ("target_id", "time_s"), [("Lac-Leu+Ile", 175), ("Lac-Val", 191), ("Lac-Phe", 218)]
)
def test_the_lactoyl_amino_acids_of_the_culture_are_found_at_their_times_and_masses(
    target_id: str, time_s: float, peaks: dict[Key, Row]
) -> None:
    peak = peaks[CULTURE, target_id]

    assert peak["status"] == "quantified"
    assert peak["retention_time_s"] == pytest.approx(time_s, abs=3)
    assert abs(peak["mz_residual_ppm"]) < 1


@pytest.mark.parametrize("target_id", LACTOYL)
def test_none_is_found_in_a_mix_of_standards_that_holds_none(
    target_id: str, peaks: dict[Key, Row]
) -> None:
    assert peaks[STANDARDS, target_id]["status"] == "not_detected"


def test_peaks_of_standards_at_the_mass_of_lac_pro_and_lac_glu_are_never_more_than_putative(
    tmp_path: Path,
) -> None:
    formulas = {"Lac-Pro": "C8H13NO4", "Lac-Glu": "C8H13NO6"}
    sheet = [
        {"target_id": name, "kind": "analyte", "formula": formula, "adduct": "[M-H]-"}
        for name, formula in formulas.items()
    ]
    run_steps(
        write_config(
            tmp_path / "config.yaml",
            results=str(tmp_path),
            samples=str(ROOT / "config" / "samples.tsv"),
            targets=str(write_sheet(tmp_path / "targets.tsv", sheet)),
        )
    )
    found, peaks = by_key(tmp_path, "concentrations"), by_key(tmp_path, "peaks")

    for name in formulas:
        assert peaks[STANDARDS, name]["status"] == "quantified"
        assert {"time_unknown", "isobar_possible"} <= set(found[STANDARDS, name]["flags"])
        assert found[STANDARDS, name]["identification_level"] >= 4
        assert found[STANDARDS, name]["status"] == "no_calibration"


def test_what_lies_at_the_mass_of_lac_trp_is_flagged_as_its_isobar(
    results: Path, peaks: dict[Key, Row]
) -> None:
    peak = peaks[CULTURE, "Lac-Trp"]
    found = by_key(results, "concentrations")[CULTURE, "Lac-Trp"]

    assert {"time_unknown", "isobar_abundant"} <= set(peak["flags"])
    assert {"time_unknown", "isobar_abundant"} <= set(found["flags"])
    assert found["identification_level"] == 4


@pytest.mark.parametrize(
    ("target_id", "time_s", "fragment_s"), [("Leu+Ile", 484, 81.1), ("Phe", 469, 116.6)]
)
def test_an_amino_acid_without_a_time_is_not_the_fragment_of_its_acetyl_compound(
    target_id: str, time_s: float, fragment_s: float, results: Path, peaks: dict[Key, Row]
) -> None:
    rejected = [
        row["retention_time_s"]
        for row in read_table(results / "decisions.parquet").to_pylist()
        if row["sample_id"] == STANDARDS
        and row["ion_id"] == f"{target_id} [M-H]-"
        and row["reason"] == "source_fragment"
    ]

    assert peaks[STANDARDS, target_id]["retention_time_s"] == pytest.approx(time_s, abs=4)
    assert "source_fragment" not in peaks[STANDARDS, target_id]["flags"]
    assert min(rejected) == pytest.approx(fragment_s, abs=0.5)


def test_every_table_is_there_and_every_pair_has_its_row(results: Path) -> None:
    targets = [row["target_id"] for row in read_sheet(ROOT / "config" / "targets.tsv")]
    pairs = [(run, target) for run in (CULTURE, STANDARDS) for target in targets]

    assert list(by_key(results, "peaks")) == pairs
    assert list(by_key(results, "concentrations")) == pairs
    assert list(by_key(results, "chromatograms", "ion_id")) == [
        (run, f"{target} [M-H]-") for run, target in pairs
    ]
    matrix = read_table(results / "response_matrix.parquet")
    assert matrix.column_names == ["sample_id", "sample_type", *targets]
    assert (results / "report.html").stat().st_size > 0


def test_without_calibrators_the_response_is_the_area(
    results: Path, peaks: dict[Key, Row]
) -> None:
    for pair, row in by_key(results, "concentrations").items():
        assert row["concentration"] is None
        assert row["response"] == peaks[pair]["area"]
        assert row["status"] == (
            "no_calibration" if peaks[pair]["area"] is not None else "not_detected"
        )


def test_show_prints_the_peaks_to_look_at(results: Path) -> None:
    shown = lcms("show", results, "-t", "Lac-Val").out.partition("\n\n")[0].splitlines()

    assert [line.split()[:3] for line in shown[1:]] == [
        [CULTURE, "Lac-Val", "quantified"],
        [STANDARDS, "Lac-Val", "not_detected"],
    ]


def test_the_peaks_are_those_of_the_kept_table(results: Path) -> None:
    kept, now = read_sheet(KEPT), kept_rows(results)

    assert [row["ion_id"] for row in kept] == [row["ion_id"] for row in now]
    assert [
        f"{old['sample_id']} {old['ion_id']}: {name} was {old[name]}, is {new[name]}"
        for old, new in zip(kept, now, strict=True)
        for name in old
        if not alike(name, old[name], new[name])
    ] == []


def alike(column: str, kept: str, now: str) -> bool:
    """Return whether two cells agree within the tolerance of their column; texts are equal."""
    tolerant = column in RELATIVE or column in ABSOLUTE
    if not tolerant or "" in (kept, now):
        return kept == now
    allowed = ABSOLUTE.get(column, RELATIVE.get(column, 0) * abs(float(kept)))
    return abs(float(now) - float(kept)) <= allowed


def kept_rows(results: Path) -> list[dict[str, str]]:
    """Return what is kept of `peaks`, as text."""
    texts = ("sample_id", "ion_id", "status")
    rows = read_table(results / "peaks.parquet").to_pylist()
    return [
        {name: row[name] for name in texts}
        | {name: cell(row[name]) for name in (*ABSOLUTE, *RELATIVE)}
        | {"flags": " ".join(row["flags"])}
        for row in rows
    ]


def cell(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        write_sheet(KEPT, kept_rows(measured(Path(folder))))
