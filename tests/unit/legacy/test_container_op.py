"""`dsl.ContainerOp` of KFP 1 compiles to what is written today, and its values have the types that their uses ask for."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace as Model
from typing import Any

import pytest

from bakehouse import compiler, dsl, kubernetes
from bakehouse.compiler import old_style
from bakehouse.dsl import errors
from bakehouse.ir.spec import Container, ParameterType, PipelineFile
from bakehouse.task.artifacts import Dataset


@dsl.component
def count(text: str) -> int:
    return len(text)


@dsl.component
def half(number: float) -> float:
    return number / 2


@dsl.component
def table(rows: dsl.Output[Dataset]) -> None:
    pass


def _compiled(function: Callable[..., Any]) -> PipelineFile:
    return compiler.compile_pipeline(dsl.pipeline(function)).file


def _named(function: Callable[..., Any]) -> PipelineFile:
    """What is compiled of a function, whatever it is called."""
    return compiler.compile_pipeline(dsl.pipeline(function, name="same")).file  # as kfp has it


def _container(function: Callable[..., Any], name: str) -> Container:
    found = _compiled(function).spec.executors[f"exec-{name}"]
    assert isinstance(found, Container)
    return found


def train_op() -> Any:
    return dsl.ContainerOp(name="Train", image="my-train-image", command=["python", "train.py"]).set_memory_request("4G").set_cpu_request("2")


def evaluate_op() -> Any:
    return dsl.ContainerOp(name="Evaluate", image="my-evaluate-image", command=["python", "evaluate.py"])


def test_the_lines_that_people_paste() -> None:
    """As they stand: names, resources, order."""

    def pipeline() -> None:
        train = train_op()
        evaluate = evaluate_op().after(train)
        assert (train.name, evaluate.name) == ("train", "evaluate")
        assert train_op().name == "train-2"

    spec = _compiled(pipeline).spec
    train = spec.executors["exec-train"]
    assert isinstance(train, Container)
    assert (train.image, train.command, train.args) == ("my-train-image", ("python", "train.py"), ())
    assert train.resources is not None
    assert (train.resources.resource_memory_request, train.resources.resource_cpu_request) == ("4G", "2")
    assert spec.root.dag is not None
    assert spec.root.dag.tasks["evaluate"].dependent_tasks == ("train",)


def test_values_in_texts_and_alone() -> None:
    """By `%`, by f-string, by `format`, as an element; numbers are texts; one value is one input."""

    def pipeline(rate: float, tag: str) -> None:
        given = ["--rate", rate, f"--same={rate}", "a %s b" % rate, "{}!".format(rate), 5, 0.5, True, {"a": 1}]  # noqa: UP031, UP032  # as users write
        dsl.ContainerOp("Fit", "busybox:%s" % tag, "sh", given)  # noqa: UP031  # as users write

    found = _container(pipeline, "fit")
    value = "{{$.inputs.parameters['rate']}}"
    assert found.image == "busybox:{{$.inputs.parameters['tag']}}"
    assert found.command == ("sh",)
    assert found.args == ("--rate", value, f"--same={value}", f"a {value} b", f"{value}!", "5", "0.5", "True", "{'a': 1}")


def test_outputs_by_their_old_names() -> None:
    """The only one by `.output`; several by the names in `file_outputs`; files for the pages are artifacts and none of them."""

    def pipeline() -> None:
        one = dsl.ContainerOp("One", "i", "sh", file_outputs={"the-path": "/p", "mlpipeline-metrics": "/m.json"})
        assert one.output is one.outputs["the-path"] is one.outputs["the_path"] is one.outputs["output"]
        two = dsl.ContainerOp("Two", "i", "sh", file_outputs={"a b": "/a", "class": "/b"}, output_artifact_paths={"model": "/model"})
        count(text=two.outputs["a b"])
        three = dsl.ContainerOp("Three", "i", ["echo", two.outputs["a b"]], file_outputs={"a-b": "/1", "a_b": "/2", "1": "/3", "two_a_b": "/4"})
        assert [one.name for one in (three.outputs["a-b"], three.outputs["a_b"], three.outputs["1"])] == ["a_b", "a_b_2", "_1"]
        assert [*three.inputs] == ["two_a_b_2"]
        count(text=two.outputs["class"])
        four = dsl.ContainerOp("Four", "i", "sh", file_outputs={"1-a": "/1", "1_a": "/2"})
        assert [one.name for one in (four.outputs["1-a"], four.outputs["1_a"])] == ["_1_a", "_1_a_2"]

    spec = _compiled(pipeline).spec
    assert [*spec.components["comp-one"].outputs.parameters] == ["the_path"]
    assert [*spec.components["comp-one"].outputs.artifacts] == ["mlpipeline_metrics"]
    assert [*spec.components["comp-two"].outputs.parameters] == ["a_b", "class_"]
    assert [*spec.components["comp-two"].outputs.artifacts] == ["model"]


def test_types_follow_from_use() -> None:
    """Of outputs, and of inputs of the pipeline that have none: what takes them says it, a comparison by size too; else they are texts."""

    def pipeline(a, b="7", c=3, d=None, items=None) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  # as users write
        made = dsl.ContainerOp("Make", "i", ["sh"], [a, b, c, d], file_outputs={"n": "/n", "text": "/t", "size": "/s", "list": "/l"})
        half(number=b)
        half(number=made.outputs["n"])
        with dsl.If(made.outputs["size"] > 5):
            dsl.ContainerOp("Big", "i", ["echo", made.outputs["size"], made.outputs["text"]])
        with dsl.ParallelFor(made.outputs["list"]) as item:
            dsl.ContainerOp("Each", "i", ["echo", item])
        with dsl.ParallelFor(items) as item:
            dsl.ContainerOp("Each", "i", ["echo", item])

    spec = _compiled(pipeline).spec
    declared = {name: (one.type.value, one.default) for name, one in spec.root.inputs.parameters.items()}
    assert declared == {
        "a": ("STRING", None),
        "b": ("NUMBER_DOUBLE", 7.0),
        "c": ("NUMBER_INTEGER", 3),
        "d": ("STRING", None),
        "items": ("LIST", None),
    }
    assert {name: one.type for name, one in spec.components["comp-make"].inputs.parameters.items()} == {
        "a": ParameterType.STRING,
        "b": ParameterType.NUMBER_DOUBLE,
        "c": ParameterType.NUMBER_INTEGER,
        "d": ParameterType.STRING,
    }
    assert {name: one.type.value for name, one in spec.components["comp-make"].outputs.parameters.items()} == {
        "n": "NUMBER_DOUBLE",
        "text": "STRING",
        "size": "NUMBER_DOUBLE",
        "list": "LIST",
    }
    assert {name: one.type.value for name, one in spec.components["comp-big"].inputs.parameters.items()} == {
        "make_size": "NUMBER_DOUBLE",
        "make_text": "STRING",
    }


def test_a_pipeline_of_today_needs_types_as_ever() -> None:
    """Only steps in the old style let a pipeline do without."""
    with pytest.raises(errors.InvalidSignature, match="the parameter n has no type"):
        _compiled(lambda n: count(text=n))


def test_everything_that_kubernetes_was_told() -> None:
    """Setters of the op and of its container, and models of the kubernetes package, are what `bakehouse.kubernetes` writes."""

    def env(**given: Any) -> Model:
        return Model(value=None, value_from=None, **given)

    def old() -> None:
        op = dsl.ContainerOp("Step", "i", "sh", pvolumes={"/claim": dsl.PipelineVolume(pvc="data")})
        op.add_pod_label("l", "1").add_pod_annotation("a", "2").add_node_selector_constraint("disk", "ssd")
        op.add_toleration(Model(key="k", operator="Exists", effect="NoSchedule", toleration_seconds=None))
        op.add_volume_mount(Model(name="s", mount_path="/s")).add_volume(Model(name="s", secret=Model(secret_name="a")))  # noqa: S106  # a name
        op.add_volume({"name": "e", "emptyDir": {"medium": "Memory"}}).add_volume_mount({"name": "e", "mountPath": "/e", "readOnly": False})
        op.add_volume({"name": "c", "configMap": {"name": "map"}}).add_volume_mount({"name": "c", "mountPath": "/c", "readOnly": True})
        op.container.add_env_variable(Model(name="A", value_from=Model(secret_key_ref=Model(name="s", key="k"))))
        op.container.add_env_variable({"name": "B", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "k"}}})
        op.container.add_env_variable({"name": "C", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}).parent.set_timeout(60)
        op.container.set_image_pull_policy("Always").set_security_context(Model(run_as_user=5)).set_ephemeral_storage_limit("1Gi")
        op.add_init_container(dsl.UserContainer("first", "busybox", command="true", env=[{"name": "X", "value": "1"}]))
        op.add_sidecar(dsl.Sidecar("beside", "redis", args=["-p", "1"]).add_env_variable(Model(name="Y", value="2")))
        op.add_affinity(Model(node_affinity=Model(preferred_during_scheduling_ignored_during_execution=[Model(weight=1)])))

    @dsl.container_component
    def step():  # type: ignore[no-untyped-def]  # noqa: ANN202  # as users write
        return dsl.ContainerSpec("i", ["sh"])

    def new() -> None:
        task = step()
        kubernetes.mount_pvc(task, "data", "/claim")
        kubernetes.add_pod_label(task, "l", "1")
        kubernetes.add_pod_annotation(task, "a", "2")
        kubernetes.add_node_selector(task, "disk", "ssd")
        kubernetes.add_toleration(task, "k", "Exists", effect="NoSchedule")
        kubernetes.use_secret_as_volume(task, "a", "/s")
        kubernetes.empty_dir_mount(task, "e", "/e", "Memory")
        kubernetes.use_config_map_as_volume(task, "map", "/c")
        kubernetes.use_secret_as_env(task, "s", {"k": "A"})
        kubernetes.use_config_map_as_env(task, "m", {"k": "B"})
        kubernetes.use_field_path_as_env(task, "C", "metadata.name")
        kubernetes.set_timeout(task, 60)
        kubernetes.set_image_pull_policy(task, "Always")
        kubernetes.set_security_context(task, run_as_user=5)
        kubernetes.set_ephemeral_storage(task, limit="1Gi")
        kubernetes.add_init_container(task, "first", "busybox", ["true"], env={"X": "1"})
        kubernetes.add_init_container(task, "beside", "redis", args=["-p", "1"], env={"Y": "2"}, restart_policy="Always")
        kubernetes.add_node_affinity_json(task, {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1}]})

    assert _compiled(old).platforms == _compiled(new).platforms


def test_everything_that_a_task_was_told() -> None:
    """Resources, retries, the cache, variables, and what `apply` does."""

    def old() -> None:
        op = dsl.ContainerOp("Step", "i", "sh", container_kwargs={"env": [Model(name="A", value="1")]})
        op.set_gpu_limit(2).add_resource_request("cpu", "1").add_resource_limit("memory", "2G").set_retry(3, "OnFailure", "30s", 2.0)
        op.apply(lambda one: one.set_display_name("Shown"))
        op.execution_options.caching_strategy.max_cache_staleness = "P0D"
        assert (op.container.get_resource_limit("memory"), op.get_resource_request("memory")) == ("2G", None)
        other = dsl.ContainerOp("Other", "i", "sh").set_gpu_limit(1, vendor="amd").add_node_selector_constraint("NVIDIA_TESLA_K80")
        other.execution_options.caching_strategy.max_cache_staleness = "PT12H"

    def new() -> None:
        @dsl.container_component
        def step():  # type: ignore[no-untyped-def]  # noqa: ANN202  # as users write
            return dsl.ContainerSpec("i", ["sh"])

        @dsl.container_component
        def other():  # type: ignore[no-untyped-def]  # noqa: ANN202  # as users write
            return dsl.ContainerSpec("i", ["sh"])

        task = step().set_env_variable("A", "1").set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(2)
        task.set_cpu_request("1").set_memory_limit("2G").set_retry(3, "30s", 2.0).set_display_name("Shown")
        task.set_retry_policy(on=["exit code", "user error", "bad output"]).set_caching_options(enable_caching=False)
        other().set_accelerator_type("NVIDIA_TESLA_K80").set_accelerator_limit(1).set_cache_ttl("12h")

    assert _named(old) == _named(new)


def test_a_volume_leads_from_step_to_step() -> None:
    """Who mounts `op.pvolume` waits for the op."""

    def pipeline() -> None:
        first = dsl.ContainerOp("First", "i", "sh", pvolumes={"/mnt": dsl.PipelineVolume(pvc="data")})
        dsl.ContainerOp("Second", "i", "sh", pvolumes={"/data": first.pvolume})

    spec = _compiled(pipeline).spec
    assert spec.root.dag is not None
    assert spec.root.dag.tasks["second"].dependent_tasks == ("first",)


def test_one_warning_for_all(tmp_path: Path) -> None:
    """The compiler warns once of a pipeline, whatever it is made of; of one in the style of today never."""

    @dsl.pipeline
    def old() -> None:
        train_op()
        evaluate_op()
        train_op()

    with pytest.warns(FutureWarning) as caught:
        compiler.Compiler().compile(old, str(tmp_path / "old.yaml"))
    (warning,) = caught
    assert "@dsl.container_component\n    def train():" in str(warning.message)
    assert f"evaluate ({__file__}:" in str(warning.message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiler.Compiler().compile(half, str(tmp_path / "new.yaml"))


def test_ids_of_run_and_step() -> None:
    """The placeholders of KFP 1 are those of today."""
    assert dsl.RUN_ID_PLACEHOLDER == dsl.PIPELINE_JOB_ID_PLACEHOLDER
    assert dsl.EXECUTION_ID_PLACEHOLDER == dsl.PIPELINE_TASK_ID_PLACEHOLDER


def test_pipelines_in_pipelines_are_looked_at_once() -> None:
    """Each level calls the one below by two ways, thirty deep: the note takes no longer for it."""

    def calling(name: str, *inner: Any) -> Any:
        def pipeline() -> None:
            for one in inner:
                one()

        return dsl.pipeline(pipeline, name=name)

    def steps() -> None:
        train_op()

    level: Any = dsl.pipeline(steps)
    for number in range(30):
        level = calling(f"level-{number}", calling(f"a-{number}", level), calling(f"b-{number}", level))
    assert len(old_style.notices(level)) == 1
