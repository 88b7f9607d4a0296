"""Finds peaks of known area that were added to the chromatograms of real runs.

    python benchmarks/implanted.py --seeds 1 2 3 --write

The runs are those of `../shared/data` beside the project: scheduled SRM, QTOF and Orbitrap. Each
set is measured once. Then every ion that is `not_detected` gets a peak of a multiple of its
`area_lod`: at its expected time and of its learned shape, or, where none is expected, at a drawn
time and of the usual shape. Its points scatter by 5 %. Where a scan shows nothing the noise is a
third of the threshold of the instrument, and a point below the threshold stays 0. Then the runs
are picked and integrated again; with peaks at drawn times the batch is also learned again.

The added peaks are simulated; noise, baselines and neighbours are those of the runs.
"""

import argparse
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

import srm_areas
from accuracy import table
from batches import SHARED_DATA, run
from lcms import __version__
from lcms.kinds import FOUND
from lcms.model import Floats
from lcms.numerics.peak.peak_shape import PeakShape, fwhm_s, unit_peak
from lcms.schemas import Row
from page import write_section

FACTORS: Final = (0.5, 1.0, 2.0, 5.0)  # times `area_lod`
ASKED_FOUND: Final = 0.95  # at `area_lod` and above: of peaks of this area 5 % are missed
POINT_SCATTER: Final = 0.05
NOISE_PER_THRESHOLD: Final = 1 / 3
TIME_SCATTER_WIDTHS: Final = 0.1  # of a peak that is expected
FROM_ENDS_WIDTHS: Final = 3.0  # a drawn time is so far from both ends
CENTROID_SD_PPM: Final = 1.0
NORMAL_95: Final = 1.96
Pair = tuple[str, str]  # sample_id, ion_id


@dataclass(frozen=True)
class Added:
    """A peak that is added: area (count·s), shape, and where it is expected (s), if anywhere."""

    area: float
    shape: PeakShape
    expected_s: float | None


def projects(folder: Path) -> dict[str, Path]:
    """Lay out every set whose data are there; return the configurations."""
    configs = {}
    if srm_areas.DATA.exists():
        (folder / "srm").mkdir()
        configs["SRM, QTRAP, 3 runs"] = srm_areas.lay_out(folder / "srm")
    if (SHARED_DATA / "nist_sss").exists():
        targets = str(SHARED_DATA / "nist_sss" / "targets.tsv")
        extraction = {"mz_tolerance_ppm": 15, "mz_search_ppm": 40}
        integration = {"mz_residual_ppm": 12, "expected_fwhm_s": 5}
        settings = {"targets": targets, "extraction": extraction, "integration": integration}
        configs["QTOF, 10 runs"] = _initial(folder / "qtof", "nist_sss/*.mzML.gz", settings)
    for name, pattern in (
        ("Orbitrap HILIC, 3 runs", "rams/LB12HL*.mzML.gz"),
        ("Orbitrap, one minute, 2 runs", "mzmine/*.mzML"),
    ):
        if any(SHARED_DATA.glob(pattern)):
            configs[name] = _initial(folder / pattern.partition("/")[0], pattern, {})
    return configs


def _initial(folder: Path, pattern: str, settings: Mapping[str, object]) -> Path:
    """Lay out a study as `lcms init` does; return its configuration, with settings changed."""
    (folder / "mzml").mkdir(parents=True)
    for path in SHARED_DATA.glob(pattern):
        (folder / "mzml" / path.name).symlink_to(path)
    run("lcms", "init", folder / "mzml", folder / "study")
    config = folder / "study" / "config.yaml"
    chosen = yaml.safe_load(config.read_text(encoding="utf-8"))
    sheets = {"results": "results", "samples": "samples.tsv", "targets": "targets.tsv"}
    paths = {name: str(folder / "study" / sheet) for name, sheet in sheets.items()}
    extraction: dict[str, object] = {"extraction": chosen.get("extraction") or {}}
    config.write_text(yaml.safe_dump(extraction | paths | dict(settings)), encoding="utf-8")
    return config


def added_peaks(results: Path) -> dict[Pair, Added]:
    """Return the peak of the size of `area_lod` of each pair that is not detected."""
    peaks = pd.read_parquet(results / "peaks.parquet")
    fits = pq.read_table(results / "fits.parquet").to_pylist()
    shapes = {
        (fit["sample_id"], ion_id): PeakShape(*shape)
        for fit in fits
        for ion_id, *shape in zip(fit["component_ions"], *_shape_columns(fit), strict=True)
    }
    (batches,) = (results / "parts" / "batches").glob("*.parquet")
    (usual,) = pq.read_table(batches).to_pylist()
    usual_shape = PeakShape(*(usual[name] for name in PeakShape.__dataclass_fields__))
    absent = peaks[(peaks["status"] == "not_detected") & peaks["area_lod"].notna()]
    added = {}
    for row in absent.to_dict("records"):
        pair = row["sample_id"], row["ion_id"]
        is_timed = pair in shapes
        expected_s = float(row["expected_time_s"]) if is_timed else None
        added[pair] = Added(row["area_lod"], shapes.get(pair, usual_shape), expected_s)
    return added


