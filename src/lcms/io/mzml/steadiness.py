"""How steady the m/z of an ion is in a run."""

from pathlib import Path
from typing import Final

from lcms.io.mzml.reader import read_run
from lcms.model import NOTHING, WHOLE, Need, Scan, SrmChromatogram, Wanted
from lcms.numerics.mass.mz_scatter import MzScatter

_WHOLE_EVERY: Final = 8  # MS1 scans; one of so many is read; chosen by judgement


class _Sampler:
    """Shows every eighth MS1 scan of centroids to an `MzScatter`."""

    def __init__(self) -> None:
        self.scatter = MzScatter()
        self._n_taken = 0

    def need(self, head: Scan) -> Need:
        """Need every eighth scan; the same scan may be asked for twice before it is taken."""
        is_wanted = self._n_taken % _WHOLE_EVERY == 0 and not head.is_profile
        return WHOLE if is_wanted else NOTHING

    def take_scan(self, scan: Scan) -> None:
        """Compare a scan with the last of its polarity, range and kind."""
        self._n_taken += 1
        if scan.mz.size and not scan.is_profile:
            kind = scan.polarity, scan.mz_range, scan.kind, scan.function, scan.voltage_v
            self.scatter.see(kind, scan.mz, scan.intensity)

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        """Ignore SRM."""


def read_mz_scatter_ppm(path: Path) -> float | None:
    """Return the scatter of the m/z of an ion between MS1 scans, one SD in ppm.

    None for profile scans, SRM, or a run with too few ions.

    Raises
    ------
    MzmlError
        If the run cannot be read.
    """
    _, sampler = read_run(path, _Sampler, Wanted(bare_unit_s=1.0))
    return sampler.scatter.sd_ppm()
