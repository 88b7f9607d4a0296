"""The options of a simulated batch, and the named presets that the benchmarks use."""

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Final

from lcms.errors import ConfigError


class Acquisition(StrEnum):
    """How the ions of a simulated run are acquired."""

    FULL_SCAN = "full_scan"
    SRM = "srm"
    PRM = "prm"
    DIA = "dia"


@dataclass(frozen=True)
class Plan:
    """The options of a simulated batch; the defaults are a batch of an ordinary laboratory.

    A fraction of 0, a standard deviation (sd) of 0 or a ceiling of `inf` switches an option
    off. Times of compounds are those of the first run, before drift.

    Attributes
    ----------
    seed : int
        The same plan gives the same bytes; >= 0.
    acquisition : Acquisition
        `full_scan`: MS1 only. `prm`: MS1 and a product-ion scan of every precursor. `dia`: MS1
        and product-ion scans of windows 25 Da wide with 10 Da overlap. `srm`: chromatograms of
        scheduled transitions and no scans. The truth is the same in all of them.
    product_interference : float
        Amount of an ion with the precursor and the first product ion of Lac-Phe, but no other
        of its product ions, that elutes half a peak behind it wherever there is matrix; in
        units of 1 nmol/L of a compound with a response factor of 1. Product ions only.
    n_unknowns, n_solvents, n_blanks, n_zeros : int
        Injections of each type. Solvents, a blank and zeros come first; further blanks follow
        the highest calibrator, where they show carry-over.
    calibrator_nmol_l : tuple[float, ...]
        Nominal concentration of each calibrator, of every analyte.
    n_calibrator_brackets : int
        How often the calibrators are injected: before the unknowns and after them (2).
    quality_control_nmol_l : tuple[float, ...]
        Nominal concentrations of the low, the middle and the high quality control.
    n_quality_control_sets : int
        How often each of them is injected.
    pooled_qc_every : int
        A pooled QC is injected before, after, and every so many of the unknowns and quality
        controls; 0 means none.
    unknown_nmol_l, pooled_nmol_l : tuple[float, float]
        The range of the log-uniform concentrations.
    absent_fraction : float
        Share of the pairs of unknown and analyte where the analyte is absent.
    internal_standard_nmol_l : float
        Concentration in every injection but solvents and blanks.
    minutes_between_runs : float
        From start to start, in minutes.
    run_length_s, scan_interval_s, scan_jitter : float
        Length of a run, mean time between scans, and the sd of that time as a fraction of it.
    mz_low, mz_high : float
        Scan range in Th.
    resolution : float
        Of Lac-Ile and Lac-Leu: 1.18 times their distance divided by the sum of their true
        half-height widths.
    sigma_s, tau_s : float
        Gaussian width and exponential tail of a peak that elutes at 180 s.
    tau_scatter : float
        Sd of the logarithm of tau between compounds.
    tail_fraction, long_tau_s : float
        Share of the area that has a second, longer tail, and its time constant.
    width_growth_per_minute : float
        Relative growth of sigma and of the tails with the elution time.
    width_scatter, width_drift : float
        Sd over runs of the logarithm of a factor that all widths of a run share, and its
        relative growth from the first run to the last.
    counts_s_per_nmol_l : float
        Area of a compound with a response factor of 1 at 1 nmol/L, in count·s.
    ion_noise, scan_noise : float
        Relative sd of every intensity, and of a factor that all ions of a scan share.
    counting_gain_counts : float
        Variance of the counting noise divided by the intensity, in counts.
    detection_threshold_counts : float
        Centroids below it vanish.
    saturation_counts, saturation_sharpness : float
        Ceiling of the detector, and how abruptly it is reached: y is recorded as
        y / (1 + (y / ceiling)^sharpness)^(1 / sharpness); `inf` is a hard ceiling.
    mz_scatter_floor_ppm, mz_scatter_noise_ppm : float
        A centroid's m/z has the sd sqrt(floor² + (noise / S/N of the centroid)²).
    mz_offset_mean_ppm, mz_offset_sd_ppm : float
        Mass offset of a run.
    resolving_power : float
        At m/z 200, falling with the square root of m/z.
    merge_below_fwhm : float
        Ions of one scan that are closer than so many mass peak widths become one centroid.
    profile : bool
        Write profile instead of centroid spectra.
    points_per_fwhm : float
        Profile points on one mass peak width.
    chemical_noise_counts : float
        Median intensity of the chemical noise in the channel of every target.
    chemical_noise_density : float
        Share of the scans in which each source of chemical noise shows; below 1.
    n_chemical_noise_sources : int
        Sources of chemical noise in one channel, in all kinds of runs.
    chemical_noise_width_ppm : float
        Half-width of the range of m/z around the target in which they lie.
    chemical_noise_correlation_s : float
        Correlation time of their intensity, presence and m/z; 0 is white noise.
    n_background_ions : int
        Persistent ions of random m/z in all kinds of runs.
    background_counts : float
        Median of their intensities.
    isobars, neighbours, isotopes : bool
        Isomers of targets at other times; ions at +40 ppm at the same time; M+1 peaks.
    n_random_isobars : int
        Isobars beside 2-aminoadipate (Lac-Ala) and pGlu-Phe (Lac-Trp).
    n_matrix_compounds : int
        Further compounds of the matrix, of random possible compositions from 80 Th to the end of
        the scan range, at random times: what else a biological sample holds.
    matrix_amount : float
        Median of their log-normal amounts, in units of 1 nmol/L of a compound with a response
        factor of 1.
    sensitivity_drift : float
        Relative loss of sensitivity from the first run to the last.
    differential_drift : float
        Gain or loss of each analyte in addition: between half of this and all of it.
    retention_drift_s, retention_jitter_s, retention_stretch : float
        Delay of the last run, and the sd over runs of an additional delay and of a stretch
        (seconds per second).
    suppression_sd : float
        Matrix effect that all compounds of a run share: its loss of the logarithm of the
        signal is half-normal with this parameter. Solvents and blanks have none.
    matrix_scatter : float
        Sd of the logarithm of a matrix effect of one analyte in one run.
    carry_over : float
        Share of the previous injection's analytes and standards that elutes in this one.
    listed_time_sd_s : float
        Sd over compounds of the error of the times in the target sheet.
    """

    seed: int = 1
    acquisition: Acquisition = Acquisition.FULL_SCAN
    product_interference: float = 0.0
    n_unknowns: int = 9
    n_solvents: int = 1
    n_blanks: int = 2
    n_zeros: int = 1
    calibrator_nmol_l: tuple[float, ...] = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
    n_calibrator_brackets: int = 2
    quality_control_nmol_l: tuple[float, ...] = (3.0, 60.0, 750.0)
    n_quality_control_sets: int = 2
    pooled_qc_every: int = 6
    unknown_nmol_l: tuple[float, float] = (1.0, 500.0)
    pooled_nmol_l: tuple[float, float] = (20.0, 120.0)
    absent_fraction: float = 0.1
    internal_standard_nmol_l: float = 50.0
    minutes_between_runs: float = 12.0
    run_length_s: float = 420.0
    scan_interval_s: float = 0.55
    scan_jitter: float = 0.1
    mz_low: float = 70.0
    mz_high: float = 400.0
    resolution: float = 1.1
    sigma_s: float = 2.3
    tau_s: float = 1.0
    tau_scatter: float = 0.0
    tail_fraction: float = 0.0
    long_tau_s: float = 8.0
    width_growth_per_minute: float = 0.0
    width_scatter: float = 0.0
    width_drift: float = 0.0
    counts_s_per_nmol_l: float = 11_000.0
    ion_noise: float = 0.02
    scan_noise: float = 0.015
    counting_gain_counts: float = 30.0
    detection_threshold_counts: float = 600.0
    saturation_counts: float = float("inf")
    saturation_sharpness: float = 4.0
    mz_scatter_floor_ppm: float = 0.3
    mz_scatter_noise_ppm: float = 3.0
    mz_offset_mean_ppm: float = 1.5
    mz_offset_sd_ppm: float = 0.8
    resolving_power: float = 120_000.0
    merge_below_fwhm: float = 1.0
    profile: bool = False
    points_per_fwhm: float = 6.0
    chemical_noise_counts: float = 700.0
    chemical_noise_density: float = 0.15
    n_chemical_noise_sources: int = 2
    chemical_noise_width_ppm: float = 15.0
    chemical_noise_correlation_s: float = 0.0
    n_background_ions: int = 200
    background_counts: float = 20_000.0
    isobars: bool = True
    neighbours: bool = True
    isotopes: bool = True
    n_random_isobars: int = 6
    n_matrix_compounds: int = 0
    matrix_amount: float = 10.0
    sensitivity_drift: float = 0.35
    differential_drift: float = 0.10
    retention_drift_s: float = 4.0
    retention_jitter_s: float = 0.5
    retention_stretch: float = 0.003
    suppression_sd: float = 0.25
    matrix_scatter: float = 0.03
    carry_over: float = 0.001
    listed_time_sd_s: float = 1.5

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        check_positive(self, _POSITIVE)
        check_not_negative(self)
        if not self.mz_low < self.mz_high:
            raise ConfigError(f"simulate: mz_low {self.mz_low} is not below {self.mz_high}")
        for name in _BELOW_ONE:
            if not getattr(self, name) < 1:
                raise ConfigError(f"simulate: {name} is {getattr(self, name)}, not below 1")
        for name in _LOG_UNIFORM:
            low, high = getattr(self, name)
            if not 0 < low <= high:
                raise ConfigError(f"simulate: {name} is {low} to {high}, which is no range")


