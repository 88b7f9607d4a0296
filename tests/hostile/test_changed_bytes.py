"""Single changed bytes of a run that has a checksum: right values, a refusal, or a flag."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from changed_bytes import outcomes as outcomes_in_tables
from mzml_defects import REFUSED, RUN, SILENT, VARIETIES, outcome_of
from mzml_varieties import variety_text
from small_runs import FORMS, READERS, Form


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
        word, _ = outcome_of(path)
        counts[word] = counts.get(word, 0) + 1
    return counts


@pytest.mark.parametrize("reader", VARIETIES)
@pytest.mark.parametrize("in_arrays", [False, True])
def test_no_changed_byte_is_silent(tmp_path: Path, reader: str, *, in_arrays: bool) -> None:
    counts = outcomes(tmp_path, reader, 50, in_arrays=in_arrays)

    assert SILENT not in counts, counts
    assert counts[REFUSED] > 0


@pytest.mark.slow
@pytest.mark.parametrize("reader", VARIETIES)
@pytest.mark.parametrize("in_arrays", [False, True])
def test_of_many_changed_bytes_none_is_silent(
    tmp_path: Path, reader: str, *, in_arrays: bool
) -> None:
    assert SILENT not in outcomes(tmp_path, reader, 500, in_arrays=in_arrays)


@pytest.mark.parametrize("reader", READERS)
def test_no_changed_byte_is_silent_in_the_tables(tmp_path: Path, reader: str) -> None:
    form = Form("full_scan", reader, is_compressed=True, has_checksum=True)

    words = [outcome.word for outcome in outcomes_in_tables(tmp_path, form, 30, seed=3)]

    assert {*words} <= {"same", "refused", "said"}
    assert len({*words}) > 1


@pytest.mark.slow
@pytest.mark.parametrize("form", [form for form in FORMS if form.has_checksum], ids=str)
def test_of_many_changed_bytes_none_is_silent_in_the_tables(tmp_path: Path, form: Form) -> None:
    words = {outcome.word for outcome in outcomes_in_tables(tmp_path, form, 60, seed=4)}

    assert words <= {"same", "refused", "said"}
