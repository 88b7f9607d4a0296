"""One run and the model of its batch in, fitted peaks out.

run_fit           the whole: the time map of the run refined, every chromatogram fitted
chromatogram_fit  the fit of one chromatogram, with errors and limits
run_width         how much wider the peaks of this run are than those of its batch
run_misfit        how far they are from the shapes and times that it lets expect
fitted_peak       area, borders, shape and m/z of each fitted peak
fitted_or_picked  whether the fit, the points or the picker give the area
rejection         which fitted peaks cannot be the target
manual_peak       the peak between borders that a reviewer set
"""
