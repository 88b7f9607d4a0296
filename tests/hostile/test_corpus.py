"""What fuzzing has found: every parser reads each input of the corpus or refuses it by name."""

from pathlib import Path

import pytest

from fuzzed import CORPUS, PARSERS, parser


@pytest.mark.parametrize("name", PARSERS)
def test_every_input_of_the_corpus_is_read_or_refused(tmp_path: Path, name: str) -> None:
    reads = parser(name, tmp_path)

    read = {path.name for path in sorted((CORPUS / name).iterdir()) if reads(path.read_bytes())}

    good = {path.name for path in (CORPUS / name).glob("good_*")}
    assert good
    assert good <= read


def test_the_corpus_stays_small() -> None:
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < 1_000_000
