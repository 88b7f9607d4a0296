"""Peaks of three real SRM runs beside those of SmartPeak.

    python benchmarks/srm_areas.py [--peaks FILE]

The runs are three injections of yeast extract (SCIEX QTRAP 5500, scheduled SRM, 324 transitions);
their featureXML hold what SmartPeak found in them. Both are read from `../shared/data/smartpeak`
beside the project. The transition list becomes a target sheet, the
pipeline measures the runs; apex times, heights and the scatter of areas between the three runs are
compared. SmartPeak's areas are sums of counts without a baseline, so only their scatter is.

Good is a peak that SmartPeak marks so itself: `initialPeakQuality` above 0 ("values above 0 are
generally good", says its parameter file), with a signal-to-noise of at least 10 and a label of the
same compound in the run (both its limits for this method), a height of at least 1000 counts, and
that co-elutes with the label: its file holds one time for all transitions of a compound, and that
is the apex time of this one only where the highest points of both lie within 3 s of it. What the
shares are without the label, and without the mark, is told beside it.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import numpy as np
import pandas as pd
import yaml

from batches import SHARED_DATA, run

DATA: Final = SHARED_DATA / "smartpeak"
RUNS: Final = tuple(f"170808_Jonathan_yeast_Sacc{number}_1x" for number in (1, 2, 3))
SECONDS: Final = 60.0  # per minute
WINDOW_S: Final = 60.0  # half a segment of the schedule: they are 120 s in the median
EXPECTED_FWHM_S: Final = 6.0
GOOD_LOG_SN: Final = float(np.log(10.0))
GOOD_COUNTS: Final = 1000.0
GOOD_QUALITY: Final = 0.0
BORDER_S: Final = 0.5  # SmartPeak's borders are rounded
NEAR_S: Final = 3.0
ASKED_NEAR: Final = 0.95
ASKED_HEIGHT: Final = (0.95, 1.05)


@dataclass(frozen=True)
class Agreement:
    """How the peaks agree with SmartPeak's: of all, and of the good ones.

    `near` is the share of good peaks found within 3 s of SmartPeak's apex, `marked` that of the
    peaks that need no label for it, `clear` that of those that need no mark either. Of those
    that are near among the latter, `height` is the median ratio of the heights, `cv` and
    `reference_cv` the median CV (percent) of the areas over the three runs of the transitions that
    both found in all of them.
    """

    n_transitions: int
    n_matched: int
    n_good: int
    near: float
    n_marked: int
    marked: float
    n_clear: int
    clear: float
    height: float
    cv: float
    reference_cv: float

    def is_asked(self) -> bool:
        """Return whether every limit is kept."""
        return (
            self.n_matched == self.n_transitions
            and self.near >= ASKED_NEAR
            and ASKED_HEIGHT[0] <= self.height <= ASKED_HEIGHT[1]
            and self.cv <= self.reference_cv
        )

    def __str__(self) -> str:
        """Return the figures with their limits."""
        return (
            f"{self.n_matched} of {self.n_transitions} transitions acquired or explained, "
            f"{100 * self.near:.1f} % of {self.n_good} good peaks within {NEAR_S:g} s (asked: "
            f"{100 * ASKED_NEAR:g} %; {100 * self.marked:.1f} % of {self.n_marked} without regard "
            f"to the label, {100 * self.clear:.1f} % of {self.n_clear} without the mark), "
            f"median height ratio {self.height:.3f} (asked: "
            f"{ASKED_HEIGHT[0]} to {ASKED_HEIGHT[1]}), median CV of areas {self.cv:.2f} % "
            f"(SmartPeak {self.reference_cv:.2f} %)"
        )


def reference_peaks() -> pd.DataFrame:
    """Return a row per run and transition that SmartPeak found, times in s."""
    rows = [
        {"sample_id": name} | row
        for name in RUNS
        for compound in _compounds(name)
        for row in _reference_rows(compound)
    ]
    return pd.DataFrame(rows).sort_values(["sample_id", "transition"], ignore_index=True)


def _compounds(run_name: str) -> list[Element]:
    """Return the features of a run in SmartPeak's result, one per compound."""
    (result,) = DATA.glob(f"{run_name}_*.featureXML")
    tree = ET.parse(result)  # noqa: S314  (a published result, not a stranger's file)
    return tree.findall(".//featureList/feature")


