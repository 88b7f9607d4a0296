"""The MS2 spectra of the peaks of a batch, and what they support: read from `ms2_evidence`."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.compute as pc

from lcms.io.tables.parquet import read_runs
from lcms.numerics.identity.ms2_support import (
    FragmentSpectrum,
    Ms2Support,
    intense_first,
    ms2_support,
)
from lcms.numerics.mass.formulas import product_ion_mz
from lcms.schemas import Row
from lcms.steps.quantify.batch_runs import BatchRuns

_COLUMNS: Final = [
    *("sample_id", "target_id", "n_scans", "products_expected", "products_matched"),
    *("products_not_scannable", "collision_energy", "purity", "lowest_intensity"),
    "precursor_intensity",
    *("fragment_mz", "fragment_intensity"),
]
NO_SUPPORT: Final = Ms2Support()


@dataclass(frozen=True)
class Ms2Spectra:
    """The spectra of a batch by target_id and sample_id, and the products (Th) by target_id."""

    tolerance_ppm: float
    spectra: Mapping[str, Mapping[str, FragmentSpectrum]] = field(default_factory=dict)
    products_mz: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def of_standards(
        self, target_id: str, standards: Collection[str]
    ) -> dict[str, FragmentSpectrum]:
        """Return the scans of a compound in these runs (sample_id), the most intense first."""
        of_compound = self.spectra.get(target_id, {})
        return intense_first({run: scan for run, scan in of_compound.items() if run in standards})

    def support(
        self, target_id: str, sample_id: str, standards: Mapping[str, FragmentSpectrum]
    ) -> Ms2Support:
        """Return what the scans of a peak support; `standards` as `of_standards` gives them."""
        spectrum = self.spectra.get(target_id, {}).get(sample_id)
        if spectrum is None:
            return NO_SUPPORT
        references = (scan for run, scan in standards.items() if run != sample_id)
        products_mz = self.products_mz[target_id]
        return ms2_support(spectrum, references, products_mz, self.tolerance_ppm)


def read_ms2_spectra(results: Path, batch: BatchRuns, tolerance_ppm: float) -> Ms2Spectra:
    """Return the spectra of the runs of a batch.

    Parameters
    ----------
    tolerance_ppm : float
        Half-width in which a product ion is searched.
    """
    runs = [sample.sample_id for sample in batch.samples]
    table = read_runs(results / "ms2_evidence.parquet", runs, _COLUMNS)
    rows = table.filter(pc.field("n_scans") > 0).to_pylist()
    spectra: dict[str, dict[str, FragmentSpectrum]] = defaultdict(dict)
    products_mz: dict[str, dict[str, float]] = {}
    for row in rows:
        spectra[row["target_id"]][row["sample_id"]] = _spectrum(row)
        products_mz.setdefault(
            row["target_id"], {name: product_ion_mz(name) for name in row["products_expected"]}
        )
    return Ms2Spectra(tolerance_ppm, spectra, products_mz)


def _spectrum(row: Row) -> FragmentSpectrum:
    purity, energy = row["purity"], row["collision_energy"]
    precursor = row["precursor_intensity"]
    return FragmentSpectrum(
        mz=np.array(row["fragment_mz"], dtype=float),
        intensity=np.array(row["fragment_intensity"], dtype=float),
        lowest=row["lowest_intensity"],
        precursor=np.nan if precursor is None else precursor,
        purity=1.0 if purity is None else purity,
        energy=np.nan if energy is None else energy,
        matched=row["products_matched"],
        not_scannable=row["products_not_scannable"],
    )
