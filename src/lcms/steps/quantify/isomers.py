"""Isomers that are not resolved: the concentration of their sum."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from lcms.config import Quantification
from lcms.io.sheets.inputs import Inputs
from lcms.model import Ion, IonRole, PeakStatus, TargetKind
from lcms.schemas import Row
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.calibration_lines import calibrate
from lcms.steps.quantify.concentration_rows import vial_concentrations
from lcms.steps.quantify.drift_correction import drifts_of
from lcms.steps.quantify.peak_columns import Peaks, Rows
from lcms.steps.quantify.responses import nominal_of, responses_of

NO_SUM: Final[Row] = {
    "group_concentration": None,
    "group_concentration_low": None,
    "group_concentration_high": None,
}


def group_sums(
    batch: BatchRuns,
    inputs: Inputs,
    peaks: Mapping[str, Peaks],
    evidence: Rows,
    settings: Quantification,
) -> dict[tuple[str, str], Row]:
    """Return the concentration of each isomer group in the runs where only its sum is known.

    The sum of the areas is calibrated like one compound whose nominal concentrations are the
    sums of those of the members. The result is unbiased only if the isomers have the same
    response factor.

    Parameters
    ----------
    peaks : mapping
        By target_id.

    Returns
    -------
    dict
        Columns of `concentrations` by sample_id and target_id of each flagged member.
    """
    rows: dict[tuple[str, str], Row] = {}
    for members in _groups(inputs):
        flagged = {
            (run.sample_id, ion.target_id): k
            for k, run in enumerate(batch.samples)
            for ion in members
            if "sum_only" in evidence[run.sample_id, ion.ion_id]["flags"]
        }
        if flagged:
            sums = _sums_of(batch, inputs, members, (peaks, evidence), settings)
            rows |= {key: sums[k] for key, k in flagged.items()}
    return rows


def _groups(inputs: Inputs) -> list[list[Ion]]:
    """Return the quantifiers of the analytes of each isomer group."""
    groups: dict[str, list[Ion]] = defaultdict(list)
    for ion in inputs.ions:
        is_member = ion.role is IonRole.QUANTIFIER and ion.kind is TargetKind.ANALYTE
        if is_member and ion.isomer_group is not None:
            groups[ion.isomer_group].append(ion)
    return list(groups.values())


def _sums_of(
    batch: BatchRuns,
    inputs: Inputs,
    members: Sequence[Ion],
    measured: tuple[Mapping[str, Peaks], Rows],
    settings: Quantification,
) -> list[Row]:
    """Return the group's concentration in each run; `measured` are peaks and evidence."""
    peaks, evidence = measured
    first = members[0]
    whole = _whole_group(batch, members, peaks[first.target_id], evidence)
    response = responses_of(batch, first, {**peaks, first.target_id: whole}, inputs, settings)
    is_added = settings.adds_endogenous
    nominal = np.sum(
        [nominal_of(batch, ion, inputs, adds_endogenous=is_added) for ion in members], axis=0
    )
    response = replace(response, nominal=nominal)
    drift = drifts_of(batch, [response], settings)[0]
    in_vial = vial_concentrations(calibrate(batch, response, drift, settings))
    factors = np.array([run.dilution_factor for run in batch.samples])
    values = [(column * factors).tolist() for column in in_vial]
    return [dict(zip(NO_SUM, row, strict=True)) for row in zip(*values, strict=True)]


def _whole_group(batch: BatchRuns, members: Sequence[Ion], first: Peaks, evidence: Rows) -> Peaks:
    """Return the peaks of an isomer group as if it were one compound.

    The sum of the areas stands in the row of every member that has a peak; the first one is
    read.

    Parameters
    ----------
    first : Peaks
        Of the first member; retention times, borders and detection limits are taken from it.
    """
    rows = [[evidence[run.sample_id, ion.ion_id] for ion in members] for run in batch.samples]
    sums = np.array(
        [[(row["group_area"], row["group_area_sd"]) for row in run_rows] for run_rows in rows]
    )
    has_sum = np.isfinite(sums[:, :, 0])
    area, sd = sums[np.arange(len(rows)), np.argmax(has_sum, axis=1)].T
    statuses = tuple(
        PeakStatus.QUANTIFIED if is_measured else status
        for is_measured, status in zip(has_sum.any(axis=1), first.status, strict=True)
    )
    return replace(
        first,
        area=area,
        area_variance=sd**2,
        status=statuses,
        flags=((),) * len(rows),
        isotope_share=np.zeros(len(rows)),
    )