_POSITIVE: Final = (
    *("run_length_s", "scan_interval_s", "mz_low", "sigma_s", "counts_s_per_nmol_l"),
    *("saturation_counts", "saturation_sharpness", "resolving_power", "points_per_fwhm"),
    *("detection_threshold_counts", "chemical_noise_counts", "background_counts"),
    *("minutes_between_runs", "internal_standard_nmol_l"),
)
_BELOW_ONE: Final = (
    *("tail_fraction", "sensitivity_drift", "differential_drift", "chemical_noise_density"),
)
_LOG_UNIFORM: Final = ("unknown_nmol_l", "pooled_nmol_l")
_ANY_SIGN: Final = ("mz_offset_mean_ppm", "retention_drift_s", "width_growth_per_minute")


def check_positive(plan: Plan, names: tuple[str, ...]) -> None:
    """Raise if one of the named options is zero or below."""
    for name in names:
        if not getattr(plan, name) > 0:
            raise ConfigError(f"simulate: {name} is {getattr(plan, name)}, not above 0")


def check_not_negative(plan: Plan) -> None:
    """Raise if an option is negative that must not be."""
    for field in fields(plan):
        value = getattr(plan, field.name)
        if isinstance(value, str):
            continue
        lowest = min(value, default=0) if isinstance(value, tuple) else value
        if field.name not in _ANY_SIGN and not lowest >= 0:
            raise ConfigError(f"simulate: {field.name} is {value}, which is below 0")


