// The fitted curves, drawn from their parameters: a Gaussian with two exponential tails, area 1.
// The formulas are those of the method (peak shape): Kalambet et al., J. Chemometrics 25 (2011) 352.
"use strict";

// exp(z²) erfc(z) for z >= 0, relative error 1.2e-7: Press et al., Numerical Recipes, 6.2.
function erfcx(z) {
  const t = 1 / (1 + 0.5 * z);
  const powers = [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807,
    -1.13520398, 1.48851587, -0.82215223, 0.17087277];
  return t * Math.exp(powers.reduceRight((sum, factor) => sum * t + factor, 0));
}

function emg(t, sigma, tau) {
  const z = (sigma / tau - t / sigma) / Math.SQRT2;
  const bell = Math.exp(-0.5 * (t / sigma) ** 2);
  if (z >= 0) return bell * erfcx(z) / (2 * tau);
  return (2 * Math.exp(0.5 * (sigma / tau) ** 2 - t / tau) - bell * erfcx(-z)) / (2 * tau);
}

function tailed(t, [sigma, tau, fraction, tail]) {
  return (1 - fraction) * emg(t, sigma, tau) + (fraction > 0 ? fraction * emg(t, sigma, tail) : 0);
}

// Time of the apex from the centre of the Gaussian: the shape has one maximum, within 3 sigma.
function apexFromCentre(shape) {
  let low = 0, high = 3 * shape[0];
  for (let k = 0; k < 40; k += 1) {
    const third = (high - low) / 3;
    if (tailed(low + third, shape) < tailed(high - third, shape)) low += third; else high -= third;
  }
  return (low + high) / 2;
}

// Intensities of a component, [ion, apex, area, sigma, tau, fraction, tail], at times x.
function componentCurve([, apex, area, ...shape], x) {
  const centre = apex - apexFromCentre(shape);
  return x.map((time) => area * tailed(time - centre, shape));
}

function straight([times, levels], x) {
  return x.map((time) => {
    let k = times.findIndex((knot) => knot >= time);
    if (k < 0) return levels[levels.length - 1];
    if (k === 0) return levels[0];
    return levels[k - 1] + (levels[k] - levels[k - 1]) * (time - times[k - 1]) / (times[k] - times[k - 1]);
  });
}
