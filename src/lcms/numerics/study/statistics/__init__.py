"""Values and limits of treatments in, effects with intervals and p values out.

censored_likelihood   the likelihood of values of which some are only known to be below a limit
censored_models       its maximum, with and without random intercepts
profile_likelihood    the interval and the p value of one effect
contrasts             which groups are compared, and how
false_discovery       all targets together
"""
