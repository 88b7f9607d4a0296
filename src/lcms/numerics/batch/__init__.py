"""Candidates and chromatograms of a batch in; its compounds, shapes and noise out: a `BatchModel`.

learning: the whole, with all below in this order.
tracks, chromatogram_tracks: candidates of many runs at one common time.
track_costs, joint_assignment, assignment, assigned_track: which track is which compound.
aligned_batch, shape_priors, training, shape_learning: times and shapes, from the strongest runs.
isomer_shapes: the one shape of isomers that overlap.
usual_shape, time_scatter: the shape of most peaks; how much a retention time scatters.
residuals, batch_noise: noise, from what the fits of strong runs leave.
batch_model: the result, and the peaks that it lets expect in a run.
"""
