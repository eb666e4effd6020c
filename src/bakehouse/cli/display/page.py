"""One run as `bakehouse runs show` prints it: every step with its attempts, inputs and outputs. Pure."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence

from bakehouse.app.display import failures
from bakehouse.app.display.progress import as_recorded
from bakehouse.app.display.texts import Line, Tone, duration, short, size, table, tilde, visible
from bakehouse.app.display.wording import doing, tone
from bakehouse.cli.display import ending, reuse
from bakehouse.cli.display.committed import git_words
from bakehouse.ir.execution import Artifact
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.states import FINAL_RUN_STATES
from bakehouse.records.views import AttemptView, EventView, RunSummary, RunView, TaskView

_WIDEST = 60  # characters of a name in a list
_MOST_TAGS = 3  # of a run in a list


def page(view: RunView, logs: failures.Logs, now: float, series: Sequence[Line] = ()) -> Iterator[Line]:
    """The whole page; `series` are the lines that tell of series of metrics."""
    summary = view.summary
    yield ending.headline(view)
    yield Line(f"  run         {summary.id}")
    yield Line(f"  pipeline    {visible(summary.pipeline_name)}")
    yield Line(f"  experiment  {visible(summary.experiment)}")
    yield Line(f"  created     {local_time(summary.created_at)}")
    if view.git is not None:
        yield Line(f"  git         {git_words(view.git)}")
    if chosen := reuse.chosen(view.options.selection):
        yield Line(f"  selection   {visible(chosen)}")
    if summary.pinned_at is not None:
        yield Line(f"  pinned      {local_time(summary.pinned_at)}{f': {visible(summary.pin_reason)}' if summary.pin_reason else ''}")
    if summary.tags:
        yield Line(f"  tags        {', '.join(_tags(summary))}")
    if summary.state not in FINAL_RUN_STATES:
        driver = f"engine {short(view.driven_by)}" if view.driven_by else "nobody: `bakehouse engine` takes it"
        yield Line(f"  driven by   {driver}")
    if view.parameters:
        yield from ending.section("Parameters")
        yield from _rows([[name, ending.value(given)] for name, given in view.parameters.items()])
    yield from ending.section("Steps")
    for task in view.tasks:
        step = as_recorded(task)
        margin = "  " * (1 + task.id.count("/"))
        label = task.id if task.display_name in {"", task.id.rpartition("/")[2]} else f"{task.id} ({task.display_name})"
        yield Line(f"{margin}{label}: {doing(step, now)}", tone(step))
        yield from _details(task, indent=len(margin) + 4)
    yield from failures.failures(view, logs)
    yield from ending.warnings(view)
    yield from ending.metrics(view)
    yield from series
    yield from ending.outputs(view)
    yield from reuse.compared(view)


def _tags(summary: RunSummary) -> Iterator[str]:
    return (visible(f"{key}={value}") for key, value in sorted(summary.tags.items()))


def _details(task: TaskView, *, indent: int) -> Iterator[Line]:
    rows = [*_values("input", task.inputs, task.input_artifacts)]
    if task.outputs is not None:
        rows += _values("output", task.outputs.parameters, task.outputs.artifacts)
    rows += [[f"attempt {attempt.number}", "", _attempt(attempt)] for attempt in task.attempts]
    yield from _rows(rows, indent=indent)


def _values(kind: str, parameters: JsonObject, artifacts: Mapping[str, Sequence[Artifact]]) -> Iterator[list[str]]:
    for name, given in parameters.items():
        yield [kind, name, ending.value(given)]
    for name, group in artifacts.items():
        for artifact in group:
            amount = f" ({size(artifact.size)})" if artifact.size is not None else ""
            yield [kind, name, f"{tilde(artifact.uri)}{amount}"]


def _attempt(attempt: AttemptView) -> str:
    """`succeeded, exit code 0, 410 ms, CPU 380 ms, peak memory 81.2 MB`."""
    parts = [attempt.state.lower() + (f" ({attempt.cause})" if attempt.cause else "")]
    if attempt.exit_code is not None:
        parts.append(f"exit code {attempt.exit_code}")
    started, ended = attempt.times.get("started", attempt.times.get("launched")), attempt.times.get("ended")
    if started is not None and ended is not None:
        parts.append(duration(ended - started))
    if attempt.usage.cpu_seconds is not None:
        parts.append(f"CPU {duration(attempt.usage.cpu_seconds)}")
    if attempt.usage.peak_memory is not None:
        parts.append(f"peak memory {size(attempt.usage.peak_memory)}")
    if attempt.log_note:
        parts.append(attempt.log_note)
    return ", ".join(parts)


def events(shown: Sequence[EventView]) -> Iterator[Line]:
    """Everything that happened, one line each."""
    if not shown:
        return
    yield from ending.section("Events")
    rows = []
    for event in shown:
        what = event.kind.lower().replace("_", " ")
        attempt = f" attempt {event.attempt}" if event.attempt else ""
        rows.append([str(event.seq), local_time(event.at), event.task_id or "the run", f"{what}{attempt}", ending.value(event.detail or "")])
    yield from _rows(rows)


def listed(summaries: Sequence[RunSummary], now: float, sought: str = "") -> Iterator[Line]:
    """The list of runs, a line each; `sought`: what they all are, where not just any run is wanted."""
    if not summaries:
        yield Line(f"no run {sought}" if sought else "no runs yet: bakehouse run FILE.py, or bakehouse demo", Tone.DIM)
        return
    rows = [["RUN", "STATE", "CREATED", "TOOK", "EXPERIMENT", "NAME"]]
    for each in summaries:
        took = duration((each.finished_at or now) - each.started_at) if each.started_at is not None else ""
        experiment, name = (visible(one, _WIDEST) for one in (each.experiment, each.name))
        pinned = "" if each.pinned_at is None else " (pinned)"
        tags = "".join(f" {tag}" for tag in itertools.islice(_tags(each), _MOST_TAGS))
        more = f" +{len(each.tags) - _MOST_TAGS}" if len(each.tags) > _MOST_TAGS else ""
        rows.append([short(each.id), each.state.value, local_time(each.created_at), took, experiment, f"{name}{pinned}{tags}{more}"])
    yield from (Line(row) for row in table(rows))


def local_time(seconds: float) -> str:
    """A moment as the clock on the user's wall showed it."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _rows(rows: Sequence[list[str]], indent: int = 2) -> Iterator[Line]:
    if rows:
        yield from (Line(f"{' ' * indent}{row}") for row in table(list(rows)))
