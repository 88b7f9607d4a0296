"""The rows of `fits`: the components and the baseline that were fitted to each chromatogram."""

from collections.abc import Iterator, Mapping

from lcms.numerics.peak.joint_fit import JointFit
from lcms.schemas import Row
from lcms.steps.integrate.fitted_run import FittedRun
from lcms.steps.integrate.target_ions import TargetIons


def fit_rows(run: FittedRun, targets: TargetIons) -> Iterator[Row]:
    """Yield what was fitted to each chromatogram of a run; isomers have one row together."""
    for chromatogram_id, ions in targets.by_chromatogram.items():
        bases = {
            ion.ion_id: run.peaks[ion.ion_id].basis for ion in ions if ion.ion_id in run.peaks
        }
        if bases:
            fit = next(iter(bases.values())).fit
            by_index = {bases[ion_id].index: ion_id for ion_id in sorted(bases, reverse=True)}
            key = {"sample_id": run.sample_id, "chromatogram_id": chromatogram_id}
            yield key | _components(fit, by_index) | _baseline(fit)


def _components(fit: JointFit, ion_by_index: Mapping[int, str]) -> Row:
    return {
        "component_ions": [ion_by_index.get(k, "") for k in range(fit.area.size)],
        "component_times": fit.retention_time_s.tolist(),
        "component_areas": fit.area.tolist(),
        "component_sigmas": [shape.sigma_s for shape in fit.shapes],
        "component_taus": [shape.tau_s for shape in fit.shapes],
        "component_tail_fractions": [shape.tail_fraction for shape in fit.shapes],
        "component_tails": [shape.tail_s for shape in fit.shapes],
    }


def _baseline(fit: JointFit) -> Row:
    return {"baseline_times": fit.knots_s.tolist(), "baseline_levels": fit.levels.tolist()}
