"""One chromatogram in, its candidates and fitted peaks out.

candidates    picked borders to candidates: noise, baseline, area, height, width
peak_shape    the shape of a peak: an exponentially modified Gaussian with a second, longer tail
noise         how intensities scatter: beside the peaks, and with the height of the signal
joint_fit     several peaks of known shape and a baseline, fitted together
"""
