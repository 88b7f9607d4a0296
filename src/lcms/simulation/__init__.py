"""Simulated runs with known truth: a plan becomes injections, elution curves, ions and scans.

plan              the options
simulated_panel   the compounds; `product_ions` their product ions
injections        the runs
elution           the elution curves
interferences     other ions at the m/z of a compound
detector_noise    how intensities and m/z scatter
simulated_scans   the scans that a spectrometer records of them
acquisition       full scan, SRM, PRM or DIA
simulated_batch   the whole
studies           whole studies with known effects
accidents         what goes wrong in a laboratory, with its truth
"""
