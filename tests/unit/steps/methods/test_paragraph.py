"""The methods paragraph: what it says follows from the tables and the settings."""

from dataclasses import replace

import pytest

from builders import Row, ion, row
from lcms.config import Settings
from lcms.kinds import TargetKind
from lcms.schemas import CALIBRATION, QUALITY, REVIEW_AUDIT, SAMPLES, VERDICT
from lcms.steps.methods.paragraph import RanAnalysis, paragraphs

SOFTWARE = '{"lcms": "1.2.3", "pyopenms": "3.6.0"}'
IONS = (
    replace(ion("Ile"), isomer_group="leucines", name="Lac-Ile"),
    replace(ion("Leu"), isomer_group="leucines", name="Lac-Leu"),
    ion("IS", kind=TargetKind.INTERNAL_STANDARD),
)


def sample(sample_id: str, sample_type: str, **cells: object) -> Row:
    facts: Row = {"batch": "1", "status": "ok", "instrument": "Q Exactive", "polarity": "-"}
    facts |= {"n_ms1": 900, "mzml": "a.mzML"}
    return row(SAMPLES, sample_id=sample_id, sample_type=sample_type, **(facts | cells))


def curve(target_id: str, n_used: int, drift_percent: float) -> Row:
    words = {"calibration_approach": "ordinary", "model": "linear", "weighting": "1/x"}
    numbers = {"slope": 1.0, "n_used": n_used, "n_excluded": 0, "failed_levels": []}
    drift = {"drift": "linear", "drift_percent": drift_percent, "verdict": "pass"}
    return row(CALIBRATION, batch="1", target_id=target_id, **words, **numbers, **drift)


def judged(target_id: str, acceptance: str) -> Row:
    return row(QUALITY, batch="1", target_id=target_id, acceptance=acceptance, acceptance_why=[])


def audit(outcome: str) -> Row:
    key = {"sample_id": "a", "ion_id": "Ile", "number": 1, "action": "reject"}
    return row(REVIEW_AUDIT, **key, who="Ada", when="", outcome=outcome)


STUDY = RanAnalysis(
    runs=[
        sample("a", "unknown"),
        sample("b", "calibrator"),
        sample("c", "pooled_qc", batch="2"),
        sample("d", "unknown", status="failed", instrument=None, polarity=None, n_ms1=None),
    ],
    ions=IONS,
    calibration=[curve("Ile", 6, -12.4), curve("Leu", 7, 3.0)],
    quality=[judged("Ile", "accepted"), judged("Leu", "rejected")],
    verdict=[row(VERDICT, batch="1", target_id="Ile", rule="blank_percent")],
    review_audit=[audit("applied"), audit("stale")],
    software=SOFTWARE,
)


def text(study: RanAnalysis = STUDY, settings: Settings = Settings()) -> str:  # noqa: B008  (frozen)
    return "\n".join(paragraphs(study, settings))


@pytest.mark.parametrize(
    "sentence",
    [
        "4 injections (2 unknown, 1 calibrator, 1 pooled QC) in 2 batches were evaluated.",
        "They were acquired on Q Exactive.",
        "Polarity: negative.",
        "1 injection could not be read.",
        "lcms-lactoyl 1.2.3",
        "pyOpenMS 3.6.0",
        "2 analytes and 1 internal standard.",
        "Lac-Ile and Lac-Leu.",
        "within 3 ppm",
        "Concentrations (nmol/L) were read from a straight line through 6 to 7 calibrators,",
        "weighted by 1/x, for 2 curves.",
        "more than 15 % (20 % at the lowest level)",
        "the largest correction over a batch is 12 %",
        "by 1 rule of ICH M10 (2022): 1 were accepted, 1 rejected and 0 not judged",
        "A person decided on 1 result;",
    ],
)
def test_a_sentence_follows_from_the_tables(sentence: str) -> None:
    assert sentence in text()


def test_only_references_that_are_named_are_listed() -> None:
    assert "ICH guideline M10" in text()
    assert "Broadhurst" not in text()


def test_without_a_calibration_none_is_described() -> None:
    assert "no calibration was fitted" in text(replace(STUDY, calibration=[]))
    assert "were read from" not in text(replace(STUDY, calibration=[]))


def test_simulated_data_are_called_simulated_first() -> None:
    runs = [sample("a", "unknown", instrument="simulated")]
    assert text(replace(STUDY, runs=runs)).startswith("The data are simulated")
    assert "simulated" not in text()
