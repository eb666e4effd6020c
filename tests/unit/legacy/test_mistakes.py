"""What of KFP 1 cannot be said today: each is told at its line with what to write instead, and all at once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import SimpleNamespace as Model
from typing import Any

import pytest

from bakehouse import dsl
from bakehouse.dsl.errors import AuthoringError, AuthoringProblems, OutsidePipeline
from bakehouse.errors import BadInput
from bakehouse.task.artifacts import Dataset

#: Untyped, for a type checker sees some of these mistakes itself.
d: Any = dsl


@dsl.component
def table(rows: dsl.Output[Dataset]) -> int:
    return 1


@dsl.component
def train_the_model(rows: dsl.Output[Dataset]) -> None:
    pass


def _told(ask: Callable[[Any, Any], Any]) -> BadInput:
    """What is told of a pipeline that asks something of a `ContainerOp`; `ask` gets the op and the pipeline's input, a text."""
    with pytest.raises((AuthoringError, AuthoringProblems)) as caught:

        @dsl.pipeline
        def pipeline(text: str) -> None:
            ask(dsl.ContainerOp("Step", "image", "sh"), text)

    return caught.value


def _op(**given: Any) -> Any:
    return d.ContainerOp(**{"name": "Op", "image": "i", "command": "sh", **given})


def _mounted(op: Any, mount: Mapping[str, Any] | None = None, **volume: Any) -> None:
    op.add_volume({"name": "v", **volume}).add_volume_mount({"name": "v", "mountPath": "/v", **(mount or {})})


MISTAKES: list[tuple[Callable[[Any, Any], Any], str, str]] = [
    (lambda o, x: _op(command=None, file_outputs={"n": "/n"}), "has files (/n) but no command", "ENTRYPOINT"),
    (lambda o, x: _op(file_outputs={"n": "n"}), "the path of the output n is 'n'", "'/tmp/n'"),
    (lambda o, x: _op(file_outputs={"n": x}), "the path of the output n is <PipelineParameterChannel text>", "known now"),
    (lambda o, x: _op(file_outputs=["/n"]), "file_outputs is ['/n']", "{'model': '/tmp/model'}"),
    (lambda o, x: _op(image=""), "has no image", "image="),
    (lambda o, x: _op(image=5), "the image is 5", "Write a text."),
    (lambda o, x: _op(name="…"), "the name of a ContainerOp is '…'", "with letters"),
    (lambda o, x: _op(name=None), "the name of a ContainerOp is None", "with letters"),
    (lambda o, x: _op(arguments=[None]), "arguments holds None", "Leave it out."),
    (lambda o, x: _op(arguments=[o]), "arguments holds the task step", ".output"),
    (lambda o, x: _op(arguments=[[x]]), "arguments holds a list with a value in it", "arguments=['--one', one"),
    (lambda o, x: _op(arguments=table().outputs["rows"]), "arguments is given table-rows, an artifact", "dsl.InputArgumentPath"),
    (lambda o, x: _op(command=["sh", "{{workflow.uid}}"]), "holds a variable of Argo: {{workflow.uid}}", "PIPELINE_JOB_ID_PLACEHOLDER"),
    (lambda o, x: _op(artifact_argument_paths=[d.InputArgumentPath(x, path="in")]), "the path of an InputArgumentPath is 'in'", "'/tmp/in'"),
    (lambda o, x: _op(arguments=train_the_model().outputs["rows"]), "an artifact", "dsl.InputArgumentPath(train_the_model_task.outputs['rows'])"),
    (lambda o, x: _op(container_kwargs={"env": Model(name="A", value="1")}), "env of container_kwargs is namespace(", "Write a list"),
    (lambda o, x: _op(container_kwargs={"env": {"A": "1"}}), "env of container_kwargs is {'A': '1'}, which is no list", "Write a list"),
    (lambda o, x: _op(container_kwargs=["env"]), "container_kwargs is ['env'], which is no mapping", "Write a mapping"),
    (lambda o, x: _op(container_kwargs={"ports": []}), "container_kwargs of the task op has 'ports'", "env"),
    (lambda o, x: _op(sidecars=["redis"]), "a dsl.Sidecar is expected, but is 'redis'", "dsl.Sidecar(name, image"),
    (lambda o, x: o.add_init_container(d.UserContainer("a", "b", ports=[])), "is told ports", "add_init_container(task, 'a', 'b', …)"),
    (lambda o, x: o.add_sidecar(d.Sidecar("a", "b").set_image_pull_policy("Always")), "is told set_image_pull_policy", "add_init_container"),
    (lambda o, x: o.add_sidecar(d.Sidecar("a", "b", env=[{"name": "A", "valueFrom": {}}])), "the variable A of the dsl.Sidecar a", "a text"),
    (lambda o, x: o.output, "the task step gives nothing", "file_outputs"),
    (lambda o, x: o.outputs["x"], "the task step has no output 'x'", "none at all"),
    (lambda o, x: o.add_port(80), ".add_port(…) of the task step belongs to KFP 1", "Leave it out"),
    (lambda o, x: o.container.set_liveness_probe(None), ".set_liveness_probe(…)", "set_timeout('1h')"),
    (lambda o, x: o.add_env_from(None), ".add_env_from(…)", "use_secret_as_env"),
    (lambda o, x: o.add_env_variable("A"), "an environment variable is 'A'", "kubernetes package"),
    (lambda o, x: o.add_env_variable({"name": "A", "value": x}), "is a text known now", "an input of the component"),
    (lambda o, x: o.add_env_variable({"name": "A", "value": o.output}), "the task step gives nothing", "file_outputs"),
    (lambda o, x: o.add_env_variable({"name": "A", "value": f"{x}"}), "a text with a value in it", "an input of the component"),
    (lambda o, x: o.add_env_variable({"name": "A", "valueFrom": {"resourceFieldRef": {}}}), "the variable A comes from resourceFieldRef", "a secret"),
    (lambda o, x: o.add_resource_limit("pods", 1), "a limit of 'pods' is set on the task step", "a GPU"),
    (lambda o, x: o.set_memory_limit("1.5G"), "'1.5G' is no amount of memory", "512Mi"),
    (lambda o, x: o.set_retry(1, "Sometimes"), "'Sometimes' is no policy of retries", "OnFailure"),
    (lambda o, x: o.set_security_context(Model(privileged=True)), "says privileged", "run_as_user"),
    (lambda o, x: o.add_affinity({"podAffinity": {}}), "podAffinity is set on the task step", "add_pod_affinity"),
    (lambda o, x: o.add_pvolumes({"/v": {"name": "v", "hostPath": {}}}), "of the kind hostPath", "mount_pvc"),
    (lambda o, x: d.VolumeOp("v", size="1Gi"), "the resource_name of a VolumeOp is None", "resource_name='data'"),
    (lambda o, x: d.VolumeOp("v", "_", "1Gi"), "the resource_name of a VolumeOp is '_'", "with letters"),
    (lambda o, x: _mounted(o, secret={"secretName": "s", "items": []}), "the volume 'v' of the task step says items", "use_secret_as_volume"),
    (lambda o, x: _mounted(o, secret={"secretName": "s", "defaultMode": 256}), "says defaultMode, which has no place", "use_secret_as_volume"),
    (lambda o, x: _mounted(o, configMap={"name": "m", "items": []}), "says items", "use_config_map_as_volume"),
    (lambda o, x: _mounted(o, persistentVolumeClaim={"claimName": "c", "readOnly": True}), "says readOnly", "mount_pvc"),
    (lambda o, x: _mounted(o, {"readOnly": True}, persistentVolumeClaim={"claimName": "c"}), "the mount of the volume 'v'", "mount_pvc"),
    (lambda o, x: _mounted(o, {"subPath": "a"}, emptyDir={}), "the mount of the volume 'v' of the task step says subPath", "empty_dir_mount"),
    (lambda o, x: _mounted(o, secret={"secretName": "s"}, emptyDir={}), "of the kind secret, emptyDir", "mount_pvc"),
    (lambda o, x: _mounted(o, emptyDir="m"), "emptyDir of the volume 'v' is 'm', which is no mapping", "Write a mapping"),
    (lambda o, x: o.add_volume_mount(Model(name="v", mount_path="/v")), "the volume 'v' is to be at '/v'", ".add_volume(…)"),
    (lambda o, x: o.pvolume, "the task step has 0 volumes", ".pvolumes['/path']"),
    (lambda o, x: setattr(o.execution_options.caching_strategy, "max_cache_staleness", "soon"), "'soon' is no age", "set_cache_ttl"),
]  # fmt: skip


