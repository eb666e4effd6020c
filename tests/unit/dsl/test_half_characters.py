"""Half a character (a lone surrogate), which UTF-8 does not have, is refused wherever an author writes a text, with the line of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bakehouse import compiler, components, dsl, kubernetes
from bakehouse.dsl.errors import AuthoringError
from bakehouse.errors import BadInput, BakehouseError

HALF = "\ud800"


@dsl.component
def step(n: int = 1) -> int:
    return n


#: What is done with a task of a pipeline.
TASKS: dict[str, Callable[[Any], object]] = {
    "display name": lambda task: task.set_display_name(HALF),
    "cache key": lambda task: task.set_caching_options(True, cache_key=HALF),
    "image": lambda task: task.set_container_image(HALF),
    "accelerator": lambda task: task.set_accelerator_type(HALF),
    "environment": lambda task: task.set_env_variable("A", HALF),
    "secret": lambda task: kubernetes.use_secret_as_volume(task, "s", HALF),
    "label": lambda task: kubernetes.add_pod_label(task, HALF, "x"),
    "toleration": lambda task: kubernetes.add_toleration_json(task, [{"key": HALF, "operator": "Exists"}]),
    "loop": lambda _: dsl.ParallelFor(["a"], name=HALF),
    "import": lambda _: dsl.importer(artifact_uri=HALF, artifact_class=dsl.Dataset),
}


@pytest.mark.parametrize("ask", TASKS.values(), ids=TASKS)
def test_settings_of_tasks(ask: Callable[[Any], object]) -> None:
    """At the line of the setting."""
    with pytest.raises(AuthoringError, match="lone surrogate") as caught:

        @dsl.pipeline
        def pipeline() -> None:
            ask(step())

    assert (caught.value.place or "").startswith(f"{__file__}:")
    assert caught.value.remedy


def _empty() -> None:
    step()


def _container() -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="alpine", command=["echo", HALF])


def _documented() -> None:
    pass


_documented.__doc__ = f"Says {HALF}."

#: What is made.
DEFINITIONS: dict[str, Callable[[], object]] = {
    "pipeline name": lambda: dsl.pipeline(_empty, name=f"a{HALF}"),
    "pipeline display name": lambda: dsl.pipeline(_empty, display_name=HALF),
    "pipeline description": lambda: dsl.pipeline(_empty, description=HALF),
    "pipeline root": lambda: dsl.pipeline(_empty, pipeline_root=HALF),
    "workspace": lambda: dsl.pipeline(
        _empty,
        pipeline_config=dsl.PipelineConfig(workspace=dsl.WorkspaceConfig("1Gi", dsl.KubernetesWorkspaceConfig({"storageClassName": HALF}))),
    ),
    "docstring": lambda: dsl.component(_documented),
    "base image": lambda: dsl.component(_empty, base_image=HALF),
    "package": lambda: dsl.component(_empty, packages_to_install=[HALF]),
    "command": lambda: dsl.container_component(_container),
}


@pytest.mark.parametrize("make", DEFINITIONS.values(), ids=DEFINITIONS)
def test_definitions(make: Callable[[], object]) -> None:
    """Where the function or its decorator stands."""
    with pytest.raises(AuthoringError, match="lone surrogate") as caught:
        make()
    assert (caught.value.place or "").startswith(f"{__file__}:")
    assert caught.value.remedy


@pytest.mark.parametrize(
    "wanted",
    [compiler.Overrides(name=HALF), compiler.Overrides(display_name=HALF), compiler.Overrides(parameters={"text": HALF})],
    ids=["name", "display name", "parameter"],
)
def test_what_the_compiler_is_asked(wanted: compiler.Overrides) -> None:
    """As what a pipeline says itself."""

    @dsl.pipeline
    def pipeline(text: str) -> None:
        step()

    with pytest.raises(BadInput, match="lone surrogate"):
        compiler.compile_pipeline(pipeline, wanted)


def test_the_style_of_kfp_1() -> None:
    """Its containers too."""
    with pytest.raises(BakehouseError, match="image holds half a character"):

        @dsl.pipeline
        def pipeline() -> None:
            dsl.ContainerOp("a", HALF, "sh")


def test_files_of_components() -> None:
    """JSON can say it, and what is read says where."""
    with pytest.raises(BadInput, match="lone surrogate"):
        components.load_component_from_text('{"name": "\\ud800", "implementation": {"container": {"image": "a"}}}')
