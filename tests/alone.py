"""Runs a function in a process of its own: it may hang, or end its process."""

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final, TypeVar

T = TypeVar("T")
DONE: Final = "done"
CRASHED: Final = "crashed"
HUNG: Final = "hung"


def alone(function: Callable[[], T], limit_s: float) -> tuple[str, T | None]:
    """Return how a function ended in a fork of this process, and what it returned.

    `CRASHED`: its process ended without a result. `HUNG`: it was killed after the limit.
    """
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(there, function))
    process.start()
    there.close()
    try:
        if not here.poll(limit_s):
            return HUNG, None
        return DONE, here.recv()
    except EOFError:
        return CRASHED, None
    finally:
        process.kill()
        process.join()
        here.close()


def _send(connection: Connection, function: Callable[[], T]) -> None:
    signal.alarm(0)
    connection.send(function())
    connection.close()