def _reference_rows(compound: Element) -> Iterator[dict[str, object]]:
    """Yield a row per transition of a compound; times are minutes in the file."""
    facts = _user_values(compound)
    shared = {
        "retention_time_s": _number(compound, "position[@dim='0']") * SECONDS,
        "left_s": float(facts["leftWidth"]) * SECONDS,
        "right_s": float(facts["rightWidth"]) * SECONDS,
        "overall_quality": _number(compound, "overallquality"),
        "initial_peak_quality": float(facts["initialPeakQuality"]),
    }
    for transition in compound.findall("subordinate/feature"):
        values = _user_values(transition)
        yield shared | {
            "transition": values["native_id"],
            "apex_counts": float(values["peak_apex_int"]),
            "sum_counts": _number(transition, "intensity"),
            "log_sn": float(values["logSN"]),
            "points_across_baseline": int(values["points_across_baseline"]),
            "points_across_half_height": int(values["points_across_half_height"]),
        }


def _number(feature: Element, path: str) -> float:
    return float(feature.findtext(path, "nan"))


def _user_values(feature: Element) -> dict[str, str]:
    return {
        value.get("name", ""): value.get("value", "") for value in feature.findall("UserParam")
    }


def transitions() -> pd.DataFrame:
    """Return the transition list."""
    return pd.read_csv(DATA / "traML.csv")


def target_sheet(listed: pd.DataFrame) -> pd.DataFrame:
    """Return the target sheet: a compound per component and label, its ions by transition.

    Expected times are those of the list; they are SmartPeak's assay times.
    """
    target = listed["transition_group_id"] + "." + listed["LabelType"]
    is_heavy = listed["LabelType"] == "Heavy"
    heavy = set(listed.loc[is_heavy, "transition_group_id"])
    standard = listed["transition_group_id"] + ".Heavy"
    return pd.DataFrame(
        {
            "target_id": target,
            "name": listed["transition_name"],
            "kind": np.where(is_heavy, "internal_standard", "analyte"),
            "adduct": "[M-H]-",
            "precursor_mz": listed["PrecursorMz"],
            "product": listed["ProductMz"],
            "ion_role": np.where(target.duplicated(), "qualifier", "quantifier"),
            "internal_standard": standard.where(
                ~is_heavy & listed["transition_group_id"].isin(heavy)
            ),
            "retention_time_s": listed["RetentionTime"].round(2),
            "retention_time_window_s": WINDOW_S,
        }
    )


def lay_out(folder: Path) -> Path:
    """Write the sheets and the configuration; return the latter."""
    samples = pd.DataFrame(
        {
            "sample_id": RUNS,
            "mzml": [str(DATA / f"{name}.mzML") for name in RUNS],
            "sample_type": "unknown",
        }
    )
    samples.to_csv(folder / "samples.tsv", sep="\t", index=False)
    sheet = target_sheet(transitions())
    sheet.to_csv(folder / "targets.tsv", sep="\t", index=False)
    settings = {
        **{name: str(folder / f"{name}.tsv") for name in ("samples", "targets")},
        "results": str(folder / "results"),
        "integration": {"expected_fwhm_s": EXPECTED_FWHM_S},
    }
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return config


def found_peaks(results: Path, folder: Path) -> pd.DataFrame:
    """Return a row per run and transition of the list, with SmartPeak's peak where it has one."""
    sheet = pd.read_csv(
        folder / "targets.tsv", sep="\t", dtype={"precursor_mz": str, "product": str}
    )
    ids = sheet["target_id"] + " [M-H]- " + sheet["precursor_mz"] + " > " + sheet["product"]
    names = pd.DataFrame({"ion_id": ids, "transition": sheet["name"]})
    columns = ["sample_id", "ion_id", "ion_role", "status", "flags", "retention_time_s", "left_s"]
    columns += ["right_s", "area", "area_sd", "height", "signal_to_noise", "fwhm_s", "n_points"]
    columns += ["expected_time_s", "misfit", "method", "score"]
    peaks = pd.read_parquet(results / "peaks.parquet")[columns]
    columns = ["sample_id", "ion_id", "retention_time_s", "intensity"]
    traces = pd.read_parquet(results / "chromatograms.parquet")[columns]
    traces = traces.rename(columns={"retention_time_s": "times_s", "intensity": "counts"})
    found = peaks.merge(names, on="ion_id", validate="many_to_one")
    found = found.merge(traces, on=["sample_id", "ion_id"], validate="1:1")
    reference = reference_peaks().rename(
        columns={name: f"reference_{name}" for name in ("retention_time_s", "left_s", "right_s")}
    )
    found = found.merge(reference, on=["sample_id", "transition"], how="left", validate="1:1")
    found["highest_s"] = [
        highest_s(*row)
        for row in zip(
            *(found[name] for name in ("times_s", "counts", "reference_left_s")),
            found["reference_right_s"],
            strict=True,
        )
    ]
    return found.drop(columns=["times_s", "counts"])


