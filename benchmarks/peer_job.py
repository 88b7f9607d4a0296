"""Areas by another program, from mzML, in a process of its own: for `whole_job.py`.

    python benchmarks/peer_job.py FeatureFinderMetaboIdent|ms-mint TARGETS.tsv RUN.mzML...

Imports only what that program needs, for ms-mint lives in an environment of its own. The sheet has
name, formula, m/z and time in s, without a header. Windows of 40 s and 10 ppm (full widths).
"""

import csv
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

TIME_WINDOW_S = 40.0
WINDOW_PPM = 10.0
PEAK_WIDTH_S = 8.0


def metabo_ident(rows: list[list[str]], runs: list[str]) -> None:
    """Let OpenMS FeatureFinderMetaboIdent find the targets."""
    import pyopenms as oms  # noqa: PLC0415

    oms.LogConfigHandler.getInstance().setLogLevel("ERROR")
    window_s, no_isotopes = [TIME_WINDOW_S], [0.0]
    compounds = [
        oms.FeatureFinderMetaboIdentCompound(
            name, formula, 0.0, [-1], [float(time_s)], window_s, no_isotopes
        )
        for name, formula, _, time_s in rows
    ]
    for run in runs:
        file, experiment = oms.MzMLFile(), oms.MSExperiment()
        options = file.getOptions()
        options.setMSLevels([1])
        file.setOptions(options)
        file.load(run, experiment)
        finder = oms.FeatureFinderAlgorithmMetaboIdent()
        settings = finder.getParameters()
        settings.setValue("extract:mz_window", WINDOW_PPM)
        settings.setValue("detect:peak_width", PEAK_WIDTH_S)
        finder.setParameters(settings)
        finder.setMSData(experiment)
        features = oms.FeatureMap()
        try:
            finder.run(compounds, features, "")
        except RuntimeError as error:
            print(f"{run}: {error}")
        print(run, features.size())


def mint(rows: list[list[str]], runs: list[str]) -> None:
    """Let ms-mint integrate the targets."""
    import pandas as pd  # noqa: PLC0415
    from ms_mint.Mint import Mint  # type: ignore[import-not-found]  # noqa: PLC0415

    half_s = TIME_WINDOW_S / 2
    targets = pd.DataFrame(
        {
            "peak_label": name, "mz_mean": float(mz), "mz_width": WINDOW_PPM, "rt": float(time_s),
            "rt_min": max(float(time_s) - half_s, 0.0), "rt_max": float(time_s) + half_s,
            "rt_unit": "s", "intensity_threshold": 0, "target_filename": "targets",
        }
        for name, _, mz, time_s in rows
    )  # fmt: skip
    with TemporaryDirectory() as folder:
        job = Mint(wdir=folder)
        job.ms_files = runs
        job.targets = targets
        job.run(nthreads=1)
        print(job.results[["ms_file", "peak_label", "peak_area"]])


if __name__ == "__main__":
    with Path(sys.argv[2]).open(encoding="utf-8", newline="") as file:
        sheet = list(csv.reader(file, delimiter="\t"))
    {"FeatureFinderMetaboIdent": metabo_ident, "ms-mint": mint}[sys.argv[1]](sheet, sys.argv[3:])
