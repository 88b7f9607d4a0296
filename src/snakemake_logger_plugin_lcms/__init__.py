"""What `lcms run` says while Snakemake works: one line a step, with runs done, rate, time left.

Snakemake finds this logger by the name of the module (`--logger lcms`). Errors, warnings and dry
runs are shown as Snakemake does; its whole log is in `.snakemake/log/`.
"""

import logging
import sys
import time
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

_STEPS: Final = {
    "extract_chromatograms": "extract",
    "pick_peaks": "pick",
    "learn_batch": "learn",
    "integrate_peaks": "integrate",
    "write_results": "tables, page",
}
_ERRORS: Final = {LogEvent.JOB_ERROR, LogEvent.GROUP_ERROR, LogEvent.ERROR}
_NOTHING: Final = "Nothing to be done"
_LOG: Final = "Complete log"  # where it is; shown after an error
# Between two lines of one step where there is no terminal: a long night has a short log.
_PAUSE_S: Final = 60.0


@dataclass
class Step:
    """The runs of a step: how many of all are done, and when it began (s)."""

    name: str
    n_runs: int = 0
    n_done: int = 0
    begun_s: float | None = None

    def line(self, now_s: float) -> str:
        """Return runs done of all, the rate, and the remaining time."""
        counts = f"{self.n_done}/{self.n_runs} runs"
        spent_s = now_s - (now_s if self.begun_s is None else self.begun_s)
        if not self.n_done or spent_s <= 0:
            return counts
        rate = self.n_done / spent_s
        left_s = (self.n_runs - self.n_done) / rate
        end = f"{_duration(left_s)} left" if left_s else f"in {_duration(spent_s)}"
        return f"{counts}  {rate:.3g} runs/s  {end}"


def _duration(seconds: float) -> str:
    """Return a duration in words: 12 s, 4 min, 1 h 20 min."""
    minutes = round(seconds / 60)
    if seconds < 90:  # noqa: PLR2004  (one and a half minutes)
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004


class LogHandler(LogHandlerBase):
    """Counts the runs of the jobs that end; the workflow sends `lcms_jobs` when it starts."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = False
    has_formatter = False
    needs_rulegraph = False

    def __post_init__(self) -> None:
        """Begin without steps; they come with the first record of the workflow."""
        self._jobs: dict[int, tuple[str, int]] = {}
        self._steps: dict[str, Step] = {}
        self._said_s: dict[str, float] = {}
        self._bars: Progress | None = None
        self._has_failed = False

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record of Snakemake, or count it."""
        event = getattr(record, "event", None)
        if hasattr(record, "lcms_jobs"):
            self._begin(record.lcms_jobs)
        elif self.common_settings.dryrun or event in _ERRORS or record.levelno >= logging.WARNING:
            self._has_failed |= event in _ERRORS
            self._echo(self.format(record))
        elif event == LogEvent.JOB_STARTED:
            for job in getattr(record, "jobs", ()):
                self._start(job)
        elif event == LogEvent.JOB_FINISHED:
            self._finish(getattr(record, "job_id", -1))
        elif record.getMessage().startswith((_NOTHING, *[_LOG] * self._has_failed)):
            self._echo(self.format(record))

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bars is not None:
            self._bars.stop()
        super().close()

    def _begin(self, jobs: dict[int, tuple[str, int]]) -> None:
        self._jobs = jobs
        for rule, name in _STEPS.items():
            n_runs = sum(n for of_rule, n in jobs.values() if of_rule == rule)
            if n_runs:
                self._steps[rule] = Step(name, n_runs)
        if self._steps and sys.stderr.isatty():
            self._bars = Progress(
                *("{task.description:>12}", BarColumn(), TextColumn("{task.fields[line]}")),
                console=Console(stderr=True),
                auto_refresh=False,  # no thread beside those of Snakemake
            )
            for step in self._steps.values():
                self._bars.add_task(step.name, total=step.n_runs, line=f"{step.n_runs} runs")
            self._bars.start()

    def _start(self, job: int) -> None:
        rule, _ = self._jobs.get(job, ("", 0))
        step = self._steps.get(rule)
        if step is not None and step.begun_s is None:
            step.begun_s = self._said_s[rule] = time.monotonic()

    def _finish(self, job: int) -> None:
        rule, n_runs = self._jobs.pop(job, ("", 0))
        step = self._steps.get(rule)
        if step is None:
            return
        step.n_done += n_runs
        now_s = time.monotonic()
        if self._bars is not None:
            self._show(list(self._steps).index(rule), step, now_s)
        elif step.n_done == step.n_runs or now_s - self._said_s.get(rule, now_s) >= _PAUSE_S:
            self._said_s[rule] = now_s
            self._echo(f"{step.name:>12}  {step.line(now_s)}")

    def _show(self, index: int, step: Step, now_s: float) -> None:
        """Show the bar of a step; after the last run the terminal is left."""
        if self._bars is None:
            return
        task = self._bars.tasks[index].id
        self._bars.update(task, completed=step.n_done, line=step.line(now_s), refresh=True)
        if all(each.n_done == each.n_runs for each in self._steps.values()):
            self._bars.stop()
            self._bars = None

    def _echo(self, text: str) -> None:
        if self._bars is not None:
            self._bars.console.print(text, markup=False, highlight=False)
        elif text and text != "None":
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()
