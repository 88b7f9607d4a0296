"""One chromatogram of a run and its expected peaks in; fitted areas, their errors and limits out.

common_time       the time at which co-eluting ions elute in this run
unfitted_chromatogram, unexplained_peaks   what is fitted: points, expected peaks, other peaks
fitted_chromatogram, area_error   the fit, and the error of each area
isomer_separation, coverage, alternation   what else is known of a peak
detection_limit, untimed_limit   what would be seen of an ion, with and without expected time
sensitivity       how far an area moves when it is integrated as another person might
"""
