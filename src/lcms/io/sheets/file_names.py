"""Guesses from the name of a run what the injection is for: a start, to be checked by people."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lcms.model import SampleType

_SUFFIX: Final = re.compile(r"\.mzml(\.gz)?$", re.IGNORECASE)
_NEW_WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_IN_IDS: Final = re.compile(r"[^A-Za-z0-9._-]+")

_STANDARDS: Final = "cal|calib|calibrator|calibration|std|stds|standard"
_NUMBER: Final = r"(?:[^0-9]{0,8}(?P<level>\d{1,5}(?:[.,]\d+)?)(?!\d))?"  # a date is none

# The first pattern that is found in the name, in small letters, decides; `level` is its level.
_WORDS: Final = tuple(
    (sample_type, re.compile(pattern))
    for sample_type, pattern in (
        (SampleType.BLANK, r"double[^a-z0-9]*(?:blank|blk)"),
        (SampleType.ZERO, r"(?<![a-z])zero(?![a-z])"),
        (SampleType.BLANK, r"blank|(?<![a-z])blk(?![a-z])"),
        (SampleType.SOLVENT, r"solvent|(?<![a-z])wash(?![a-z])"),
        (SampleType.POOLED_QC, r"pool|(?<![a-z])ltr(?![a-z])"),
        (
            SampleType.QUALITY_CONTROL,
            r"(?<![a-z])qc[^a-z0-9]*(?P<level>lloq|low|mid|med|high)(?![a-z])",
        ),
        (SampleType.QUALITY_CONTROL, r"(?<![a-z])(?P<level>[lmh])qc(?![a-z])"),
        (SampleType.POOLED_QC, r"(?<![a-z])qc(?![a-z])"),
        (SampleType.CALIBRATOR, rf"(?<![a-z])(?:{_STANDARDS})(?![a-z]){_NUMBER}"),
        (SampleType.CALIBRATOR, r"(?<![a-z])(?:level|lvl)[^a-z0-9]*(?P<level>\d{1,5})(?!\d)"),
    )
)


@dataclass(frozen=True)
class Guess:
    """What a name says: the sample type, the level if any, and the words that say so."""

    sample_type: SampleType
    level: str | None
    reason: str


def guess(file_name: str) -> Guess:
    """Return what the name of a run says of the injection."""
    name = _NEW_WORD.sub("_", _SUFFIX.sub("", file_name)).lower()
    for sample_type, pattern in _WORDS:
        found = pattern.search(name)
        if found:
            level = found.groupdict().get("level")
            return Guess(sample_type, level, f"{sample_type} (from `{found[0]}` in the name)")
    unknown = SampleType.UNKNOWN
    return Guess(unknown, None, f"{unknown} (nothing in the name)")


def is_mzml(file_name: str) -> bool:
    """Tell whether a name ends in `.mzML` or `.mzML.gz`, in any case."""
    return _SUFFIX.search(file_name) is not None


def sample_ids(file_names: Iterable[str]) -> list[str]:
    """Return a valid sample_id for each name; of equal ones the later get a number."""
    ids: dict[str, None] = {}
    for file_name in file_names:
        stem = _valid(_SUFFIX.sub("", file_name))
        sample_id, number = stem, 1
        while sample_id in ids:
            number += 1
            sample_id = f"{stem}_{number}"
        ids[sample_id] = None
    return list(ids)


def _valid(stem: str) -> str:
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return _NOT_IN_IDS.sub("_", plain).strip("_") or "run"
