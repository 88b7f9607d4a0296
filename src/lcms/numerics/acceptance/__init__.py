"""Concentrations and responses in; metrics, limits and verdicts out.

run_verdict        whether a run as a whole can be trusted
level_accuracy     accuracies of calibrators and controls, level by level
metrics            what the rules limit
acceptance_rules   limits of metrics, and what they decide together
dilution_series    parallelism: whether a material reads the same at each dilution
"""
