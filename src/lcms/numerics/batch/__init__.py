"""Candidates and chromatograms of a batch in; its compounds, shapes and noise out: a `BatchModel`.

learning: the whole, with all below in this order.
aligned_batch, shape_priors, training, shape_learning: times and shapes, from the strongest runs.
isomer_shapes: the one shape of isomers that overlap.
usual_shape, time_scatter: the shape of most peaks; how much a retention time scatters.
residuals, batch_noise: noise, from what the fits of strong runs leave.
batch_model: the result, and the peaks that it lets expect in a run.
proposed_times: retention times for the sheet, of compounds that have none there.
"""
