"""The progress of a command: a bar on a terminal, plain lines in a log."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress(label: str, total: int) -> Iterator[Callable[[str], None]]:
    """Give a function to call after each run: a bar on a terminal, plain lines in a log."""
    if not sys.stderr.isatty():
        counter = iter(range(1, total + 1))
        yield lambda name: click.echo(f"{label} {next(counter)}/{total} {name}", err=True)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    def show(name: str) -> None:
        task = bar.tasks[0]
        bar.update(task.id, advance=1, name=name)
        rate = f"{task.finished_speed or task.speed or 0:.1f} runs/s"
        bar.update(task.id, rate=rate, refresh=True)

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), "{task.fields[rate]}")
    shown = (*columns, TimeRemainingColumn(), "{task.fields[name]}")
    console = Console(stderr=True)
    with Progress(*shown, console=console, auto_refresh=False) as bar:  # no thread: readers fork
        bar.add_task(label, total=total, name="", rate="")
        yield show
