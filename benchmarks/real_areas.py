"""Areas of two real runs beside those of mzmine.

    python benchmarks/real_areas.py [--expected-fwhm 2.5] [--features FILE]

The runs are two injections of one quality control (reversed phase, Q Exactive, minute 4 to 5), in
`../shared/data/mzmine` beside the project; the table of 120 features is the expected result of
mzmine's own integration test. Its m/z and times
become a target sheet, the pipeline measures the runs, the areas are compared. mzmine integrates
over minutes and takes off no baseline.

The features that disagree are printed with three ratios to mzmine's area: of our chromatogram
between mzmine's borders (`same_borders`: what extraction changed), between our borders
(`no_baseline`: what they changed), and of the area itself (`ratio`: what the baseline changed).
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pandas as pd
import yaml

from batches import SHARED_DATA, run

DATA: Final = SHARED_DATA / "mzmine"
RUNS: Final = ("171103_PMA_TK_QC_04-4to5min", "171103_PMA_TK_QC_05-4to5min")
SECONDS: Final = 60.0  # per minute
WINDOW_S: Final = 10.0
EXPECTED_FWHM_S: Final = 4.0
MZ_SETTINGS: Final = {  # ions that share the trap with 5e8 counts are off by up to 5 ppm there
    "extraction": {"mz_tolerance_ppm": 7, "mz_search_ppm": 15},
    "integration": {"mz_residual_ppm": 5},
}
_SAME_MZ_PPM: Final = 6.0
_NEIGHBOUR_S: Final = 12.0
_ROUNDING_S: Final = 0.05  # the table gives borders in minutes to four decimals

MEDIAN_WITHIN: Final = 0.02
WITHIN: Final = 0.10
ASKED_WITHIN: Final = 0.90


@dataclass(frozen=True)
class Agreement:
    """The median of the area ratios, and which share of the features is near 1.

    A feature that was not found is not near.
    """

    median_ratio: float
    within: float
    n_found: int
    n: int

    def is_asked(self) -> bool:
        """Return whether both limits are kept."""
        return abs(self.median_ratio - 1) <= MEDIAN_WITHIN and self.within >= ASKED_WITHIN

    def __str__(self) -> str:
        """Return both figures with their limits."""
        return (
            f"median ratio {self.median_ratio:.3f} (asked: 1 +- {MEDIAN_WITHIN}), "
            f"{100 * self.within:.1f} % of {self.n} features within 10 % (asked: "
            f"{100 * ASKED_WITHIN:.0f} %), {self.n_found} found"
        )


def agreement(features: pd.DataFrame) -> Agreement:
    """Return how well the column `area` agrees with `reference_area`, both in count s."""
    ratio = features["area"] / features["reference_area"]
    return Agreement(
        median_ratio=float(ratio.median()),
        within=float((ratio - 1).abs().le(WITHIN).mean()),
        n_found=int(ratio.notna().sum()),
        n=len(ratio),
    )


def reference_features(table: Path = DATA / "expected_results.csv") -> pd.DataFrame:
    """Return a row per run and feature, times in s and areas in count s.

    `mz` and `time_s` are the means over the runs, as the table has them: what a target sheet
    would say.
    """
    wide = pd.read_csv(table)
    parts = []
    for name in RUNS:
        of_run = f"datafile:{name}.mzML:"
        parts.append(
            pd.DataFrame(
                {
                    "sample_id": name,
                    "target_id": [f"feature_{number}" for number in wide["id"]],
                    "mz": wide["mz"],
                    "time_s": wide["rt"] * SECONDS,
                    "reference_time_s": wide[f"{of_run}rt"] * SECONDS,
                    "reference_left_s": wide[f"{of_run}rt_range:min"] * SECONDS,
                    "reference_right_s": wide[f"{of_run}rt_range:max"] * SECONDS,
                    "reference_fwhm_s": wide[f"{of_run}fwhm"] * SECONDS,
                    "reference_area": wide[f"{of_run}area"] * SECONDS,
                    "reference_height": wide[f"{of_run}height"],
                    "reference_n_scans": wide[f"{of_run}fragment_scans"].fillna(0).astype(int),
                    "reference_mz_low": wide[f"{of_run}mz_range:min"],
                    "reference_mz_high": wide[f"{of_run}mz_range:max"],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def target_sheet(features: pd.DataFrame) -> pd.DataFrame:
    """Return the target sheet; neighbours of one m/z become an isomer group with one m/z."""
    targets = features.drop_duplicates("target_id").sort_values(["mz", "time_s"])
    new = (targets["mz"].diff() / targets["mz"] * 1e6).fillna(0).abs().gt(_SAME_MZ_PPM)
    channel = targets.assign(channel=new.cumsum()).sort_values(["channel", "time_s"])
    far = channel["time_s"].diff().abs().gt(_NEIGHBOUR_S)
    group = (far | channel["channel"].diff().ne(0)).cumsum()
    size = group.map(group.value_counts())
    return pd.DataFrame(
        {
            "target_id": channel["target_id"],
            "kind": "analyte",
            "precursor_mz": channel.groupby(group)["mz"].transform("mean").round(6),
            "retention_time_s": channel["time_s"].round(2),
            "retention_time_window_s": WINDOW_S,
            "isomer_group": ("group_" + group.astype(str)).where(size > 1),
        }
    )


def lay_out(
    folder: Path, features: pd.DataFrame, expected_fwhm_s: float = EXPECTED_FWHM_S
) -> Path:
    """Write the sheets and the configuration; return the latter."""
    samples = pd.DataFrame(
        {
            "sample_id": RUNS,
            "mzml": [str(DATA / f"{name}.mzML") for name in RUNS],
            "sample_type": "unknown",
        }
    )
    samples.to_csv(folder / "samples.tsv", sep="\t", index=False)
    target_sheet(features).to_csv(folder / "targets.tsv", sep="\t", index=False)
    paths = {name: str(folder / f"{name}.tsv") for name in ("samples", "targets")}
    config = folder / "config.yaml"
    settings: dict[str, object] = {
        **paths,
        "results": str(folder / "results"),
        "extraction": MZ_SETTINGS["extraction"],
        "integration": MZ_SETTINGS["integration"] | {"expected_fwhm_s": expected_fwhm_s},
    }
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return config


def with_areas(features: pd.DataFrame, results: Path) -> pd.DataFrame:
    """Return the features with what the pipeline found of each, and the three ratios."""
    pair = ["sample_id", "target_id"]
    columns = ["status", "retention_time_s", "left_s", "right_s", "area", "area_sd", "height"]
    columns += ["fwhm_s", "mz_residual_ppm", "ion_id"]
    peaks = pd.read_parquet(results / "peaks.parquet")[[*pair, *columns]]
    curves = pd.read_parquet(results / "chromatograms.parquet")[
        ["sample_id", "ion_id", "retention_time_s", "intensity"]
    ].rename(columns={"retention_time_s": "times_s"})
    found = features.merge(peaks, on=pair, validate="1:1").merge(
        curves, on=["sample_id", "ion_id"], validate="1:1"
    )
    return found.assign(
        same_borders=raw_areas(found, "reference_left_s", "reference_right_s"),
        no_baseline=raw_areas(found, "left_s", "right_s"),
        ratio=found["area"] / found["reference_area"],
    ).drop(columns=["times_s", "intensity"])


def raw_areas(found: pd.DataFrame, left: str, right: str) -> pd.Series:
    """Return the areas between two borders, no baseline taken off, by those of mzmine."""
    rows = zip(
        *(found[name] for name in ("times_s", "intensity", left, right, "reference_area")),
        strict=True,
    )
    return pd.Series([raw_area(*row) / reference for *row, reference in rows], found.index)


def raw_area(
    times_s: Sequence[float], intensity: Sequence[float], left_s: float, right_s: float
) -> float:
    """Return the trapezoid between two borders in count s; nan where there are none."""
    if np.isnan(left_s):
        return float("nan")
    times, counts = np.asarray(times_s), np.asarray(intensity, dtype=float)
    inside = (times >= left_s - _ROUNDING_S) & (times <= right_s + _ROUNDING_S)
    return float(np.trapezoid(counts[inside], times[inside]))


def measured_features(folder: Path, expected_fwhm_s: float) -> pd.DataFrame:
    """Measure both runs by Snakemake in a folder and return features and areas."""
    features = reference_features()
    config = lay_out(folder, features, expected_fwhm_s)
    run(
        *("snakemake", "--cores", 1, "--scheduler", "greedy", "--directory", folder),
        *("--configfile", config, "--", folder / "results" / "peaks.parquet"),
    )
    return with_areas(features, folder / "results")


def disagreeing(features: pd.DataFrame) -> pd.DataFrame:
    """Return the features that are not near, the worst first."""
    is_near = (features["ratio"] - 1).abs() <= WITHIN
    far = features[~is_near].assign(off=(features["ratio"] - 1).abs().fillna(1.0))
    left, right = far["left_s"], far["right_s"]
    return (
        far.assign(
            run=far["sample_id"].str.slice(14, 19),
            late_s=far["retention_time_s"] - far["reference_time_s"],
            left_later_s=left - far["reference_left_s"],
            right_later_s=right - far["reference_right_s"],
        )
        .sort_values("off", ascending=False)
        .reset_index(drop=True)[
            [
                *("run", "target_id", "mz", "time_s", "status", "late_s", "left_later_s"),
                *("right_later_s", "reference_fwhm_s", "same_borders", "no_baseline", "ratio"),
            ]
        ]
    )


def main(argv: Sequence[str]) -> None:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--expected-fwhm", type=float, default=EXPECTED_FWHM_S, metavar="S")
    parser.add_argument("--features", type=Path, metavar="FILE", help="TSV of all features")
    chosen = parser.parse_args(argv)
    with TemporaryDirectory(prefix="lcms-mzmine-") as folder:
        features = measured_features(Path(folder), chosen.expected_fwhm)
    print(agreement(features))
    for name, of_run in features.groupby("sample_id"):
        print(f"  {name}: {agreement(of_run)}")
    print(f"\nmore than 10 % off:\n{disagreeing(features).round(2).to_string()}")
    if chosen.features:
        features.to_csv(chosen.features, sep="\t", index=False)


if __name__ == "__main__":
    main(sys.argv[1:])
