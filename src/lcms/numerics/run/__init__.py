"""One run and the model of its batch in, fitted peaks out.

run_fit        the whole: the time map of the run refined, every chromatogram fitted
common_time    the time at which co-eluting ions elute in this run
fitted_peak    area, borders, shape and m/z of each fitted peak
sensitivity    how far an area moves when it is integrated in another way
rejection      why each other candidate is not the peak of the target
"""
