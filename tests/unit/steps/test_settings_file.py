from pathlib import Path

from lcms.config import load_settings, parse_settings
from lcms.steps.settings_file import write_settings


def test_words_of_a_study_and_of_the_triage_are_read_again(tmp_path: Path) -> None:
    values = {
        "study": {"design": "on_off", "reference": "rest"},
        "triage": {"levels": {"sum_only": "error", "saturated": {"pooled_qc": "warning"}}},
    }
    settings = parse_settings(values, "test")
    write_settings(tmp_path, settings)
    again = load_settings(tmp_path / "settings.yaml")
    assert (again.study, again.triage) == (settings.study, settings.triage)
