"""SRM transitions that a file stores as spectra: made into chromatograms."""

from collections import defaultdict
from typing import Final

import numpy as np

from lcms.model import Floats, Scan, SrmChromatogram

_MZ_DECIMALS: Final = 3  # of Q1 and Q3: the finest that methods give

_LISTED_DECIMALS: Final = 2  # measured m/z rarely are such round numbers
_ROUNDING_MZ: Final = 1e-4  # of m/z stored as 32-bit numbers

_Precursor = tuple[float, int, float | None]  # Q1 in Th, polarity, collision energy


def has_listed_mz(mz: Floats) -> bool:
    """Return whether all m/z (Th) of a scan are numbers as a method lists them, not measured."""
    return bool((np.abs(mz - mz.round(_LISTED_DECIMALS)) < _ROUNDING_MZ).all())


class SrmScans:
    """Collects SRM spectra: their m/z are those of the products (Q3)."""

    def __init__(self) -> None:
        self._scans: dict[_Precursor, list[Scan]] = defaultdict(list)

    def take(self, scan: Scan) -> None:
        """Keep a spectrum that has points and names its precursor."""
        if scan.precursor_mz is not None and scan.mz.size:
            key = round(scan.precursor_mz, _MZ_DECIMALS), scan.polarity, scan.collision_energy
            self._scans[key].append(scan)

    def chromatograms(self) -> list[SrmChromatogram]:
        """Return a chromatogram for each precursor, energy and product m/z, in time order."""
        return [
            chromatogram
            for key, scans in self._scans.items()
            for chromatogram in _of_precursor(key, scans)
        ]


def _of_precursor(key: _Precursor, scans: list[Scan]) -> list[SrmChromatogram]:
    precursor_mz, polarity, energy = key
    ordered = sorted(scans, key=lambda scan: scan.retention_time_s)
    sizes = [scan.mz.size for scan in ordered]
    time_s = np.repeat([scan.retention_time_s for scan in ordered], sizes)
    product_mz = np.concatenate([scan.mz for scan in ordered]).round(_MZ_DECIMALS)
    intensity = np.concatenate([scan.intensity for scan in ordered])
    return [
        SrmChromatogram(
            native_id=f"SRM spectra {precursor_mz:g} > {mz:g}",
            precursor_mz=precursor_mz,
            product_mz=float(mz),
            polarity=polarity,
            collision_energy=energy,
            retention_time_s=time_s[product_mz == mz],
            intensity=intensity[product_mz == mz],
        )
        for mz in np.unique(product_mz)
    ]
