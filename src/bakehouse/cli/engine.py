"""`bakehouse engine`: drive whatever runs of this home are free."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import click

from bakehouse.app import settings
from bakehouse.app.display.texts import tilde
from bakehouse.cli import answers
from bakehouse.cli.commands import part


@click.command()
@click.option("--idle-exit", metavar="SECONDS", type=click.FloatRange(min=0), help="End after so many seconds without a run.  [default: never]")
def engine(idle_exit: float | None) -> int:
    """Drive the runs of this home that nobody drives: detached ones, and those whose driver is gone.

    Ctrl-C or TERM ends the engine; the steps go on, and the next engine takes their runs over.
    """
    chosen = settings.from_environment()
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    answers.notice(f"engine on {tilde(chosen.home)}: takes every run that nobody drives; Ctrl-C ends it, steps go on")
    part("driving").serve_engine(chosen, idle_exit, stop)
    return 0
