"""`lcms times`: retention times for targets without one, from the runs that show them best.

time_runs      which runs are looked at
time_texts     what is said of each proposal
time_page      the picture: the chromatograms, and where the peak is
listed_times   the proposals, written into the target sheet
"""
