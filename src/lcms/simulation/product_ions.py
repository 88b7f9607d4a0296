"""The product ions of the simulated compounds, and their interferences."""

from dataclasses import dataclass
from typing import Final

from lcms.numerics.mass.formulas import ion_mz, product_ion_mz
from lcms.simulation.elution import fwhm_s
from lcms.simulation.interferences import Interference
from lcms.simulation.plan import Plan
from lcms.simulation.simulated_panel import ADDUCT, SimulatedCompound, shape_at

_LACTAMIDE: Final = "C3H6NO2-"
_SAME_MZ: Final = 1e-6  # Th: only a rounding error between two computed m/z
_INTERFERED: Final = "Lac-Phe"
_DELAY_WIDTHS: Final = 0.5  # so that both peaks overlap; chosen by judgement


@dataclass(frozen=True)
class ProductIon:
    """A product ion: its formula with its charge, and its area relative to the first one."""

    formula: str
    ratio: float

    @property
    def mz(self) -> float:
        """Return the m/z in Th."""
        return product_ion_mz(self.formula)


def _ions(first: str, second: str, third: str | None = None) -> tuple[ProductIon, ...]:
    ions = (ProductIon(first, 1.0), ProductIon(second, 0.5))
    return ions if third is None else (*ions, ProductIon(third, 0.25))


# The first is the quantifier. The ratios are made up: no spectrum of a lactoyl amino acid is
# published. [AA-H]-, the lactamide anion, losses of HCOOH, CO2 and NH3.
PRODUCT_IONS: Final = {
    "Lac-Ala": _ions(_LACTAMIDE, "C5H10NO2-"),
    "Lac-Pro": _ions("C5H8NO2-", "C7H12NO2-"),
    "Lac-Val": _ions("C5H10NO2-", _LACTAMIDE, "C7H12NO2-"),
    "Lac-Tyr": _ions(_LACTAMIDE, "C9H10NO3-", "C9H7O3-"),
    "Lac-Met": _ions("C5H10NO2S-", _LACTAMIDE),
    "Lac-Ile": _ions("C6H12NO2-", _LACTAMIDE, "C8H14NO2-"),
    "Lac-Leu": _ions("C6H12NO2-", _LACTAMIDE, "C8H14NO2-"),
    "Lac-Phe": _ions("C9H10NO2-", _LACTAMIDE, "C9H7O2-"),
    "Lac-Trp": _ions(_LACTAMIDE, "C11H11N2O2-", "C8H6N-"),
    "IS-Lac-Val": _ions("(13)C5H10(15)NO2-", "C3H6(15)NO2-"),
    "IS-Lac-Leu": _ions("(13)C6H12(15)NO2-", "C3H6(15)NO2-"),
    "IS-Lac-Phe": _ions("C9H5(2)H5NO2-", _LACTAMIDE),
}


def precursor_mz(compound: SimulatedCompound) -> float:
    """Return the m/z (Th) of the precursor ion of a compound."""
    return ion_mz(compound.formula, ADDUCT)


def interference_products(
    interference: Interference, panel: tuple[SimulatedCompound, ...]
) -> tuple[ProductIon, ...]:
    """Return the product ions of an interference.

    An isomer of a target gives the same product ions, as retro-isomers do (a hydroxyacyl
    alanine for a lactoyl amino acid); any other ion gives no product ion of a target.
    """
    for compound in panel:
        if abs(precursor_mz(compound) - interference.mz) < _SAME_MZ:
            return PRODUCT_IONS[compound.target_id]
    return ()


def product_interference(plan: Plan, panel: tuple[SimulatedCompound, ...]) -> Interference | None:
    """Return the interference of one product ion; None if the plan has none.

    Its `mz` is that of the product ion; the precursor is isolated with that of the target.
    """
    if plan.product_interference == 0.0:
        return None
    target = interfered(panel)
    time_s = target.retention_time_s + _DELAY_WIDTHS * fwhm_s(target.shape)
    return Interference(
        mz=PRODUCT_IONS[_INTERFERED][0].mz,
        retention_time_s=time_s,
        area=plan.product_interference * plan.counts_s_per_nmol_l,
        shape=shape_at(plan, time_s),
    )


def interfered(panel: tuple[SimulatedCompound, ...]) -> SimulatedCompound:
    """Return the target one of whose product ions may be disturbed."""
    return next(compound for compound in panel if compound.target_id == _INTERFERED)
