"""Candidates of all runs in, a map from each run's retention times to a common scale out.

labelled_copies    which internal standard is the labelled copy of which target
co_elution         which ions elute together: those of one compound and of its labelled copies
anchors            where the ions that lead the alignment elute in each run
alignment          shift, stretch and bend of each run, by its anchors
bends              smooth curves of time differences over time
"""