def _shape_columns(fit: Row) -> list[list[float]]:
    names = ("sigmas", "taus", "tail_fractions", "tails")
    return [fit[f"component_{name}"] for name in names]


def implant(parts: Path, added: Mapping[Pair, Added], factor: float, seed: int) -> pd.DataFrame:
    """Add the peaks to the parts of `chromatograms`; return area and time of each."""
    (runs,) = (parts / "runs").glob("*.parquet")
    facts = {row["sample_id"]: row for row in pq.read_table(runs).to_pylist()}
    (path,) = (parts / "chromatograms").glob("*.parquet")
    data = pq.read_table(path)
    rows, true, drawn_s = data.to_pylist(), [], dict[str, float]()
    for row in rows:
        peak = added.get((row["sample_id"], row["ion_id"]))
        if peak is not None and row["retention_time_s"] is not None:
            sample_id, ion_id = row["sample_id"], row["ion_id"]
            of_ion = np.random.default_rng([seed, *ion_id.encode()])
            of_pair = np.random.default_rng([seed, *f"{sample_id} {ion_id}".encode()])
            apex_s = _apex_s(peak, np.array(row["retention_time_s"]), of_ion)
            if peak.expected_s is None:  # the same in all runs, which begin at different times
                apex_s = drawn_s.setdefault(ion_id, apex_s)
            row.update(with_peak(row, facts[sample_id], peak, factor, apex_s, of_pair))
            key = {"sample_id": sample_id, "ion_id": ion_id}
            width_s = fwhm_s(peak.shape)
            true.append(key | {"true": factor * peak.area, "apex_s": apex_s, "width_s": width_s})
    pq.write_table(pa.Table.from_pylist(rows, schema=data.schema), path)
    return pd.DataFrame(true)


def _apex_s(peak: Added, time_s: Floats, random: np.random.Generator) -> float:
    """Return the time of a peak, s: near the expected one, or drawn."""
    width_s = fwhm_s(peak.shape)
    if peak.expected_s is not None:
        return peak.expected_s + float(random.normal(0.0, TIME_SCATTER_WIDTHS * width_s))
    start_s, end_s = time_s[[0, -1]] + FROM_ENDS_WIDTHS * width_s * np.array([1.0, -1.0])
    return float(start_s + random.random() * (end_s - start_s))


def with_peak(
    row: Row, facts: Row, peak: Added, factor: float, apex_s: float, random: np.random.Generator
) -> Row:
    """Return intensities (counts) and m/z errors (ppm) of a row of `chromatograms` with a peak."""
    time_s, intensity, error_ppm = (
        np.array(row[name], dtype=float)
        for name in ("retention_time_s", "intensity", "centroid_error_ppm")
    )
    threshold = facts["detection_threshold"] or 0.0
    curve = factor * peak.area * unit_peak(time_s - apex_s, peak.shape)
    curve *= 1.0 + random.normal(0.0, POINT_SCATTER, time_s.size)
    shows_nothing = intensity <= 0.0
    in_noise = curve + random.normal(0.0, NOISE_PER_THRESHOLD * threshold, time_s.size)
    is_shown = (in_noise >= threshold) & (curve > 0.0)
    counts = np.where(shows_nothing, np.where(is_shown, in_noise, 0.0), intensity + curve)
    own_ppm = random.normal(facts["mz_error_ppm"] or 0.0, CENTROID_SD_PPM, time_s.size)
    is_own = (counts > 0.0) & (shows_nothing | (curve > intensity))
    return {
        "intensity": counts.tolist(),
        "centroid_error_ppm": np.where(is_own, own_ppm, error_ppm).tolist(),
    }


def measured(config: Path, factors: Sequence[float], seeds: Sequence[int]) -> pd.DataFrame:
    """Measure a set, and again with peaks of each size; return a row per added peak."""
    run("lcms", "run", config)
    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    results, found = Path(settings["results"]), []
    added = added_peaks(results)
    for is_timed, factor, seed in product((True, False), factors, seeds):
        some = {
            pair: peak for pair, peak in added.items() if (peak.expected_s is not None) == is_timed
        }
        if some:
            with TemporaryDirectory(prefix="lcms-implanted-") as folder:
                again = Path(folder) / "results"
                shutil.copytree(results, again)
                true = implant(again / "parts", some, factor, seed)
                steps = ("pick", "integrate") if is_timed else ("pick", "learn", "integrate")
                peaks = integrated_again(Path(folder), settings | {"results": str(again)}, steps)
            merged = true.merge(peaks, on=["sample_id", "ion_id"])
            found.append(merged.assign(factor=factor, seed=seed, is_timed=is_timed))
    return pd.concat(found, ignore_index=True)


