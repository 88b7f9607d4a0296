"""Whether drift correction helps: concentrations with it, with a line always, and without.

    python benchmarks/drifts.py --seeds 1 41            # development; 1001 1041 for the record
    python benchmarks/drifts.py --seeds 1001 1041 --write

Batches are made of responses, without mzML: one curve of ten calibrators, then 48 unknowns with
two sets of three quality controls and 3, 6 or 12 pooled QCs between them. Responses scatter by 5 %
between runs and have 2 % of area noise. They drift not at all, along a line, along a bend that
is steep at first, or by a step, by 10 to 30 %. The unknowns are read from the curve.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from accuracy import table
from lcms import __version__
from lcms.model import Bools, Floats, Ints
from lcms.numerics.quantity.calibrators import Calibrators, fit_calibrators
from lcms.numerics.quantity.curve import concentrations
from lcms.numerics.quantity.drift import estimate_drifts
from lcms.numerics.quantity.replicates import Replicates, find_replicates, with_calibrators
from lcms.numerics.quantity.scatter import shrunk_scatter
from page import write_section

LEVELS: Final = np.array([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000.0])
CONTROLS: Final = (3.0, 60.0, 750.0)
N_UNKNOWNS: Final = 48
SCATTER: Final = 0.05  # between runs
NOISE: Final = 0.02  # of an area
MEAN_CHANGE: Final = -0.2  # over the batch; single compounds have 0.5 to 1.5 times as much
STEP_AT: Final = 0.6  # share of the batch
SHAPES: Final = ("no", "linear", "bent", "stepped")
COMPOUNDS: Final = (1, 3, 10)
POOLED: Final = (3, 6, 12)
ALLOWED_RMSE: Final = 1.03  # times the better of always and never
ALLOWED_COVERAGE: Final = (93.0, 97.0)  # percent

Way = tuple[Floats, Floats, float]  # log factors, their variances, degrees of freedom they take


@dataclass(frozen=True)
class Made:
    """A batch: runs in order, by `kind`; contents and responses of (compounds, runs)."""

    kind: Floats
    content: Ints
    true: Floats
    response: Floats

    @property
    def position(self) -> Floats:
        """The runs from -1 to 1."""
        return np.linspace(-1, 1, self.content.size)

    @property
    def calibrators(self) -> Bools:
        """Which runs are calibrators."""
        return np.asarray(self.kind == 0)

    @property
    def unknowns(self) -> Bools:
        """Which runs are unknowns."""
        return np.asarray(self.content < 0)

    def replicates(self) -> list[Replicates]:
        """Return the replicates of each compound."""
        return [
            find_replicates(self.position, values, (NOISE * values) ** 2, self.content)
            for values in self.response
        ]

    def with_calibrators(self) -> list[Replicates]:
        """Return the replicates and the residuals of the calibrators of each compound."""
        at = self.calibrators
        return [
            with_calibrators(
                replicates,
                Calibrators(true[at], values[at], (NOISE * values[at]) ** 2, 0.0),
                self.position[at],
                (0, 1),
            )
            for replicates, true, values in zip(
                self.replicates(), self.true, self.response, strict=True
            )
        ]


def log_factors(shape: str, change: float, n: int) -> Floats:
    """Return the logarithm of the drift of each run."""
    share = np.linspace(0, 1, n)
    way = {
        "no": 0 * share,
        "linear": share,
        "bent": 1 - (1 - share) ** 3,
        "stepped": (share > STEP_AT).astype(float),
    }[shape]
    return np.log1p(change * way)


def made(seed: int, n_compounds: int, shape: str, n_pooled: int) -> Made:
    """Return a batch; its kinds are 0 calibrator, 1 pooled QC, 2 control, 3 unknown."""
    random = np.random.default_rng([seed, n_compounds, n_pooled, SHAPES.index(shape)])
    body = [(3, -1)] * N_UNKNOWNS
    body[36:36] = body[12:12] = [(2, LEVELS.size + k) for k in range(len(CONTROLS))]
    places = np.round(np.linspace(0, len(body), n_pooled)).astype(int)
    for place in sorted(places.tolist(), reverse=True):
        body.insert(place, (1, LEVELS.size + len(CONTROLS)))
    kind, content = np.array([(0, k) for k in range(LEVELS.size)] + body).T
    true, response = [], []
    for _ in range(n_compounds):
        unknown = np.exp(random.uniform(np.log(3), np.log(800), content.size))
        known = np.concatenate([LEVELS, CONTROLS, [np.exp(random.uniform(2.3, 5.3))]])
        amount = np.where(content < 0, unknown, known[content])
        change = MEAN_CHANGE * random.uniform(0.5, 1.5)
        errors = SCATTER * random.standard_normal(content.size)
        factor = np.exp(log_factors(shape, change, content.size) + errors)
        noise = 1 + NOISE * random.standard_normal(content.size)
        true.append(amount)
        response.append(amount * factor * noise)
    return Made(kind, content, np.array(true), np.array(response))


def within(values: Floats, compound: Replicates) -> Floats:
    """Return values less the weighted means of their groups."""
    weight = 1 / (compound.log_variance + SCATTER**2)
    return compound.without_levels(values[:, None], weight)[:, 0]


def always(batch: Made, compound: Replicates) -> Way:
    """Return a line by least squares, whatever the replicates say."""
    x, y = within(compound.position, compound), within(compound.log_response, compound)
    weight = 1 / (compound.log_variance + SCATTER**2)
    squares = float(np.sum(weight * x**2))
    distance = batch.position - batch.position[batch.calibrators].mean()
    return float(np.sum(weight * x * y)) / squares * distance, distance**2 / squares, 1.0


def never(batch: Made, _: Replicates) -> Way:
    """Return no drift."""
    flat = np.zeros(batch.position.size)
    return flat, flat, 0.0


def fixed(batch: Made, way: str) -> list[tuple[Floats, Floats, float, float]]:
    """Return log factors, variances, scatter and freedom of each compound, one way for all."""
    replicates = batch.replicates()
    ways = [(always if way == "always" else never)(batch, compound) for compound in replicates]
    residuals = [
        within(
            compound.log_response - np.interp(compound.position, batch.position, mean), compound
        )
        for compound, (mean, _, _) in zip(replicates, ways, strict=True)
    ]
    freedoms = [
        compound.freedom - taken for compound, (_, _, taken) in zip(replicates, ways, strict=True)
    ]
    variances = [compound.log_variance for compound in replicates]
    scatter, freedom = shrunk_scatter(residuals, variances, np.array(freedoms))
    return [
        (mean, variance, *pair)
        for (mean, variance, _), pair in zip(ways, zip(scatter, freedom, strict=True), strict=True)
    ]


def learned(batch: Made) -> list[tuple[Floats, Floats, float, float]]:
    """Return the same as the package estimates it."""
    centre = batch.position[batch.calibrators]
    replicates = batch.with_calibrators()
    drifts = estimate_drifts(replicates, [centre] * len(replicates), batch.position)
    return [
        (drift.log_factor, drift.variance, drift.scatter, drift.scatter_freedom)
        for drift in drifts
    ]


def errors_of(batch: Made, way: str) -> tuple[Floats, Bools]:
    """Return the relative errors of the unknowns, and whether their intervals hold the truth."""
    corrected = learned(batch) if way == "learned" else fixed(batch, way)
    errors, covered = [], []
    for true, response, (mean, variance, scatter, freedom) in zip(
        batch.true, batch.response, corrected, strict=True
    ):
        value = response / np.exp(mean)
        noise, at = (NOISE * value) ** 2, batch.calibrators
        curve = fit_calibrators(
            Calibrators(true[at], value[at], noise[at], scatter), "auto", (0, 1)
        )
        at = batch.unknowns
        known = noise[at] + value[at] ** 2 * variance[at]
        found, low, high = concentrations(curve, value[at], known, scatter, freedom)
        errors.append(found / true[at] - 1)
        covered.append((low <= true[at]) & (true[at] <= high))
    return np.concatenate(errors), np.concatenate(covered)


def scored(
    seeds: Sequence[int], n_compounds: int, shape: str, n_pooled: int, way: str
) -> tuple[float, float]:
    """Return RMSE and coverage in percent over some seeds."""
    parts = [errors_of(made(seed, n_compounds, shape, n_pooled), way) for seed in seeds]
    errors, covered = (np.concatenate(part) for part in zip(*parts, strict=True))
    return 100 * float(np.sqrt(np.mean(errors**2))), 100 * float(np.mean(covered))


def rows_of(seeds: Sequence[int]) -> list[list[object]]:
    """Return a row per number of compounds, shape of the drift and number of pooled QCs."""
    rows: list[list[object]] = []
    for n_compounds in COMPOUNDS:
        for shape in SHAPES:
            for n_pooled in POOLED:
                scores = {
                    way: scored(seeds, n_compounds, shape, n_pooled, way)
                    for way in ("never", "always", "learned")
                }
                rmse, coverage = scores["learned"]
                ratio = rmse / min(scores["never"][0], scores["always"][0])
                is_kept = ratio <= ALLOWED_RMSE
                is_covered = ALLOWED_COVERAGE[0] <= coverage <= ALLOWED_COVERAGE[1]
                rows.append(
                    [
                        *(n_compounds, shape, n_pooled),
                        *(f"{scores[way][0]:.2f} %" for way in ("never", "always", "learned")),
                        f"{100 * (ratio - 1):+.1f} %{'' if is_kept else ' (fails)'}",
                        f"{coverage:.1f} %{'' if is_covered else ' (fails)'}",
                    ]
                )
        print(f"{n_compounds} compounds: done", file=sys.stderr, flush=True)
    return rows


def parabola_rmse(n_pooled: int) -> float:
    """Return the RMSE in percent that an unbiased estimate of a parabola leaves of one compound.

    By the variances of least squares through all replicates and calibrators, with the scatter
    and noise known: no estimate that is right without drift, with a line and with an even bend
    alike has a smaller one.
    """
    batch = made(0, 1, "no", n_pooled)
    (compound,) = batch.with_calibrators()
    columns = np.column_stack([compound.position, compound.position**2])
    variance = SCATTER**2 + NOISE**2
    left = compound.without_levels(columns, np.ones(compound.position.size))
    covariance = variance * np.linalg.inv(left.T @ left)
    curves = np.column_stack([batch.position, batch.position**2])
    curves = curves[batch.unknowns] - curves[batch.calibrators].mean(axis=0)
    of_drift = np.einsum("ni,ij,nj->n", curves, covariance, curves).mean()
    return 100 * float(np.sqrt(of_drift + variance))


_PAGE: Final = """\
# Drift correction

