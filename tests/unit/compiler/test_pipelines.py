"""A recording becomes the IR that KFP's compiler would write of it; what is told to the compiler changes it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bakehouse import compiler, dsl
from bakehouse.compiler import Overrides, compile_pipeline
from bakehouse.dsl import errors
from bakehouse.ir import text
from bakehouse.ir.execution import Origin
from bakehouse.ir.spec import (
    CachingOptions,
    ComponentInputArtifact,
    ComponentInputParameter,
    Constant,
    Container,
    DagOutputs,
    OutputSelector,
    ParameterInput,
    ParameterType,
    Task,
    TaskInputs,
    TaskOutputArtifact,
    TaskOutputParameter,
)
from bakehouse.task.artifacts import Dataset


@dsl.component
def make(n: int, table: dsl.Output[Dataset]) -> str:
    """Make a table.

    Args:
        n: How many rows.

    Returns:
        Output: What it is.
        table: The rows.
    """
    return str(n)


@dsl.component
def take(table: dsl.Input[Dataset], words: list[str] = [], rate: float = 0.5) -> int:  # noqa: B006  # as users write
    return len(words)


@dsl.pipeline(name="Make and take", display_name="Make & take", pipeline_root="gs://bucket")
def both(n: int, given: Dataset, rate: float = 1) -> int:
    """Make, then take."""
    made = make(n=n)
    taken = take(table=made.outputs["table"], words=["a", f"{n} {made.outputs['Output']}"], rate=rate)
    take(table=given).after(taken).set_env_variable("A", "b").set_caching_options(False)
    return taken.output


def _tasks() -> Mapping[str, Task]:
    dag = compile_pipeline(both).file.spec.root.dag
    assert dag is not None
    return dag.tasks


def test_the_pipeline_as_a_whole() -> None:
    """Names, description, root, inputs and outputs."""
    spec = compile_pipeline(both).file.spec
    assert (spec.info.name, spec.info.display_name, spec.info.description) == ("make-and-take", "Make & take", "Make, then take.")
    assert spec.default_pipeline_root == "gs://bucket"
    assert spec.sdk_version.startswith("bakehouse-")
    assert spec.root.inputs.parameters["n"] == ParameterInput(ParameterType.NUMBER_INTEGER)
    assert spec.root.inputs.parameters["rate"] == ParameterInput(ParameterType.NUMBER_DOUBLE, default=1, is_optional=True)
    assert list(spec.root.inputs.artifacts) == ["given"]
    assert spec.root.dag is not None
    assert spec.root.dag.outputs == DagOutputs({"Output": (OutputSelector("take", "Output"),)})


def test_what_feeds_a_task() -> None:
    """Inputs of the pipeline, outputs of tasks, constants; values inside texts come in by inputs of their own."""
    assert _tasks()["make"].inputs == TaskInputs({"n": ComponentInputParameter("n")})
    assert _tasks()["take"].inputs == TaskInputs(
        parameters={
            "words": Constant(["a", "{{$.inputs.parameters['pipelinechannel--n']}} {{$.inputs.parameters['pipelinechannel--make-Output']}}"]),
            "rate": ComponentInputParameter("rate"),
            "pipelinechannel--n": ComponentInputParameter("n"),
            "pipelinechannel--make-Output": TaskOutputParameter("make", "Output"),
        },
        artifacts={"table": TaskOutputArtifact("make", "table")},
    )
    assert _tasks()["take-2"].inputs.artifacts == {"table": ComponentInputArtifact("given")}


def test_what_a_task_waits_for_and_is_set_to() -> None:
    """Producers and `.after()`; caching; the container's own settings."""
    assert [task.dependent_tasks for task in _tasks().values()] == [(), ("make",), ("take",)]
    assert [task.caching for task in _tasks().values()] == [CachingOptions(True), CachingOptions(True), CachingOptions(False)]
    executors = compile_pipeline(both).file.spec.executors
    assert [container.env for container in executors.values() if isinstance(container, Container)] == [(), (), (("A", "b"),)]


def test_components_and_executors_are_keyed_by_task() -> None:
    """Never shared, as KFP has it; descriptions come out of docstrings."""
    spec = compile_pipeline(both).file.spec
    assert list(spec.components) == ["comp-make", "comp-take", "comp-take-2"]
    assert list(spec.executors) == ["exec-make", "exec-take", "exec-take-2"]
    assert spec.components["comp-take-2"].executor_label == "exec-take-2"
    made = spec.components["comp-make"]
    assert made.inputs.parameters["n"].description == "How many rows."
    assert (made.outputs.parameters["Output"].description, made.outputs.artifacts["table"].description) == ("What it is.", "The rows.")


def test_origins() -> None:
    """Where each source stands, by executor; containers have none."""

    @dsl.container_component
    def container() -> dsl.ContainerSpec:
        return dsl.ContainerSpec("alpine")

    @dsl.component(target_image="mine")
    def in_an_image() -> None:
        pass

    @dsl.pipeline
    def pipeline() -> None:
        container()
        in_an_image()
        make(n=1)
        make(n=2)

    place = Origin(__file__, make.python_func.__code__.co_firstlineno + 1)
    assert compile_pipeline(pipeline).origins == {"exec-make": place, "exec-make-2": place}


def test_a_component_alone() -> None:
    """A pipeline of one task that has the component's inputs and outputs."""
    spec = compile_pipeline(make).file.spec
    assert spec.info.name == "make"
    assert spec.root.dag is not None
    assert list(spec.root.dag.tasks) == ["make"]
    assert spec.root.inputs.parameters.keys() == {"n"}
    assert spec.root.dag.outputs == DagOutputs({"Output": (OutputSelector("make", "Output"),)}, {"table": (OutputSelector("make", "table"),)})


