"""`lcms triage`: valid, warning or error for every run and compound, by named rules.

calibrated   what the calibrators of a batch show of a compound
pair         which rules hold for a compound in a run
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from lcms.config import Settings
from lcms.groups import by_isomer_group, sum_ion
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.isomer_sums import sum_peak
from lcms.io.tables.pairs import PairRows
from lcms.io.tables.parquet import arrow_table, read_runs, read_table, write_table
from lcms.kinds import IonRole, RunStatus, SampleType, TriageLevel
from lcms.model import Ion, Sample
from lcms.schemas import TRIAGE, Row
from lcms.steps.triage.calibrated import calibrated_compounds
from lcms.steps.triage.pair import Pair, rules_of

_PAIRS_AT_ONCE: Final = 25_600  # of runs and compounds, whose rows are held in memory
_GRAVITY: Final = {level: k for k, level in enumerate(TriageLevel)}
_RUN_COLUMNS: Final = ["sample_id", "status", "verdict"]
_PEAK_COLUMNS: Final = [
    *("sample_id", "ion_id", "status", "area", "quality", "flags", "group_area"),
]
_RESULT_COLUMNS: Final = ["sample_id", "target_id", "status", "accuracy_percent", "flags"]

Rules = Mapping[str, Mapping[SampleType, TriageLevel]]


def triage(results: Path, inputs: Inputs, settings: Settings, metadata: Mapping[str, str]) -> None:
    """Write `triage.parquet` from the tables of the steps before it.

    Raises
    ------
    TableError
        If a table cannot be read.
    """
    rules = settings.triage.rules
    tables = [arrow_table(TRIAGE, [])]
    for pairs in _pairs(results, inputs):
        rows = [_row(pair, rules_of(pair, settings), rules) for pair in pairs]
        tables.append(arrow_table(TRIAGE, rows))
    write_table(results / "triage.parquet", TRIAGE, pa.concat_tables(tables), metadata)


def _pairs(results: Path, inputs: Inputs) -> Iterator[list[Pair]]:
    """Yield the compounds of some runs at a time, in the order of the sheets, then the sums."""
    table = read_table(results / "samples.parquet", _RUN_COLUMNS)
    runs = {run["sample_id"]: run for run in table.to_pylist()}
    quantifiers = [ion for ion in inputs.ions if ion.role is IonRole.QUANTIFIER]
    sums = by_isomer_group(inputs.ions)
    calibrated = calibrated_compounds(results, inputs.samples, quantifiers, sums)
    for samples in _some_at_a_time(inputs.samples, len(quantifiers)):
        ids = [sample.sample_id for sample in samples]
        peaks = PairRows(read_runs(results / "peaks.parquet", ids, _PEAK_COLUMNS))
        table = read_runs(results / "concentrations.parquet", ids, _RESULT_COLUMNS)
        concentrations = PairRows(table)
        yield [
            Pair(
                sample=sample,
                ion=ion,
                run=runs[sample.sample_id],
                peak=peak,
                concentration=concentrations.get((sample.sample_id, ion.target_id)),
                calibrated=calibrated.get((sample.batch, ion.target_id)),
            )
            for sample in samples
            for ion, peak in _peaks_of(sample.sample_id, quantifiers, sums, peaks, concentrations)
        ]


def _peaks_of(
    sample_id: str,
    quantifiers: Sequence[Ion],
    sums: Mapping[str, Sequence[Ion]],
    peaks: PairRows,
    concentrations: PairRows,
) -> Iterator[tuple[Ion, Row]]:
    """Yield the compounds of a run with their peaks, then the sums of isomer groups."""
    keys = [(sample_id, ion.ion_id) for ion in quantifiers]
    yield from zip(quantifiers, peaks.of(keys), strict=True)
    for name, members in sums.items():
        rows = [peaks[sample_id, ion.ion_id] for ion in members]
        yield sum_ion(name, members), sum_peak(rows, concentrations.get((sample_id, name)))


def _some_at_a_time(samples: Sequence[Sample], n_compounds: int) -> Iterator[Sequence[Sample]]:
    n_runs = max(_PAIRS_AT_ONCE // max(n_compounds, 1), 1)
    for start in range(0, len(samples), n_runs):
        yield samples[start : start + n_runs]


def _row(pair: Pair, names: Sequence[str], rules: Rules) -> Row:
    kind = pair.sample.sample_type
    levels = {name: rules[name][kind] for name in names}
    broken = [name for name, level in levels.items() if level is not TriageLevel.VALID]
    broken.sort(key=lambda name: -_GRAVITY[levels[name]])
    is_excluded = pair.run["status"] == RunStatus.EXCLUDED
    gravest = levels[broken[0]] if broken else TriageLevel.VALID
    return {
        "sample_id": pair.sample.sample_id,
        "target_id": pair.ion.target_id,
        "batch": pair.sample.batch,
        "sample_type": kind.value,
        "triage": None if is_excluded else gravest.value,
        "triage_rules": [] if is_excluded else broken,
    }
