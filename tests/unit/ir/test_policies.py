"""What `platforms.bakehouse` can say, and what is told of what it cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bakehouse.ir import policies, text, validation
from bakehouse.ir.errors import InvalidPipeline
from bakehouse.ir.execution import Cause
from bakehouse.ir.policies import RetryRules
from bakehouse.ir.spec import Container, PipelineFile, Resources
from bakehouse.ir.values import Json
from tests.unit.orchestrator.pipelines import pipeline


def _file(said: Json) -> PipelineFile:
    return PipelineFile(pipeline({"a": [], "b": []}).spec, {"bakehouse": said})


def _of_a(said: Json) -> PipelineFile:
    return _file({"deploymentSpec": {"executors": {"exec-a": said}}})


def test_rules_are_read() -> None:
    """All of them, for the steps that have them."""
    said = {"on": ["exit code", "user error"], "never": ["lost"], "exitCodes": [75.0], "neverExitCodes": [2], "jitter": "full"}
    found = policies.policies(_of_a({"retryPolicy": said}))
    assert found.of("exec-a").retry == RetryRules(
        on=frozenset({Cause.EXIT_CODE, Cause.USER_ERROR}),
        never=frozenset({Cause.LOST}),
        exit_codes=frozenset({75}),
        never_exit_codes=frozenset({2}),
        jitter=1.0,
        full_jitter=True,
    )
    assert found.of("exec-b").retry == RetryRules()


def test_they_survive_a_file() -> None:
    """Written and read again they are the same, and can be left out."""
    file = _of_a({"retryPolicy": {"never": ["lost"], "jitter": 0.5}})
    again = text.read(text.write(file))
    assert policies.policies(again) == policies.policies(file)
    assert policies.said(again) == "retryPolicy of a"
    assert "bakehouse" not in text.write(policies.without(again)).partition("root:")[2]


@pytest.mark.parametrize(
    ("said", "path", "words"),
    [
        ({"retryPolicy": {"on": ["exit-code"]}}, "retryPolicy.on", ["no cause 'exit-code'", "exit code"]),
        ({"retryPolicy": {"never": "lost"}}, "retryPolicy.never", ["list of causes"]),
        ({"retryPolicy": {"exitCodes": [300]}}, "retryPolicy.exitCodes", ["300 is no exit code", "255"]),
        ({"retryPolicy": {"exitCodes": [True]}}, "retryPolicy.exitCodes", ["no exit code"]),
        ({"retryPolicy": {"jitter": 2}}, "retryPolicy.jitter", ["2 is no jitter"]),
        ({"retryPolicy": {"jiter": 1}}, "retryPolicy.jiter", ["no setting 'jiter'", "jitter"]),
        ({"ephemeralStorage": {"limit": "much"}}, "ephemeralStorage.limit", ["'much' is no quantity"]),
        ({"ephemeralStorage": {"limit": "-5Gi"}}, "ephemeralStorage.limit", ["'-5Gi' is no quantity"]),
        ({"ephemeralStorage": {"request": "5K"}}, "ephemeralStorage.request", ["'5K' is no quantity"]),
        ({"ephemeralStorage": {"size": "1Gi"}}, "ephemeralStorage.size", ["no setting 'size'"]),
        ({"initContainers": {"name": "a"}}, "initContainers", ["list of containers"]),
        ({"initContainers": [{"name": "a"}]}, "initContainers", ["is no container", "a name and an image"]),
        ({"initContainers": [{"name": "a", "image": "b", "cmd": []}]}, "initContainers", ["container a has 'cmd'", "command"]),
        ({"timeout": {"running": 30}}, "timeout.running", ["30 is no limit of time"]),
        ({"timeout": {"queueing": "0s"}}, "timeout.queueing", ["'0s' is no limit", "more than nothing"]),
        ({"memoryGrowth": {"factor": 1, "upTo": "1Gi"}}, "memoryGrowth.factor", ["1 is no factor", "above 1"]),
        ({"caching": {"ttl": "soon"}}, "caching.ttl", ["'soon' is no age", "12h"]),
        ({"caching": {"ttl": "0s"}}, "caching.ttl", ["'0s' is no age", "12h"]),
        ({"memoryGrowth": {"factor": 2, "upTo": "lots"}}, "memoryGrowth.upTo", ["'lots' is no amount", "16Gi"]),
        ({"retryPolicy": []}, "retryPolicy", ["a mapping"]),
        ({"retries": {}}, "retries", ["no setting 'retries'"]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(said: Json, path: str, words: list[str]) -> None:
    """A pipeline that would run otherwise than it was meant is refused."""
    file = _of_a(said)
    asking = replace(file.spec, executors={**file.spec.executors, "exec-a": Container("i", resources=Resources(memory_request=1.0))})
    (problem,) = validation.problems(PipelineFile(asking, file.platforms))
    assert problem.place == f"platforms.bakehouse.deploymentSpec.executors.exec-a.{path}"
    assert all(word in str(problem) for word in words)


def test_memory_that_grows_must_have_been_asked_for() -> None:
    """A factor of nothing is nothing."""
    (problem,) = validation.problems(_of_a({"memoryGrowth": {"factor": 2, "upTo": "1Gi"}}))
    assert "asks for no memory" in problem.message
    assert "set_memory_request" in str(problem)


def test_a_step_that_is_not_there_is_named() -> None:
    """A misspelt label would be a policy for nothing."""
    (problem,) = validation.problems(_file({"deploymentSpec": {"executors": {"exec-c": {}}}}))
    assert "no executor exec-c" in problem.message


def test_the_line_is_that_of_the_second_document() -> None:
    """Where the reader has to look."""
    written = text.write(_of_a({"retryPolicy": {"jitter": 0.5}})).replace("jitter: 0.5", "jitter: 5")
    line = next(number for number, one in enumerate(written.splitlines(), 1) if "jitter" in one)
    with pytest.raises(InvalidPipeline, match=f"x.yaml:{line}"):
        text.read(written, "x.yaml")
