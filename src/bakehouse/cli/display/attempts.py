"""One step as `bakehouse runs show RUN --task STEP` prints it: its attempts with all that is recorded of them. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from bakehouse.actions.steps import executed
from bakehouse.app.display.progress import as_recorded
from bakehouse.app.display.texts import Line, Tone, duration, size, table, tilde, visible
from bakehouse.app.display.wording import doing, tone
from bakehouse.cli.display import ending
from bakehouse.ir import quantities
from bakehouse.ir.execution import Artifact, LaunchSpec
from bakehouse.orchestrator.suggestions import Resource, Suggestion
from bakehouse.records.views import AttemptView, TaskView

_DIGEST = 16  # characters of a digest that are shown


def step_page(task: TaskView, suggested: Sequence[Suggestion], now: float) -> Iterator[Line]:
    """The whole page."""
    step = as_recorded(task)
    yield Line(f"{visible(task.id)}: {doing(step, now)}", tone(step))
    yield from (Line(f"  warning: {visible(warning)}", Tone.STRONG) for warning in task.warnings)
    if task.inputs or task.input_artifacts:
        yield from ending.section("Inputs")
        yield from _rows([*_parameters(task), *_artifacts(task)])
    for attempt in task.attempts:
        yield from ending.section(f"Attempt {attempt.number}")
        yield from _rows(list(_facts(attempt)))
        if attempt.environment_lock:
            yield Line("  packages")
            yield from (Line(f"    {visible(each)}") for each in attempt.environment_lock.splitlines())
    yield from suggestion_lines(suggested)


def _parameters(task: TaskView) -> Iterator[list[str]]:
    for name, given in task.inputs.items():
        yield [visible(name), ending.value(given), ""]


def _artifacts(task: TaskView) -> Iterator[list[str]]:
    for name, group in task.input_artifacts.items():
        for artifact in group:
            yield [visible(name), visible(tilde(artifact.uri)), _content(artifact)]


def _content(artifact: Artifact) -> str:
    kind, colon, digest = artifact.digest.partition(":")
    amount = [size(artifact.size)] if artifact.size is not None else []
    return ", ".join([*amount, f"{kind}{colon}{digest[:_DIGEST]}" if digest else "never read"])


def _facts(attempt: AttemptView) -> Iterator[list[str]]:
    """What is known of an attempt, by name."""
    state = attempt.state.lower() + (f" ({attempt.cause})" if attempt.cause else "")
    yield ["state", state if attempt.exit_code is None else f"{state}, exit code {attempt.exit_code}"]
    if attempt.launch is not None:
        yield from _executed(attempt.launch)
    if attempt.code:
        yield ["code", attempt.code[:_DIGEST]]
    if attempt.environment_digest:
        yield ["environment", attempt.environment_digest[:_DIGEST]]
    if attempt.requests is not None:
        asked = [quantities.cpus(attempt.requests.cpu)] if attempt.requests.cpu else []
        asked += [f"{size(attempt.requests.memory)} of memory"] if attempt.requests.memory else []
        yield ["asked for", ", ".join(asked) or "nothing"]
    used = [f"CPU {duration(attempt.usage.cpu_seconds)}"] if attempt.usage.cpu_seconds is not None else []
    used += [f"peak memory {size(attempt.usage.peak_memory)}"] if attempt.usage.peak_memory is not None else []
    if used:
        yield ["used", ", ".join(used)]
    if attempt.phases:
        yield ["phases", ", ".join(f"{name} {duration(seconds)}" for name, seconds in attempt.phases.items())]
    if attempt.error is not None:
        yield ["error", visible(attempt.error.message)]
    if attempt.log_note:
        yield ["log", attempt.log_note]


def _executed(launch: LaunchSpec) -> Iterator[list[str]]:
    found = executed(launch)
    if found.function:
        where = f" at {tilde(found.source_file)}:{found.source_line}" if found.source_file else ""
        yield ["function", visible(f"{found.function}{where}")]
    if found.command:
        yield ["command", visible(shlex.join(found.command))]
        yield ["image", visible(found.image)]
    if found.interpreter:
        yield ["interpreter", visible(tilde(found.interpreter))]
    if found.requirements:
        yield ["requirements", visible(", ".join(found.requirements))]
    if launch.code is not None:
        yield ["modules", visible(f"{launch.code.name} {launch.code.digest[:_DIGEST]}")]


def suggestion_lines(suggested: Sequence[Suggestion]) -> Iterator[Line]:
    """What steps should ask for of their machine, if that is something else."""
    if suggested:
        yield from ending.section("Suggested requests")
        yield from _rows([_suggested(one) for one in suggested])


def _suggested(one: Suggestion) -> list[str]:
    steps = visible(one.task_id) if one.tasks == 1 else f"{visible(one.task_id)} and {one.tasks - 1} more"
    if one.resource is Resource.MEMORY:
        asked, measured = size(one.asked), f"peak memory {size(one.measured)}"
    else:
        asked, measured = quantities.cpus(one.asked), f"kept {one.measured:.2g} CPUs busy"
    return [steps, one.call, f"{measured}; asked for {asked if one.asked else 'nothing'}"]


def _rows(rows: list[list[str]]) -> Iterator[Line]:
    if rows:
        yield from (Line(f"  {row}") for row in table(rows))
