"""Which peaks of real runs are missed or wrong, and how much their areas scatter.

    python benchmarks/real_peaks.py --seeds 0 1 2 --rows 6
    python benchmarks/real_peaks.py --write

The three SRM runs of `srm_areas.py` are integrated with the transition list as it is, and with the
time of each compound shifted by up to 30 s to either side, as imperfect lists do: each run as a
batch of its own and all three as one batch, with sheets of one row, of six rows and of all rows.
Reference are the peaks that SmartPeak holds for good, at a signal-to-noise of 20 or more, and
whose label elutes with them. A peak is wrong where its apex is more than 3 s, and more than a
sixth of SmartPeak's width at the base, from the highest point between SmartPeak's borders; it is
missed where the row has none.

The areas are those of `replicates.py` (ten injections of one sample) and `real_areas.py` (two runs
beside mzmine). The seeds 1 to 4 are for development, 5 to 8 for the record; 0 leaves the list as
it is. A long measurement can be made in pieces: `--peaks FILE` keeps one, `--scored FILES` reads
them.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pandas as pd

ROOT: Final = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests"))  # runs are integrated by the helper of the tests

import real_areas
import replicates
import srm_areas
from accuracy import at_most, table
from builders import Row
from integrated import Extracted, integrated_tables
from lcms import __version__
from lcms.config import Settings, parse_settings
from lcms.io.sheets.inputs import read_ions
from lcms.kinds import IonRole
from lcms.model import Ion
from lcms.steps.extract import extract_runs
from page import write_section
from scores import Share

RECORDED_SEEDS: Final = (0, 5, 6, 7, 8)
LARGEST_SHIFT_S: Final = 30.0
LEAST_LOG_SN: Final = float(np.log(20.0))
OF_BASE: Final = 1 / 6  # of the width at the base of a Gaussian: its standard deviation
ASKED_WRONG: Final = 1.0  # percent
ASKED_MISSED: Final = 2.0
SHEET_SEED: Final = 1  # which rows stand in one sheet of six

SHIFTED: Final = "shifted"
FLAG: Final = "stronger_candidate"

Peaks = Mapping[tuple[str, str], Row]


@dataclass(frozen=True)
class Batches:
    """The runs, extracted with one list of times.

    `by_run` are the rows of `extract_runs` of each run, `ions` those of the sheet.
    """

    ions: Sequence[Ion]
    by_run: Mapping[str, Extracted]


def settings(targets: Path) -> Settings:
    """Return the settings with which the runs are worked on."""
    return parse_settings(
        {
            "targets": str(targets),
            "extraction": {"retention_time_window_s": srm_areas.WINDOW_S},
            "integration": {"expected_fwhm_s": srm_areas.EXPECTED_FWHM_S},
        },
        "benchmark",
    )


def shifted_sheet(seed: int | None) -> pd.DataFrame:
    """Return the target sheet with the times of each compound shifted; None: as listed."""
    sheet = srm_areas.target_sheet(srm_areas.transitions())
    if seed is not None:
        compound = sheet["target_id"].str.rsplit(".", n=1).str[0]
        random = np.random.default_rng(seed)
        shift_s = {
            name: random.uniform(-LARGEST_SHIFT_S, LARGEST_SHIFT_S)
            for name in sorted(set(compound))
        }
        sheet["retention_time_s"] = (sheet["retention_time_s"] + compound.map(shift_s)).round(2)
    return sheet


def extracted(seed: int | None) -> Batches:
    """Return the runs, extracted with the list as it is or shifted."""
    with TemporaryDirectory() as folder:
        targets = Path(folder) / "targets.tsv"
        shifted_sheet(seed).to_csv(targets, sep="\t", index=False)
        chosen = settings(targets)
        ions = read_ions(chosen)
    runs = {
        run: extract_runs(
            {run: srm_areas.DATA / f"{run}.mzML"}, ions, chosen.extraction, lambda _: None
        )
        for run in srm_areas.RUNS
    }
    return Batches(ions, runs)


def reference(listed: Batches) -> pd.DataFrame:
    """Return the reference peaks, each with the time of its highest point, `highest_s`."""
    names = {ion.ion_id: ion.name for ion in listed.ions}
    chromatograms = pd.DataFrame([row for rows in listed.by_run.values() for row in rows[1]])
    chromatograms["transition"] = chromatograms["ion_id"].map(names)
    chromatograms = chromatograms.rename(columns={"retention_time_s": "times_s"})
    columns = ["sample_id", "transition", "ion_id", "times_s", "intensity"]
    acquired = chromatograms.loc[chromatograms["times_s"].notna(), columns]
    peaks = acquired.merge(srm_areas.reference_peaks(), on=["sample_id", "transition"])
    of_peak = zip(
        *(peaks[name] for name in ("times_s", "intensity", "left_s", "right_s")), strict=True
    )
    peaks["highest_s"] = [srm_areas.highest_s(*row) for row in of_peak]
    peaks["reference_retention_time_s"] = peaks["retention_time_s"]
    is_high = (peaks["log_sn"] >= LEAST_LOG_SN) & (peaks["apex_counts"] >= srm_areas.GOOD_COUNTS)
    return peaks[is_high & srm_areas.is_marked(peaks) & srm_areas.co_elutes(peaks)]


def sheets(ions: Sequence[Ion], wanted: Sequence[str], n_rows: int | None) -> Iterator[list[Ion]]:
    """Yield the sheets that hold the wanted ions (ion_id) among so many rows; None: all rows.

    Rows of a short sheet are targets of their own, whatever they were in the long one.
    """
    if n_rows is None:
        yield list(ions)
        return
    by_id = {ion.ion_id: ion for ion in ions}
    order = np.random.default_rng(SHEET_SEED).permutation(sorted(wanted))
    for start in range(0, order.size, n_rows):
        yield [
            replace(
                by_id[ion_id],
                role=IonRole.QUANTIFIER,
                target_id=f"{by_id[ion_id].target_id} {row}",
                internal_standard=None,
            )
            for row, ion_id in enumerate(order[start : start + n_rows])
        ]


def peaks_of(batches: Batches, sheet: Sequence[Ion], *, together: bool) -> Peaks:
    """Return the rows of `peaks` by sample_id and ion_id; `together`: all runs are one batch."""
    ion_ids = {ion.ion_id for ion in sheet}
    by_run = [_with_rows(rows, ion_ids) for rows in batches.by_run.values()]
    batched = [_joined(by_run)] if together else by_run
    rows: dict[tuple[str, str], Row] = {}
    with TemporaryDirectory() as folder:
        for n, batch in enumerate(batched):
            tables = integrated_tables(
                Path(folder) / str(n), [batch], sheet, settings(Path("unread.tsv"))
            )
            rows |= {(row["sample_id"], row["ion_id"]): row for row in tables["peaks"]}
    return rows


def _with_rows(rows: Extracted, ion_ids: set[str]) -> Extracted:
    """Return what was extracted of a run without the ions that a sheet lacks."""
    runs, chromatograms, auxiliary, triggered = rows
    return (
        runs,
        [row for row in chromatograms if row["ion_id"] in ion_ids],
        [row for row in auxiliary if row["ion_id"] in ion_ids],
        triggered,
    )


def _joined(by_run: Sequence[Extracted]) -> Extracted:
    """Return what was extracted of several runs as one."""
    runs, chromatograms, auxiliary, triggered = (
        [row for rows in part for row in rows] for part in zip(*by_run, strict=True)
    )
    return runs, chromatograms, auxiliary, triggered


def judged(peaks: Peaks, truth: pd.DataFrame) -> pd.DataFrame:
    """Return the reference peaks with what was found of them: `is_wrong`, `is_missed`."""
    rows = [peaks[key] for key in zip(truth["sample_id"], truth["ion_id"], strict=True)]
    columns = ["status", "retention_time_s", "height", "flags", "quality"]
    found = pd.DataFrame(rows, index=truth.index)[columns].add_prefix("found_")
    away_s = (found["found_retention_time_s"] - truth["highest_s"]).abs()
    allowed_s = ((truth["right_s"] - truth["left_s"]) * OF_BASE).clip(lower=srm_areas.NEAR_S)
    is_missed = found["found_retention_time_s"].isna()
    return truth.join(found).assign(is_missed=is_missed, is_wrong=away_s > allowed_s)


def measured(seeds: Sequence[int | None], n_rows: Sequence[int | None]) -> pd.DataFrame:
    """Return a row per reference peak, list, kind of batch and length of the sheets."""
    truth = reference(extracted(None))
    wanted = list(truth["ion_id"].unique())
    tables = []
    for seed in seeds:
        batches = extracted(seed)
        for n, together in product(n_rows, (False, True)):
            peaks: dict[tuple[str, str], Row] = {}
            for sheet in sheets(batches.ions, wanted, n):
                peaks |= peaks_of(batches, sheet, together=together)
            tables.append(
                judged(peaks, truth).assign(
                    list="as it is" if seed is None else f"{SHIFTED} (seed {seed})",
                    batch="all three runs" if together else "each run alone",
                    sheet="all rows" if n is None else f"{n} row{'s' if n > 1 else ''}",
                )
            )
    return pd.concat(tables, ignore_index=True).drop(columns=["times_s", "intensity"])


def peak_table(found: pd.DataFrame) -> str:
    """Return the shares of wrong and missed peaks of each kind as a table."""
    lines = []
    for (times, batch, sheet), peaks in found.groupby(["list", "batch", "sheet"], sort=False):
        flagged = peaks["found_flags"].map(lambda flags: FLAG in flags)
        bad = peaks["is_wrong"] | peaks["is_missed"]
        wrong = Share(int(peaks["is_wrong"].sum()), len(peaks))
        missed = Share(int(peaks["is_missed"].sum()), len(peaks))
        shares = [at_most("wrong", wrong, ASKED_WRONG), at_most("missed", missed, ASKED_MISSED)]
        counts = [int((flagged & bad).sum()), int((flagged & ~bad).sum())]
        lines.append([times, batch, sheet, *shares, *counts])
    header = [
        *("list of times", "batch", "sheet"),
        f"wrong (<= {ASKED_WRONG:g} %)",
        f"missed (<= {ASKED_MISSED:g} %)",
        *(f"of these `{FLAG}`", f"right, but `{FLAG}`"),
    ]
    return table(header, lines)


def scatter_table() -> str:
    """Return the CV of the areas of ten injections beside that of plain sums as a table."""
    with TemporaryDirectory() as folder:
        scatter = replicates.scatter_of_areas(Path(folder))
    lines = [
        [
            target_id,
            "overlapped" if target_id == replicates.OVERLAPPED else "isolated",
            f"{100 * cv:.1f}",
            f"{100 * cv_of_sums:.1f}",
            f"{cv / cv_of_sums:.2f}",
        ]
        for target_id, cv, cv_of_sums in scatter.dropna().itertuples()  # found twice or more
    ]
    header = ["feature", "", "CV of areas, %", "CV of plain sums, %", "ratio (isolated: <= 1.05)"]
    return table(header, lines)


def mzmine_agreement() -> str:
    """Return how well the areas of two runs agree with those of mzmine."""
    with TemporaryDirectory(prefix="lcms-mzmine-") as folder:
        features = real_areas.measured_features(Path(folder), real_areas.EXPECTED_FWHM_S)
    return str(real_areas.agreement(features))


def section(found: pd.DataFrame) -> str:
    """Return the section of the page of all benchmarks."""
    return (
        f"# Real peaks\n\nReal runs of public repositories. Version {__version__}. Written by\n\n"
        "    python benchmarks/real_peaks.py --write\n\n"
        + peak_table(found)
        + "\nThree SRM runs of yeast extract; the reference is SmartPeak's reviewed result, peaks "
        "with a\nsignal-to-noise of 20 or more. Shifted: the listed time of each compound is "
        f"moved by up to {LARGEST_SHIFT_S:g} s\nto either side.\n\n"
        "## Ten injections of one sample\n\n"
        + scatter_table()
        + f"\n## Two runs beside mzmine\n\n{mzmine_agreement()}.\n"
    )


def main(argv: Sequence[str]) -> None:
    """Measure and print; write into the page of all benchmarks if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="*", default=RECORDED_SEEDS)
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 6, 0], help="0: all rows")
    parser.add_argument("--peaks", type=Path, metavar="FILE", help="TSV of all peaks")
    parser.add_argument("--scored", type=Path, nargs="+", metavar="FILE", help="such, instead")
    parser.add_argument("--write", action="store_true", help="write into docs/benchmarks.md")
    chosen = parser.parse_args(argv)
    if chosen.scored:
        found = pd.concat([pd.read_csv(path, sep="\t") for path in chosen.scored])
    else:
        found = measured([seed or None for seed in chosen.seeds], [n or None for n in chosen.rows])
    if chosen.peaks:
        found.to_csv(chosen.peaks, sep="\t", index=False)
    if chosen.write:
        write_section(section(found))
    sys.stdout.write(peak_table(found))


if __name__ == "__main__":
    main(sys.argv[1:])
