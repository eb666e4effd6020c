"""Which attempt is run again, and whether what it gives is what was recorded."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.actions.errors import NoSuchAttempt, NotAStep, NotReplayable
from bakehouse.ir.execution import Artifact, LaunchSpec, Outputs, StepError
from bakehouse.ir.values import Json, canonical
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.states import TaskState
from bakehouse.records.views import AttemptView, TaskView

_SHOWN = 60  # characters of a value


@dataclass(frozen=True)
class Recorded:
    """An attempt as recorded: what was launched, how its run was run, and what it gave, or why it failed.

    `outputs` is `None` where it gave none. `reused_from` names the run that it belongs to where another one was asked for, which reused it.
    """

    launch: LaunchSpec
    options: RunOptions
    outputs: Outputs | None
    error: StepError | None
    reused_from: str = ""


def recorded(context: Context, run: str, step: str, number: int | None) -> Recorded:
    """The attempt of that number, or the latest, of a step. One that was reused is that of the run which made it.

    Raises `NotFound`, `NotAStep`, `NotReplayable`.
    """
    run_id = runs.named(context, run)
    view = runs.task(context, run_id, step)
    if view.is_group:
        raise NotAStep(run=run_id, task=step)
    if view.cached_from is not None and not view.attempts:
        made = recorded(context, view.cached_from, view.cached_from_task or step, number or view.cached_from_attempt)
        return Recorded(made.launch, made.options, made.outputs, made.error, made.reused_from or view.cached_from)
    attempt = _attempt(view, run_id, number)
    launch = attempt.launch
    if launch is None or launch.importing is not None:
        raise NotReplayable(run=run_id, task=step, why="an importer starts no program")
    if launch.program is None:
        raise NotReplayable(run=run_id, task=step, why="it runs the program of an image, not a function")
    if launch.workspace:
        raise NotReplayable(run=run_id, task=step, why="it shares a folder with other steps, which have changed it since")
    gave = attempt.state == "SUCCEEDED" and view.state is TaskState.SUCCEEDED
    return Recorded(launch, runs.head(context, run_id).options, view.outputs if gave else None, attempt.error)


def _attempt(view: TaskView, run_id: str, number: int | None) -> AttemptView:
    if not view.attempts:
        raise NotReplayable(run=run_id, task=view.id, why=f"it never started: it is {view.state.value}{', ' if view.why else ''}{view.why}")
    found = next((one for one in view.attempts if one.number == number), None) if number is not None else view.attempts[-1]
    if found is None:
        raise NoSuchAttempt(run=run_id, task=view.id, attempt=str(number), attempts=", ".join(str(one.number) for one in view.attempts))
    return found


# ---------------------------------------------------------------- what it gives now


@dataclass(frozen=True)
class Verdict:
    """Whether one output is what was recorded: `said` is `equal`, or `differs: …`."""

    output: str
    equal: bool
    said: str


def compared(before: Outputs, now: Outputs) -> list[Verdict]:
    """One verdict for each output, parameters first."""
    names = dict.fromkeys([*before.parameters, *now.parameters])
    verdicts = [_verdict(name, _value(before.parameters.get(name, _ABSENT), now.parameters.get(name, _ABSENT))) for name in names]
    groups = dict.fromkeys([*before.artifacts, *now.artifacts])
    return verdicts + [_verdict(name, _group(before.artifacts.get(name, ()), now.artifacts.get(name, ()))) for name in groups]


_ABSENT = object()


def _verdict(name: str, difference: str) -> Verdict:
    return Verdict(name, not difference, f"differs: {difference}" if difference else "equal")


def _value(before: Json, now: Json) -> str:
    if before is _ABSENT or now is _ABSENT:
        return "it was not given then" if before is _ABSENT else "it is not given now"
    return "" if canonical(before) == canonical(now) else f"{_shown(before)} → {_shown(now)}"


def _group(before: tuple[Artifact, ...], now: tuple[Artifact, ...]) -> str:
    if len(before) != len(now):
        return f"{len(before)} artifacts → {len(now)}"
    return ", ".join(itertools.chain.from_iterable(_artifact(old, new) for old, new in zip(before, now, strict=True)))


def _artifact(before: Artifact, now: Artifact) -> Iterator[str]:
    if before.digest != now.digest:
        yield f"content ({_bytes(before)} → {_bytes(now)})"
    elif not before.digest and before.uri != now.uri:
        yield f"address {before.uri} → {now.uri}"
    for name in dict.fromkeys([*before.metadata, *now.metadata]):
        if found := _value(before.metadata.get(name, _ABSENT), now.metadata.get(name, _ABSENT)):
            yield f"metadata {name}: {found}"


def _bytes(artifact: Artifact) -> str:
    return "unread" if artifact.size is None else f"{artifact.size:,} bytes"


def _shown(value: Json) -> str:
    text = canonical(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