_STANDARD: Final = Plan()

PRESETS: Final[dict[str, Plan]] = {
    "standard": _STANDARD,
    "plain": replace(
        _STANDARD,
        resolution=1.5,
        differential_drift=0.0,
        matrix_scatter=0.0,
        carry_over=0.0,
        listed_time_sd_s=0.0,
    ),
    "resolution_0.7": replace(_STANDARD, resolution=0.7),
    "resolution_0.5": replace(_STANDARD, resolution=0.5),
    "strong_drift": replace(
        _STANDARD, sensitivity_drift=0.6, retention_drift_s=14.0, differential_drift=0.22
    ),
    "noisy": replace(
        _STANDARD,
        ion_noise=3 * _STANDARD.ion_noise,
        chemical_noise_counts=4 * _STANDARD.chemical_noise_counts,
        chemical_noise_correlation_s=5.0,
    ),
    "tailing": replace(_STANDARD, tau_s=4.0),
    "shape": replace(_STANDARD, tail_fraction=0.12, resolution=0.8),
    "hard": replace(
        _STANDARD,
        resolution=0.7,
        tail_fraction=0.12,
        width_growth_per_minute=0.08,
        tau_scatter=0.25,
        chemical_noise_correlation_s=5.0,
        saturation_counts=3e6,
        differential_drift=0.18,
        listed_time_sd_s=3.0,
    ),
    "profile": replace(_STANDARD, profile=True, n_background_ions=60),
    "matrix": replace(_STANDARD, n_matrix_compounds=5000),
    "widths": replace(_STANDARD, width_scatter=0.05),
    "widening": replace(_STANDARD, width_scatter=0.05, width_drift=0.10),
}
