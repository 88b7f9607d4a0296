from collections.abc import Collection

import pytest

from lcms import remedies, words


@pytest.mark.parametrize(
    ("of_words", "meanings"),
    [
        (remedies.OF_FLAGS, words.FLAGS),
        (remedies.OF_PEAK_STATUSES, words.PEAK_STATUSES),
        (remedies.OF_CONCENTRATION_STATUSES, words.CONCENTRATION_STATUSES),
        (remedies.OF_RUN_REASONS, words.RUN_REASONS),
        (remedies.OF_EXCLUSIONS, words.EXCLUSIONS),
        (remedies.OF_CALIBRATION_FAILURES, words.CALIBRATION_FAILURES),
        (remedies.OF_IDENTIFICATIONS, words.IDENTIFICATIONS),
    ],
)
def test_there_is_something_to_do_about_every_word_and_about_no_other(
    of_words: Collection[str], meanings: Collection[str]
) -> None:
    assert set(of_words) == set(meanings)
