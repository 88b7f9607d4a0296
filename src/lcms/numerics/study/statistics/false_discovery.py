"""False-discovery rates over the targets of one contrast."""

import numpy as np
from scipy.stats import false_discovery_control

from lcms.model import Floats


def false_discovery_rates(p_value: Floats) -> Floats:
    """Return the adjusted p-value of each target; NaN where there is no p-value.

    References
    ----------
    Benjamini & Hochberg, J. R. Stat. Soc. B 57 (1995) 289.
    """
    adjusted = np.full(p_value.shape, np.nan)
    given = np.isfinite(p_value)
    if given.any():
        adjusted[given] = false_discovery_control(p_value[given])
    return adjusted
