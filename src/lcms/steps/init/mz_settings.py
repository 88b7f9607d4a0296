"""The m/z window that the runs of a folder ask for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from lcms.config import WIDEST_MZ_TOLERANCE_PPM, Extraction, Integration
from lcms.errors import MzmlError
from lcms.io.mzml.steadiness import read_mz_scatter_ppm
from lcms.numerics.mass.mz_scatter import advised_window_ppm, is_narrow
from lcms.steps.init.run_heads import Run

_MOST_RUNS: Final = 3  # that are read; chosen by judgement

Sections = dict[str, Mapping[str, float]]  # by section and name


def mz_settings(runs: Sequence[Run], warn: Callable[[str], None]) -> Sections:
    """Return the settings of the m/z windows by section; empty where the defaults fit.

    The scatter of m/z is measured in the first runs, and the largest counts.
    """
    scatter = dict(islice(_scatters_ppm(runs), _MOST_RUNS))
    largest_ppm = max(scatter.values(), default=None)
    usual_ppm = Extraction().mz_tolerance_ppm
    if largest_ppm is None or not is_narrow(usual_ppm, largest_ppm):
        return {}
    window_ppm = min(advised_window_ppm(largest_ppm), WIDEST_MZ_TOLERANCE_PPM)
    residual_ppm = Integration().mz_residual_ppm * window_ppm / usual_ppm
    warn(
        f"the m/z of an ion scatters by {largest_ppm:.1f} ppm between scans "
        f"({', '.join(scatter)}): `mz_tolerance_ppm` is {window_ppm:g} in the configuration"
    )
    return {
        "extraction": {"mz_tolerance_ppm": window_ppm},
        "integration": {"mz_residual_ppm": round(residual_ppm, 1)},
    }


def _scatters_ppm(runs: Sequence[Run]) -> Iterator[tuple[str, float]]:
    """Yield name and scatter of the runs that show one."""
    for run in runs:
        if run.method is None or run.method.is_srm:
            continue
        try:
            scatter_ppm = read_mz_scatter_ppm(run.path)
        except MzmlError:
            continue
        if scatter_ppm is not None:
            yield run.path.name, scatter_ppm