@pytest.mark.parametrize(("ask", "message", "remedy"), MISTAKES, ids=[message for _, message, _ in MISTAKES])
def test_each_mistake_is_told(ask: Callable[[Any, Any], Any], message: str, remedy: str) -> None:
    """What is wrong, the author's line, what to write."""
    error = _told(ask)
    (problem,) = error.problems
    assert message in problem.message
    assert remedy in (problem.remedy or "")
    assert problem.place is not None
    assert problem.place.startswith(f"{__file__}:")


def test_all_are_told_at_once() -> None:
    """Those of the op, of its setters, and of what is left undone at the end."""

    def ask(op: Any, text: Any) -> None:
        op.add_port(1).add_volume_mount(Model(name="v", mount_path="/v"))
        _op(image="", arguments=[None, text])

    problems = _told(ask).problems
    line = inspect.getsourcelines(ask)[1]
    assert [problem.place for problem in problems] == [
        f"{__file__}:{_op_line()}",
        f"{__file__}:{_op_line()}",
        f"{__file__}:{line + 1}",
        f"{__file__}:{line + 1}",
    ]


def _op_line() -> int:
    return inspect.getsourcelines(_op)[1] + 1


def test_types_that_do_not_meet() -> None:
    """A value without a type that is used as two; a default that is none of what it is used as."""

    @dsl.component
    def whole(n: int) -> None:
        pass

    @dsl.component
    def text(n: str) -> None:
        pass

    def both(n, m="many"):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  # as users write
        dsl.ContainerOp("Step", "image", "sh")
        whole(n=n)
        text(n=n)
        whole(n=m)

    with pytest.raises(AuthoringProblems) as caught:
        dsl.pipeline(both)
    said = str(caught.value)
    assert "n, whose type is not written down, is used as an int by whole, a str by text" in said
    assert "the parameter m is used as an int, but its default is 'many'" in said


def test_outside_a_pipeline() -> None:
    """There is nothing that it could be a step of."""
    with pytest.raises(OutsidePipeline, match="the ContainerOp 'Train' is used outside a pipeline"):
        dsl.ContainerOp("Train", "image")
