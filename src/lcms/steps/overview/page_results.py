"""The data of the page: the runs that are drawn, and counts over all runs."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcms.errors import TableError
from lcms.io.tables.parquet import read_each_row, read_runs, read_table
from lcms.io.tables.parts import list_arrays
from lcms.model import Floats, Ion
from lcms.numerics.chromatogram.drawing import spread
from lcms.schemas import Row


@dataclass(frozen=True)
class Tally:
    """How often each status and each flag occurs, by ion (or compound), over all runs."""

    statuses: Mapping[str, Counter[str]]
    flags: Mapping[str, Counter[str]]

    def flags_of(self, key: str) -> dict[str, int]:
        """Return the flags of an ion, in alphabetical order, with their counts."""
        return dict(sorted(self.flags[key].items()))


@dataclass(frozen=True)
class Results:
    """All rows of `samples`; of the other tables the rows of the drawn runs, and counts."""

    samples: Sequence[Row]
    drawn: Sequence[Row]
    chromatograms: Mapping[tuple[str, str], tuple[Floats, Floats]]
    peaks: Mapping[tuple[str, str], Row]
    concentrations: Mapping[tuple[str, str], Row]
    ion_tally: Tally
    target_tally: Tally

    def peak(self, run: Row, ion: Ion) -> Row:
        """Return the row of `peaks` of a run and an ion."""
        key = run["sample_id"], ion.ion_id
        if key not in self.peaks:
            raise TableError(f"peaks.parquet: no row for run {key[0]} and ion {key[1]}")
        return self.peaks[key]


def read_results(results: Path, limit: int) -> Results:
    """Return the data of at most `limit` runs, spread evenly over the sheet."""
    samples = read_table(results / "samples.parquet").to_pylist()
    drawn = [samples[index] for index in spread(len(samples), limit)]
    ids = [run["sample_id"] for run in drawn]
    peaks, concentrations = results / "peaks.parquet", results / "concentrations.parquet"
    return Results(
        samples=samples,
        drawn=drawn,
        chromatograms=_read_chromatograms(results / "chromatograms.parquet", ids),
        peaks=_read_rows(peaks, "ion_id", ids),
        concentrations=_read_rows(concentrations, "target_id", ids),
        ion_tally=_read_tally(peaks, "ion_id"),
        target_tally=_read_tally(concentrations, "target_id"),
    )


def _read_rows(path: Path, key: str, ids: Sequence[str]) -> dict[tuple[str, str], Row]:
    table = read_runs(path, ids)
    return {(row["sample_id"], row[key]): row for row in table.to_pylist()}


def _read_chromatograms(
    path: Path, ids: Sequence[str]
) -> dict[tuple[str, str], tuple[Floats, Floats]]:
    """Return times and intensities of the runs; pairs that were not acquired are left out."""
    columns = ["sample_id", "ion_id", "retention_time_s", "intensity"]
    table = read_runs(path, ids, columns)
    keys = zip(table["sample_id"].to_pylist(), table["ion_id"].to_pylist(), strict=True)
    times_s, intensities = list_arrays(table["retention_time_s"]), list_arrays(table["intensity"])
    return {
        (str(sample_id), str(ion_id)): (time_s, intensity)
        for (sample_id, ion_id), time_s, intensity in zip(keys, times_s, intensities, strict=True)
        if time_s is not None and intensity is not None
    }


def _read_tally(path: Path, key: str) -> Tally:
    tally = Tally(defaultdict(Counter), defaultdict(Counter))
    for row in read_each_row(path, [key, "status", "flags"]):
        tally.statuses[row[key]][row["status"]] += 1
        tally.flags[row[key]].update(row["flags"])
    return tally
