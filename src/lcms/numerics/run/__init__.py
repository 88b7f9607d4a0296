"""One run and the model of its batch in, fitted peaks out.

run_fit        the whole: the time map of the run refined, every chromatogram fitted
common_time    the time at which co-eluting ions elute in this run
fitted_peak    area, borders, shape and m/z of each fitted peak
coverage       whether what was acquired holds the whole of a peak
untimed_limit  what would be seen of an ion without an expected time
alternation    whether the points of a peak go up and down in turn
sensitivity    how far an area moves when it is integrated in another way
rejection      why each other candidate is not the peak of the target
"""
