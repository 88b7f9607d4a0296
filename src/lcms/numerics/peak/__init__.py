"""One chromatogram in, its candidates and fitted peaks out.

candidates          picked borders to candidates: noise, baseline, area, height, width
source_fragments    candidates that a larger compound may have formed in the ion source
peak_shape          the shape of a peak: a Gaussian with an exponential and a second, longer tail
noise               how intensities scatter: beside the peaks, and with the height of the signal
joint_fit           several peaks of known shape and a baseline, fitted together
"""
