import numpy as np
import pytest

from builders import sample
from lcms.kinds import DriftKind, PeakStatus
from lcms.model import Drift
from lcms.steps.quantify.batch_runs import BatchRuns
from lcms.steps.quantify.drift_correction import without_drift
from lcms.steps.quantify.responses import Responses
from quantified import ALA

ENDS = np.array([-1.0, 0.0, 1.0])


def test_a_corrected_response_has_the_variances_of_a_quotient() -> None:
    # the factor is exp(0.2 s), its logarithm has the standard deviation 0.1 |s|
    drift = Drift(
        DriftKind.LINEAR, ENDS, 0.2 * ENDS, (0.1 * ENDS) ** 2, 0.9, 0.03, 5.0, (-1.0, 1.0),
    )  # fmt: skip
    position = np.array([-1.0, 0.0, 1.0])
    batch = BatchRuns(
        "1", tuple(sample(f"s{k}") for k in range(3)), position, np.zeros(3, np.bool_)
    )
    value, variance = np.array([2.0, 3.0, 5.0]), np.array([0.01, 0.04, 0.09])
    nothing = np.zeros(3)
    responses = Responses(
        ALA, value, variance, nothing, (PeakStatus.QUANTIFIED,) * 3, ((),) * 3,
        nothing, nothing, nothing, nothing,
    )  # fmt: skip

    corrected = without_drift(batch, responses, drift)

    factor = np.exp(0.2 * position)
    assert corrected.value == pytest.approx(value / factor)
    assert corrected.variance == pytest.approx(variance / factor**2)
    # d(r / F) = -(r / F) d(log F)
    assert corrected.drift_variance == pytest.approx((value / factor * 0.1 * position) ** 2)
