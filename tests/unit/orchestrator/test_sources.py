"""Why a step does not take its result from the run that its own run was started from."""

from __future__ import annotations

import pytest

from bakehouse.ir.execution import Artifact, Outputs, RunId, TaskId
from bakehouse.ir.spec import ArtifactType, Component, TaskInputs, TaskOutputArtifact, TaskOutputParameter
from bakehouse.ir.spec import Task as SpecTask
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.commands import CacheEntry
from bakehouse.orchestrator.events import CachedResult
from bakehouse.orchestrator.plan import Node, TaskKind
from bakehouse.orchestrator.run import Task
from bakehouse.orchestrator.sources import refusal
from bakehouse.orchestrator.states import TaskState

_PARTS: JsonObject = {
    "version": 1,
    "command": {"source": "def f(lr, n, data): ...", "function": "f"},
    "parameters": {"lr": 0.1, "n": 1},
    "artifacts": {"data": [{"schema": "system.Dataset", "metadata": {}, "content": "blake3:00"}]},
}
_INPUTS = TaskInputs(parameters={"n": TaskOutputParameter("count", "Output")}, artifacts={"data": TaskOutputArtifact("prepare", "data")})


def _task(changed: JsonObject) -> Task:
    node = Node("f", SpecTask("comp-f", inputs=_INPUTS), Component(), TaskKind.STEP, (), (), frozenset(), always=False, is_exit=False)
    return Task(TaskId("f"), node, TaskState.PREPARING, 0, entry=CacheEntry("key", {**_PARTS, **changed}))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"command": {"source": "def f(lr, n, data): pass", "function": "f"}}, "code changed (2 lines)"),
        ({"parameters": {"lr": 0.2, "n": 1}}, "parameter lr 0.1 → 0.2"),
        ({"parameters": {"lr": 0.1, "n": 2}}, "upstream (n of count)"),
        ({"artifacts": {"data": [{"schema": "system.Dataset", "metadata": {}, "content": "blake3:01"}]}}, "upstream (data of prepare)"),
        ({"parameters": {"lr": 0.2, "n": 2}}, "parameter lr 0.1 → 0.2, upstream (n of count)"),
        ({}, "its result is not there any more"),
    ],
)
def test_the_difference_is_told(changed: JsonObject, said: str) -> None:
    """What the author or the user changed as it is, what other steps gave by their names."""
    assert refusal(None, _task(changed), lambda: _PARTS) == said


def test_a_step_without_a_result_is_told_from_one_that_changed() -> None:
    """It is new, or did not succeed there, or its author turned the cache off."""
    assert refusal(None, _task({}), lambda: None) == "the other run recorded no result of it"


@pytest.mark.parametrize(("digest", "refused"), [("blake3:00", False), ("", True)])
def test_a_result_whose_bytes_nobody_has_read_is_not_taken(digest: str, refused: bool) -> None:  # noqa: FBT001  # a case
    """The cache takes such a one, by its address; who names a run wants what that run had."""
    made = Artifact("model", ArtifactType("system.Model", "0.0.1"), "s3://bucket/model", digest=digest)
    found = CachedResult("key", RunId("r"), "earlier", TaskId("f"), 1, 0.0, Outputs(artifacts={"model": (made,)}))
    assert bool(refusal(found, _task({}), lambda: _PARTS)) is refused
