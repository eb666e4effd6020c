"""Pipelines in pipelines: their parts are taken over under names of their own, settings and places of sources with them."""

from __future__ import annotations

import inspect

from bakehouse import dsl
from bakehouse.compiler import compile_pipeline
from bakehouse.ir import validation
from bakehouse.ir.spec import Container, Importer, RuntimeParameter
from bakehouse.task.artifacts import Dataset


@dsl.component
def step(text: str = "") -> str:
    return text


@dsl.component(base_image="python:3.12")
def other(text: str = "") -> str:
    return text


@dsl.pipeline
def inner(text: str = "a") -> str:
    made = step(text=text).set_cpu_limit("2").set_timeout("1m")
    with dsl.If(made.output == "a"):
        other()
    return made.output  # type: ignore[no-any-return]  # as users write


@dsl.pipeline
def outer(text: str = "b") -> None:
    first = step(text=text)
    with dsl.If(first.output == "b"):
        inner(text=first.output)
    inner()


def test_each_call_has_parts_of_its_own() -> None:
    """Names are unique and told by order; each component has the executor, setting and source of its own step."""
    compiled = compile_pipeline(outer)
    assert validation.problems(compiled.file) == []
    spec = compiled.file.spec
    assert sorted(spec.components) == [
        "comp-condition-1", "comp-condition-1-2", "comp-condition-1-3", "comp-inner", "comp-inner-2", "comp-other", "comp-other-2", "comp-step",
        "comp-step-2", "comp-step-3",
    ]  # fmt: skip
    called = spec.components["comp-inner-2"].dag
    assert called is not None
    inside = spec.components[called.tasks["step"].component]
    executor = spec.executors[inside.executor_label or ""]
    assert isinstance(executor, Container)
    assert executor.resources is not None
    assert executor.resources.resource_cpu_limit == "2"
    limited = {label for label, settings in compiled.file.platforms["bakehouse"]["deploymentSpec"]["executors"].items() if "timeout" in settings}
    assert limited == {"exec-step-2", "exec-step-3"}
    assert {label: origin.line for label, origin in compiled.origins.items() if "other" in label} == dict.fromkeys(
        ("exec-other", "exec-other-2"), compiled.origins["exec-other"].line
    )


def test_the_lines_of_what_was_written_are_known() -> None:
    """Of tasks and groups wherever they end up, of the pipeline, and of components whose source travels nowhere."""

    @dsl.container_component
    def shell() -> dsl.ContainerSpec:
        return dsl.ContainerSpec(image="alpine")

    @dsl.pipeline
    def called() -> None:
        with dsl.If(step().output == "a"):
            shell()

    @dsl.pipeline
    def calls() -> None:
        called()
        called()

    first = inspect.getsourcelines(test_the_lines_of_what_was_written_are_known)[1]
    lines = {path: int(line.rpartition(":")[2]) - first for path, line in compile_pipeline(calls).lines.items()}
    assert lines == {
        "root": 12,
        "root.dag.tasks.called": 14,
        "root.dag.tasks.called-2": 15,
        "components.comp-called.dag.tasks.step": 9,
        "components.comp-called.dag.tasks.condition-1": 9,
        "components.comp-condition-1.dag.tasks.shell": 10,
        "deploymentSpec.executors.exec-shell": 3,
        "components.comp-called-2.dag.tasks.step": 9,
        "components.comp-called-2.dag.tasks.condition-1": 9,
        "components.comp-condition-1-2.dag.tasks.shell": 10,
        "deploymentSpec.executors.exec-shell-2": 3,
    }


def test_importers_take_what_is_given() -> None:
    """A URI that is a text with a parameter in it is an input; so is what metadata hold."""

    @dsl.pipeline
    def importing(folder: str = "gs://x", rows: int = 3) -> None:
        dsl.importer(artifact_uri=f"{folder}/a", artifact_class=Dataset, metadata={"rows": rows, f"of {folder}": [f"{rows}"]}, reimport=True)

    spec = compile_pipeline(importing).file.spec
    imported = spec.executors["exec-importer"]
    assert isinstance(imported, Importer)
    assert imported.artifact_uri == RuntimeParameter("uri")
    assert imported.metadata == {
        "rows": "{{$.inputs.parameters['metadata']}}",
        "of {{$.inputs.parameters['metadata-2']}}": ["{{$.inputs.parameters['metadata']}}"],
    }
    assert list(spec.components["comp-importer"].inputs.parameters) == ["uri", "metadata", "metadata-2"]