All data are simulated: no sample was measured. Version {version}. Seeds {first} to {last}.
Written by

    {command}

{table}
RMSE of the relative errors of 48 unknowns a batch: without correction (never), with a line by
least squares (always), and as the package corrects; its ratio to the better of the two (asked: at
most 3 % above); the coverage of its 95 % intervals (asked: 93 to 97 %). One curve of ten
calibrators is injected first, so half of its drift lies before the first pooled QC. Responses
scatter by 5 % between runs, and drift by 10 to 30 % over the batch; the bend is steep at first.

With one compound the replicates do not show the course of a drift: an unbiased estimate of a
parabola leaves an RMSE of {bounds} with 3, 6 and 12 pooled QCs, though scatter and noise be known.
An estimate with a smaller error is biased for some of these drifts: its intervals miss the truth
there, or are too wide elsewhere.
"""


def main(argv: Sequence[str]) -> None:
    """Measure, score and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", nargs=2, type=int, default=[1, 41], metavar=("FROM", "TO"))
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    chosen = parser.parse_args(argv)
    header = ["compounds", "drift", "pooled QCs", "never", "always", "corrected"]
    header += ["above the better", "coverage"]
    text = _PAGE.format(
        version=__version__,
        first=chosen.seeds[0],
        last=chosen.seeds[1] - 1,
        command=f"python benchmarks/drifts.py --seeds {chosen.seeds[0]} {chosen.seeds[1]} --write",
        bounds=", ".join(f"{parabola_rmse(n):.1f} %" for n in POOLED),
        table=table(header, rows_of(range(*chosen.seeds))),
    )
    print(text)
    if chosen.write:
        write_section(text)


if __name__ == "__main__":
    main(sys.argv[1:])
