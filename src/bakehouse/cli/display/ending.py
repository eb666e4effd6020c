"""What is left to say when a run is over: its state, metrics, outputs, where things lie, what went wrong, what to do next. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from bakehouse.app.display import failures, warned
from bakehouse.app.display.failures import label
from bakehouse.app.display.texts import Line, Tone, duration, short, table, tilde, visible
from bakehouse.cli.display import reuse
from bakehouse.ir.execution import Artifact
from bakehouse.ir.spec import METRICS
from bakehouse.ir.values import Json
from bakehouse.orchestrator.plan import TaskKind
from bakehouse.orchestrator.states import RunState, TaskState
from bakehouse.records.views import RunView, TaskView

_MOST_ARTIFACTS = 12
_LONGEST_VALUE = 120
#: Kinds of artifacts in the order in which people look for them; kinds that are not here come last.
_KINDS = ("system.Model", "system.HTML", "system.Markdown", "system.Dataset")


def ending(view: RunView, logs: failures.Logs, series: Sequence[Line] = ()) -> list[Line]:
    """All of it. `logs` holds the ends of the logs of failed tasks, `series` the lines that tell of series of metrics."""
    return [
        *failures.failures(view, logs),
        Line(""),
        headline(view),
        *warnings(view),
        *metrics(view),
        *series,
        *outputs(view),
        *artifacts(view),
        *reuse.compared(view),
        *next_steps(view),
    ]


def headline(view: RunView) -> Line:
    """How the run ended, how long it took, and how much of it was reused."""
    summary = view.summary
    took = f" in {duration(summary.finished_at - summary.started_at)}" if summary.finished_at and summary.started_at else ""
    tones = {RunState.SUCCEEDED: Tone.GOOD, RunState.FAILED: Tone.BAD, RunState.CANCELED: Tone.BAD}
    reused = sum(task.cached_from is not None for task in view.steps)
    count = f"{len(view.steps)} {'step' if len(view.steps) == 1 else 'steps'}"
    return Line(
        f"{visible(summary.name)} {summary.state.value.lower()}{took} · {count}{f', {reused} reused' if reused else ''}",
        tones.get(summary.state, Tone.STRONG),
    )


# ---------------------------------------------------------------- what may be wrong


def warnings(view: RunView) -> Iterator[Line]:
    """What the author should know of steps that succeeded."""
    lines = list(warned.warnings(view, "  "))
    if lines:
        yield from section("Warnings")
    yield from lines


# ---------------------------------------------------------------- what it gave


def metrics(view: RunView) -> Iterator[Line]:
    """One row for each artifact of metrics, one column for each number."""
    found: list[tuple[str, Mapping[str, Json]]] = []
    curves: list[str] = []
    for task in view.steps:
        for artifact in _artifacts(task):
            if artifact.type.schema_title in METRICS:
                numbers = {key: value for key, value in artifact.metadata.items() if _is_number(value)}
                if numbers:
                    found.append((label(task), numbers))
                curves.extend(_curves(label(task), artifact))
    if found or curves:
        yield from section("Metrics")
    if found:
        names = list(dict.fromkeys(name for _, numbers in found for name in numbers))
        rows = [["", *names], *([whose, *(number(numbers[name]) if name in numbers else "" for name in names)] for whose, numbers in found)]
        yield from (Line(f"  {row}") for row in table(rows, numbers=True))
    yield from (Line(f"  {curve}") for curve in curves)


def _curves(whose: str, artifact: Artifact) -> Iterator[str]:
    matrix, points = artifact.metadata.get("confusionMatrix"), artifact.metadata.get("confidenceMetrics")
    parts = []
    if isinstance(matrix, Mapping) and isinstance(matrix.get("rows"), Sequence):
        parts.append(f"confusion matrix of {len(matrix['rows'])} categories")
    if isinstance(points, Sequence) and not isinstance(points, str):
        parts.append(f"ROC curve of {len(points)} points")
    if parts:
        yield f"{whose}: {artifact.name} ({', '.join(parts)})"


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def number(value: float) -> str:
    """A number as people read it."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def outputs(view: RunView) -> Iterator[Line]:
    """What the pipeline as a whole gives."""
    if view.outputs is None or not (view.outputs.parameters or view.outputs.artifacts):
        return
    yield from section("Outputs")
    rows = [[name, value(given)] for name, given in view.outputs.parameters.items()]
    rows += [[name, tilde(artifact.uri)] for name, group in view.outputs.artifacts.items() for artifact in group]
    yield from (Line(f"  {row}") for row in table(rows))


def value(given: Json) -> str:
    """A value on one line."""
    text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def artifacts(view: RunView) -> Iterator[Line]:
    """Where models, reports and data lie."""
    found = [(task, artifact) for task in view.steps for artifact in _artifacts(task) if artifact.type.schema_title not in METRICS]
    if not found:
        return
    found.sort(key=lambda pair: _KINDS.index(pair[1].type.schema_title) if pair[1].type.schema_title in _KINDS else len(_KINDS))
    yield from section("Artifacts")
    rows = [[label(task), artifact.type.schema_title.removeprefix("system."), tilde(artifact.uri)] for task, artifact in found[:_MOST_ARTIFACTS]]
    yield from (Line(f"  {row}") for row in table(rows))
    if len(found) > _MOST_ARTIFACTS:
        yield Line(f"  … {len(found) - _MOST_ARTIFACTS} more: bakehouse runs show {short(view.summary.id)}", Tone.DIM)


def _artifacts(task: TaskView) -> Iterator[Artifact]:
    if task.outputs is not None:
        for group in task.outputs.artifacts.values():
            yield from group


# ---------------------------------------------------------------- what next


def next_steps(view: RunView) -> Iterator[Line]:
    """The commands that show more."""
    run = short(view.summary.id)
    yield from section("Next")
    rows = [[f"bakehouse runs show {run}", "steps, inputs, outputs and artifacts"]]
    with_log = [task for task in view.steps if task.attempts and task.kind is TaskKind.STEP]
    if with_log:
        failed = [task for task in with_log if task.state is TaskState.FAILED]
        rows.append([f"bakehouse runs logs {run} {(failed or with_log)[-1].id}", "what a step printed"])
    yield from (Line(f"  {row}", Tone.DIM) for row in table(rows))


def section(title: str) -> Iterator[Line]:
    """The heading of a part."""
    yield Line("")
    yield Line(title, Tone.STRONG)