def highest_s(
    times_s: Sequence[float] | None, counts: Sequence[float] | None, left_s: float, right_s: float
) -> float:
    """Return the time of the highest point between SmartPeak's borders, NaN for none."""
    if times_s is None or counts is None:
        return float("nan")
    time_s, intensity = np.asarray(times_s), np.asarray(counts)
    inside = (time_s >= left_s - BORDER_S) & (time_s <= right_s + BORDER_S)
    return float(time_s[inside][np.argmax(intensity[inside])]) if inside.any() else float("nan")


def agreement(found: pd.DataFrame) -> Agreement:
    """Return how well the peaks agree."""
    is_near = (found["retention_time_s"] - found["reference_retention_time_s"]).abs() <= NEAR_S
    clear, marked = is_clear(found), is_clear(found) & is_marked(found)
    good = marked & co_elutes(found)
    near = found[clear & is_near]
    whole = near.groupby("ion_id").filter(lambda group: len(group) == len(RUNS))
    of_ion = whole.groupby("ion_id")
    explained = (found["status"] != "not_acquired") | found["flags"].map(len).gt(0)
    return Agreement(
        n_transitions=found["ion_id"].nunique(),
        n_matched=int(explained.groupby(found["ion_id"]).all().sum()),
        n_good=int(good.sum()),
        near=float(is_near[good].mean()),
        n_marked=int(marked.sum()),
        marked=float(is_near[marked].mean()),
        n_clear=int(clear.sum()),
        clear=float(is_near[clear].mean()),
        height=float((near["height"] / near["apex_counts"]).median()),
        cv=median_percent(of_ion["area"].std() / of_ion["area"].mean()),
        reference_cv=median_percent(of_ion["sum_counts"].std() / of_ion["sum_counts"].mean()),
    )


def is_clear(found: pd.DataFrame) -> pd.Series:
    """Return which peaks SmartPeak found well above the noise."""
    return (found["log_sn"] >= GOOD_LOG_SN) & (found["apex_counts"] >= GOOD_COUNTS)


def is_marked(found: pd.DataFrame) -> pd.Series:
    """Return which peaks SmartPeak holds for good."""
    return found["initial_peak_quality"] > GOOD_QUALITY


def co_elutes(found: pd.DataFrame) -> pd.Series:
    """Return which peaks are highest where their label is: both at the time of their compound."""
    away_s = (found["highest_s"] - found["reference_retention_time_s"]).abs()
    is_there = (away_s <= NEAR_S) & (found["log_sn"] >= GOOD_LOG_SN)
    compound = found["transition"].str.split(".").str[0]
    is_heavy = found["transition"].str.endswith(".Heavy")
    of_compound = [found["sample_id"], compound]
    label = (is_there & is_heavy).groupby(of_compound).transform("any")
    analyte = (is_there & ~is_heavy).groupby(of_compound).transform("any")
    return is_there & label & analyte


def median_percent(shares: pd.Series) -> float:
    """Return the median in percent."""
    return float(100 * shares.median())


def main(argv: Sequence[str]) -> None:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peaks", type=Path, metavar="FILE", help="TSV of all peaks")
    chosen = parser.parse_args(argv)
    with TemporaryDirectory(prefix="lcms-srm-") as name:
        folder = Path(name)
        config = lay_out(folder)
        run(
            *("snakemake", "--cores", 1, "--scheduler", "greedy", "--directory", folder),
            *("--configfile", config, "--", folder / "results" / "peaks.parquet"),
        )
        found = found_peaks(folder / "results", folder)
    print(agreement(found))
    if chosen.peaks:
        found.to_csv(chosen.peaks, sep="\t", index=False)


if __name__ == "__main__":
    main(sys.argv[1:])
