"""Auxiliary ions, which are read beside the targets: decoys, isotopes and parents.

A decoy has the m/z of another possible composition of the nominal mass of a target, at which no
ion of the panel can be: a peak there is found by chance. An isotope is one 13C above its target:
without it, the peak of the target is doubtful. A parent (`source_parents`) may fall apart into a
target in the ion source.
"""

from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from lcms.errors import ChemistryError
from lcms.groups import by_chromatogram
from lcms.kinds import IonRole
from lcms.model import ChromatogramId, Ion
from lcms.numerics.mass.compositions import possible_ions
from lcms.numerics.mass.formulas import ISOTOPE_MASSES_DA, ion_mz

CARBON_13_TH: Final = ISOTOPE_MASSES_DA["C"][13] - ISOTOPE_MASSES_DA["C"][12]
N_DECOYS: Final = 2  # for each chromatogram: every one is extracted from every run; by judgement
LEAST_ISOTOPE: Final = 0.02  # of the area of M: a weaker isotope rarely exceeds the threshold
_ADDUCTS: Final[Mapping[int, tuple[str, ...]]] = {
    1: ("[M+H]+", "[M+Na]+", "[M+K]+", "[M+NH4]+", "[M+H-H2O]+", "[2M+H]+"),
    -1: ("[M-H]-", "[M+HCOO]-", "[M+Cl]-", "[M-H-H2O]-", "[M+Na-2H]-", "[2M-H]-"),
}
_N_ISOTOPES: Final = 4  # M to M+3: heavier ones are weak; chosen by judgement
_CLEAR_STEPS: Final = 2  # from any ion that may be there: their windows touch, but do not meet


@dataclass(frozen=True)
class AuxiliaryIon:
    """A decoy, an isotope or a parent of a target.

    `chromatogram_id` is that of the target; `ion.ion_id` is unique in a panel. `expected_ratio`
    is the area of an isotope divided by that of the target, else 0; `compound` is the name of a
    parent.
    """

    chromatogram_id: str
    kind: Literal["decoy", "isotope", "parent"]
    ion: Ion
    expected_ratio: float = 0.0
    compound: str = ""


def decoys_and_isotopes(
    ions: Sequence[Ion],
    formulas: Iterable[str],
    isotope_ratio: Callable[[Ion, Ion], float],
    step_ppm: float,
) -> list[AuxiliaryIon]:
    """Return the decoys and isotopes of every chromatogram of a panel that is read in MS1.

    A decoy is a possible composition of the nominal mass of its target, at least two steps from
    every ion that the panel and its isobars may form; the simplest ones are taken. An isotope is
    left out if another target is less than two steps away or if it would be too weak.

    Parameters
    ----------
    ions : sequence of Ion
        The panel.
    formulas : iterable of str
        Formulas of further compounds that may be there: the known isobars.
    isotope_ratio : callable
        Returns the area of the second ion, one 13C above the first, divided by that of the
        first.
    step_ppm : float
        Half-width of the gathered m/z window, ppm.
    """
    compounds = {*formulas} | {ion.formula for ion in ions if ion.formula is not None}
    listed = [mz for ion in ions for mz in _isotopes(ion.precursor_mz, max(abs(ion.charge), 1))]
    polarities = {ion.polarity for ion in ions}
    occupied = {sign: sorted([*listed, *_ions_of(compounds, sign)]) for sign in polarities}
    targets = sorted(ion.precursor_mz for ion in ions if ion.product_mz is None)
    auxiliary = []
    for chromatogram_id, members in by_chromatogram(
        ion for ion in ions if ion.product_mz is None
    ).items():
        base = whole_window(members)
        auxiliary += _decoys(base, chromatogram_id, occupied[base.polarity], step_ppm)
        isotope = _isotope(base, chromatogram_id, targets, isotope_ratio, step_ppm)
        auxiliary += [] if isotope is None else [isotope]
    return auxiliary


