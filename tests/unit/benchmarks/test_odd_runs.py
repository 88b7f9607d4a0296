"""Each odd kind of run gives the true areas, or says that it may not."""

from pathlib import Path

import pytest

from odd_runs import KINDS, is_right, line, odd_rows

OPEN = {  # kinds of which no area can be sure, and the word that says so
    "high energy as level 1, function only": "scan_kinds_mixed",
    "high energy as level 1, nothing said": "scan_kinds_mixed",
    "mobility, bins with times of their own": "failed",
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_odd_run_gives_true_areas_or_says_why_not(tmp_path: Path, kind: str) -> None:
    rows = odd_rows(kind, tmp_path)

    if kind in OPEN:
        assert all(OPEN[kind] in (*row["flags"], row["status"]) for row in rows.values())
        assert all(not row["quality"] for row in rows.values())
    else:
        assert all(row["share"] == pytest.approx(1.0, abs=0.05) for row in rows.values())
        assert not any("scan_kinds_mixed" in row["flags"] for row in rows.values())
    assert all(is_right(row) for row in rows.values())
    assert line(kind, rows)[-1] == "passes"


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("FAIMS, two voltages in turn", "-40 V"),
        ("high energy as level 1, function only", "function 1"),
        ("SIM between full scans", "60-900 Th"),
    ],
)
def test_the_table_says_in_which_scans_an_ion_is_read(
    tmp_path: Path, kind: str, word: str
) -> None:
    assert all(word in row["channel"] for row in odd_rows(kind, tmp_path).values())
