"""The areas that OpenMS FeatureFinderMetaboIdent finds in a batch, at its best settings.

    python benchmarks/peer.py BATCH OUT.tsv

A process of its own, for it is C++ that may end it. Settings as tried on the seeds 11 to 13 of
all presets: the asymmetric model, peaks of 6 s, 10 ppm (full width). Of the time windows +-10,
+-15, +-20 and +-30 s, +-20 s was the best over all presets. Isomers are asked for in separate
calls, for one call merges or drops those that overlap. One call per target was worse: with few
peaks in a call it often ends with an error. Unweighted fits, fits without imputation and sums in
place of the model were no better.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pandas as pd
import pyopenms as oms

SETTINGS: Final[Mapping[str, str | float]] = {
    "model:type": "asymmetric",
    "detect:peak_width": 6.0,
    "extract:mz_window": 10.0,
}
TIME_WINDOW_S: Final = 40.0  # full width

Areas = dict[str, float]


def batch_areas(batch: Path) -> pd.DataFrame:
    """Return sample_id, target_id and area of every peak that is found in a batch."""
    samples = pd.read_csv(batch / "samples.tsv", sep="\t")
    calls = separate_isomers(pd.read_csv(batch / "targets.tsv", sep="\t"))
    rows = [
        (sample_id, target_id, area)
        for sample_id, mzml in zip(samples["sample_id"], samples["mzml"], strict=True)
        for target_id, area in run_areas(batch / str(mzml), calls).items()
    ]
    return pd.DataFrame(rows, columns=["sample_id", "target_id", "area"])


def separate_isomers(targets: pd.DataFrame) -> list[pd.DataFrame]:
    """Return sets of targets with at most one isomer of each group in a set.

    Every set holds the targets without isomers, too: the more peaks, the better its guesses.
    """
    place = targets.groupby("isomer_group").cumcount()
    is_alone = targets["isomer_group"].isna()
    return [targets[is_alone | (place == number)] for number in range(int(place.max()) + 1)]


def run_areas(mzml: Path, calls: Sequence[pd.DataFrame]) -> Areas:
    """Return the areas in one run by target_id."""
    experiment = oms.MSExperiment()
    oms.MzMLFile().load(str(mzml), experiment)
    areas: Areas = {}
    for targets in calls:
        areas = found_areas(experiment, targets) | areas
    return areas


def found_areas(experiment: oms.MSExperiment, targets: pd.DataFrame) -> Areas:
    """Return the model areas of one call, by target_id; an error of the call is no areas."""
    finder = oms.FeatureFinderAlgorithmMetaboIdent()
    settings = finder.getParameters()
    for name, value in SETTINGS.items():
        settings.setValue(name, value)
    finder.setParameters(settings)
    finder.setMSData(experiment)
    features = oms.FeatureMap()
    try:
        finder.run([compound(row) for _, row in targets.iterrows()], features, "")
    except RuntimeError as error:
        print(f"no areas: {error}", file=sys.stderr)
        return {}
    return {
        str(feature.getMetaValue("label")): float(feature.getIntensity()) for feature in features
    }


def compound(target: pd.Series) -> oms.FeatureFinderMetaboIdentCompound:
    """Return a target as OpenMS wants it: its mass and isotopes from the formula."""
    return oms.FeatureFinderMetaboIdentCompound(
        target["target_id"],
        target["formula"],
        0.0,
        [-1],
        [float(target["retention_time_s"])],
        [TIME_WINDOW_S],
        [0.0],
    )


if __name__ == "__main__":
    oms.LogConfigHandler.getInstance().setLogLevel("ERROR")
    batch_areas(Path(sys.argv[1])).to_csv(sys.argv[2], sep="\t", index=False)
