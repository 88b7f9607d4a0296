"""Ions that interfere with the targets: isobars, neighbours in m/z, random isomers."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lcms.kinds import TargetKind
from lcms.numerics.mass.compositions import possible_ions
from lcms.numerics.mass.formulas import ion_mz
from lcms.simulation.elution import SimulatedShape
from lcms.simulation.plan import Plan
from lcms.simulation.simulated_panel import (
    ADDUCT,
    SimulatedCompound,
    isotope_mz,
    isotope_ratio,
    panel_draws,
    shape_at,
)

# Amounts are areas in units of 1 nmol/L of a compound with a response factor of 1. They and the
# distances are chosen by judgement, to make integration hard at ordinary concentrations.
_AMINOADIPATE_AMOUNT: Final = 300.0
_AMINOADIPATE_LEAD_S: Final = 24.0
_AMINOADIPATE_TAU_S: Final = 5.0
_PYROGLUTAMYL_PHE_AMOUNT: Final = 60.0
_PYROGLUTAMYL_PHE_DELAY_S: Final = 18.0
# Dicarboxylic acid, the target with nearly the m/z of its 13C1 ion, delay in seconds, amount.
_NEIGHBOURS: Final = (
    ("C9H16O4", "Lac-Val", 1.5, 1500.0),  # azelate, +43 ppm
    ("C10H18O4", "Lac-Leu", -2.0, 1000.0),  # sebacate, +40 ppm
)
_RANDOM_DISTANCES_S: Final = (15.0, 45.0)
_RANDOM_AMOUNTS: Final = (5.0, 200.0)
_EARLIEST_S: Final = 30.0  # nothing elutes before; chosen by judgement


# Further compounds of the matrix: the lightest m/z (Th), and the standard deviation of the
# logarithm of their amounts: 95 % lie within a factor of 20. Chosen by judgement.
_LIGHTEST: Final = 80
_MATRIX_LOG_SD: Final = 1.5
_MATRIX_STREAM: Final = 40
_POLARITY: Final = -1


@dataclass(frozen=True)
class Interference:
    """An ion that is no target: `area` is in count·s, without drift and suppression.

    A ubiquitous interference is in solvents and blanks too; the others are part of the matrix.
    One with a `sample_id` is in that run only.
    """

    mz: float
    retention_time_s: float
    area: float
    shape: SimulatedShape
    is_ubiquitous: bool = False
    sample_id: str | None = None


def simulated_interferences(
    plan: Plan, panel: tuple[SimulatedCompound, ...]
) -> tuple[Interference, ...]:
    """Return the interferences that the plan asks for, in no particular order."""
    compounds = {compound.target_id: compound for compound in panel}
    interferences: list[Interference] = []
    if plan.isobars:
        interferences += [_aminoadipate(plan, compounds["Lac-Ala"])]
        interferences += [_pyroglutamyl_phe(plan, compounds["Lac-Trp"])]
        interferences += _random_isobars(plan, panel)
    if plan.neighbours:
        interferences += _neighbours(plan, compounds)
    interferences += _matrix_compounds(plan)
    return tuple(interferences)


def _aminoadipate(plan: Plan, alanine: SimulatedCompound) -> Interference:
    """Return the huge and tailing isomer of Lac-Ala that elutes before it."""
    time_s = alanine.retention_time_s - _AMINOADIPATE_LEAD_S
    return Interference(
        mz=ion_mz(alanine.formula, ADDUCT),
        retention_time_s=time_s,
        area=_AMINOADIPATE_AMOUNT * plan.counts_s_per_nmol_l,
        shape=SimulatedShape(plan.sigma_s, max(plan.tau_s, _AMINOADIPATE_TAU_S)),
    )


def _pyroglutamyl_phe(plan: Plan, tryptophan: SimulatedCompound) -> Interference:
    """Return the isomer of Lac-Trp that elutes behind it."""
    time_s = tryptophan.retention_time_s + _PYROGLUTAMYL_PHE_DELAY_S
    return Interference(
        mz=ion_mz(tryptophan.formula, ADDUCT),
        retention_time_s=time_s,
        area=_PYROGLUTAMYL_PHE_AMOUNT * plan.counts_s_per_nmol_l,
        shape=shape_at(plan, time_s),
    )


def _neighbours(plan: Plan, compounds: dict[str, SimulatedCompound]) -> list[Interference]:
    """Return the dicarboxylates and their 13C1 ions, which elute with Lac-Val and Lac-Leu."""
    neighbours = []
    for formula, target_id, delay_s, amount in _NEIGHBOURS:
        time_s = compounds[target_id].retention_time_s + delay_s
        area, shape = amount * plan.counts_s_per_nmol_l, shape_at(plan, time_s)
        light = Interference(ion_mz(formula, ADDUCT), time_s, area, shape, is_ubiquitous=True)
        heavy_area = area * isotope_ratio(formula)
        neighbours += [light, replace(light, mz=isotope_mz(formula), area=heavy_area)]
    return neighbours


def _random_isobars(plan: Plan, panel: tuple[SimulatedCompound, ...]) -> list[Interference]:
    """Return isomers of random analytes, well before or behind all targets of that formula."""
    draws = panel_draws(plan, 4)
    analytes = [compound for compound in panel if compound.kind is TargetKind.ANALYTE]
    return [_random_isobar(plan, analytes, draws) for _ in range(plan.n_random_isobars)]


def _random_isobar(
    plan: Plan, analytes: list[SimulatedCompound], draws: np.random.Generator
) -> Interference:
    formula = analytes[draws.integers(len(analytes))].formula
    times_s = [analyte.retention_time_s for analyte in analytes if analyte.formula == formula]
    distance_s = draws.uniform(*_RANDOM_DISTANCES_S)
    earlier_s, later_s = min(times_s) - distance_s, max(times_s) + distance_s
    is_earlier = draws.random() < 1 / 2 and earlier_s >= _EARLIEST_S
    time_s = earlier_s if is_earlier else later_s
    amount = np.exp(draws.uniform(*np.log(_RANDOM_AMOUNTS)))
    return Interference(
        mz=ion_mz(formula, ADDUCT),
        retention_time_s=float(time_s),
        area=float(amount) * plan.counts_s_per_nmol_l,
        shape=shape_at(plan, float(time_s)),
    )


def _matrix_compounds(plan: Plan) -> list[Interference]:
    """Return compounds of random compositions at random times, in all runs with matrix."""
    draws = panel_draws(plan, _MATRIX_STREAM)
    compounds = []
    for nominal in draws.integers(_LIGHTEST, int(plan.mz_high), plan.n_matrix_compounds).tolist():
        all_mz = possible_ions(float(nominal), _POLARITY)
        time_s = float(draws.uniform(_EARLIEST_S, plan.run_length_s))
        amount = plan.matrix_amount * np.exp(_MATRIX_LOG_SD * draws.standard_normal())
        compounds.append(
            Interference(
                mz=float(all_mz[draws.integers(all_mz.size)]),
                retention_time_s=time_s,
                area=float(amount) * plan.counts_s_per_nmol_l,
                shape=shape_at(plan, time_s),
            )
        )
    return compounds
