"""Fitted peaks and decoys in, how far to trust the peaks out.

decoy_fits      the same fit at m/z where no compound can be
false_rate      how often a decoy passes for a peak
peak_quality    the probability that a reviewer would accept a peak
"""
