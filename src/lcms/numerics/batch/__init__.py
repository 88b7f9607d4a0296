"""Candidates and chromatograms of a batch in, a model of its compounds, shapes and noise out.

learning               the whole: times, assignment, shapes, noise, in this order
tracks                 candidates of many runs at one common time: a track
chromatogram_tracks    the tracks of one chromatogram, and how well each fits the target sheet
joint_assignment       where ions that elute together elute, by the tracks of all of them
assignment             which track is which compound
usual_shape            what the peaks of the batch look like
shape_learning         the retention times and shapes of compounds, from many runs at once
residuals              what the fit of a strong run leaves, and the noise that this shows
batch_model            the result: what `run` fits with
"""
