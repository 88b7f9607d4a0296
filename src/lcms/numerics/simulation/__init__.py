"""Simulated runs with known truth: a plan becomes injections, elution curves, ions and scans.

The modules in that order: `plan` holds the options, `panel` the compounds, `products` their
product ions, `injections` the runs, `elution` the curves, `interferences` and `noise` what
disturbs the ions of a run, `scans` what a spectrometer writes of them, `acquisition` in which
way; `batch` puts them together.
"""
