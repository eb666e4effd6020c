"""What functions of `bakehouse.kubernetes` leave on a task, where KFP has nothing to compare with, and whose value it may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bakehouse import compiler, dsl, kubernetes
from bakehouse.dsl.task import PipelineTask
from bakehouse.ir import platforms, policies, text, validation
from bakehouse.ir.spec import PipelineFile


@dsl.component
def step(text: str = "") -> str:
    return text


def _compiled(ask: Callable[[PipelineTask], Any]) -> PipelineFile:
    @dsl.pipeline
    def pipeline() -> None:
        ask(step().set_memory_request("1G"))

    return compiler.compile_pipeline(pipeline).file


def _of_step(ask: Callable[[PipelineTask], Any], platform: str = "kubernetes") -> Any:
    return _compiled(ask).platforms[platform]["deploymentSpec"]["executors"]["exec-step"]


def _everything(task: PipelineTask) -> None:
    kubernetes.set_ephemeral_storage(task, request="10Gi")
    kubernetes.set_ephemeral_storage(task, limit="20Gi")
    kubernetes.add_init_container(task, "wait", "alpine", ["sh", "-c"], ["true"], {"A": "b"}, {"scratch": "/s"}, "Always", {"cpu": "1"}, {"cpu": "2"})
    kubernetes.add_init_container(task, name="fetch", image="alpine")


def test_a_function_returns_the_task() -> None:
    """As with kfp, so that setters can follow."""
    given: list[PipelineTask] = []

    @dsl.pipeline
    def pipeline() -> None:
        task = step()
        given.extend((task, kubernetes.set_timeout(task, 5), kubernetes.add_pod_label(task, "a", "b").set_display_name("x")))

    assert given[0] is given[1] is given[2]


def test_pods_can_be_near_others_or_far_from_them() -> None:
    """In KFP's own message, which its SDK has no function for."""

    def ask(task: PipelineTask) -> None:
        kubernetes.add_pod_affinity(task, "zone", match_pod_labels={"app": "db"}, namespaces=["n"], weight=5)
        only = [{"key": "a", "operator": "Exists"}]
        kubernetes.add_pod_affinity(task, "node", match_pod_expressions=only, match_namespace_labels={"x": "y"}, anti=True)

    assert _of_step(ask)["podAffinity"] == [
        {"topologyKey": "zone", "matchPodLabels": {"app": "db"}, "namespaces": ["n"], "weight": 5},
        {"topologyKey": "node", "matchPodExpressions": [{"key": "a", "operator": "Exists"}], "matchNamespaceLabels": {"x": "y"}, "anti": True},
    ]


def test_shared_memory() -> None:
    """The last call counts; without a size Kubernetes decides."""

    def ask(task: PipelineTask) -> None:
        kubernetes.enable_shared_memory(task, size="2Gi")
        kubernetes.enable_shared_memory(task)

    assert _of_step(ask) == {"enabledSharedMemory": {"volumeName": "shm"}}


def test_what_kfp_cannot_say_is_bakehouses() -> None:
    """Under `platforms.bakehouse`, where it is valid, survives a file and is left out for KFP."""
    assert _of_step(_everything, "bakehouse") == {
        "ephemeralStorage": {"request": "10Gi", "limit": "20Gi"},
        "initContainers": [
            {
                "name": "wait",
                "image": "alpine",
                "command": ["sh", "-c"],
                "args": ["true"],
                "env": [{"name": "A", "value": "b"}],
                "volumeMounts": [{"volumeName": "scratch", "mountPath": "/s"}],
                "restartPolicy": "Always",
                "resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}},
            },
            {"name": "fetch", "image": "alpine"},
        ],
    }
    file = text.read(text.write(_compiled(_everything)))
    assert list(validation.findings(file)) == []
    assert policies.said(file) == "ephemeralStorage of step; initContainers of step"
    assert "kubernetes" not in file.platforms
    assert platforms.left_out(file).endswith("ephemeralStorage of step; initContainers of step")


def test_a_limit_that_is_taken_away_leaves_nothing_behind() -> None:
    """As on KFP, the executor is named without a setting."""

    def ask(task: PipelineTask) -> None:
        kubernetes.set_timeout(task, 5)
        kubernetes.set_timeout(task, 0)

    assert _of_step(ask) == {}


def test_a_limit_that_was_never_set_is_not_written() -> None:
    """The pipeline asks nothing of Kubernetes then."""
    assert _compiled(lambda task: kubernetes.set_timeout(task, 0)).platforms == {}


def test_settings_written_by_hand_are_kept() -> None:
    """`task.platform_config` is KFP's own way for what its SDK has no function for."""

    def ask(task: PipelineTask) -> None:
        task.platform_config["kubernetes"] = {"enabledSharedMemory": {"volumeName": "shm"}}
        kubernetes.set_timeout(task, 5)

    assert _of_step(ask) == {"enabledSharedMemory": {"volumeName": "shm"}, "activeDeadlineSeconds": "5"}


def test_a_task_waits_for_what_its_settings_need() -> None:
    """And takes no input for it: the back end looks the value up."""

    @dsl.pipeline
    def pipeline() -> None:
        name, task = step(), step()
        kubernetes.mount_pvc(task, pvc_name=name.output, mount_path="/data")

    task = compiler.compile_pipeline(pipeline).file.spec.root.dag.tasks["step-2"]  # type: ignore[union-attr]  # a pipeline is a DAG
    assert task.dependent_tasks == ("step",)
    assert task.inputs.parameters == {}


@pytest.mark.parametrize("kind", [list, tuple])
def test_lists_may_be_tuples(kind: Callable[..., Any]) -> None:
    """Python's two kinds of them mean the same."""
    assert [one["secretName"] for one in _of_step(lambda task: kubernetes.set_image_pull_secrets(task, kind(("a", "b"))))["imagePullSecret"]] == [
        "a",
        "b",
    ]
