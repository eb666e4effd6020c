"""Whether a run is as `expected.yaml` says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bakehouse.actions import logs
from bakehouse.actions.context import Context
from bakehouse.ir.execution import Artifact, AttemptId, Outputs
from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator.plan import TaskKind
from bakehouse.orchestrator.states import FINAL_TASK_STATES, TaskState
from bakehouse.records.views import RunView, TaskView
from tests.conformance.expected import ExpectedFile, ExpectedRun, ExpectedTask, Findings


def judge(file: ExpectedFile, how: ExpectedRun, view: RunView, context: Context) -> None:
    """Fail where the run is not as it should be."""
    assert (view.summary.state, view.error if view.error and view.summary.state is not how.state else None) == (how.state, None)
    tasks = {str(task.id): task for task in view.tasks}
    _nothing_is_left(view)
    _check(context, view, how.findings)
    for loop, limit in how.at_most.items():
        assert _most_at_once([task for task in view.tasks if task.kind is TaskKind.ITERATION and task.parent == loop]) <= limit, loop
    chosen = [case for case in how.cases if all(path in tasks and _given(tasks[path]) in values for path, values in case.when.items())]
    assert len(chosen) == bool(how.cases), f"of the cases of {file.path}, {len(chosen)} are true"
    for case in chosen:
        _check(context, view, case.findings)


def _given(task: TaskView) -> Json:
    return task.outputs.parameters.get("Output") if task.outputs else None


def is_over(task: TaskView) -> bool:
    return task.state in FINAL_TASK_STATES


def _nothing_is_left(view: RunView) -> None:
    """Every task is over; those that did not run say why, and those that failed say of what."""
    assert [task.id for task in view.tasks if not is_over(task)] == []
    assert [task.id for task in view.tasks if task.state is TaskState.SKIPPED and not task.why] == []
    assert [task.id for task in view.tasks if task.state is TaskState.FAILED and not (task.error and task.error.message)] == []
    assert view.error is None or view.error.message


def _check(context: Context, view: RunView, findings: Findings) -> None:
    if findings.steps is not None:
        assert Counter(task.state for task in view.steps) == Counter(findings.steps)
    if findings.outputs is not None:
        _same(findings.outputs, view.outputs)
    tasks: Mapping[str, TaskView] = {str(task.id): task for task in view.tasks}
    for path, wanted in findings.tasks.items():
        assert path in tasks, f"{path} is not among {sorted(tasks)}"
        _check_task(context, view, tasks[path], wanted)


def _check_task(context: Context, view: RunView, task: TaskView, wanted: ExpectedTask) -> None:
    assert task.state in wanted.states, (task.id, task.why, task.error)
    assert wanted.why in task.why, task.id
    if wanted.error:
        assert task.error is not None
        assert wanted.error in task.error.message, task.id
    if wanted.takes is not None:
        _holds(wanted.takes, Outputs(task.inputs, {name: tuple(group) for name, group in task.input_artifacts.items()}), str(task.id))
    if wanted.gives is not None:
        _holds(wanted.gives, task.outputs or Outputs(), str(task.id))
    if wanted.reused is not None:
        assert (task.cached_from is not None) is wanted.reused, task.id
    if wanted.prints and task.cached_from is None:  # a reused step prints nothing
        printed = logs.part(context, AttemptId(view.summary.id, task.id, task.attempt), limit=logs.LARGEST_PIECE).text.splitlines()
        missing = [line for line in wanted.prints if not any(re.fullmatch(line, one) for one in printed)]
        assert missing == [], (task.id, printed)


# ---------------------------------------------------------------- values


def _same(wanted: JsonObject, found: Outputs | None) -> None:
    """All that is wanted is there, and nothing else."""
    given = found or Outputs()
    assert {*given.parameters, *given.artifacts} == set(wanted)
    _holds(wanted, given, "the pipeline")


def _holds(wanted: JsonObject, found: Outputs, where: str) -> None:
    """All that is wanted is there; nothing is wanted: nothing is there."""
    if not wanted:
        assert ({*found.parameters}, {*found.artifacts}) == (set(), set()), where
    for name, value in wanted.items():
        if name in found.artifacts:
            _artifacts(value, found.artifacts[name], f"{where}: {name}")
        else:
            assert name in found.parameters, f"{where}: {name} is not there"
            assert typed(found.parameters[name]) == typed(value), f"{where}: {name}"


def typed(value: Json) -> str:
    """Told apart are 1, 1.0 and true."""
    if isinstance(value, dict):
        return repr(sorted((key, typed(one)) for key, one in value.items()))
    return repr([typed(one) for one in value]) if isinstance(value, list) else repr(value)


def _artifacts(wanted: Json, found: Sequence[Artifact], where: str) -> None:
    each = wanted if isinstance(wanted, list) else [wanted]
    assert len(found) == len(each), where
    for one, artifact in zip(each, found, strict=True):
        _artifact(one, artifact, where)


def _artifact(wanted: Json, artifact: Artifact, where: str) -> None:
    said: JsonObject = {"text": wanted} if isinstance(wanted, str) else wanted
    for key, value in said.items():
        match key:
            case "text":
                assert Path(artifact.uri).read_text(encoding="utf-8") == value, where
            case "begins":
                assert Path(artifact.uri).read_text(encoding="utf-8").startswith(value), where
            case "type":
                assert artifact.type.schema_title == value, where
            case "uri":
                assert artifact.uri == value, where
            case "metadata":
                for name, one in value.items():
                    assert name in artifact.metadata, where
                    _number_or(one, artifact.metadata[name], where)
            case _:
                pytest.fail(f"{where}: an artifact has no {key}")


def _number_or(wanted: Json, found: Json, where: str) -> None:
    if isinstance(wanted, dict) and "within" in wanted:
        least, most = wanted["within"]
        assert least <= found <= most, where
    else:
        assert typed(found) == typed(wanted), where


def _most_at_once(rounds: Sequence[TaskView]) -> int:
    """How many rounds ran at the same time. One that ends at the moment when another begins does not run with it."""
    moments = [(one.started_at, 1) for one in rounds if one.started_at] + [(one.finished_at, -1) for one in rounds if one.finished_at]
    assert len(moments) == 2 * len(rounds) > 0
    running = most = 0
    for _, step in sorted(moments):
        running += step
        most = max(most, running)
    return most
