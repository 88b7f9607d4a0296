from collections.abc import Collection

import pytest

from lcms import flags, remedies


@pytest.mark.parametrize(
    ("of_words", "meanings"),
    [
        (remedies.OF_FLAGS, flags.FLAGS),
        (remedies.OF_PEAK_STATUSES, flags.PEAK_STATUSES),
        (remedies.OF_CONCENTRATION_STATUSES, flags.CONCENTRATION_STATUSES),
        (remedies.OF_RUN_REASONS, flags.RUN_REASONS),
        (remedies.OF_EXCLUSIONS, flags.EXCLUSIONS),
        (remedies.OF_CALIBRATION_FAILURES, flags.CALIBRATION_FAILURES),
        (remedies.OF_IDENTIFICATIONS, flags.IDENTIFICATIONS),
    ],
)
def test_there_is_something_to_do_about_every_word_and_about_no_other(
    of_words: Collection[str], meanings: Collection[str]
) -> None:
    assert set(of_words) == set(meanings)
