"""Isomers that are not told apart: the concentration of their sum."""

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
    """Return the concentration of an isomer group where only its sum is known, by member.

    The sum of the areas is calibrated like one compound whose nominal concentrations are the
    sums of those of its members.

    Parameters
    ----------
    peaks : mapping
        By target_id.

    Returns
    -------
    dict
        Columns of `concentrations` by sample_id and target_id.
    """
    found: dict[tuple[str, str], Row] = {}
    for members in _groups(inputs):
        flagged = {
            (run.sample_id, ion.target_id): k
            for k, run in enumerate(batch.samples)
            for ion in members
            if "sum_only" in evidence[run.sample_id, ion.ion_id]["flags"]
        }
        if flagged:
            sums = _sums_of(batch, inputs, members, (peaks, evidence), settings)
            found |= {key: sums[k] for key, k in flagged.items()}
    return found


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
    read: tuple[Mapping[str, Peaks], Rows],
    settings: Quantification,
) -> list[Row]:
    """Return the group's concentration in each run of the batch, from peaks and evidence."""
    peaks, evidence = read
    first = members[0]
    whole = _whole_group(batch, members, peaks[first.target_id], evidence)
    response = responses_of(batch, first, {**peaks, first.target_id: whole}, inputs, settings)
    nominal = np.sum([nominal_of(batch, ion, inputs, settings) for ion in members], axis=0)
    response = replace(response, nominal=nominal)
    drift = drifts_of(batch, [response], settings)[0]
    found = vial_concentrations(calibrate(batch, response, drift, settings))
    factors = np.array([run.dilution_factor for run in batch.samples])
    values = [(one * factors).tolist() for one in found]
    return [dict(zip(NO_SUM, row, strict=True)) for row in zip(*values, strict=True)]


def _whole_group(batch: BatchRuns, members: Sequence[Ion], first: Peaks, evidence: Rows) -> Peaks:
    """Return an isomer group as if it were one compound: any member's row has the sum.

    Parameters
    ----------
    first : Peaks
        Of the first member; it lends the places.
    """
    rows = [[evidence[run.sample_id, ion.ion_id] for ion in members] for run in batch.samples]
    told = np.array([[(row["group_area"], row["group_area_sd"]) for row in of] for of in rows])
    has_sum = np.isfinite(told[:, :, 0])
    area, sd = told[np.arange(len(rows)), np.argmax(has_sum, axis=1)].T
    statuses = tuple(
        PeakStatus.QUANTIFIED if there else status
        for there, status in zip(has_sum.any(axis=1), first.status, strict=True)
    )
    return replace(
        first,
        area=area,
        area_variance=sd**2,
        status=statuses,
        flags=((),) * len(rows),
        isotope_share=np.zeros(len(rows)),
    )
