"""Simulated studies, from areas or from mzML, through `lcms study`, beside their true effects.

From areas: areas with noise, as a perfect integration would give them, through `lcms quantify`.
From mzML: through the whole workflow. Where a third is censored, a third of the concentrations of
each compound lies below its limit; a tracer study is diluted until a third of the areas of its
ions is not detected.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from area_batches import AreaBatch, of_compounds, quantified, row_of, sheets_of
from batches import run, run_pipeline
from lcms.config import Settings, Study, load_settings
from lcms.io.sheets.inputs import Inputs, read_inputs
from lcms.io.tables.parquet import read_table, write_rows
from lcms.kinds import SampleType
from lcms.schemas import CONCENTRATIONS, PEAKS, Row
from lcms.simulation.accidents import with_accidents
from lcms.simulation.plan import PRESETS
from lcms.simulation.simulated_batch import SimulatedBatch, true_peaks
from lcms.simulation.studies import Truth, simulated_study
from lcms.steps.study import write_study

LEAST_SD: Final = 600.0  # of an area, count s
RELATIVE_SD: Final = 0.02
CENSORED_SHARE: Final = 1 / 3
# Of kinetics the wells at each level.
SUBJECTS: Final = {"exercise": 12, "crossover": 16, "kinetics": 2}
# Lac-Tyr lies at the limit of its own accord: without it nothing is censored unless it is asked.
COMPOUNDS: Final = {
    "exercise": ("Lac-Ala", "Lac-Pro", "Lac-Val", "Lac-Met", "Lac-Leu", "Lac-Phe", "Lac-Trp"),
    "crossover": ("Lac-Ala", "Lac-Pro", "Lac-Val", "Lac-Met", "Lac-Leu", "Lac-Phe", "Lac-Trp"),
    "kinetics": ("Lac-Phe",),
}
# A limit makes each contrast a likelihood, which takes long. The first has an effect.
CENSORED_COMPOUNDS: Final = {
    "exercise": ("Lac-Val", "Lac-Ala"),
    "crossover": ("Lac-Val", "Lac-Ala", "Lac-Met"),
    "kinetics": ("Lac-Phe",),
}
_NOISE_STREAM: Final = 8  # of random numbers
_METADATA: Final = {"schema_version": "2", "software": "{}", "settings": "{}"}


@dataclass(frozen=True)
class Score:
    """A true effect of a study, and its estimate with the 95 % interval; NaN: none was given."""

    seed: int
    target_id: str
    column: str
    truth: float
    estimate: float
    low: float
    high: float
    p_value: float
    sd: float = np.nan
    freedom: float = np.nan

    @property
    def is_covered(self) -> bool:
        """Whether the interval contains the truth."""
        return bool(self.low <= self.truth <= self.high)


def from_areas(kind: str, seed: int) -> tuple[list[Score], list[Score]]:
    """Return the effects of a study that is made of areas, as it is and with a third censored."""
    plan = replace(PRESETS["plain"], seed=seed)
    batch, study = simulated_study(kind, plan, SUBJECTS.get(kind))
    inputs = _inputs(batch)
    settings = Settings(study=Study(**dict(study.settings)))
    scores = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        for is_censored in (False, True):
            if kind == "tracer":
                _write_traced(folder, batch, dilute=is_censored)
            elif is_censored:
                _censor(folder, inputs, CENSORED_COMPOUNDS[kind])
            else:
                _quantify(folder, batch, settings, COMPOUNDS[kind])
            write_study(folder, inputs, settings, _METADATA)
            names = (CENSORED_COMPOUNDS if is_censored else COMPOUNDS).get(kind)
            truths = [t for t in study.truths if names is None or t.target_id in names]
            scores.append(_scores(seed, truths, folder))
    return scores[0], scores[1]


def _write_traced(folder: Path, batch: SimulatedBatch, *, dilute: bool) -> None:
    """Write the areas of the ions of a tracer study, which need no concentrations."""
    write_rows(folder / "peaks.parquet", PEAKS, list(_peaks(batch, dilute=dilute)), {})
    write_rows(folder / "concentrations.parquet", CONCENTRATIONS, [], {})


def _quantify(
    folder: Path, batch: SimulatedBatch, settings: Settings, names: Sequence[str]
) -> None:
    """Write the concentrations of some compounds."""
    sheets = sheets_of(with_accidents(batch, ()))
    made = AreaBatch(sheets, list(_peaks(batch, dilute=False)), {}, frozenset())
    quantified(folder, of_compounds(made, names), settings)


def from_mzml(kind: str, seed: int, keep: Path) -> list[Score]:
    """Return the effects of a study that is simulated as mzML, in a folder that is kept."""
    folder = keep / f"{kind}-{seed}"
    results = folder / "results"
    if not (results / "concentrations.parquet").exists():
        run("lcms", "simulate", folder, "--preset", "plain", "--seed", seed, "--study", kind)
        run_pipeline(folder, results)
    settings = load_settings(folder)
    write_study(results, read_inputs(settings), settings, _METADATA)
    _, study = simulated_study(kind, replace(PRESETS["plain"], seed=seed))
    return _scores(seed, study.truths, results)


def _inputs(batch: SimulatedBatch) -> Inputs:
    sheets = sheets_of(with_accidents(batch, ()))
    samples = tuple(
        replace(sample, factors=dict(injection.factors))
        for sample, injection in zip(sheets.samples, batch.injections, strict=True)
    )
    bases = {compound.target_id: compound.isotopologue_of for compound in batch.panel}
    ions = tuple(replace(ion, isotopologue_of=bases[ion.target_id]) for ion in sheets.ions)
    return replace(sheets, samples=samples, ions=ions)


def _peaks(batch: SimulatedBatch, *, dilute: bool) -> Iterator[Row]:
    """Yield the peaks of all runs; areas scatter, and below a score of 3 nothing is detected."""
    least_score = Settings().integration.detection_score
    random = np.random.default_rng([batch.plan.seed, _NOISE_STREAM])
    share = _dilution(batch, least_score) if dilute else 1.0
    for index, injection in enumerate(batch.injections):
        for true in true_peaks(batch, index):
            area = share * true.area
            sd = float(np.hypot(LEAST_SD, RELATIVE_SD * area))
            area += sd * float(random.standard_normal())
            peak = {"status": "quantified", "area": area, "area_sd": sd}
            yield row_of(
                PEAKS,
                sample_id=injection.sample_id,
                ion_id=true.target_id,
                target_id=true.target_id,
                ion_role="quantifier",
                score=area / sd,
                area_lod=(least_score + 1.645) * LEAST_SD,
                area_decision_limit=least_score * LEAST_SD,
                flags=[],
                **(peak if area > least_score * sd else {"status": "not_detected"}),
            )


def _dilution(batch: SimulatedBatch, least_score: float) -> float:
    """Return the factor by which a third of the isotopologue areas is below the detection."""
    traced = {c.isotopologue_of for c in batch.panel} - {None}
    ions = {c.target_id for c in batch.panel if c.isotopologue_of or c.target_id in traced}
    areas = [
        true.area
        for index, injection in enumerate(batch.injections)
        for true in true_peaks(batch, index)
        if injection.sample_type is SampleType.UNKNOWN and true.target_id in ions
    ]
    return least_score * LEAST_SD / float(np.quantile(areas, CENSORED_SHARE))


def _censor(folder: Path, inputs: Inputs, names: Sequence[str]) -> None:
    """Put a third of the values of some compounds below their limits; leave out the others."""
    path = folder / "concentrations.parquet"
    unknowns = {s.sample_id for s in inputs.samples if s.sample_type is SampleType.UNKNOWN}
    rows = [
        row
        for row in read_table(path).to_pylist()
        if row["sample_id"] in unknowns and row["target_id"] in names
    ]
    values: dict[str, list[float]] = {}
    for row in rows:
        values.setdefault(row["target_id"], []).append(row["concentration"] or 0.0)
    limits = {name: np.quantile(given, CENSORED_SHARE) for name, given in values.items()}
    for row in rows:
        limit = float(limits[row["target_id"]])
        if (row["concentration"] or 0.0) < limit:
            row |= {"status": "below_lloq", "concentration": None, "lloq": limit, "lod": None}
    write_rows(path, CONCENTRATIONS, rows, _METADATA)


def _scores(seed: int, truths: Sequence[Truth], folder: Path) -> list[Score]:
    tables: dict[str, dict[tuple[str, str], Row]] = {}
    for name in {truth.table for truth in truths} - {"isotopologues"}:
        path = folder / f"{name}.parquet"
        rows = read_table(path).to_pylist() if path.exists() else []
        tables[name] = {(row["target_id"], _key(name, row)): row for row in rows}
    return [
        _score(seed, truth, tables[truth.table].get((truth.target_id, truth.key), {}))
        for truth in truths
        if truth.table in tables
    ]


def _key(table: str, row: Row) -> str:
    """Return what `truth_study.tsv` calls a row."""
    if table == "contrasts":
        return str(row["contrast"])
    if table == "kinetics":
        return str(row["assay_id"])
    return f"{row['subject']} {row['start_s']:g} to {row['end_s']:g} s"


def _score(seed: int, truth: Truth, row: Row) -> Score:
    name = truth.column.removesuffix("_per_h")
    names = (truth.column, f"{name}_low", f"{name}_high", "p_value", f"{name}_sd", "freedom")
    values = [row.get(name) for name in names]
    numbers = [np.nan if value is None else float(value) for value in values]
    return Score(seed, truth.target_id, truth.column, truth.value, *numbers)
