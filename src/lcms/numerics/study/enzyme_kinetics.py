"""Constants of rate laws and of the approach to equilibrium, by weighted least squares (lmfit)."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import stats

from lcms.errors import DataError
from lcms.model import Floats

if TYPE_CHECKING:
    import lmfit

_CONFIDENCE: Final = 0.95
_LEAST_CONSTANT: Final = 1e-12  # constants are positive; relative to their starting values
_SATURATION: Final = 2.0  # times K that the highest substrate must reach (study plan)
_MOST_CORRELATION: Final = 0.99  # of two constants that the data still tell apart (study plan)


@dataclass(frozen=True)
class Law:
    """A law with positive constants: `predict(constants (p,), inputs (k, n))` gives (n,).

    `half_saturations` maps a constant to the row of the inputs that must exceed it.
    """

    constants: tuple[str, ...]
    predict: Callable[[Floats, Floats], Floats]
    half_saturations: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class FittedLaw:
    """Constants in the order of the law; arrays of (p,), `correlation` of (p, p).

    `low` and `high` are the 95 % profile-likelihood interval: NaN on a side where the profile
    does not end. `residual_sd` is weighted where standard deviations were given. `reasons` say
    why the constants are not identifiable.
    """

    constants: tuple[str, ...]
    estimate: Floats
    sd: Floats
    low: Floats
    high: Floats
    correlation: Floats
    residual_sd: float
    freedom: int
    r2: float
    reasons: tuple[str, ...]

    @property
    def is_identifiable(self) -> bool:
        """Return whether the data determine every constant."""
        return not self.reasons


def _michaelis_menten(constants: Floats, inputs: Floats) -> Floats:
    v_max, k_m = constants
    return np.asarray(v_max * inputs[0] / (k_m + inputs[0]))


def _sequential(constants: Floats, inputs: Floats) -> Floats:
    v_max, k_a, k_b, k_ia = constants
    a, b = inputs
    return np.asarray(v_max * a * b / (k_ia * k_b + k_b * a + k_a * b + a * b))


def _random_independent(constants: Floats, inputs: Floats) -> Floats:
    v_max, k_a, k_b = constants
    return _sequential(np.array([v_max, k_a, k_b, k_a]), inputs)


def _approach(constants: Floats, inputs: Floats) -> Floats:
    plateau, rate = constants
    return np.asarray(-plateau * np.expm1(-rate * inputs[0]))


# Cornish-Bowden, Fundamentals of Enzyme Kinetics, 4th ed. (2012), chapters 2 and 8. Initial
# rates without product cannot tell the ordered from the random mechanism: both have the law
# `SEQUENTIAL`; `RANDOM_INDEPENDENT` is its case K_iA = K_A, where the substrates do not
# influence one another.
MICHAELIS_MENTEN: Final = Law(("v_max", "k_m"), _michaelis_menten, (("k_m", 0),))
SEQUENTIAL: Final = Law(("v_max", "k_a", "k_b", "k_ia"), _sequential, (("k_a", 0), ("k_b", 1)))
RANDOM_INDEPENDENT: Final = Law(
    ("v_max", "k_a", "k_b"), _random_independent, (("k_a", 0), ("k_b", 1))
)
APPROACH: Final = Law(("plateau", "rate_per_s"), _approach)


def starting_constants(law: Law, inputs: Floats, observed: Floats) -> Floats:
    """Return rough constants: the highest response, and the middle of the inputs."""
    middles = {name: float(np.median(inputs[row])) for name, row in law.half_saturations}
    middles["k_ia"] = float(np.median(inputs[0]))
    positive = inputs[0][inputs[0] > 0]
    middles["rate_per_s"] = 1 / float(np.median(positive)) if positive.size else 1.0
    highest = 1.2 * float(np.max(observed))
    return np.array([middles.get(name, highest) for name in law.constants])


def fit_law(
    law: Law, inputs: Floats, observed: Floats, observed_sd: Floats | None = None
) -> FittedLaw:
    """Fit the constants of a law by (weighted) least squares.

    Parameters
    ----------
    inputs : array of shape (k, n)
        Substrate concentrations, or times.
    observed : array of shape (n,)
        Rates, or products.
    observed_sd : array of shape (n,), optional
        Standard deviations from the concentrations: weights are 1 / SD², and the covariance
        grows with a misfit but does not shrink with a lucky fit. Without them the residuals
        set the scale.

    Raises
    ------
    DataError
        Not more points than constants, no positive response, or no convergence.

    References
    ----------
    Profile likelihood: Bates & Watts, Nonlinear Regression Analysis (1988), chapter 6.
    """
    if observed.size <= len(law.constants) or not np.max(observed, initial=0.0) > 0:
        raise DataError(
            f"{observed.size} points cannot determine {', '.join(law.constants)}; "
            "more points than constants are needed, with a response above 0"
        )
    weight = 1.0 if observed_sd is None else 1 / observed_sd
    minimizer, result = _minimized(law, inputs, observed, weight)
    estimate = np.array([result.params[name].value for name in law.constants])
    is_absolute = observed_sd is not None and result.redchi < 1
    scale = 1.0 if is_absolute else result.redchi
    sd, correlation = _uncertainty(result, scale)
    low, high = _profile_limits(minimizer, result, law, is_absolute=is_absolute)
    reasons = _not_identifiable(law, inputs, estimate, correlation)
    spread = _weighted_spread(observed, np.broadcast_to(weight, observed.shape))
    return FittedLaw(
        law.constants,
        estimate,
        sd,
        low,
        high,
        correlation,
        residual_sd=float(np.sqrt(result.redchi)),
        freedom=int(result.nfree),
        r2=1 - float(result.chisqr) / spread if spread > 0 else np.nan,
        reasons=reasons,
    )


def _minimized(
    law: Law, inputs: Floats, observed: Floats, weight: Floats | float
) -> tuple["lmfit.Minimizer", Any]:
    import lmfit  # noqa: PLC0415  (slow to start, where needed only)

    parameters = lmfit.Parameters()
    for name, start in zip(
        law.constants, starting_constants(law, inputs, observed).tolist(), strict=True
    ):
        parameters.add(name, value=start, min=_LEAST_CONSTANT * start)

    def residual(values: "lmfit.Parameters") -> Floats:
        constants = np.array([values[name].value for name in law.constants])
        return np.asarray((observed - law.predict(constants, inputs)) * weight)

    minimizer = lmfit.Minimizer(residual, parameters, scale_covar=False)
    result = minimizer.leastsq(xtol=1e-12, ftol=1e-12)
    if not result.success:
        raise DataError(f"the fit of {', '.join(law.constants)} did not converge")
    return minimizer, result


def _weighted_spread(observed: Floats, weight: Floats) -> float:
    """Return the weighted sum of squares about the weighted mean."""
    mean = np.average(observed, weights=weight**2)
    return float(np.sum((weight * (observed - mean)) ** 2))


def _uncertainty(result: Any, scale: float) -> tuple[Floats, Floats]:  # noqa: ANN401  (lmfit)
    """Return standard deviations and correlations; NaN where the covariance is singular."""
    p = result.nvarys
    if result.covar is None:
        return np.full(p, np.nan), np.full((p, p), np.nan)
    sd = np.sqrt(np.diag(result.covar) * scale)
    root = np.sqrt(np.diag(result.covar))
    return sd, result.covar / np.outer(root, root)


def _profile_limits(
    minimizer: "lmfit.Minimizer",
    result: Any,  # noqa: ANN401  (lmfit is untyped)
    law: Law,
    *,
    is_absolute: bool,
) -> tuple[Floats, Floats]:
    """Return the limits of the 95 % profile-likelihood interval of each constant."""
    import lmfit  # noqa: PLC0415  (slow to start, where needed only)

    nothing = np.full(len(law.constants), np.nan)
    if result.covar is None:
        return nothing, nothing

    def absolute(best: Any, trial: Any) -> float:  # noqa: ANN401
        return float(stats.chi2.cdf(trial.chisqr - best.chisqr, 1))

    for name, sd in zip(law.constants, np.sqrt(np.diag(result.covar)).tolist(), strict=True):
        result.params[name].stderr = sd if is_absolute else sd * np.sqrt(result.redchi)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # where a side has no limit: it is NaN
            profile = lmfit.conf_interval(
                minimizer,
                result,
                sigmas=[_CONFIDENCE],
                prob_func=absolute if is_absolute else None,
            )
    except (lmfit.MinimizerException, ValueError):  # a flat profile: no limit on either side
        return nothing, nothing
    limits = np.array([[profile[name][0][1], profile[name][-1][1]] for name in law.constants])
    finite = np.where(np.isfinite(limits), limits, np.nan)
    return finite[:, 0], finite[:, 1]


def _not_identifiable(
    law: Law, inputs: Floats, estimate: Floats, correlation: Floats
) -> tuple[str, ...]:
    """Return why the constants are not determined; empty where they are."""
    reasons = [
        f"highest_substrate_below_twice_{name}"
        for name, row in law.half_saturations
        if inputs[row].max() < _SATURATION * estimate[law.constants.index(name)]
    ]
    beside = correlation[~np.eye(estimate.size, dtype=bool)]
    if not np.all(np.abs(beside) < _MOST_CORRELATION):
        reasons.append("constants_correlated")
    return tuple(reasons)
