"""The sum of the isomers of a group as a compound of its own.

The sum of the areas is calibrated like one compound whose nominal concentrations are the sums of
those of the members, with the internal standard of the first. The result is unbiased only if the
isomers have the same response factor.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

import numpy as np

from lcms.config import Quantification
from lcms.groups import by_isomer_group, sum_ion
from lcms.io.sheets.inputs import Inputs
from lcms.io.tables.pairs import PairRows
from lcms.kinds import PeakStatus
from lcms.model import Ion
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.peak_columns import Peaks, numbers
from lcms.steps.quantify.responses import Responses, nominal_of, responses_of

# Flags of members that do not concern their sum.
_OF_SEPARATION: Final = {"sum_only", "isomers_split", "isomer_group_incomplete"}
# The sum has the first of these statuses that a member has: it is not known then.
_UNKNOWN: Final = (PeakStatus.FAILED, PeakStatus.EXCLUDED, PeakStatus.NOT_ACQUIRED)


def sum_responses(
    batch: BatchRuns,
    inputs: Inputs,
    peaks: Mapping[str, Peaks],
    ions: Mapping[str, Ion],
    evidence: PairRows,
    settings: Quantification,
) -> list[Responses]:
    """Return the responses of the sum of each isomer group.

    Parameters
    ----------
    peaks, ions : mappings
        By target_id: the peaks of each compound, and the ion that they are of.
    evidence : mapping
        Rows of `peaks` by sample_id and ion_id.
    """
    return [
        _sum_response(
            batch, inputs, sum_ion(name, members), members, (peaks, ions, evidence), settings
        )
        for name, members in by_isomer_group(inputs.ions).items()
    ]


def _sum_response(
    batch: BatchRuns,
    inputs: Inputs,
    target: Ion,
    members: Sequence[Ion],
    measured: tuple[Mapping[str, Peaks], Mapping[str, Ion], PairRows],
    settings: Quantification,
) -> Responses:
    """Return the responses of one sum; `measured` are peaks, their ions and evidence."""
    peaks, ions, evidence = measured
    used = [ions[member.target_id] for member in members]
    whole = _whole_group(batch, used, [peaks[member.target_id] for member in members], evidence)
    response = responses_of(batch, target, {**peaks, target.target_id: whole}, inputs, settings)
    is_added = settings.adds_endogenous
    nominal = np.sum(
        [nominal_of(batch, ion, inputs, adds_endogenous=is_added) for ion in members], axis=0
    )
    return replace(response, nominal=nominal)


def _whole_group(
    batch: BatchRuns, ions: Sequence[Ion], members: Sequence[Peaks], evidence: PairRows
) -> Peaks:
    """Return the peaks of an isomer group as if it were one compound.

    Sum, error and limit of detection stand in the row of every member; the first one is read.
    Without a limit of detection a sum that is not found is not known to be absent. Retention
    times and borders are those of the first member.
    """
    rows = [evidence[run.sample_id, ions[0].ion_id] for run in batch.samples]
    is_one_ion = len({ion.chromatogram_id for ion in ions}) == 1
    area, lod = numbers(rows, "group_area"), numbers(rows, "group_area_lod")
    states = list(zip(*(member.status for member in members), strict=True))
    is_open = np.isnan(lod) & [set(words) == {PeakStatus.NOT_DETECTED} for words in states]
    status = tuple(
        PeakStatus.NOT_ACQUIRED if open_ else _status(float(value), words, is_one_ion=is_one_ion)
        for value, words, open_ in zip(area, states, is_open, strict=True)
    )
    is_measured = np.array([word is PeakStatus.QUANTIFIED for word in status])
    is_unknown = np.array([word in _UNKNOWN for word in status])
    flags = zip(*(member.flags for member in members), strict=True)
    of_sum = zip((_flags_of_sum(words) for words in flags), is_open, strict=True)
    return replace(
        members[0],
        area=np.where(is_measured, area, np.nan),
        area_variance=np.where(is_measured, numbers(rows, "group_area_sd") ** 2, np.nan),
        area_lod=np.where(is_unknown, np.nan, lod),
        status=status,
        flags=tuple((*words, *["fit_unsettled"] * bool(open_)) for words, open_ in of_sum),
        isotope_share=np.zeros(len(rows)),
    )


def _status(area: float, members: Sequence[PeakStatus], *, is_one_ion: bool) -> PeakStatus:
    """Return the status of a sum from its area and those of its members.

    Where members are measured by different ions their areas have no sum.
    """
    for status in (*_UNKNOWN, PeakStatus.SATURATED):
        if status in members:
            return status
    if not is_one_ion:
        return PeakStatus.NOT_ACQUIRED
    if np.isfinite(area):
        return PeakStatus.QUANTIFIED
    is_absent = set(members) == {PeakStatus.NOT_DETECTED}
    return PeakStatus.NOT_DETECTED if is_absent else PeakStatus.NOT_ACQUIRED


def _flags_of_sum(members: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the flags of the members that concern their sum, each once."""
    words = dict.fromkeys(chain.from_iterable(members))
    return tuple(word for word in words if word not in _OF_SEPARATION)
