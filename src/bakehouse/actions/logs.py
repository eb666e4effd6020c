"""The log of a step: all of it, or as it grows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.actions.errors import NoSuchLog, NoSuchTask
from bakehouse.ir.execution import AttemptId, TaskId
from bakehouse.orchestrator.states import FINAL_RUN_STATES, FINAL_TASK_STATES
from bakehouse.records.views import RunView, TaskView

_CHUNK = 1 << 16  # bytes
_POLL = 0.2  # seconds


def log(context: Context, run: str, task: str, attempt: int | None = None) -> Iterator[bytes]:
    """The bytes of a step's log so far, in chunks; the latest attempt unless one is named. Raises `NoSuchTask`, `NoSuchLog`."""
    view = runs.get(context, run)
    found = _task(view, task)
    path = _path(context, view, found, attempt)
    if path is None:
        source = f"its result was reused from run {found.cached_from}" if found.cached_from else f"it is {found.state.value}"
        raise NoSuchLog(run=view.summary.id, task=task, why=source)
    yield from _chunks(path, 0)


def follow(context: Context, run: str, task: str, attempt: int | None = None) -> Iterator[bytes]:
    """The log of a step as it grows, until the task is over (or that attempt, if one is named); waits for a step that has not started."""
    seen: dict[Path, int] = {}
    while True:
        view = runs.get(context, run)
        found = _task(view, task)
        over = found.state in FINAL_TASK_STATES or view.summary.state in FINAL_RUN_STATES or _closed(found, attempt)
        numbers = [attempt] if attempt is not None else [one.number for one in found.attempts]
        for number in numbers:
            path = _path(context, view, found, number) if number in {one.number for one in found.attempts} else None
            if path is None:
                continue
            for chunk in _chunks(path, seen.get(path, 0)):
                seen[path] = seen.get(path, 0) + len(chunk)
                yield chunk
        if over:
            return
        time.sleep(_POLL)


def _closed(task: TaskView, attempt: int | None) -> bool:
    return any(one.number == attempt and "ended" in one.times for one in task.attempts)


def _task(view: RunView, task: str) -> TaskView:
    for one in view.tasks:
        if task in {one.id, one.display_name}:
            return one
    raise NoSuchTask(run=view.summary.id, task=task, tasks=", ".join(one.id for one in view.tasks))


def _path(context: Context, view: RunView, task: TaskView, attempt: int | None) -> Path | None:
    numbers = [one.number for one in task.attempts]
    if attempt is not None and attempt not in numbers:
        raise NoSuchLog(run=view.summary.id, task=task.id, why=f"attempt {attempt} is none of {numbers or 'its attempts: it has none'}")
    if not numbers:
        return None
    name = AttemptId(view.summary.id, TaskId(task.id), attempt or numbers[-1])
    return runs.attempt_folder(context, name.path) / "log"


def _chunks(path: Path, start: int) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            file.seek(start)
            while chunk := file.read(_CHUNK):
                yield chunk
    except FileNotFoundError:
        return  # the step has printed nothing yet
