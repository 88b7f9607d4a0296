"""Names the sample types that are still guesses, for the person who must confirm them."""

from collections.abc import Sequence

from lcms.flags import listed
from lcms.kinds import SampleType
from lcms.model import Sample


def guess_messages(samples: Sequence[Sample]) -> list[str]:
    """Return a line for each sample type that is a guess, and what to do; none for no guess."""
    lines = []
    for sample_type in SampleType:
        runs = [run for run in samples if run.type_guessed and run.sample_type is sample_type]
        if runs:
            names = [f"{run.sample_id} {_reason(run)}" for run in runs]
            count = "1 run is" if len(runs) == 1 else f"{len(runs)} runs are"
            lines.append(f"{count} `{sample_type}` by a guess: {listed(names)}")
    if lines:
        lines.append("correct `sample_type` where a guess is wrong, then delete `type_guessed`")
    return lines


def _reason(run: Sample) -> str:
    """Return the reason in brackets, without the type before it."""
    _, _, reason = (run.type_guessed or "").partition(" ")
    return reason
