"""The method, room by room in the order of the work; arrays in, arrays out.

mass            formula and adduct to m/z; the m/z offset of a run
chromatogram    scans and transitions to one chromatogram per ion
peak            candidates in a chromatogram; peak shapes, noise, the joint fit of several peaks
time            the retention times of all runs on one common scale
assignment      candidates of all runs at one common time, and which compound each is
batch           what all runs together show: compounds, shapes, noise
run             the peaks of one run, fitted with what the batch has learned
detection       how often chance passes for a peak, and how good a peak is
identity        how sure it is that a peak is the compound
quantity        areas to responses, drift, calibration, concentrations
acceptance      rules, and what they decide of runs, calibrations and batches
study           concentrations to what a study reports

Beside the rooms: `batch_data` is everything a batch is learned from, `elution_series` the order
in which lactoyl amino acids elute, `robust` the robust statistics.

Each room imports only rooms above it in this list (a contract in `pyproject.toml`).
"""
