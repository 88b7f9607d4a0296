"""Injections of equal content in a batch: what drift and scatter are read off."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from lcms.model import Bools, Floats, Ints

_MOST_NOISE: Final = 0.25  # a replicate with a greater relative area noise tells of no drift


@dataclass(frozen=True)
class Replicates:
    """The replicates of one target in one batch; arrays of one shape, (n,).

    `position` is the place in the batch from -1 (first run) to 1 (last); `log_variance` the
    variance of `log_response` by the area noise alone; `group` numbers the groups of equal
    content from 0; `is_pooled` marks the pooled QCs.
    """

    position: Floats
    log_response: Floats
    log_variance: Floats
    group: Ints
    is_pooled: Bools


def find_replicates(
    position: Floats, response: Floats, variance: Floats, content: Ints, is_pooled: Bools
) -> Replicates:
    """Return the clear responses to contents that were injected more than once.

    The relative variance by the noise is that at the mean of the group: at each response of
    its own, low ones would seem noisier than they are.

    Parameters
    ----------
    position, response, variance, is_pooled : arrays of shape (n,)
        As in `Replicates`; the variance is that of the response by the area noise.
    content : array of shape (n,)
        Equal numbers from 0 mark equal contents; -1 what does not count.
    """
    inside = content >= 0
    counts = np.bincount(content[inside], minlength=content.max(initial=0) + 1)
    sums = np.bincount(content[inside], response[inside], minlength=counts.size)
    mean = (sums / np.maximum(counts, 1))[content]
    with np.errstate(invalid="ignore", divide="ignore"):
        log_variance = variance / mean**2
    is_clear = (log_variance < _MOST_NOISE**2) & (response > 0)
    used = inside & (counts[content] > 1) & is_clear
    return Replicates(
        position=position[used],
        log_response=np.log(response[used]),
        log_variance=log_variance[used],
        group=np.unique(content[used], return_inverse=True)[1].astype(np.int64),
        is_pooled=is_pooled[used],
    )
