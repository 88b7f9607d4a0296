import logging
from pathlib import Path

import pytest
from snakemake.settings.types import OutputSettings
from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_logger_plugin_lcms import LogHandler, Step


def handler(*, dryrun: bool = False) -> LogHandler:
    return LogHandler(OutputSettings(dryrun=dryrun), None)


def record(text: str = "", level: int = logging.INFO, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("snakemake", level, str(Path(__file__)), 1, text, None, None)
    made.__dict__.update(fields)
    return made


@pytest.mark.parametrize(
    ("n_done", "begun_s", "line"),
    [
        (0, None, "0/40 runs"),
        (10, 5.0, "10/40 runs  2 runs/s  15 s left"),  # 10 runs in 5 s, 30 are left
        (1, -590.0, "1/40 runs  0.00167 runs/s  6 h 30 min left"),  # 600 s a run
        (40, 0.0, "40/40 runs  4 runs/s  in 10 s"),
    ],
)
def test_a_step_says_runs_done_of_all_rate_and_time_left(
    n_done: int, begun_s: float | None, line: str
) -> None:
    assert Step("extract", 40, n_done, begun_s).line(10.0) == line


def test_each_step_is_one_line_when_all_its_runs_are_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = handler()
    jobs = {1: ("extract_chromatograms", 4), 2: ("extract_chromatograms", 3), 3: ("all", 7)}
    log.emit(record(lcms_jobs=jobs))
    log.emit(record(event=LogEvent.JOB_STARTED, jobs=[1, 2]))
    log.emit(record("rule extract_chromatograms:", event=LogEvent.JOB_INFO))
    log.emit(record(event=LogEvent.JOB_FINISHED, job_id=2))
    assert capsys.readouterr().err == ""

    log.emit(record(event=LogEvent.JOB_FINISHED, job_id=1))
    log.emit(record(event=LogEvent.JOB_FINISHED, job_id=3))

    (line,) = capsys.readouterr().err.splitlines()
    assert line.split()[:3] == ["extract", "7/7", "runs"]


def test_errors_and_the_place_of_the_log_are_shown_and_other_messages_are_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = handler()
    for text in ("Complete log(s): early", "Building DAG of jobs..."):
        log.emit(record(text))
    log.emit(record("the job failed", logging.ERROR, event=LogEvent.JOB_ERROR))
    log.emit(record("Complete log(s): a.log"))
    log.emit(record("Nothing to be done (all is there)."))

    assert capsys.readouterr().err.splitlines() == [
        "the job failed",
        "Complete log(s): a.log",
        "Nothing to be done (all is there).",
    ]


def test_a_dry_run_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    handler(dryrun=True).emit(record("Job stats: ..."))

    assert capsys.readouterr().err == "Job stats: ...\n"
