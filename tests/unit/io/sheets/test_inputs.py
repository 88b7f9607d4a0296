from pathlib import Path

from builders import ion, sample, standard
from lcms.chunks import RUNS_MEASURED
from lcms.config import Settings
from lcms.io.sheets.inputs import Inputs, nominal_concentrations, read_chunks
from lcms.kinds import SampleType
from lcms.model import Level, Sample


def sparse_files(folder: Path, n: int, size_mb: int) -> list[Sample]:
    """Write files that are as long as asked but take no room."""
    for k in range(n):
        with (folder / f"{k}.mzML").open("wb") as file:
            file.truncate(size_mb * 1_000_000)
    return [Sample(f"{k}", str(folder / f"{k}.mzML"), SampleType.UNKNOWN) for k in range(n)]


def lengths(samples: list[Sample], **settings: int) -> list[int]:
    return [len(runs) for runs in read_chunks(samples, Settings(**settings)).values()]


def test_without_a_setting_the_sizes_of_the_files_tell_the_chunks(tmp_path: Path) -> None:
    samples = sparse_files(tmp_path, 20, 500)

    assert lengths(samples) == [8, 8, 4]
    assert lengths(samples, runs_per_chunk=15) == [15, 5]


def test_larger_runs_added_behind_the_first_ones_move_no_chunk(tmp_path: Path) -> None:
    first = sparse_files(tmp_path, RUNS_MEASURED, 1000)
    (tmp_path / "more").mkdir()
    more = sparse_files(tmp_path / "more", 4, 10)

    assert lengths([*first, *more])[: RUNS_MEASURED // 4] == lengths(first)


def test_a_level_of_the_compound_goes_before_that_of_every_analyte() -> None:
    levels = [Level("L1", "LacAla", 7.0), Level("L1", "*", 1.0), Level("L2", "*", 2.0)]
    runs = [
        sample("c1", "calibrator", level="L1"),
        sample("q2", "quality_control", level="L2"),
        sample("u", "unknown", level="L1"),
        sample("c9", "calibrator", level="L9"),
    ]

    assert nominal_concentrations(runs, ion("LacAla"), levels) == {"c1": 7.0, "q2": 2.0}
    assert nominal_concentrations(runs, standard("d3", 163.0803), levels) == {}


def test_the_rows_of_the_level_sheet_for_a_compound_are_its_own_and_those_of_every_analyte() -> (
    None
):
    levels = (Level("L1", "LacAla", 7.0), Level("L1", "LacVal", 3.0), Level("L1", "*", 1.0))
    inputs = Inputs((), levels, (ion("LacAla"), ion("LacGly")))

    assert inputs.levels_of(ion("LacAla")) == [levels[2], levels[0]]
    assert inputs.levels_of(ion("LacGly")) == [levels[2]]


def test_the_ions_of_a_compound_are_found_by_its_name() -> None:
    ions = (ion("LacAla"), ion("LacGly"))

    assert Inputs((), (), ions).compounds == {"LacAla": [ions[0]], "LacGly": [ions[1]]}
