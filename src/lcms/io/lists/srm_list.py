"""Makes a target list of the transitions of SRM runs."""

from collections.abc import Iterable
from typing import Final

from lcms.io.lists.listed_ion import ListedIon
from lcms.io.mzml.srm_peaks import SrmPeak

_DIGITS: Final = 2  # of an m/z that tells transitions apart


def ions_of_transitions(peaks: Iterable[SrmPeak]) -> list[ListedIon]:
    """Return an ion for each transition; those of one precursor are one compound.

    The compound has the name that the file gives, or else that of its precursor. No retention
    time is listed: the highest point of a chromatogram need not be the compound.
    """
    ions: dict[tuple[float, float, int], ListedIon] = {}
    for peak in peaks:
        key = (round(peak.precursor_mz, _DIGITS), round(peak.product_mz, _DIGITS), peak.polarity)
        ions.setdefault(
            key,
            ListedIon(
                compound=peak.name or f"mz_{peak.precursor_mz:.{_DIGITS}f}",
                precursor_mz=peak.precursor_mz,
                product_mz=peak.product_mz,
                polarity=peak.polarity,
            ),
        )
    return list(ions.values())
