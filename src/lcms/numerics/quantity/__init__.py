"""Areas and nominal concentrations in, concentrations with intervals out.

response      area divided by the area of the internal standard; carry-over subtracted
replicates    which injections have the same content
contradictions   which of them contradict each other
drift_models  what the drift of a response may be, and how probable
drift         how the response changes over the order of injection
scatter       how much replicates scatter beyond the noise of their areas
curve         the calibration curve, its covariance and its inverse
calibrators   the weights, which calibrators are in the curve, the range in which it holds
spiked_amounts   what was added to a matrix that holds the compound itself
bridging      responses of several batches on one scale
"""
