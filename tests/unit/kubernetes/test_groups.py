"""Settings for Kubernetes inside groups and called pipelines: their references are what a group of the IR can see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bakehouse import compiler, dsl, kubernetes
from bakehouse.dsl.errors import AuthoringError, InvalidPipeline, OutOfScope
from bakehouse.ir.spec import PipelineFile


@dsl.component
def step(text: str = "") -> str:
    return text


@dsl.component
def taints() -> dict:  # type: ignore[type-arg]  # as users write
    return {}


def _file(function: Callable[..., Any]) -> PipelineFile:
    return compiler.compile_pipeline(dsl.pipeline(function)).file


def _of(file: PipelineFile, label: str) -> Any:
    return file.platforms["kubernetes"]["deploymentSpec"]["executors"][label]


def test_a_value_of_a_mapping_that_is_looped_over() -> None:
    """It is taken out of the item, for kfp names an input that nothing feeds."""

    def pipeline() -> None:
        with dsl.ParallelFor([{"claim": "a"}, {"claim": "b"}]) as item:
            kubernetes.set_image_pull_secrets(step(), [item.claim])

    (secret,) = _of(_file(pipeline), "exec-step")["imagePullSecret"]
    assert secret["secretNameParameter"] == {
        "componentInputParameter": "pipelinechannel--loop-item-param-1",
        "parameterExpressionSelector": 'parseJson(string_value)["claim"]',
    }


def test_what_all_iterations_made() -> None:
    """A list of tolerations from a loop; the task waits for the loop."""

    def pipeline() -> None:
        with dsl.ParallelFor([1, 2]):
            made = taints()
        kubernetes.add_toleration_json(step(), dsl.Collected(made.output))

    file = _file(pipeline)
    assert _of(file, "exec-step")["tolerations"] == [
        {"tolerationJson": {"taskOutputParameter": {"producerTask": "for-loop-2", "outputParameterKey": "pipelinechannel--taints-Output"}}}
    ]
    assert file.spec.root.dag.tasks["step"].dependent_tasks == ("for-loop-2",)  # type: ignore[union-attr]  # a pipeline is a DAG


def test_what_one_of_the_branches_made() -> None:
    """It comes out of the conditional."""

    def pipeline(n: int) -> None:
        with dsl.If(n == 1):
            one = step(text="a")
        with dsl.Else():
            other = step(text="b")
        kubernetes.use_secret_as_volume(step(), dsl.OneOf(one.output, other.output), "/secret")

    (volume,) = _of(_file(pipeline), "exec-step-3")["secretAsVolume"]
    reference = volume["secretNameParameter"]["taskOutputParameter"]
    assert reference["producerTask"] == "condition-branches-1"


def test_references_by_hand_are_left_as_they_are() -> None:
    """Nobody registered the channel, so nothing is known of it."""
    by_hand = {"imagePullSecret": [{"secretNameParameter": {"componentInputParameter": "anything"}}], "nodeSelector": {"labels": {"a": "b"}}}

    def pipeline(n: int) -> None:
        with dsl.If(n == 1):
            step().platform_config["kubernetes"] = by_hand

    assert _of(_file(pipeline), "exec-step") == by_hand


def test_a_channel_that_is_registered_by_hand_is_followed() -> None:
    """As kfp.kubernetes itself does it."""

    def pipeline(secret: str, n: int) -> None:
        with dsl.If(n == 1):
            task = step()
            task.register_pipeline_channels([secret])  # type: ignore[list-item]  # a channel, as far as the pipeline is concerned
            task.platform_config["kubernetes"] = {"imagePullSecret": [{"secretNameParameter": {"componentInputParameter": "secret"}}]}

    file = _file(pipeline)
    assert _of(file, "exec-step") == {"imagePullSecret": [{"secretNameParameter": {"componentInputParameter": "pipelinechannel--secret"}}]}
    assert "pipelinechannel--secret" in file.spec.components["comp-condition-1"].inputs.parameters


def _told(function: Callable[..., Any]) -> AuthoringError:
    with pytest.raises(AuthoringError) as caught:
        dsl.pipeline(function)
    return caught.value


def test_a_value_that_is_not_there_outside_of_its_block() -> None:
    """As with arguments of components."""

    def pipeline(n: int) -> None:
        with dsl.If(n == 1):
            inside = step()
        kubernetes.mount_pvc(step(), inside.output, "/data")

    told = _told(pipeline)
    assert isinstance(told, OutOfScope)
    assert "pvc_name is given step-Output, which is there only if the dsl.If" in told.message


def test_a_task_is_set_up_outside_of_its_block() -> None:
    """What counts is where the task is, not where it is set up."""

    def pipeline(n: int) -> None:
        with dsl.If(n == 1):
            inside, task = step(), step()
        kubernetes.mount_pvc(task, inside.output, "/data")

    assert "exec-step-2" in _file(pipeline).platforms["kubernetes"]["deploymentSpec"]["executors"]


def test_a_called_pipeline_has_no_pod() -> None:
    """The settings go to its steps; kfp finds that out when it compiles, without saying where."""

    @dsl.pipeline
    def inner() -> None:
        step()

    def pipeline() -> None:
        kubernetes.set_timeout(inner(), 5)

    told = _told(pipeline)
    assert isinstance(told, InvalidPipeline)
    assert told.message == "activeDeadlineSeconds is set of the task inner, which is no step with a container of its own"
    assert str(told.place).startswith(__file__)
