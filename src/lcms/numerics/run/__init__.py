"""One run and the model of its batch in, fitted peaks out.

run_fit           the whole: the time map of the run refined, every chromatogram fitted
run_width         how much wider the peaks of this run are than those of its batch
run_misfit        how far they are from the shapes and times that it lets expect
common_time       the time at which co-eluting ions elute in this run
unfitted_chromatogram, unexplained_peaks   what is fitted: points, expected peaks, other peaks
fitted_chromatogram, area_error   the fit of a chromatogram, and the error of each area
fitted_peak       area, borders, shape and m/z of each fitted peak, and fitted_or_picked
isomer_separation, coverage, alternation   what else is known of it
detection_limit, untimed_limit    what would be seen of an ion, with and without expected time
sensitivity, rejection, manual_peak   integrated otherwise, not the target, or by hand
"""