def test_what_is_compiled_can_be_read_again() -> None:
    """Valid, and the same."""
    for target in (both, make):
        file = compile_pipeline(target).file
        assert text.read(text.write(file)).spec.root.dag == file.spec.root.dag


def test_overrides() -> None:
    """Another name, another display name, other defaults of their types."""
    spec = compile_pipeline(both, Overrides("other", "Other", {"n": 3, "rate": 2})).file.spec
    assert (spec.info.name, spec.info.display_name) == ("other", "Other")
    assert spec.root.inputs.parameters["n"] == ParameterInput(ParameterType.NUMBER_INTEGER, default=3)
    assert spec.root.inputs.parameters["rate"].default == 2


@pytest.mark.parametrize("overrides", [Overrides(parameters={"m": 1}), Overrides(parameters={"n": "x"}), Overrides(parameters={"n": 1.5})], ids=repr)
def test_overrides_that_do_not_fit(overrides: Overrides) -> None:
    """An input that is not there, a value of another type: told at the line that asks for it."""
    with pytest.raises(errors.AuthoringError) as caught:
        compile_pipeline(both, overrides)
    assert caught.value.remedy
    assert str(caught.value.place).startswith(f"{__file__}:")


@pytest.mark.parametrize("target", [None, "pipeline", print, make.python_func])
def test_what_is_no_component_is_refused(target: object) -> None:
    """With what to do."""
    with pytest.raises(TypeError, match="no pipeline and no component"):
        compile_pipeline(target)


def test_what_is_wrong_with_a_component_comes_when_it_is_compiled_alone() -> None:
    """Names from outside: decorating raises nothing."""

    @dsl.component
    def step() -> str:
        return json.dumps({})

    with pytest.raises(errors.OutsideName, match="json"):
        compile_pipeline(step)


def test_properties_of_components() -> None:
    """`pipeline_spec`, `platform_spec`, `component_spec`, `description`, as kfp has them."""
    assert make.pipeline_spec == compile_pipeline(make).file.spec
    assert both.pipeline_spec.info.name == "make-and-take"
    assert both.platform_spec == {}
    assert make.component_spec.outputs == compile_pipeline(both).file.spec.components["comp-make"].outputs
    assert (make.description, take.description, both.description) == ("Make a table.", None, "Make, then take.")
    assert make.required_inputs == ["n"]


@pytest.mark.parametrize("name", ["p.yaml", "p.yml", "p.json"])
def test_files(tmp_path: Path, name: str) -> None:
    """YAML and JSON, by the file's ending."""
    compiler.Compiler().compile(both, str(tmp_path / name), pipeline_name="named")
    written = (tmp_path / name).read_text(encoding="utf-8")
    document = json.loads(written) if name.endswith(".json") else yaml.safe_load(written)
    assert document["pipelineInfo"]["name"] == "named"
    assert text.read(written).spec.info.name == "named"


@pytest.mark.parametrize(("name", "options"), [("p.txt", {}), ("p", {}), ("p.json", {"kubernetes_manifest_format": True})])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    """And nothing is written."""
    with pytest.raises(ValueError, match=name):
        compiler.Compiler().compile(both, str(tmp_path / name), **options)
    assert list(tmp_path.iterdir()) == []


def test_a_component_file_is_written_when_it_is_decorated(tmp_path: Path) -> None:
    """By the deprecated argument."""
    with pytest.warns(DeprecationWarning, match="output_component_file"):

        @dsl.component(output_component_file=str(tmp_path / "step.yaml"))
        def step(n: int) -> int:
            return n

    assert text.read((tmp_path / "step.yaml").read_text(encoding="utf-8")).spec == step.pipeline_spec


def test_time_grows_with_the_pipeline_and_no_faster() -> None:
    """Four times the tasks take some four times as long, building them included; sixteen times would be their square."""

    def taken(tasks: int) -> float:
        def pipeline(n: int = 1) -> None:
            last = take(table=make(n=n).outputs["table"], words=[f"{n}"])
            for number in range(tasks):
                last = take(table=make(n=number).outputs["table"], words=[f"{last.output} {n}"]).after(last)

        begin = time.process_time()
        compiled = compile_pipeline(dsl.pipeline(pipeline))
        assert len(compiled.file.spec.executors) == 2 * tasks + 2
        return time.process_time() - begin

    small, large = (min(taken(tasks) for _ in range(3)) for tasks in (400, 1_600))
    assert large < 10 * small


def test_settings_may_be_parameters_of_the_pipeline() -> None:
    """What is known only when the pipeline runs is a placeholder, for each setting; nobody asks it what it is."""

    @dsl.component
    def step() -> None:
        pass

    @dsl.pipeline
    def pipeline(text: str = "1", number: int = 1) -> None:
        step().set_accelerator_type(text).set_accelerator_limit(number).set_cpu_limit(text).set_memory_request(text).set_container_image(text)

    (executor,) = compile_pipeline(pipeline).file.spec.executors.values()
    assert isinstance(executor, Container)
    assert executor.resources is not None
    assert executor.resources.accelerator is not None
    texts = (executor.image, executor.resources.resource_cpu_limit, executor.resources.resource_memory_request)
    assert {*texts, executor.resources.accelerator.resource_type} == {"{{$.inputs.parameters['pipelinechannel--text']}}"}
    assert executor.resources.accelerator.resource_count == "{{$.inputs.parameters['pipelinechannel--number']}}"
