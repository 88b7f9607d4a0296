"""A study of 1,000 subjects x 8 times x 20 analytes: `lcms study`, its tables and its page."""

import sys
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import yaml

from area_batches import row_of
from lcms.io.tables.parquet import write_rows
from lcms.io.tables.study_files import PAGE
from lcms.kinds import SampleType
from lcms.schemas import CONCENTRATIONS, SAMPLES, Row
from spent import spent

N_SUBJECTS, N_TIMES, N_TARGETS = 1_000, 8, 20
STEP_S: Final = 600
CENSORED_SHARE: Final = 0.3  # of every second target
BETWEEN_SD, WITHIN_SD = 0.6, 0.35  # of logarithms
_METADATA: Final = {
    "schema_version": "2",
    "software": "{}",
    "settings": "{}",
    "concentration_unit": "nmol/L",
}


def large_study(folder: Path) -> dict[str, float]:
    """Run `lcms study` on a made study; return s of CPU, MB of memory and MB of the page.

    Another process makes the study: a command counts the memory of the process that starts it.
    """
    child = get_context("spawn").Process(target=_write_study, args=(folder,))
    child.start()
    child.join()
    used = spent([sys.executable, "-m", "lcms", "study", "-s", str(folder)])
    page_mb = (folder / "results" / PAGE).stat().st_size / 1e6
    return {"cpu_s": used.cpu_s, "memory_mb": used.peak_mb, "page_mb": page_mb}


def _write_study(folder: Path) -> None:
    """Write the sheets and the tables of concentrations and runs."""
    samples = _write_sheets(folder)
    results = folder / "results"
    results.mkdir()
    write_rows(results / "concentrations.parquet", CONCENTRATIONS, list(_rows(samples)), _METADATA)
    runs = [
        row_of(
            SAMPLES,
            sample_id=sample_id,
            mzml="",
            sample_type="unknown",
            batch="1",
            status="ok",
            instrument="simulated",
        )
        for sample_id in samples["sample_id"]
    ]
    write_rows(results / "samples.parquet", SAMPLES, runs, _METADATA)


def _write_sheets(folder: Path) -> pd.DataFrame:
    """Write sheets, empty mzML files and the configuration; return the sheet of samples."""
    subject, time = np.divmod(np.arange(N_SUBJECTS * N_TIMES), N_TIMES)
    samples = pd.DataFrame(
        {
            "sample_id": [f"S{s}_{t}" for s, t in zip(subject, time, strict=True)],
            "mzml": [f"S{s}_{t}.mzML" for s, t in zip(subject, time, strict=True)],
            "sample_type": SampleType.UNKNOWN.value,
            "batch": "1",
            "subject": [f"S{s}" for s in subject],
            "group": np.where(subject % 2, "exercise", "rest"),
            "time_s": STEP_S * time,
            "is_baseline": np.where(time == 0, "true", "false"),
        }
    )
    names = [f"T{k:02d}" for k in range(N_TARGETS)]
    targets = pd.DataFrame(
        {"target_id": names, "kind": "analyte", "precursor_mz": 200 + np.arange(N_TARGETS)}
    )
    for name, sheet in (("samples", samples), ("targets", targets)):
        sheet.to_csv(folder / f"{name}.tsv", sep="\t", index=False)
    for name in samples["mzml"]:
        (folder / name).touch()
    study = {"design": "group_time_course", "reference": "rest"}
    (folder / "config.yaml").write_text(yaml.safe_dump({"study": study}), encoding="utf-8")
    return samples


def _rows(samples: pd.DataFrame) -> Iterator[Row]:
    """Yield lognormal concentrations, some of them below the limit."""
    random = np.random.default_rng(20_260)
    between = random.normal(0, BETWEEN_SD, (N_SUBJECTS, 1, N_TARGETS))
    logs = between + random.normal(0, WITHIN_SD, (N_SUBJECTS, N_TIMES, N_TARGETS))
    shares = CENSORED_SHARE * (np.arange(N_TARGETS) % 2)
    limits = [np.quantile(logs[..., k], shares[k]) for k in range(N_TARGETS)]
    for sample_id, values in zip(samples["sample_id"], logs.reshape(-1, N_TARGETS), strict=True):
        for k, log in enumerate(values.tolist()):
            is_below = shares[k] > 0 and log < limits[k]
            value = None if is_below else float(np.exp(log))
            yield row_of(
                CONCENTRATIONS,
                sample_id=sample_id,
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
