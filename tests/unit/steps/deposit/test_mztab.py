"""results.mzTab: what it holds, that it is the format, that a broken one is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyopenms
import pytest
from pyteomics.mztab import MzTab as PyteomicsMzTab

from deposited import RATIOS, deposited
from lcms.io.reference.packaged import read_packaged
from lcms.simulation.plan import PRESETS, Acquisition
from lcms.steps.simulate import simulate
from mztab_reader import (
    MzTab,
    broken_rules,
    mapping_problems,
    ontology,
    read_mztab,
    schema_problems,
)
from pipeline import ROOT, run_steps

FORMAT = ROOT.parent / "shared" / "data" / "mztabm"
MAPPINGS = ("mzTab_2_1-M_mapping.xml", "mzTab_2_1-M_metabolights_mapping.xml")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deposited(tmp_path_factory.mktemp("mztab")) / "results.mzTab"


@pytest.fixture
def file(path: Path) -> MzTab:
    return read_mztab(path)


def all_problems(file: MzTab) -> list[str]:
    """Return what the rules of the specification, the schema and the term maps refuse."""
    if not FORMAT.exists():
        pytest.skip("needs the schema of the format, which is not part of the project")
    schema = json.loads((FORMAT / "mzTab_2_1-M.json").read_text(encoding="utf-8"))
    mapped = [
        problem for name in MAPPINGS for problem in mapping_problems(file, FORMAT / name, schema)
    ]
    return [*broken_rules(file), *schema_problems(file, schema), *mapped]


def test_a_file_has_what_the_specification_demands_of_every_file(file: MzTab) -> None:
    assert broken_rules(file) == []


def test_schema_and_term_maps_of_the_format_accept_it(file: MzTab) -> None:
    assert all_problems(file) == []


def test_abundances_are_concentrations_by_assay_and_by_study_variable(file: MzTab) -> None:
    (molecule,) = file.tables["SML"]
    names = [f"{number}" for number in file.numbers("assay")]
    values = [float(molecule[f"abundance_assay[{number}]"]) for number in names]
    assert values == pytest.approx([10.0 * ratio for ratio in RATIOS], rel=0.02)
    assert file.metadata["small_molecule-quantification_unit"] == ("[UO, UO:0000065, nanomolar, ]")
    (late,) = (
        number
        for number in file.numbers("study_variable")
        if file.metadata[f"study_variable[{number}]"] == "group: late"
    )
    assert file.metadata[f"study_variable[{late}]-assay_refs"] == "assay[2]|assay[3]"
    mean = float(molecule[f"abundance_study_variable[{late}]"])
    assert mean == pytest.approx((values[1] + values[2]) / 2)
    # Of two values x and y the coefficient of variation is |x - y| / sqrt(2) / mean.
    variation = float(molecule[f"abundance_variation_study_variable[{late}]"])
    assert variation == pytest.approx((values[2] - values[1]) / 2**0.5 / mean)


def test_molecules_features_and_evidence_refer_to_each_other(file: MzTab) -> None:
    (molecule,), features, evidence = (file.tables[name] for name in ("SML", "SMF", "SME"))
    assert molecule["database_identifier"] == "targets:Lac-Leu"
    assert molecule["chemical_name"] == "lactoylleucine, L"
    assert molecule["adduct_ions"] == "[M-H]1-"
    assert float(molecule["theoretical_neutral_mass"]) == pytest.approx(203.11576, abs=1e-5)
    assert [row["SME_ID_REFS"] for row in features] == [row["SME_ID"] for row in evidence]
    assert [row["evidence_input_id"] for row in evidence] == ["Lac-Leu [M-H]-", "IS [M-H]-"]
    assert float(features[0]["retention_time_in_seconds"]) == pytest.approx(60.0, abs=0.5)
    assert evidence[0]["spectra_ref"].startswith("ms_run[")


def test_a_term_without_an_accession_is_marked_by_blanks(file: MzTab) -> None:
    assert file.metadata["instrument[1]-name"] == "[, , simulated, ]"
    assert file.metadata["id_confidence_measure[2]"].startswith("[, , peak quality")


def test_simulated_runs_are_called_simulated(file: MzTab) -> None:
    assert "simulated" in file.metadata["description"]


def test_a_relative_path_is_a_uri_that_counts_from_the_sheet(file: MzTab) -> None:
    assert file.metadata["ms_run[1]-location"] == "file:a.mzML"


def test_every_packaged_term_has_the_name_of_its_vocabulary() -> None:
    names, _ = ontology()
    odd = [
        row["accession"]
        for row in read_packaged("terms.tsv")
        if row["cv"] in ("MS", "UO") and names.get(row["accession"]) != row["name"]
    ]
    assert odd == []


def test_pyteomics_reads_the_same_numbers(path: Path, file: MzTab) -> None:
    with path.open(encoding="utf-8") as text:
        read = PyteomicsMzTab(text)
    assert read.version == "2.0.0-M"
    assert len(read.ms_runs) == len(RATIOS)
    column = "abundance_assay[1]"
    assert read.small_molecule_table[column].iloc[0] == pytest.approx(
        float(file.tables["SML"][0][column])
    )
    assert len(read.small_molecule_feature_table) == 2
    assert len(read.small_molecule_evidence_table) == 2


def test_pyopenms_has_no_reader_of_the_format_yet() -> None:
    """When this fails, let pyOpenMS read the file back as pyteomics does."""
    assert hasattr(pyopenms.MzTabMFile, "store")
    assert not hasattr(pyopenms.MzTabMFile, "load")


def _without_unit(file: MzTab) -> None:
    del file.metadata["small_molecule-quantification_unit"]


def _without_assay(file: MzTab) -> None:
    file.metadata = {key: text for key, text in file.metadata.items() if "assay[2]" not in key}


def _lost_feature(file: MzTab) -> None:
    file.tables["SML"][0]["SMF_ID_REFS"] = "1|9"


def _odd_polarity(file: MzTab) -> None:
    file.metadata["ms_run[1]-scan_polarity[1]"] = "[MS, MS:1000584, mzML format, ]"


def _text_for_a_number(file: MzTab) -> None:
    file.tables["SMF"][0]["exp_mass_to_charge"] = "high"


@pytest.mark.parametrize(
    "break_it",
    [_without_unit, _without_assay, _lost_feature, _odd_polarity, _text_for_a_number],
)
def test_a_broken_file_is_refused(file: MzTab, break_it: Callable[[MzTab], None]) -> None:
    break_it(file)
    assert all_problems(file) != []


@pytest.mark.slow
@pytest.mark.parametrize("acquisition", list(Acquisition))
def test_a_simulated_batch_of_each_acquisition_passes(
    tmp_path: Path, acquisition: Acquisition
) -> None:
    simulate(tmp_path, replace(PRESETS["plain"], n_unknowns=2, acquisition=acquisition))
    assert run_steps(tmp_path / "config.yaml").code == 0
    assert all_problems(read_mztab(tmp_path / "results" / "results.mzTab")) == []
