"""Simulated runs with known truth: a plan becomes injections, elution curves, ions and scans.

The modules follow that order: `plan` holds the options, `panel` the compounds, `injections`
the batch, `elution` the curves, `traces` the ions of one run, `noise` what disturbs them,
`scans` what a spectrometer would write, and `batch` puts them together.
"""