def parents_by_chromatogram(
    auxiliary: Iterable[AuxiliaryIon],
) -> dict[ChromatogramId, list[AuxiliaryIon]]:
    """Return the parents among auxiliary ions by the chromatogram of their target."""
    parents: dict[ChromatogramId, list[AuxiliaryIon]] = defaultdict(list)
    for ion in auxiliary:
        if ion.kind == "parent":
            parents[ion.chromatogram_id].append(ion)
    return dict(parents)


def whole_window(members: Sequence[Ion]) -> Ion:
    """Return an ion without a group that is searched over the windows of all members."""
    times_s = [ion.retention_time_s for ion in members]
    windows_s = [ion.retention_time_window_s for ion in members]
    middle_s, half_width_s = None, windows_s[0]
    if None not in times_s:
        start_s = min(t - w for t, w in zip(times_s, windows_s, strict=True) if t is not None)
        end_s = max(t + w for t, w in zip(times_s, windows_s, strict=True) if t is not None)
        middle_s, half_width_s = (start_s + end_s) / 2, (end_s - start_s) / 2
    return replace(
        members[0],
        isomer_group=None,
        role=IonRole.QUALIFIER,
        retention_time_s=middle_s,
        retention_time_window_s=half_width_s,
    )


def renamed(ion: Ion, name: str, mz: float) -> Ion:
    """Return an ion with another name (ion_id) and another m/z, Th."""
    return replace(ion, ion_id=name, precursor_mz=mz)


def _decoys(
    base: Ion, chromatogram_id: str, occupied_mz: Sequence[float], step_ppm: float
) -> list[AuxiliaryIon]:
    """Return the decoys of an ion: two, or fewer if too few compositions are free.

    `occupied_mz` ascends.
    """
    all_mz = possible_ions(base.precursor_mz, base.polarity or 1).tolist()
    free_mz = (mz for mz in all_mz if not _is_near(mz, occupied_mz, step_ppm))
    return [
        AuxiliaryIon(chromatogram_id, "decoy", renamed(base, f"{chromatogram_id} decoy {n}", mz))
        for n, mz in zip(range(1, N_DECOYS + 1), free_mz, strict=False)
    ]


def _isotope(
    base: Ion,
    chromatogram_id: str,
    targets_mz: Sequence[float],
    isotope_ratio: Callable[[Ion, Ion], float],
    step_ppm: float,
) -> AuxiliaryIon | None:
    """Return the isotope of a target, None if another target is near or it is too weak."""
    if base.formula is None or base.charge == 0:
        return None
    mz = base.precursor_mz + CARBON_13_TH / abs(base.charge)
    if _is_near(mz, targets_mz, step_ppm):
        return None
    isotope = renamed(base, f"{chromatogram_id} isotope 1", mz)
    ratio = isotope_ratio(base, isotope)
    return (
        None if ratio < LEAST_ISOTOPE else AuxiliaryIon(chromatogram_id, "isotope", isotope, ratio)
    )


def _is_near(mz: float, ascending: Sequence[float], step_ppm: float) -> bool:
    """Return whether one of some m/z (Th) is at most two steps away."""
    index = bisect(ascending, mz)
    nearest = ascending[max(index - 1, 0) : index + 1]
    return any(abs(mz - near_mz) <= _CLEAR_STEPS * step_ppm * 1e-6 * mz for near_mz in nearest)


def _ions_of(formulas: Iterable[str], sign: int) -> list[float]:
    """Return the m/z (Th) of the ions of compounds in a polarity (0: unknown), with isotopes."""
    all_mz = []
    for formula in formulas:
        for adduct in _ADDUCTS.get(sign, ()):
            try:
                all_mz += _isotopes(ion_mz(formula, adduct), 1)
            except ChemistryError:  # the compound lacks atoms that the adduct removes
                continue
    return all_mz


def _isotopes(mz: float, charge: int) -> list[float]:
    return [mz + n * CARBON_13_TH / charge for n in range(_N_ISOTOPES)]
