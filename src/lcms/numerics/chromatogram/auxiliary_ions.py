"""Auxiliary ions: what is cut out of a run beside the targets, as evidence for or against them.

Decoys lie at m/z near those of the targets where no ion of the panel can be; what is found there
is found by chance. Isotopes lie one 13C above the targets; what is missing there speaks against
them. Parents (`source_parents`) may fall apart into a target in the ion source.
"""

from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from lcms.errors import ChemistryError
from lcms.groups import by_chromatogram
from lcms.model import ChromatogramId, Ion, IonRole
from lcms.numerics.mass.formulas import ISOTOPE_MASSES_DA, ion_mz

CARBON_13_TH: Final = ISOTOPE_MASSES_DA["C"][13] - ISOTOPE_MASSES_DA["C"][12]
N_DECOYS: Final = 2
LEAST_ISOTOPE: Final = 0.02  # of the monoisotopic area: a weaker isotope is not looked for
_ADDUCTS: Final[Mapping[int, tuple[str, ...]]] = {
    1: ("[M+H]+", "[M+Na]+", "[M+K]+", "[M+NH4]+", "[M+H-H2O]+", "[2M+H]+"),
    -1: ("[M-H]-", "[M+HCOO]-", "[M+Cl]-", "[M-H-H2O]-", "[M+Na-2H]-", "[2M-H]-"),
}
_ISOTOPES: Final = 4  # of one composition, the lightest one with them
_STEPS: Final = tuple(sign * step for step in range(3, 16) for sign in (1, -1))
_CLEAR: Final = 2  # steps from any ion that may be there


@dataclass(frozen=True)
class AuxiliaryIon:
    """An ion beside a chromatogram: a decoy, an isotope, or a parent of the target.

    `chromatogram_id` is that of the target, `ion.ion_id` its own name, unique in a panel.
    `expected_ratio` is the share of an isotope of the target's intensity; `compound` is the name
    of a parent.
    """

    chromatogram_id: str
    kind: Literal["decoy", "isotope", "parent"]
    ion: Ion
    expected_ratio: float = 0.0
    compound: str = ""


def companions_of(
    ions: Sequence[Ion],
    formulas: Iterable[str],
    isotope_ratio: Callable[[Ion, Ion], float],
    step_ppm: float,
) -> list[AuxiliaryIon]:
    """Return the companions of every signal of a panel that is read in MS1.

    A decoy is one of 3 to 15 steps above or below its target, the nearest ones first, at least
    two steps from every ion that the panel and its isobars may form; without a listed time there
    is none. An isotope is left out where another target is that near, or where it would be too
    weak.

    Parameters
    ----------
    ions : sequence of Ion
        The panel.
    formulas : iterable of str
        Of all compounds that may be there: the panel's own and its isobars'.
    isotope_ratio : callable
        Of the area of the second ion, one 13C above the first, to that of the first.
    step_ppm : float
        What the m/z of two ions must differ by to be told apart, ppm.
    """
    compounds = {*formulas} | {ion.formula for ion in ions if ion.formula is not None}
    listed = [mz for ion in ions for mz in _isotopes(ion.precursor_mz, max(abs(ion.charge), 1))]
    occupied = {sign: sorted([*listed, *_ions_of(compounds, sign)]) for sign in (1, -1, 0)}
    targets = sorted(ion.precursor_mz for ion in ions if ion.product_mz is None)
    found = []
    for chromatogram_id, members in by_chromatogram(
        ion for ion in ions if ion.product_mz is None
    ).items():
        base = whole_window(members)
        there = occupied[base.polarity]
        free = [] if base.retention_time_s is None else _decoy_mz(base, there, step_ppm)
        for n, mz in enumerate(free, 1):
            found.append(
                AuxiliaryIon(
                    chromatogram_id, "decoy", renamed(base, f"{chromatogram_id} decoy {n}", mz)
                )
            )
        isotope = _isotope(base, chromatogram_id, targets, isotope_ratio, step_ppm)
        found += [] if isotope is None else [isotope]
    return found


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
    """Return an ion that is searched for where any member of a chromatogram is, in no group."""
    first = replace(members[0], isomer_group=None, role=IonRole.QUALIFIER)
    times_s = [ion.retention_time_s for ion in members]
    windows_s = [ion.retention_time_window_s for ion in members]
    if any(time_s is None for time_s in times_s):
        return replace(first, retention_time_s=None)
    start_s = min(t - w for t, w in zip(times_s, windows_s, strict=True) if t is not None)
    end_s = max(t + w for t, w in zip(times_s, windows_s, strict=True) if t is not None)
    return replace(
        first,
        retention_time_s=(start_s + end_s) / 2,
        retention_time_window_s=(end_s - start_s) / 2,
    )


def renamed(ion: Ion, name: str, mz: float) -> Ion:
    """Return an ion with another name (ion_id) and another m/z, Th."""
    return replace(ion, ion_id=name, precursor_mz=mz)


def _decoy_mz(ion: Ion, occupied: Sequence[float], step_ppm: float) -> list[float]:
    """Return the m/z of the decoys of an ion; fewer where the neighbourhood is full.

    `occupied` ascends.
    """
    places = (ion.precursor_mz * (1 + step * step_ppm * 1e-6) for step in _STEPS)
    free = (one for one in places if not _is_near(one, occupied, step_ppm))
    return [one for one, _ in zip(free, range(N_DECOYS), strict=False)]


def _isotope(
    base: Ion,
    chromatogram_id: str,
    targets_mz: Sequence[float],
    isotope_ratio: Callable[[Ion, Ion], float],
    step_ppm: float,
) -> AuxiliaryIon | None:
    """Return the isotope of a signal, None where it is another target's m/z or too weak."""
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
    """Tell whether any of some m/z is less than two steps away."""
    place = bisect(ascending, mz)
    nearest = ascending[max(place - 1, 0) : place + 1]
    return any(abs(mz - other) <= _CLEAR * step_ppm * 1e-6 * mz for other in nearest)


def _ions_of(formulas: Iterable[str], sign: int) -> list[float]:
    """Return the m/z at which compounds may show in a polarity (0: not known), with isotopes."""
    found = []
    for formula in formulas:
        for adduct in _ADDUCTS.get(sign, ()):
            try:
                found += _isotopes(ion_mz(formula, adduct), 1)
            except ChemistryError:  # it lacks the atoms that the adduct takes away
                continue
    return found


def _isotopes(mz: float, charge: int) -> list[float]:
    return [mz + n * CARBON_13_TH / charge for n in range(_ISOTOPES)]
