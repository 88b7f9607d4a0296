"""A study of 1,000 subjects x 8 times x 20 analytes: its tables, and the page of its figures."""

import resource
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np

from area_batches import row_of
from lcms.config import Settings, Study
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.parquet import write_rows
from lcms.io.tables.result_tables import is_simulated
from lcms.kinds import SampleType
from lcms.model import Sample
from lcms.schemas import CONCENTRATIONS, SAMPLES
from lcms.steps.figures.study import study_drawings
from lcms.steps.figures.study.study_page import write_study_page
from lcms.steps.study import PAGE, write_study

N_SUBJECTS, N_TIMES, N_TARGETS = 1_000, 8, 20
STEP_S: Final = 600
CENSORED_SHARE: Final = 0.3  # of every second target
_METADATA: Final = {
    "schema_version": "2",
    "software": "{}",
    "settings": "{}",
    "concentration_unit": "nmol/L",
}


def large_study(folder: Path) -> dict[str, float]:
    """Write the tables and the page; return s of CPU, memory (MB), and the size of the page (MB).

    The concentrations are made by another process, whose time and memory do not count.
    """
    child = get_context("spawn").Process(target=_write_inputs, args=(folder,))
    child.start()
    child.join()
    start = time.process_time()
    study = Study(design="group_time_course", reference="rest")
    lines = write_study(folder, _inputs(), Settings(study=study), _METADATA)
    mark = is_simulated(folder)
    write_study_page(folder / PAGE, study_drawings(folder), lines, is_simulated=mark)
    return {
        "cpu_s": time.process_time() - start,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "page_mb": (folder / PAGE).stat().st_size / 1e6,
    }


def _inputs() -> Inputs:
    samples = tuple(
        Sample(
            f"S{subject}_{time}",
            "",
            SampleType.UNKNOWN,
            factors={
                "subject": f"S{subject}",
                "group": ("rest", "exercise")[subject % 2],
                "time_s": str(STEP_S * time),
                "is_baseline": str(time == 0).lower(),
            },
        )
        for subject in range(N_SUBJECTS)
        for time in range(N_TIMES)
    )
    return Inputs(samples, (), ())


def _write_inputs(folder: Path) -> None:
    """Write the tables of lognormal concentrations, with some below the limit."""
    inputs = _inputs()
    random = np.random.default_rng(20_260)
    between = random.normal(0, 0.6, (N_SUBJECTS, 1, N_TARGETS))
    logs = between + random.normal(0, 0.35, (N_SUBJECTS, N_TIMES, N_TARGETS))
    shares = CENSORED_SHARE * (np.arange(N_TARGETS) % 2)
    limits = [np.quantile(logs[..., k], shares[k]) for k in range(N_TARGETS)]
    rows = []
    for sample, values in zip(inputs.samples, logs.reshape(-1, N_TARGETS), strict=True):
        for k, log in enumerate(values.tolist()):
            is_below = shares[k] > 0 and log < limits[k]
            value = None if is_below else float(np.exp(log))
            rows.append(
                row_of(
                    CONCENTRATIONS,
                    sample_id=sample.sample_id,
                    target_id=f"T{k:02d}",
                    kind="analyte",
                    batch="1",
                    sample_type="unknown",
                    dilution_factor=1.0,
                    status="below_lloq" if is_below else "quantified",
                    concentration=value,
                    concentration_low=None if value is None else 0.9 * value,
                    concentration_high=None if value is None else 1.1 * value,
                    lloq=float(np.exp(limits[k])),
                    censored=is_below,
                    flags=[],
                )
            )
    write_rows(folder / "concentrations.parquet", CONCENTRATIONS, rows, _METADATA)
    runs = [
        row_of(
            SAMPLES,
            sample_id=sample.sample_id,
            mzml="",
            sample_type="unknown",
            batch="1",
            status="ok",
            instrument="simulated",
        )
        for sample in inputs.samples
    ]
    write_rows(folder / "samples.parquet", SAMPLES, runs, _METADATA)
