"""results.mzQC: the metrics of each run, in the form that the format demands."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from builders import row
from deposited import deposited
from lcms.schemas import SAMPLES
from lcms.simulation.plan import PRESETS, Acquisition
from lcms.steps.deposit.deposit_tables import read_deposit_tables
from lcms.steps.deposit.mzqc import write_mzqc
from lcms.steps.simulate import simulate
from mztab_reader import broken_rules, ontology, read_mztab
from pipeline import run_steps

Json = dict[str, Any]


def _object(required: str, **properties: Json) -> Json:
    return {"type": "object", "required": required.split(), "properties": properties}


def _some(items: Json) -> Json:
    return {"type": "array", "minItems": 1, "items": items}


_TEXT: Final = {"type": "string", "minLength": 1}
_TERM: Final = _object("accession name", accession={"pattern": "^[A-Z]+:[A-Z0-9]+$"}, name=_TEXT)
_FILE: Final = _object(
    "name location fileFormat", location={"pattern": "^[a-z]+:"}, fileFormat=_TERM
)
_SOFTWARE: Final = {"allOf": [_TERM, _object("version", version=_TEXT)]}
_METADATA: Final = _object(
    "inputFiles analysisSoftware label",
    inputFiles=_some(_FILE),
    analysisSoftware=_some(_SOFTWARE),
    label=_TEXT,
)
_RUN: Final = _object("metadata qualityMetrics", metadata=_METADATA, qualityMetrics=_some(_TERM))
_VOCABULARY: Final = _object("name uri", uri={"pattern": "^https?://"})
# What mzQC 1.0 demands of every file, by its specification.
FORMAT: Final = _object(
    "mzQC",
    mzQC=_object(
        "version creationDate runQualities controlledVocabularies",
        version={"pattern": r"^\d+\.\d+\.\d+$"},
        creationDate={"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
        runQualities=_some(_RUN),
        controlledVocabularies=_some(_VOCABULARY),
    ),
)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deposited(tmp_path_factory.mktemp("mzqc"))


@pytest.fixture
def file(results: Path) -> Json:
    content: Json = json.loads((results / "results.mzQC").read_text(encoding="utf-8"))
    return content


def problems(file: Json) -> list[str]:
    """Return what the format refuses: form, labels that are not unique, terms, units."""
    found = [error.message for error in Draft202012Validator(FORMAT).iter_errors(file)]
    if found:
        return found
    names, parents = ontology()
    runs = file["mzQC"]["runQualities"]
    labels = [run["metadata"]["label"] for run in runs]
    found += ["labels"] * (len(set(labels)) < len(labels))
    for metric in (metric for run in runs for metric in run["qualityMetrics"]):
        is_metric = parents.get(metric["accession"], set()) & {"MS:4000003", "MS:4000004"}
        if not is_metric or names[metric["accession"]] != metric["name"]:
            found.append(metric["accession"])
    return found


def test_a_file_is_the_format_and_its_terms_are_metrics(file: Json) -> None:
    assert problems(file) == []


def test_metrics_are_those_of_the_table_of_runs(results: Path, file: Json) -> None:
    runs = read_deposit_tables(results).runs
    for run, quality in zip(runs, file["mzQC"]["runQualities"], strict=True):
        metrics = {metric["name"]: metric["value"] for metric in quality["qualityMetrics"]}
        assert metrics["number of MS1 spectra"] == run["n_ms1"]
        start_s, end_s = metrics["retention time acquisition range"]
        assert metrics["MS run duration"] == pytest.approx(end_s - start_s)
        assert end_s == pytest.approx(run["scan_end_s"], abs=0.001)
        assert metrics["number of detected quantification data points"] == 2


def test_a_run_that_was_not_read_has_no_metrics_and_is_counted(
    results: Path, tmp_path: Path
) -> None:
    tables = read_deposit_tables(results)
    lost = row(SAMPLES, sample_id="lost", mzml="lost.mzML", batch="1", status="failed")
    tables = type(tables)(**{**vars(tables), "runs": [*tables.runs, lost]})

    write_mzqc(tmp_path / "results.mzQC", tables)

    content = json.loads((tmp_path / "results.mzQC").read_text(encoding="utf-8"))["mzQC"]
    assert len(content["runQualities"]) == 3
    assert "have no metrics: 1." in content["description"]
    assert "simulated" in content["description"]


@pytest.mark.parametrize(
    ("starts", "date"),
    [
        # the second is the later one, though its text comes first in the alphabet
        (["2026-01-02T09:00:00+09:00", "2026-01-02T01:00:00Z"], "2026-01-02T01:00:00Z"),
        ([None, None], "1970-01-01T00:00:00Z"),
    ],
)
def test_the_date_is_the_start_of_the_last_run_or_none_that_could_change(
    results: Path, tmp_path: Path, starts: list[str | None], date: str
) -> None:
    tables = read_deposit_tables(results)
    runs = [run | {"start_time": start} for run, start in zip(tables.runs, starts, strict=False)]

    write_mzqc(tmp_path / "results.mzQC", type(tables)(**{**vars(tables), "runs": runs}))

    content = json.loads((tmp_path / "results.mzQC").read_text(encoding="utf-8"))
    assert content["mzQC"]["creationDate"] == date


def _no_version(file: Json) -> None:
    del file["mzQC"]["version"]


def _no_metric(file: Json) -> None:
    file["mzQC"]["runQualities"][0]["qualityMetrics"] = []


def _one_label_twice(file: Json) -> None:
    file["mzQC"]["runQualities"][1]["metadata"]["label"] = "a"


def _no_term(file: Json) -> None:
    file["mzQC"]["runQualities"][0]["qualityMetrics"][0]["accession"] = "scans"


def _term_of_no_metric(file: Json) -> None:
    file["mzQC"]["runQualities"][0]["qualityMetrics"][0]["accession"] = "MS:1000584"


@pytest.mark.parametrize(
    "break_it", [_no_version, _no_metric, _one_label_twice, _no_term, _term_of_no_metric]
)
def test_a_broken_file_is_refused(file: Json, break_it: Callable[[Json], None]) -> None:
    break_it(file)
    assert problems(file) != []


@pytest.mark.slow
@pytest.mark.parametrize("acquisition", [Acquisition.FULL_SCAN, Acquisition.SRM])
def test_the_files_of_a_batch_of_forty_two_runs_pass(
    tmp_path: Path, acquisition: Acquisition
) -> None:
    plan = replace(PRESETS["standard"], n_unknowns=13, acquisition=acquisition)
    n_runs = len(simulate(tmp_path, plan))
    assert run_steps(tmp_path / "config.yaml").code == 0

    content: Json = json.loads((tmp_path / "results" / "results.mzQC").read_text("utf-8"))
    assert problems(content) == []
    assert len(content["mzQC"]["runQualities"]) == n_runs == 42
    assert broken_rules(read_mztab(tmp_path / "results" / "results.mzTab")) == []
