"""Guesses the sample type of an injection from its file name; people must check the guess."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from lcms.kinds import SampleType

_SUFFIX: Final = re.compile(r"\.mzml(\.gz)?$", re.IGNORECASE)
_NEW_WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_IN_IDS: Final = re.compile(r"[^A-Za-z0-9._-]+")

_QC_LEVEL: Final = "qc_"
_STANDARDS: Final = "cal|calib|calibrator|calibration|std|stds|standard"
# Behind `qc`; `qc_04` is the fourth injection of a pool, and eight digits are a date.
_QC_NUMBER: Final = r"(?P<level>(?:[1-9]\d{0,4}|0(?=[.,]))(?:[.,]\d+)?)(?!\d)"
_NUMBER: Final = r"(?:[^0-9]{0,8}(?P<level>\d{1,5}(?:[.,]\d+)?)(?!\d))?"  # a date is none

# The first pattern that matches the name, in lower case, decides; `level` is the level.
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
        (SampleType.QUALITY_CONTROL, rf"(?<![a-z])qc[^a-z0-9]{{0,2}}{_QC_NUMBER}"),
        (SampleType.POOLED_QC, r"(?<![a-z])qc(?![a-z])"),
        (SampleType.CALIBRATOR, rf"(?<![a-z])(?:{_STANDARDS})(?![a-z]){_NUMBER}"),
        (SampleType.CALIBRATOR, r"(?<![a-z])(?:level|lvl)[^a-z0-9]*(?P<level>\d{1,5})(?!\d)"),
    )
)


@dataclass(frozen=True)
class Guess:
    """The guess from a name: the sample type, the level if any, and the reason in words."""

    sample_type: SampleType
    level: str | None
    reason: str


def guesses(file_names: Sequence[str]) -> list[Guess]:
    """Return the guess for each run of a folder, whose names are looked at together.

    Quality controls that are numbered 1, 2, 3 ... with each number once are taken for the
    injections of a pool; other numbers (`qc_3`, `qc_60`, `qc_750`) are those of levels.
    """
    each = [guess(name) for name in file_names]
    numbers = [
        one.level.removeprefix(_QC_LEVEL)
        for one in each
        if one.level is not None and one.level.startswith(_QC_LEVEL)
    ]
    if sorted(numbers, key=float) != [str(k) for k in range(1, len(numbers) + 1)]:
        return each
    reason = f"{SampleType.POOLED_QC} (from `qc` in names numbered 1 to {len(numbers)})"
    pooled = Guess(SampleType.POOLED_QC, None, reason)
    return [pooled if (one.level or "").startswith(_QC_LEVEL) else one for one in each]


def guess(file_name: str) -> Guess:
    """Return the sample type and level that the name of a run suggests."""
    name = _NEW_WORD.sub("_", _SUFFIX.sub("", file_name)).lower()
    for sample_type, pattern in _WORDS:
        match = pattern.search(name)
        if match:
            level = match.groupdict().get("level")
            if level and sample_type is SampleType.QUALITY_CONTROL and level[0].isdigit():
                level = f"{_QC_LEVEL}{level.replace(',', '.')}"  # not that of a calibrator
            return Guess(sample_type, level, f"{sample_type} (from `{match[0]}` in the name)")
    unknown = SampleType.UNKNOWN
    return Guess(unknown, None, f"{unknown} (nothing in the name)")


def is_mzml(file_name: str) -> bool:
    """Return whether a name ends in `.mzML` or `.mzML.gz`, in any case."""
    return _SUFFIX.search(file_name) is not None


def sample_ids(file_names: Iterable[str]) -> list[str]:
    """Return a valid sample_id for each name; the second of two equal ones gets a number."""
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
