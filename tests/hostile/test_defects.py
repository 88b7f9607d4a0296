"""Damaged and hostile runs: right values, a refusal with its reason, or a flag; never silence."""

import gzip
from pathlib import Path

import pytest

from mzml_defects import (
    EITHER,
    REFUSED,
    SAME,
    VARIETIES,
    Defect,
    all_defects,
    outcome_of,
)

CASES = [
    pytest.param(defect, id=f"{reader}: {defect.name}")
    for reader, variety in VARIETIES.items()
    for defect in all_defects(variety)
]


@pytest.mark.parametrize("defect", CASES)
def test_a_defect_has_its_outcome_of(tmp_path: Path, defect: Defect) -> None:
    path = tmp_path / "a.mzML"
    path.write_bytes(defect.text.encode())

    word, reason = outcome_of(path)

    assert word == defect.outcome or (defect.outcome == EITHER and word in {SAME, REFUSED}), reason
    assert word == SAME or reason


def test_there_are_enough_defects() -> None:
    assert len(CASES) >= 400


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_cut_gzip_file_is_refused(tmp_path: Path, share: float) -> None:
    text = gzip.compress(CASES[0].values[0].text.encode())  # type: ignore[union-attr]
    (tmp_path / "a.mzML.gz").write_bytes(text[: int(share * len(text))])

    assert outcome_of(tmp_path / "a.mzML.gz")[0] == REFUSED
