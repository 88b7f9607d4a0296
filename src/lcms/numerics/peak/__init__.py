"""One chromatogram in, its candidates and fitted peaks out.

peak_shape          the shape of a peak: a Gaussian with an exponential and a second, longer tail
noise               how intensities scatter: beside the peaks, and with the height of the signal
picked_borders      which valleys part two picked peaks, and where each ends
candidate_baseline  the baseline under each of them
candidates          area, height, width: picked peaks become candidates
source_fragments    candidates that a larger compound may have formed in the ion source
joint_fit           several peaks of known shape and a baseline, fitted together: of
                    expected_peak, fitted_baseline and the points that cut_ends leaves, by
                    least_squares and its normal_equations
"""