def integrated_again(
    folder: Path, settings: Mapping[str, object], steps: Sequence[str]
) -> pd.DataFrame:
    """Run some steps on the only chunk of some results; return `peaks`."""
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(dict(settings)), encoding="utf-8")
    parts = Path(str(settings["results"])) / "parts"
    (runs,) = (parts / "runs").glob("*.parquet")
    for step in steps:
        name = runs.stem.rpartition("_")[0] if step == "learn" else runs.stem
        run("lcms", step, "--settings", config, name)
    return pd.read_parquet(parts / "peaks" / runs.name)


def found_near(found: pd.DataFrame) -> pd.DataFrame:
    """Return those of the added peaks that were found, at most a width from their times."""
    off_s = (found["retention_time_s"] - found["apex_s"]).abs()
    return found[found["status"].isin(FOUND) & (off_s < found["width_s"])]


def are_held(near: pd.DataFrame) -> pd.Series:
    """Return which 95 % intervals of areas hold the true one."""
    return (near["area"] - near["true"]).abs() <= NORMAL_95 * near["area_sd"]


def row_of(kind: Sequence[str], factor: float, found: pd.DataFrame) -> list[str]:
    """Return a row of the table: how many of the added peaks were found, and how right."""
    near = found_near(found)
    share, is_open = len(near) / len(found), found["status"] == "not_acquired"
    text = f"{100 * share:.1f} %"
    is_missed = factor >= 1.0 and share < ASKED_FOUND
    return [
        *kind, f"{factor:g}", f"{len(found)}", f"**{text}**" if is_missed else text,
        f"{100 * is_open.mean():.1f} %",
        f"{(near['area'] / near['true']).median():.2f}" if share else "",
        f"{100 * are_held(near).mean():.0f} %" if share else "",
    ]  # fmt: skip


def rows_of(name: str, found: pd.DataFrame) -> list[list[str]]:
    """Return a row of the table for each kind of ion and size of peak."""
    return [
        row_of((name, kind), factor, of_size)
        for kind, is_timed in (("expected", True), ("drawn", False))
        for factor in sorted(found["factor"].unique())
        if not (
            of_size := found[(found["is_timed"] == is_timed) & (found["factor"] == factor)]
        ).empty
    ]


def section(rows: Sequence[Sequence[str]], command: str) -> str:
    """Return the section of the page of benchmarks."""
    header = ["runs", "time", "area / `area_lod`", "peaks added", "found (from 1 on >= 95 %)"]
    header += ["said to be `not_acquired`", "median area / true", "95 % intervals that hold it"]
    return (
        "# Peaks added to real runs\n\nReal runs of public repositories; the added peaks are "
        f"simulated. Version {__version__}. Written by\n\n    {command}\n\n"
        f"{table(header, [list(row) for row in rows])}\n"
        "Every ion that is `not_detected` gets a peak of a multiple of its `area_lod`: of its\n"
        "learned shape at its expected time, or, where no time is expected, of the usual shape\n"
        "of the batch at a drawn time, the same in all runs. Its points scatter by 5 %; where\n"
        "they are below the threshold of the instrument they stay 0. Then the runs are picked\n"
        "and integrated again; with peaks at drawn times the batch is learned again, too.\n"
        "Intervals are 1.96 times `area_sd`, of what was found.\n"
    )


def main(argv: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--factors", type=float, nargs="+", default=FACTORS)
    parser.add_argument("--peaks", type=Path, metavar="FILE", help="TSV of all added peaks")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    chosen = parser.parse_args(argv)
    rows, peaks = [], []
    with TemporaryDirectory(prefix="lcms-implanted-") as folder:
        for name, config in projects(Path(folder)).items():
            found = measured(config, chosen.factors, chosen.seeds)
            peaks.append(found.assign(runs=name))
            rows += rows_of(name, found)
            print(f"{name}: done", file=sys.stderr, flush=True)
    seeds = " ".join(map(str, chosen.seeds))
    text = section(rows, f"python benchmarks/implanted.py --seeds {seeds} --write")
    print(text)
    if chosen.peaks:
        pd.concat(peaks).to_csv(chosen.peaks, sep="\t", index=False)
    if chosen.write:
        write_section(text)


if __name__ == "__main__":
    main(sys.argv[1:])
