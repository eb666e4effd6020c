"""A run that a program waits for: recorded for an engine of this process, driven, and shown until it is over or left."""

from __future__ import annotations

from dataclasses import dataclass

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.app import attempt_logs, driving
from bakehouse.app.display.plain import Screen
from bakehouse.app.display.progress import Progress
from bakehouse.app.display.tails import Tails
from bakehouse.app.display.texts import short
from bakehouse.app.interrupts import Interrupts
from bakehouse.app.settings import Settings
from bakehouse.app.watching import Left, Watch, heard
from bakehouse.ir.execution import RunId
from bakehouse.records.engines import EngineLock


@dataclass(frozen=True)
class Reserved:
    """A run that only the engine of this process takes, which holds `lock`."""

    settings: Settings
    context: Context
    run_id: RunId
    lock: EngineLock


def reserve(settings: Settings, context: Context, submission: runs.Submission) -> Reserved:
    """Record a run for the engine of this process, whose environment its steps are to get: a server on this home would be as quick."""
    lock = EngineLock.acquire(settings.home)
    try:
        return Reserved(settings, context, runs.create(context, submission, engine=lock.id), lock)
    except BaseException:
        lock.release()
        raise


def attend(mine: Reserved, screen: Screen, begun: Progress, interrupts: Interrupts) -> tuple[Watch, Left | None]:
    """Drive a run and show it, to its end or until the user leaves. The lock is released then."""
    tails = Tails(lambda attempt: attempt_logs.log_of(mine.context, attempt), short(mine.run_id), screen.most_bytes)
    watch = Watch(mine.context, mine.run_id, screen, tails, begun)
    with heard(watch, driving.thread_of(mine.run_id)):
        drive = driving.Drive(mine.settings, mine.context, mine.run_id, watch.observe, mine.lock)
        drive.start()
        try:
            watch.until_over(drive, interrupts)
        except Left as reason:
            return watch, reason
        finally:
            drive.leave()
            watch.screen.close(watch.picture)
    return watch, None
