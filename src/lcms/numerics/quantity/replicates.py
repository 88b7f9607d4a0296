"""Injections of equal content in a batch: drift and scatter are estimated from them.

Content is the calibrator or control level with its dilution, or the pooled QC. Responses enter
as logarithms. To first order (delta method) the variance of log r_i due to the area noise is

    Var log r_i = s_i² / r̄²,

with the standard deviation s_i of the response due to the area noise and the mean r̄ of the
responses of its group. The mean stands there because s_i² / r_i² would be too large for the
replicates that happen to be low, and so give the high ones more weight.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, Floats, Ints

# Relative area noise (standard deviation divided by response) from which a replicate is left
# out: beyond it the logarithm is no longer close to linear, and a replicate that is four times
# its noise has little weight beside a scatter of a few percent. Chosen by judgement.
_MOST_NOISE_SHARE: Final = 0.25


@dataclass(frozen=True)
class Replicates:
    """The replicates of one target in one batch; arrays of one shape, (n,).

    `position` is the time of injection on a scale from -1 (first run of the batch) to 1 (last);
    `log_variance` the variance of `log_response` due to the area noise alone; `group` numbers the
    groups of equal content from 0.
    """

    position: Floats
    log_response: Floats
    log_variance: Floats
    group: Ints


def is_clear_of_noise(log_variance: Floats) -> Bools:
    """Return where the logarithm of a response is close to linear in the area noise."""
    return np.asarray(log_variance < _MOST_NOISE_SHARE**2)


def find_replicates(
    position: Floats, response: Floats, variance: Floats, content: Ints
) -> Replicates:
    """Return the responses, clear of their noise, to contents that were injected more than once.

    Parameters
    ----------
    position, response, variance : arrays of shape (n,)
        As in `Replicates`; the variance is that of the response due to the area noise.
    content : array of shape (n,)
        Equal numbers from 0 mark equal contents; runs with -1 are left out.
    """
    inside = content >= 0
    counts = np.bincount(content[inside], minlength=content.max(initial=0) + 1)
    sums = np.bincount(content[inside], response[inside], minlength=counts.size)
    mean = (sums / np.maximum(counts, 1))[content]
    with np.errstate(invalid="ignore", divide="ignore"):
        log_variance = variance / mean**2
    is_clear = is_clear_of_noise(log_variance) & (response > 0)
    used = inside & (counts[content] > 1) & is_clear
    return Replicates(
        position=position[used],
        log_response=np.log(response[used]),
        log_variance=log_variance[used],
        group=np.unique(content[used], return_inverse=True)[1].astype(np.int64),
    )
