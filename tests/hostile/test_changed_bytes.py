"""Single changed bytes of a run that has a checksum: right values, a refusal, or a flag."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from keeping import Keeping
from lcms.errors import MzmlError
from lcms.io.mzml.reader import read_run
from lcms.kinds import Integrity
from lcms.model import Wanted
from mzml_defects import RUN, VARIETIES, has_right_values
from mzml_varieties import variety_text

HIGHEST_MZ = 300.0


def with_checksum(reader: str) -> bytes:
    """Return the good run with its SHA-1, as the specification of mzML asks."""
    before, _, after = variety_text(RUN, VARIETIES[reader]).partition("<fileChecksum>0")
    text = f"{before}<fileChecksum>".encode()
    return text + hashlib.sha1(text).hexdigest().encode() + after.encode()  # noqa: S324


def outcomes(folder: Path, reader: str, n: int, *, in_arrays: bool = False) -> dict[str, int]:
    """Return how often each outcome came of `n` changed bytes."""
    text, path = with_checksum(reader), folder / "a.mzML"
    if in_arrays:
        text = text.replace(b"<fileChecksum>", b"<fileChecksum>0")
    random = np.random.default_rng(n)
    starts = [k for k in range(len(text)) if text.startswith(b"<binary>", k)]
    counts: dict[str, int] = {}
    for _ in range(n):
        at = int(random.integers(len(text)))
        if in_arrays:
            start = starts[random.integers(len(starts))] + len(b"<binary>")
            at = int(random.integers(start, text.index(b"<", start)))
        changed = bytearray(text)
        changed[at] ^= 1 << int(random.integers(8))
        path.write_bytes(changed)
        word = outcome(path)
        counts[word] = counts.get(word, 0) + 1
    return counts


def outcome(path: Path) -> str:
    try:
        facts, kept = read_run(
            path, lambda: Keeping(HIGHEST_MZ), Wanted(frozenset({1, 2}), chromatograms=True)
        )
    except MzmlError:
        return "refused"
    if has_right_values(kept, HIGHEST_MZ):
        return "same"
    return "flagged" if facts.integrity is Integrity.CHECKSUM_DIFFERS else "silent"


@pytest.mark.parametrize("reader", VARIETIES)
@pytest.mark.parametrize("in_arrays", [False, True])
def test_no_changed_byte_is_silent(tmp_path: Path, reader: str, *, in_arrays: bool) -> None:
    counts = outcomes(tmp_path, reader, 50, in_arrays=in_arrays)

    assert "silent" not in counts, counts
    assert counts["refused"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("reader", VARIETIES)
@pytest.mark.parametrize("in_arrays", [False, True])
def test_of_many_changed_bytes_none_is_silent(
    tmp_path: Path, reader: str, *, in_arrays: bool
) -> None:
    assert "silent" not in outcomes(tmp_path, reader, 500, in_arrays=in_arrays)
