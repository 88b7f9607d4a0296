"""`lcms simulate`: writes simulated runs, their sheets and their true values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import yaml

from lcms.io.mzml.mzml_writer import write_mzml
from lcms.io.sheets.sheet_writer import write_sheet
from lcms.model import EVERY_ANALYTE
from lcms.simulation.accidents import ACCIDENTS, AccidentBatch, with_accidents
from lcms.simulation.acquisition import simulated_run
from lcms.simulation.injections import Injection, nominal_nmol_l
from lcms.simulation.plan import Acquisition, Plan
from lcms.simulation.product_ions import PRODUCT_IONS
from lcms.simulation.simulated_batch import SimulatedBatch, simulated_batch, true_peaks
from lcms.simulation.simulated_panel import ADDUCT, SimulatedCompound, listed_times_s
from lcms.simulation.studies import SimulatedStudy

_FIRST_START: Final = datetime(2024, 1, 15, 8, 0, 0)  # noqa: DTZ001  (mzML carries no zone)
_READABLE_SHARE: Final = 0.6  # of the bytes of a file that is cut short

Row = Mapping[str, object]


def simulate(
    folder: Path,
    plan: Plan,
    accidents: Sequence[str] = (),
    study: tuple[SimulatedBatch, SimulatedStudy] | None = None,
) -> list[Path]:
    """Write a simulated batch and return the paths of its runs, in injection order.

    Beside `mzml/` the folder gets the three sheets, `config.yaml` for the pipeline,
    `truth.tsv` (one row per sample and target), `truth_runs.tsv` (one per sample) and a
    `README.txt` that states that everything is simulated, and the options.

    Parameters
    ----------
    folder : Path
        Made if it does not exist; files of the same names are replaced.
    plan : Plan
        What to simulate. The same plan writes the same bytes.
    accidents : sequence of str
        Names of accidents that happen in the batch (`lcms.simulation.accidents`).
    study : tuple, optional
        A study of the same plan (`simulated_study`): its samples are the unknowns, and
        `truth_study.tsv` gets its effects.
    """
    simulated, effects = (simulated_batch(plan), None) if study is None else study
    happened = with_accidents(simulated, accidents)
    batch = happened.batch
    (folder / "mzml").mkdir(parents=True, exist_ok=True)
    paths = [_write_run(folder, batch, index) for index in range(len(batch.injections))]
    for path in paths:
        if path.stem in happened.unreadable:
            path.write_bytes(path.read_bytes()[: int(_READABLE_SHARE * path.stat().st_size)])
    write_sheet(folder / "samples.tsv", _sample_rows(happened))
    write_sheet(folder / "levels.tsv", _level_rows(batch))
    write_sheet(folder / "targets.tsv", _target_rows(batch))
    write_sheet(folder / "truth.tsv", _truth_rows(batch))
    write_sheet(folder / "truth_runs.tsv", _truth_run_rows(happened))
    if effects is not None:
        write_sheet(folder / "truth_study.tsv", [asdict(truth) for truth in effects.truths])
    _write_config(folder, effects)
    _write_readme(folder, batch.plan, accidents, has_study=effects is not None)
    return paths


def _mzml_name(injection: Injection) -> str:
    return f"mzml/{injection.sample_id}.mzML"


def _write_run(folder: Path, batch: SimulatedBatch, index: int) -> Path:
    path = folder / _mzml_name(batch.injections[index])
    run = simulated_run(batch, index)
    write_mzml(
        path,
        run.scans,
        chromatograms=run.transitions,
        polarity=-1,
        start_time=_FIRST_START + timedelta(minutes=index * batch.plan.minutes_between_runs),
        profile=batch.plan.profile,
    )
    return path


def _sample_rows(happened: AccidentBatch) -> list[Row]:
    runs = happened.batch.injections
    factors = dict.fromkeys(name for run in runs for name in run.factors)
    return [
        {
            "sample_id": run.sample_id,
            "mzml": _mzml_name(run),
            "sample_type": run.sample_type.value,
            "level": run.level,
            "batch": "sim_1",
            "injection_order": order if happened.has_order else None,
            **{factor: run.factors.get(factor) for factor in factors},
            **happened.cells.get(run.sample_id, {}),
        }
        for order, run in enumerate(runs, 1)
    ]


def _level_rows(batch: SimulatedBatch) -> list[Row]:
    """Return the nominal concentrations; in a tracer study of what has a standard only."""
    is_traced = any(compound.isotopologue_of for compound in batch.panel)
    with_standard = [compound.target_id for compound in batch.panel if compound.internal_standard]
    return [
        {"level": level, "target_id": target_id, "concentration": nmol_l}
        for level, nmol_l in nominal_nmol_l(batch.plan).items()
        for target_id in (with_standard if is_traced else [EVERY_ANALYTE])
    ]


def _target_rows(batch: SimulatedBatch) -> list[Row]:
    listed_s = listed_times_s(batch.plan, batch.panel)
    return [
        {
            "target_id": compound.target_id,
            "name": compound.name,
            "kind": compound.kind.value,
            "formula": compound.formula,
            "adduct": ADDUCT,
            **ion,
            "internal_standard": compound.internal_standard,
            "retention_time_s": round(listed_s[compound.isotopologue_of or compound.target_id], 1),
            "isomer_group": compound.isomer_group,
            "isotopologue_of": compound.isotopologue_of,
        }
        for compound in batch.panel
        for ion in _ions(batch.plan, compound)
    ]


def _ions(plan: Plan, compound: SimulatedCompound) -> list[Row]:
    """Return the ions of a compound: MS1, or its product ions and, if there is one, MS1 last."""
    if plan.acquisition is Acquisition.FULL_SCAN:
        return [{"ion_role": "quantifier"}]
    first, *rest = PRODUCT_IONS[compound.target_id]
    products: list[Row] = [
        {"product": first.formula, "ion_role": "quantifier"},
        *({"product": ion.formula, "ion_role": "qualifier"} for ion in rest),
    ]
    has_survey = plan.acquisition is not Acquisition.SRM
    return [*products, *[{"product": None, "ion_role": "qualifier"}] * has_survey]


def _truth_rows(batch: SimulatedBatch) -> list[Row]:
    return [
        {
            "sample_id": run.sample_id,
            "target_id": peak.target_id,
            "present": str(peak.is_present).lower(),
            "concentration": peak.nmol_l,
            "area": peak.area,
            "retention_time_s": peak.retention_time_s,
            "height": peak.height,
            "fwhm_s": peak.fwhm_s,
            "signal_to_noise": peak.signal_to_noise,
        }
        for index, run in enumerate(batch.injections)
        for peak in true_peaks(batch, index)
    ]


def _truth_run_rows(happened: AccidentBatch) -> list[Row]:
    return [
        {
            "sample_id": run.sample_id,
            **asdict(run.conditions),
            "has_accident": str(run.sample_id in happened.victims).lower(),
        }
        for run in happened.batch.injections
    ]


def _write_config(folder: Path, study: SimulatedStudy | None) -> None:
    """Write the settings that have no default, and the names of the other files."""
    settings: dict[str, object] = {key: f"{key}.tsv" for key in ("samples", "targets", "levels")}
    settings |= {"results": "results"}
    if study is not None:
        settings["study"] = dict(study.settings)
    text = yaml.safe_dump(settings, sort_keys=False)
    (folder / "config.yaml").write_text(text, encoding="utf-8")


def _write_readme(folder: Path, plan: Plan, accidents: Sequence[str], *, has_study: bool) -> None:
    """Say that the batch is simulated, with its accidents and every option of the plan."""
    happened = "".join(f"Accident {name}: {ACCIDENTS[name].meaning}.\n" for name in accidents)
    options = "".join(f"  {name}: {value}\n" for name, value in asdict(plan).items())
    (folder / "README.txt").write_text(
        _README.format(accidents=happened, study=_STUDY if has_study else "") + options,
        encoding="utf-8",
    )


_STUDY: Final = """\
  truth_study.tsv  the true effects of the study: table of the results, compound, row, column
"""
_README: Final = """\
This batch is simulated: no sample was measured. It was written by `lcms simulate`.

  samples.tsv, levels.tsv, targets.tsv, config.yaml   input of the pipeline
  mzml/            the simulated runs
  truth.tsv        what truly elutes of every target in every run. Concentrations in nmol/L
                   (those in the vial; carry-over adds to the area), areas in count s and
                   heights in counts of the noise-free curve before saturation, times of the
                   apex and widths at half height in s; signal_to_noise is the height by the
                   standard deviation of one intensity at the detection threshold. Where product
                   ions are acquired, areas and heights are those of the quantifier
{study}  truth_runs.tsv   what each run did to its signals: an apex at t comes at
                   t + retention_shift_s + retention_stretch * t; sensitivity and suppression
                   are factors of areas, width is that of the widths of all peaks; nothing is
                   sprayed between the times of spray_gap_s; has_accident: an accident touches
                   the run

{accidents}
Options (lcms.simulation.plan.Plan explains them), with the seed:

"""
