"""Candidates of all runs in; a map between each run's retention times and a common scale out.

labelled_copies    which internal standard is the labelled copy of which target
co_elution         which ions co-elute: those of one compound and of its labelled copies
anchors            the whole: the retention times of anchors in each run, and time maps by them
jumped_runs        runs whose times have jumped beyond the search windows
alignment          the time map of each run: its shift, stretch and bend, by its anchors
bends              smooth curves of time differences over time
"""
