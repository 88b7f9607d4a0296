from pathlib import Path

import pytest

from builders import ion
from lcms.errors import SheetError
from lcms.io.sheets.review_sheet import check_reviewed_runs, read_review, with_exclusions
from lcms.io.sheets.sheet_rows import Report
from lcms.kinds import ReviewAction, SampleType
from lcms.model import Decision, Sample

IONS = (ion("Leu"), ion("Ile"))
SAMPLES = (Sample("s1", "s1.mzML", SampleType.UNKNOWN),)
HEAD = (
    "sample_id ion_id action other_ion_id old_left_s old_right_s new_left_s new_right_s "
    "who when why"
)
WHO = ("Ada", "2026-01-01T10:00:00Z", "")


def read(folder: Path, *cells: tuple[str, ...]) -> tuple[Decision, ...]:
    path = folder / "review.tsv"
    lines = ["\t".join(row) for row in (HEAD.split(), *cells)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = Report()
    decisions = read_review(path, IONS, report)
    check_reviewed_runs(path, decisions, SAMPLES, report)
    report.check()
    return decisions


def test_a_decision_has_its_borders_and_who_when_and_why(tmp_path: Path) -> None:
    who = ("Ada", "2026-01-01T10:00:00Z", 'a "shoulder"')

    (decision,) = read(tmp_path, ("s1", "Leu", "borders", "", "1.5", "2.5", "1", "3", *who))

    assert decision.action is ReviewAction.BORDERS
    assert (decision.old_s, decision.new_s) == ((1.5, 2.5), (1.0, 3.0))
    assert (decision.who, decision.when, decision.why) == who


def test_blank_borders_are_none(tmp_path: Path) -> None:
    (decision,) = read(tmp_path, ("s1", "Leu", "accept", "", "", "", "", "", *WHO))

    assert (decision.old_s, decision.new_s) == (None, None)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (("s1", "Leu", "erase", "", "", "", "", ""), "`erase` is not one of accept"),
        (("s1", "Val", "accept", "", "", "", "", ""), "row 2, column ion_id: .*Val"),
        (("s9", "Leu", "accept", "", "", "", "", ""), "`s9` is no run of the sample sheet"),
        (("s1", "Leu", "borders", "", "1", "2", "", ""), "`borders` needs new borders"),
        (("s1", "Leu", "swap", "", "1", "2", "", ""), "`swap` needs the isomer"),
        (("s1", "Leu", "borders", "", "1", "2", "5", "4"), "must be before the right border"),
    ],
)
def test_a_wrong_row_is_named_with_its_reason(
    tmp_path: Path, cells: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(SheetError, match=reason):
        read(tmp_path, (*cells, *WHO))


def test_a_decision_without_a_person_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="column who: is blank"):
        read(tmp_path, ("s1", "Leu", "accept", "", "", "", "", "", "", "2026-01-01", ""))


def test_a_sample_is_excluded_with_the_reason_of_the_reviewer(tmp_path: Path) -> None:
    who = ("Ada", "2026-01-01", "spilt")
    decisions = read(tmp_path, ("s1", "Leu", "exclude_sample", "", "", "", "", "", *who))

    (sample,) = with_exclusions(SAMPLES, decisions)

    assert sample.exclude == "review by Ada: spilt"


def test_the_reason_of_the_sample_sheet_comes_first(tmp_path: Path) -> None:
    decisions = read(tmp_path, ("s1", "Leu", "exclude_sample", "", "", "", "", "", *WHO))
    excluded = Sample("s1", "s1.mzML", SampleType.UNKNOWN, exclude="by the sheet")

    assert with_exclusions((excluded,), decisions)[0].exclude == "by the sheet"
