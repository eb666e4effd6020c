"""Looking at what is recorded: lists, single runs, logs; and ending and deleting runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager

from bakehouse.actions import logs as step_logs
from bakehouse.actions import measuring, runs, steps
from bakehouse.actions.context import Context
from bakehouse.app import attempt_logs, settings, wiring
from bakehouse.app.display.failures import label
from bakehouse.app.display.tails import Tails
from bakehouse.app.display.texts import Line, harmless, short, visible
from bakehouse.cli import answers, documents, series_lines
from bakehouse.cli.display import attempts, page
from bakehouse.cli.runs import Sought
from bakehouse.ir.execution import AttemptId
from bakehouse.orchestrator.states import FINAL_RUN_STATES, RunState, TaskState
from bakehouse.records.views import RunView

_LOOK = 0.2  # seconds between looks at logs that grow
_MOST_BYTES = 1 << 20  # of a step's log per look
_LONGEST_LINE = 1 << 16  # bytes


def _opened() -> AbstractContextManager[Context]:
    return wiring.opened(settings.from_environment())


def _print(lines: Iterable[Line]) -> None:
    answers.lines(line.text for line in lines)


def list_runs(sought: Sought, *, as_json: bool) -> int:
    """The newest runs; the exit code."""
    with _opened() as context:
        states = [RunState(state.upper()) for state in sought.state]
        found = runs.list_runs(context, limit=sought.limit, experiment=sought.experiment, states=states, tags=sought.tags)
    if as_json:
        answers.document([documents.summary(each) for each in found])
    else:
        _print(page.listed(found, time.time(), _sought(sought)))
    return 0


def _sought(sought: Sought) -> str:
    of = f"of experiment {visible(sought.experiment)}" if sought.experiment is not None else ""
    tagged = f"with tag {' and '.join(visible(tag) for tag in sought.tags)}" if sought.tags else ""
    return " ".join(part for part in (of, tagged, f"that is {' or '.join(sought.state)}" if sought.state else "") if part)


def show(run: str, *, with_events: bool, as_json: bool) -> int:
    """One run whole; the exit code."""
    with _opened() as context:
        view = runs.get(context, run)
        suggested = measuring.suggested(context, view.summary.id)
        happened = list(runs.all_events(context, view.summary.id)) if with_events else []
        ends = {} if as_json else attempt_logs.ends(context, view)
        series = [] if as_json else series_lines.of_run(context, view)
    if as_json:
        said = {**documents.whole(view), "suggestions": [documents.suggestion(one) for one in suggested]}
        answers.document({**said, "events": [documents.event(each) for each in happened]} if with_events else said)
        return 0
    _print(page.page(view, ends, time.time(), series))
    _print(attempts.suggestion_lines(suggested))
    _print(page.events(happened))
    return 0


def show_step(run: str, task: str, *, as_json: bool) -> int:
    """One step of a run, by id or display name, with all that is recorded of its attempts; the exit code."""
    with _opened() as context:
        whole = runs.get(context, run)
        view, around = steps.whole(context, whole.summary.id, runs.step(whole, task).id)
    if as_json:
        answers.document({**documents.step(view), "suggestions": [documents.suggestion(one) for one in around.suggestions]})
    else:
        _print(attempts.step_page(view, around.suggestions, time.time()))
    return 0


# ---------------------------------------------------------------- logs


def logs(run: str, task: str | None, attempt: int | None, *, follow: bool) -> int:
    """What one step printed, as it is; or all of them, line by line. The exit code."""
    with _opened() as context:
        return _all_logs(context, run, follow=follow) if task is None else _one_log(context, run, task, attempt, follow=follow)


def _one_log(context: Context, run: str, task: str, attempt: int | None, *, follow: bool) -> int:
    chunks = step_logs.follow(context, run, task, attempt) if follow else step_logs.log(context, run, task, attempt)
    for chunk in chunks:
        answers.raw(chunk, now=follow)
    return 0


def _all_logs(context: Context, run: str, *, follow: bool) -> int:
    """The logs of all attempts of a run, each line behind the name of its step."""
    view = runs.get(context, run)
    if follow:
        return _followed(context, view)
    for task in view.tasks:
        for attempt in task.attempts:
            for line in _lines(step_logs.log(context, view.summary.id, task.id, attempt.number)):
                answers.lines([f"[{label(task)}] {harmless(line.decode('utf-8', 'replace'))}"])
    return 0


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a log; one that has no end is cut into pieces, so that memory stays bounded."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        if len(rest) > _LONGEST_LINE:
            yield rest
            rest = b""
    if rest:
        yield rest


def _followed(context: Context, view: RunView) -> int:
    """The logs of a run as they grow, until it is over."""
    tails = Tails(lambda attempt: attempt_logs.log_of(context, attempt), short(view.summary.id), _MOST_BYTES)
    known: set[tuple[str, int]] = set()
    while True:
        over = view.summary.state in FINAL_RUN_STATES
        for task in view.tasks:
            for number in (attempt.number for attempt in task.attempts):
                if (task.id, number) not in known:
                    known.add((task.id, number))
                    tails.add(AttemptId(view.summary.id, task.id, number))
        tails.keep({(task.id, task.attempts[-1].number) for task in view.tasks if task.state is TaskState.RUNNING and task.attempts})
        names = {task.id: label(task) for task in view.tasks}
        answers.lines(f"[{names[one.task_id]}] {one.text}" for one in tails.read())
        sys.stdout.flush()
        if over:
            return 0
        time.sleep(_LOOK)
        view = runs.get(context, view.summary.id)


# ---------------------------------------------------------------- ending and deleting


def terminate(run: str, *, as_json: bool) -> int:
    """Ask for a run to be ended; the exit code."""
    with _opened() as context:
        run_id = runs.terminate(context, run)
        driven = runs.get(context, run_id).driven_by
    if as_json:
        answers.document({"run_id": run_id, "requested": "terminate", "driven_by": driven or None})
        return 0
    answers.lines([f"run {short(run_id)} is being ended: its steps have 10 s"])
    if not driven:
        answers.notice("note: no engine drives it; `bakehouse engine --idle-exit 1` carries the request out")
    return 0


def delete(run: str, *, as_json: bool) -> int:
    """Delete a run that is over; the exit code."""
    with _opened() as context:
        run_id = runs.delete(context, run)
    if as_json:
        answers.document({"run_id": run_id, "deleted": True})
    else:
        answers.lines([f"run {short(run_id)} is deleted"])
    return 0
