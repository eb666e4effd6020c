"""A call outside a pipeline, from what it is given to what it gives: compiled, recorded, driven and shown as `bakehouse run` does it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bakehouse import compiler
from bakehouse.actions import runs
from bakehouse.app import attempt_logs, attending, driving, local_files, settings, travelling, wiring
from bakehouse.app.attending import Reserved
from bakehouse.app.display import failures, progress, warned
from bakehouse.app.display.plain import Screen
from bakehouse.app.display.texts import Line, Tone, short
from bakehouse.app.git import Asking
from bakehouse.app.interrupts import Interrupts
from bakehouse.app.settings import Settings
from bakehouse.dsl import calls, places
from bakehouse.dsl.component import BaseComponent
from bakehouse.errors import Conflict, Unavailable
from bakehouse.ir.execution import StepError
from bakehouse.local import configuration, screens
from bakehouse.local.configuration import Configuration
from bakehouse.local.errors import InsideStep, RunCanceled, RunFailed
from bakehouse.local.finished import FinishedTask
from bakehouse.orchestrator.plan import plan
from bakehouse.orchestrator.ports import Environment, RunnerKind, RunOptions
from bakehouse.orchestrator.states import RunState
from bakehouse.records.views import RunView

#: Set in every step: its task.
_TASK = "BAKEHOUSE_TASK"


def call(component: BaseComponent, given: Mapping[str, Any]) -> FinishedTask:
    """Run it and wait for it. Raises as `bakehouse.local.call` says."""
    __tracebackhide__ = True
    if _TASK in os.environ:
        raise InsideStep(component=component.name, task=os.environ[_TASK], place=places.here())
    chosen, wanted = settings.from_environment(), configuration.current()
    submission, said = _submission(component, given, wanted, chosen)
    with wiring.opened(chosen) as context:
        notes = [*said, *local_files.notes(submission), *runs.notes(context, submission)]
        with Interrupts(_signals()) as interrupts:
            mine = attending.reserve(chosen, context, submission)
            screen = _attend(mine, submission, notes, interrupts)
        view = runs.get(context, mine.run_id)
        screen.lines(list(warned.warnings(view, "warning: ")))
        logs = attempt_logs.ends(context, view)
    if interrupts.presses:
        raise KeyboardInterrupt
    if wanted.raise_on_error:
        _raise(view, logs)
    return FinishedTask(component, view)


def _attend(mine: Reserved, submission: runs.Submission, notes: Sequence[str], interrupts: Interrupts) -> Screen:
    """Drive the run and show it; where. Who does not wait for its end, after Ctrl-C twice or because of an error, leaves it to the background."""
    spec, screen = submission.pipeline.spec, None
    try:
        screen = screens.screen(f"{spec.info.name} · run {short(mine.run_id)}")
        screen.lines([Line(f"note: {note}", Tone.DIM) for note in notes])
        _, left = attending.attend(mine, screen, progress.begun_by(plan(spec).root), interrupts)
    except BaseException:
        trouble = _abandon(mine)
        if screen is not None and trouble:  # beside the error, which says why it comes to that
            screen.lines(_strong(trouble))
        raise
    if left is not None:
        screen.lines(_strong(_abandon(mine) or "Left: the run is ended in the background."))
    return screen


def _strong(words: str) -> list[Line]:
    return [Line(line, Tone.STRONG) for line in words.splitlines()]


def _abandon(mine: Reserved) -> str:
    """Have the run ended by an engine in the background; what keeps it from that, and what to do, empty if nothing does."""
    mine.lock.release()
    try:
        runs.terminate(mine.context, mine.run_id)
        driving.detach(mine.settings)
    except Conflict:
        return ""  # it is over
    except (Unavailable, OSError) as error:
        run = short(mine.run_id)
        return f"Left: the run cannot be told to end: {error}\nLater `bakehouse runs terminate {run}` ends it, and `bakehouse engine` takes it."
    return ""


def _signals() -> Collection[signal.Signals]:
    """What ends the run. Python hands signals to the main thread, and lets no other one ask for them."""
    return (signal.SIGINT,) if threading.current_thread() is threading.main_thread() else ()


def _submission(component: BaseComponent, given: Mapping[str, Any], wanted: Configuration, chosen: Settings) -> tuple[runs.Submission, Iterable[str]]:
    """What is recorded, and what the user should know of the modules that travel."""
    file = Path(component.place.rpartition(":")[0])
    asking = Asking(file) if file.is_file() else None  # a cell of a notebook has a name that no file has
    parameters, artifacts = calls.split(component, given)
    compiled = compiler.compile_pipeline(calls.pipeline_of(component, artifacts) if component.interface.inputs.artifacts else component)
    packed = travelling.packed(compiled.file, compiled.code, chosen.code)
    submission = runs.Submission(
        pipeline=travelling.named(compiled.file, packed, chosen.home),
        parameters=parameters,
        options=RunOptions(
            runner=RunnerKind.AUTO if wanted.container is None else RunnerKind.CONTAINER,
            use_cache=wanted.use_cache,
            environment=Environment.ISOLATED if wanted.isolated else Environment.CURRENT,
            container=wanted.container or {},
        ),
        origins=compiled.origins,
        pipeline_root=wanted.pipeline_root,
        git=asking.state() if asking is not None else None,
        archives={one.digest: one.data for one in packed.values()},
    )
    return submission, travelling.notes(packed)


def _raise(view: RunView, logs: failures.Logs) -> None:
    """Raise what the run ended of, unless it succeeded."""
    __tracebackhide__ = True
    summary = view.summary
    if summary.state is RunState.CANCELED:
        raise RunCanceled(run=summary.id, name=summary.name, why=view.error.message if view.error else "")
    if summary.state is not RunState.FAILED:
        return
    told = "\n".join(line.text for line in failures.failures(view, logs))
    run = short(summary.id)
    task = view.failed[0].id if view.failed else ""
    error = (view.failed[0].error if view.failed else view.error) or StepError(message="")
    raise RunFailed(
        run=summary.id,
        task=task,
        message=f"the run {summary.name} failed\n{told}",
        place=f"{error.file}:{error.line}" if error.file else "",
        remedy=f"`bakehouse runs logs {run} {task}` shows what it printed." if task else f"`bakehouse runs show {run}` shows all of it.",
    )
