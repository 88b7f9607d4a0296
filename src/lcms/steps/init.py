"""`lcms init`: a folder of runs to a sample sheet, a target sheet and a configuration."""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import click

from lcms.config import Settings, settings_yaml
from lcms.errors import InitError, MzmlError
from lcms.io.mzml.reader import read_polarity, read_start_time
from lcms.io.reference.panel import PanelCompound, read_panel
from lcms.io.sheets.file_names import guess, is_mzml, sample_ids
from lcms.io.sheets.run_sheets import TARGET_COLUMNS
from lcms.io.sheets.sheet_writer import write_sheet
from lcms.io.tables.parquet import whole_file
from lcms.model import WITH_LEVEL, TargetKind
from lcms.order import moment

_FILES: Final = ("samples.tsv", "targets.tsv", "config.yaml")
_LABELLED: Final = "labelled_internal_standard"
_ISOMER_GROUPS: Final = dict.fromkeys(("Lac-Leu", "Lac-Ile"), "Lac-Leu/Ile")
_ADDUCTS: Final = {1: "[M+H]+", -1: "[M-H]-", 0: "[M-H]-"}

_TO_STDERR: Final = partial(click.echo, err=True)

Row = Mapping[str, str]


@dataclass(frozen=True)
class _RunHead:
    """A run with its start time (None: not given) and polarity (0: not given)."""

    path: Path
    start: datetime | None
    polarity: int


def init_project(
    mzml_folder: Path,
    out: Path,
    *,
    force: bool = False,
    warn: Callable[[str], None] = _TO_STDERR,
) -> list[Path]:
    """Write the sheets and the configuration for a folder of runs; return their paths.

    Parameters
    ----------
    mzml_folder : Path
        Searched with its subfolders for `.mzML` and `.mzML.gz`.
    out : Path
        Gets `samples.tsv`, `targets.tsv` and `config.yaml`; made if it is not there.
    force : bool
        Whether existing files are replaced.
    warn : callable
        Gets each warning; by default it is written to standard error.

    Raises
    ------
    InitError
        If there is no run, or a file exists and `force` is false.
    """
    paths = _find_runs(mzml_folder)
    samples, targets, config = (out / name for name in _FILES)
    _check_free([samples, targets, config], force=force)
    runs = _in_order([_read_head(path, warn) for path in paths])
    sample_rows = _sample_rows([run.path for run in runs], out)
    _warn_of_guesses(sample_rows, warn)
    settings = Settings(
        samples=str(samples), targets=str(targets), levels=None, results=str(out / "results")
    )
    write_sheet(samples, sample_rows)
    write_sheet(targets, _target_rows(_adduct(runs, warn)))
    with whole_file(config) as part:
        part.write_text(settings_yaml(settings), encoding="utf-8")
    return [samples, targets, config]


def _find_runs(folder: Path) -> list[Path]:
    """Return the runs below a folder, without hidden files, which macOS adds."""
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if is_mzml(path.name) and not path.name.startswith(".") and path.is_file()
    ]
    if not paths:
        raise InitError(f"{folder}: holds no .mzML or .mzML.gz, nor do its subfolders")
    return paths


def _check_free(paths: Iterable[Path], *, force: bool) -> None:
    there = [str(path) for path in paths if path.exists()]
    if there and not force:
        raise InitError(f"already there: {', '.join(there)}; --force replaces them")


def _read_head(path: Path, warn: Callable[[str], None]) -> _RunHead:
    try:
        return _RunHead(path, moment(read_start_time(path)), read_polarity(path))
    except MzmlError as error:
        warn(f"warning: {error}; the sample sheet has a row for it")
        return _RunHead(path, None, 0)


def _in_order(runs: Sequence[_RunHead]) -> list[_RunHead]:
    """Return the runs by start time; runs without one come last, by name."""
    last = datetime.max.replace(tzinfo=UTC)
    return sorted(runs, key=lambda run: (run.start or last, _natural(str(run.path))))


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key that puts `run_2` before `run_10`."""
    return [(int(n or 0), text) for n, text in re.findall(r"(\d*)(\D*)", name.lower())]


def _sample_rows(paths: Sequence[Path], out: Path) -> list[Row]:
    names = [path.name for path in paths]
    return [
        {
            "sample_id": sample_id,
            "mzml": _relative(out, path),
            "sample_type": guess(path.name).sample_type.value,
            "level": guess(path.name).level or "",
            "batch": "1",
            "type_guessed": guess(path.name).reason,
        }
        for sample_id, path in zip(sample_ids(names), paths, strict=True)
    ]


def _relative(out: Path, path: Path) -> str:
    """Return the path relative to the folder; absolute if they share only the root."""
    here, there = out.resolve(), path.resolve()
    shared = os.path.commonpath([here, there])
    return str(there) if shared == here.anchor else Path(os.path.relpath(there, here)).as_posix()


def _warn_of_guesses(rows: Sequence[Row], warn: Callable[[str], None]) -> None:
    n = sum(row["sample_type"] in WITH_LEVEL for row in rows)
    if n:
        warn(
            f"warning: {n} runs look like calibrators or quality controls of known "
            "concentration; check their levels and name a level sheet in config.yaml"
        )


def _adduct(runs: Sequence[_RunHead], warn: Callable[[str], None]) -> str:
    """Return the ion type for the polarity of the first run that names one."""
    polarity = next((run.polarity for run in runs if run.polarity), 0)
    if polarity == 0:
        warn(f"warning: no run names its polarity; {_ADDUCTS[0]} is assumed")
    return _ADDUCTS[polarity]


def _target_rows(adduct: str) -> list[Row]:
    panel = [compound for compound in read_panel() if compound.default_panel]
    labelled = [compound.target_id for compound in panel if compound.compound_class == _LABELLED]
    return [_target_row(compound, adduct, labelled) for compound in panel]


def _target_row(compound: PanelCompound, adduct: str, labelled: Sequence[str]) -> Row:
    kind = TargetKind.ANALYTE
    if compound.compound_class == _LABELLED:
        kind = TargetKind.INTERNAL_STANDARD
    standards = [name for name in labelled if name.startswith(f"{compound.target_id}-")]
    return dict.fromkeys(TARGET_COLUMNS, "") | {
        "target_id": compound.target_id,
        "name": compound.name,
        "kind": kind.value,
        "formula": compound.formula,
        "adduct": adduct,
        "ion_role": "quantifier",
        "internal_standard": next(iter(standards), ""),
        "isomer_group": _ISOMER_GROUPS.get(compound.target_id, ""),
    }
