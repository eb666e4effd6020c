"""What a pipeline asks of Kubernetes is told where there is none."""

from __future__ import annotations

import pytest

from bakehouse.ir import platforms
from bakehouse.ir.spec import Component, Container, PipelineFile, PipelineInfo, PipelineSpec
from bakehouse.ir.values import Json, JsonObject


def _file(settings: JsonObject) -> PipelineFile:
    return PipelineFile(PipelineSpec(PipelineInfo("p"), Component()), settings)


def _executors(executors: Json) -> PipelineFile:
    return _file({"kubernetes": {"deploymentSpec": {"executors": executors}}})


def test_each_setting_is_named_with_its_steps() -> None:
    """In order, and by the names that a reader knows."""
    file = _executors({"exec-write": {"pvcMount": [{}]}, "exec-read": {"secretAsEnv": [{}], "pvcMount": [{}]}})
    assert platforms.kubernetes(file) == {"pvcMount": ["read", "write"], "secretAsEnv": ["read"]}
    assert platforms.left_out(file) == "settings for Kubernetes are left out on this machine: pvcMount of read, write; secretAsEnv of read"


def test_variables_that_a_step_would_have_are_named() -> None:
    """With how they can be given here."""
    keys = [{"secretKey": "a", "envVar": "PASSWORD"}, {"secretKey": "b"}, 1]
    settings = {"secretAsEnv": [{"keyToEnv": keys}, "x"], "configMapAsEnv": {"a": 1}, "fieldPathAsEnv": [{"name": "NODE"}]}
    said = platforms.left_out(_executors({"exec-read": settings}))
    assert said.endswith("secretAsEnv of read. So steps lack NODE, PASSWORD: your own variables reach them if BAKEHOUSE_PASS_ENV names them")


def test_many_steps_are_counted() -> None:
    """A note is one line."""
    file = _executors({f"exec-{number}": {"podMetadata": {}} for number in range(8)})
    assert platforms.left_out(file).endswith("podMetadata of 0, 1, 2, 3, 4 and 3 more")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"kubernetes": {"pipelineConfig": {"workspace": {"size": "1Gi"}}}},  # a workspace there is
        {"bakehouse": {"deploymentSpec": {"executors": {"exec-a": {"x": 1}}}}},
        {"kubernetes": None},
        {"kubernetes": {"deploymentSpec": [1]}},
        {"kubernetes": {"deploymentSpec": {"executors": {"exec-a": "x", "exec-b": {}}}}},
    ],
    ids=["none", "workspace", "ours", "null", "a list", "no settings"],
)
def test_nothing_is_said_of_nothing(settings: JsonObject) -> None:
    """Nor of what nobody can make sense of."""
    assert platforms.left_out(_file(settings)) == ""


def test_what_a_pod_is_to_have_is_gathered() -> None:
    """KFP's settings and ours of one executor, init containers of both in order, and the workspace of the pipeline."""
    spec = PipelineSpec(PipelineInfo("p"), Component(), executors={"exec-a": Container("i"), "exec-b": Container("i")})
    kfps = {
        "deploymentSpec": {"executors": {"exec-a": {"imagePullPolicy": "Never", "initContainers": [{"name": "one"}]}}},
        "pipelineConfig": {"workspace": {"size": "1Gi"}},
    }
    ours = {"deploymentSpec": {"executors": {"exec-a": {"initContainers": [{"name": "two"}], "podPatch": [{"spec": {}}], "caching": {"ttl": "1s"}}}}}
    assert platforms.of_pods(PipelineFile(spec, {"kubernetes": kfps, "bakehouse": ours})) == {
        "exec-a": {
            "imagePullPolicy": "Never",
            "initContainers": [{"name": "one"}, {"name": "two"}],
            "podPatch": [{"spec": {}}],
            "workspace": {"size": "1Gi"},
        },
        "exec-b": {"workspace": {"size": "1Gi"}},
    }
    assert platforms.of_pods(PipelineFile(spec, {})) == {}
