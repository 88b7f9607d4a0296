"""Damaged and hostile runs: right values, a refusal with its reason, or a flag; never silence."""

import gzip
from pathlib import Path

import pytest

from keeping import Keeping
from lcms.errors import MzmlError
from lcms.io.mzml.reader import read_run
from lcms.kinds import Integrity
from lcms.model import Wanted
from mzml_defects import (
    EITHER,
    REFUSED,
    SAME,
    VARIETIES,
    Defect,
    all_defects,
    has_right_values,
)

HIGHEST_MZ = 300.0  # wanted: below a half of the points
EVERYTHING = Wanted(levels=frozenset({1, 2}), chromatograms=True)
FLAGGED = "flagged"
SILENT = "other values, and nothing said"
CASES = [
    pytest.param(defect, id=f"{reader}: {defect.name}")
    for reader, variety in VARIETIES.items()
    for defect in all_defects(variety)
]


def outcome(path: Path) -> tuple[str, str]:
    """Return what comes of a run, and the reason if it is refused."""
    try:
        facts, kept = read_run(path, lambda: Keeping(HIGHEST_MZ), EVERYTHING)
    except MzmlError as error:
        return REFUSED, str(error).removeprefix(f"{path}: ")
    if facts.integrity is Integrity.CHECKSUM_DIFFERS:
        return FLAGGED, ""
    return (SAME if has_right_values(kept, HIGHEST_MZ) else SILENT), ""


@pytest.mark.parametrize("defect", CASES)
def test_a_defect_has_its_outcome(tmp_path: Path, defect: Defect) -> None:
    path = tmp_path / "a.mzML"
    path.write_bytes(defect.text.encode())

    word, reason = outcome(path)

    assert word == defect.outcome or (defect.outcome == EITHER and word in {SAME, REFUSED}), reason
    assert word == SAME or reason


def test_there_are_enough_defects() -> None:
    assert len(CASES) >= 400


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_cut_gzip_file_is_refused(tmp_path: Path, share: float) -> None:
    text = gzip.compress(CASES[0].values[0].text.encode())  # type: ignore[union-attr]
    (tmp_path / "a.mzML.gz").write_bytes(text[: int(share * len(text))])

    assert outcome(tmp_path / "a.mzML.gz")[0] == REFUSED
