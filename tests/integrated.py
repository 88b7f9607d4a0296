"""Small runs integrated as `lcms integrate` does it: from mzML or from chromatograms."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from builders import (
    AREA_PER_SIGMA,
    SECONDS,
    Eluting,
    Row,
    ion,
    row,
    settings_of,
    write_run,
)
from lcms.config import Settings
from lcms.io.reference.auxiliary_panel import read_auxiliary_ions
from lcms.io.sheets.inputs import Inputs, guard_panel
from lcms.io.tables.parquet import write_rows
from lcms.kinds import SampleType
from lcms.model import Ion, Sample
from lcms.schemas import CANDIDATES, CHROMATOGRAMS, COMPANIONS, RUNS, TRIGGERED
from lcms.steps.extract import extract_runs, write_parts
from lcms.steps.integrate import integrate_chunk
from lcms.steps.integrate.target_ions import TargetIons
from lcms.steps.learn import learn
from lcms.steps.pick import pick_chunk

Extracted = tuple[list[Row], list[Row], list[Row], list[Row]]

ALA = ion("LacAla", 160.0615)
VAL = ion("LacVal", 188.0928, 50.0)
PHE = ion("LacPhe", 236.0928, 70.0)
PANEL = (ALA, VAL, PHE)
AREA = 1e6 * 3.4 * AREA_PER_SIGMA  # of a peak as `elutes` makes it


def elutes(target: Ion, apex_s: float | None = None, height: float = 1e6) -> Eluting:
    return Eluting(target.precursor_mz, apex_s or target.retention_time_s or 60.0, height)


def rows_of(
    folder: Path,
    eluting: Sequence[Eluting],
    ions: Sequence[Ion],
    **settings: Any,  # noqa: ANN401  (sections of settings)
) -> dict[str, Row]:
    """Return the rows of `peaks` of one run by ion_id."""
    path = write_run(folder / "s1.mzML", eluting, time_s=np.arange(0.0, 200.0))
    rows = peak_rows(folder, {"s1": path}, ions, settings_of(**settings))
    return {ion_id: peak for (_, ion_id), peak in rows.items()}


def rows_of_chromatogram(
    folder: Path,
    target: Ion,
    intensity: Sequence[float] | None,
    **settings: Any,  # noqa: ANN401  (sections of settings)
) -> Row:
    """Return the row of `peaks` of one chromatogram that was extracted."""
    run = row(RUNS, sample_id="s1", status="ok", mz_error_ppm=0.0, detection_threshold=100.0)
    cut_out = row(CHROMATOGRAMS, sample_id="s1", ion_id=target.ion_id)
    if intensity is not None:
        seconds = SECONDS[: len(intensity)].tolist()
        errors = [0.5 if count > 0 else float("nan") for count in intensity]
        cut_out |= {
            "retention_time_s": seconds,
            "intensity": list(intensity),
            "hidden_intensity": [0.0] * len(intensity),
            "centroid_error_ppm": errors,
        }
    chosen = settings_of(**settings)
    auxiliary = [
        row(COMPANIONS, sample_id="s1", ion_id=auxiliary.ion.ion_id)
        for auxiliary in read_auxiliary_ions([target], chosen.extraction)
    ]
    extracted = [([run], [cut_out], auxiliary, [row(TRIGGERED, sample_id="s1")])]
    return integrated_rows(folder, extracted, [target], chosen)["s1", target.ion_id]


def extracted_runs(runs: Mapping[str, Path], ions: Sequence[Ion], settings: Settings) -> Extracted:
    """Cut targets and auxiliary ions out of runs as the step does."""
    auxiliary = [auxiliary.ion for auxiliary in read_auxiliary_ions(ions, settings.extraction)]
    return extract_runs(runs, ions, settings.extraction, lambda _: None, auxiliary)


def peak_rows(
    folder: Path,
    runs: Mapping[str, Path],
    ions: Sequence[Ion],
    settings: Settings | None = None,
    *,
    n_chunks: int = 1,
    excluded: Collection[str] = (),
) -> dict[tuple[str, str], Row]:
    """Extract and integrate runs as the steps do; return the rows of `peaks` by their key.

    They are one batch, worked on in chunks of every n-th run; the sheet excludes some.
    """
    chosen = settings or Settings()
    chunks = [list(runs)[start::n_chunks] for start in range(n_chunks)]
    extracted = [
        extracted_runs({run: runs[run] for run in chunk}, ions, chosen)
        for chunk in chunks
        if chunk
    ]
    rows = integrated_rows(folder, extracted, ions, chosen, excluded)
    return {(run, target.ion_id): rows[run, target.ion_id] for run in runs for target in ions}


def integrated_rows(
    folder: Path,
    extracted: Sequence[Extracted],
    ions: Sequence[Ion],
    settings: Settings,
    excluded: Collection[str] = (),
) -> dict[tuple[str, str], Row]:
    """Integrate the chunks that were extracted; return the rows of `peaks` by their key."""
    tables = integrated_tables(folder, extracted, ions, settings, excluded)
    return {(peak["sample_id"], peak["ion_id"]): peak for peak in tables["peaks"]}


def integrated_tables(
    folder: Path,
    extracted: Sequence[Extracted],
    ions: Sequence[Ion],
    settings: Settings,
    excluded: Collection[str] = (),
) -> dict[str, list[Row]]:
    """Integrate the chunks that were extracted; return all rows by the name of the table."""
    parts = folder / "parts"
    chunks: dict[str, list[Sample]] = {}
    for n, rows in enumerate(extracted, 1):
        chunk, runs = f"1_{n:04d}", rows[0]
        write_parts(parts, chunk, rows, {})
        picked = pick_chunk(parts, chunk, ions, settings.extraction, settings.integration)
        write_rows(parts / "candidates" / f"{chunk}.parquet", CANDIDATES, picked, {})
        chunks[chunk] = [
            Sample(
                run["sample_id"],
                "unread.mzML",
                SampleType.UNKNOWN,
                exclude="by the test" if run["sample_id"] in excluded else None,
            )
            for run in runs
        ]
    samples = tuple(sample for members in chunks.values() for sample in members)
    learn(parts, "1", chunks, Inputs(samples, (), tuple(ions)), settings, {})
    targets = TargetIons(ions, guard_panel(tuple(ions), settings))
    sections = settings.extraction, settings.integration
    tables: dict[str, list[Row]] = defaultdict(list)
    for chunk in chunks:
        for name, rows_of_table in integrate_chunk(parts, chunk, "1", targets, *sections).items():
            tables[name] += rows_of_table
    return tables
