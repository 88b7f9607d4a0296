"""The scans that a spectrometer records of some ions: centroids or profile points."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lcms.model import Floats, Ints
from lcms.simulation.detector_noise import point_noise_counts
from lcms.simulation.plan import Plan

REFERENCE_MZ: Final = 200.0  # at which the resolving power of an instrument is specified
SRM_HALF_WIDTH_MZ: Final = 0.35  # of both quadrupoles: unit resolution, a peak width of 0.7 Th
_FLANK_FWHM: Final = 1.5  # a profile peak is written this far to either side: to 0.2 % of it
_GAUSSIAN_EXPONENT: Final = 4.0 * np.log(2.0)
# Share of the detection threshold; fainter ions hardly move a centroid. Chosen by judgement.
_FAINTEST_SHARE: Final = 0.05


@dataclass(frozen=True)
class SimulatedScan:
    """One spectrum: m/z (Th, ascending) and intensities (counts), equally many.

    `precursor_mz`, `isolation_half_width_mz` (Th) and `collision_energy_ev` are for MS2 and
    above. `mz_range` is the scan window in Th, None to leave it out; `polarity` is +1, -1,
    or 0 for that of the run.
    """

    time_s: float
    mz: Floats
    intensity: Floats
    ms_level: int = 1
    precursor_mz: float | None = None
    isolation_half_width_mz: float = 0.5
    collision_energy_ev: float | None = None
    mz_range: tuple[float, float] | None = None
    polarity: int = 0


@dataclass(frozen=True)
class SimulatedTransition:
    """One SRM chromatogram: m/z in Th, times in seconds, intensities in counts."""

    precursor_mz: float
    product_mz: float
    time_s: Floats
    intensity: Floats
    collision_energy_ev: float | None = None


@dataclass(frozen=True)
class SimulatedPoints:
    """Ions, centroids or profile points of a run: three equally long arrays.

    `scan` counts from 0, `mz` is in Th, `intensity` in counts.
    """

    scan: Ints
    mz: Floats
    intensity: Floats


def points_where(points: SimulatedPoints, is_kept: NDArray[np.bool_] | Ints) -> SimulatedPoints:
    """Return the points where a mask is true, or those at the given indices in that order."""
    return SimulatedPoints(points.scan[is_kept], points.mz[is_kept], points.intensity[is_kept])


def sorted_points(points: SimulatedPoints) -> SimulatedPoints:
    """Return the points by scan, then by m/z."""
    return points_where(points, np.lexsort((points.mz, points.scan)))


def mass_fwhm(mz: Floats, resolving_power: float) -> Floats:
    """Return the width of a mass peak at half height, in Th.

    Parameters
    ----------
    mz : Floats
        In Th.
    resolving_power : float
        At m/z 200.

    References
    ----------
    The resolving power of an Orbitrap falls with the square root of m/z: Makarov, Anal.
    Chem. 72 (2000) 1156, https://doi.org/10.1021/ac991131p.
    """
    return np.asarray(mz * np.sqrt(mz / REFERENCE_MZ) / resolving_power)


def merged_points(
    points: SimulatedPoints, n_fwhm: float, resolving_power: float
) -> SimulatedPoints:
    """Return the points, those merged that the mass spectrometer does not resolve.

    Neighbours of one scan closer than `n_fwhm` mass peak widths become one point: intensities
    are summed, m/z averaged by intensity. A chain of close neighbours becomes one point too.

    Parameters
    ----------
    points : Points
        By scan and m/z; intensities > 0.
    n_fwhm : float
        0 merges nothing.
    resolving_power : float
        At m/z 200.
    """
    if n_fwhm == 0.0 or len(points.mz) == 0:
        return points
    is_first = np.ones(len(points.mz), dtype=bool)
    gap = n_fwhm * mass_fwhm(points.mz[:-1], resolving_power)
    is_first[1:] = (np.diff(points.scan) > 0) | (np.diff(points.mz) >= gap)
    starts = np.flatnonzero(is_first)
    intensity = np.add.reduceat(points.intensity, starts)
    first_mz = points.mz[starts][np.cumsum(is_first) - 1]
    moment = np.add.reduceat(points.intensity * (points.mz - first_mz), starts)
    return SimulatedPoints(points.scan[starts], points.mz[starts] + moment / intensity, intensity)


def scattered_mz(
    points: SimulatedPoints, plan: Plan, offset_ppm: float, draws: np.random.Generator
) -> SimulatedPoints:
    """Return the points with measured m/z: with the offset of the run, and scatter.

    The sd of the scatter is sqrt(floor² + (noise / S/N)²) ppm, S/N that of the point.
    """
    noise_counts = point_noise_counts(points.intensity, plan)
    relative_noise = noise_counts / points.intensity
    sd_ppm = np.hypot(plan.mz_scatter_floor_ppm, plan.mz_scatter_noise_ppm * relative_noise)
    error_ppm = offset_ppm + sd_ppm * draws.standard_normal(len(points.mz))
    return SimulatedPoints(points.scan, points.mz * (1.0 + 1e-6 * error_ppm), points.intensity)


def faintest_counts(plan: Plan) -> float:
    """Return the intensity in counts below which ions are left out."""
    return _FAINTEST_SHARE * plan.detection_threshold_counts


def centroid_points(
    ions: SimulatedPoints, plan: Plan, offset_ppm: float, draws: np.random.Generator
) -> SimulatedPoints:
    """Return the centroids of a run, by scan and m/z.

    Ions are merged first, then those below the detection threshold are removed, then m/z errors
    are added.

    Parameters
    ----------
    ions : Points
        Noisy ions, any order, intensities > 0.
    plan : Plan
    offset_ppm : float
        Mass offset of the run.
    draws : np.random.Generator
    """
    merged = merged_points(sorted_points(ions), plan.merge_below_fwhm, plan.resolving_power)
    detected = points_where(merged, merged.intensity >= plan.detection_threshold_counts)
    return sorted_points(scattered_mz(detected, plan, offset_ppm, draws))


def profile_points(
    ions: SimulatedPoints, plan: Plan, offset_ppm: float, draws: np.random.Generator
) -> SimulatedPoints:
    """Return the profile points of a run, by scan and m/z.

    Every ion above the detection threshold is a Gaussian in m/z on the grid of the
    instrument, which has equal steps in frequency (1 / sqrt(m/z)), with a zero on either
    side; intensities of overlapping ions are summed.

    Parameters
    ----------
    ions : Points
        Noisy ions, any order, intensities > 0 being the heights of the mass peaks.
    plan : Plan
    offset_ppm : float
        Mass offset of the run.
    draws : np.random.Generator
    """
    detected = points_where(ions, ions.intensity >= plan.detection_threshold_counts)
    detected = scattered_mz(sorted_points(detected), plan, offset_ppm, draws)
    # d(mz^-1/2) = mz^-3/2 d(mz) / 2, so the FWHM is the same everywhere on this scale.
    step = 1.0 / (2.0 * plan.resolving_power * np.sqrt(REFERENCE_MZ) * plan.points_per_fwhm)
    reach = int(np.ceil(_FLANK_FWHM * plan.points_per_fwhm))
    offsets = np.arange(-reach, reach + 1)
    node = np.rint(detected.mz**-0.5 / step).astype(np.int64)[:, None] + offsets
    node_mz = (node * step) ** -2.0
    deviation = (node_mz - detected.mz[:, None]) / mass_fwhm(detected.mz, plan.resolving_power)[
        :, None
    ]
    height = detected.intensity[:, None] * np.exp(-_GAUSSIAN_EXPONENT * deviation**2)
    height[:, [0, -1]] = 0.0
    scan = np.broadcast_to(detected.scan[:, None], node.shape)
    return _summed(SimulatedPoints(scan.ravel(), node_mz.ravel(), height.ravel()))


def _summed(points: SimulatedPoints) -> SimulatedPoints:
    """Return the points by scan and m/z, those of one scan and m/z summed."""
    ordered = sorted_points(points)
    if len(ordered.mz) == 0:
        return ordered
    is_first = np.ones(len(ordered.mz), dtype=bool)
    is_first[1:] = (np.diff(ordered.scan) > 0) | (np.diff(ordered.mz) > 0.0)
    starts = np.flatnonzero(is_first)
    intensity = np.add.reduceat(ordered.intensity, starts)
    return SimulatedPoints(ordered.scan[starts], ordered.mz[starts], intensity)


def scans_of(points: SimulatedPoints, time_s: Floats) -> list[SimulatedScan]:
    """Return one scan for each time (seconds), empty where it has no points.

    Parameters
    ----------
    points : Points
        By scan and m/z.
    time_s : Floats
        Shape (n_scans,).
    """
    edges = np.searchsorted(points.scan, np.arange(len(time_s) + 1))
    return [
        SimulatedScan(float(time), points.mz[first:last], points.intensity[first:last])
        for time, first, last in zip(time_s, edges[:-1], edges[1:], strict=True)
    ]


def scan_times_s(plan: Plan, draws: np.random.Generator) -> Floats:
    """Return irregular but increasing times of the scans of a run, in seconds."""
    n_scans = max(int(plan.run_length_s / plan.scan_interval_s), 1)
    steps = 1.0 + plan.scan_jitter * np.clip(draws.standard_normal(n_scans), -3.0, 3.0)
    return np.asarray(np.cumsum(plan.scan_interval_s * np.maximum(steps, 0.1)))
