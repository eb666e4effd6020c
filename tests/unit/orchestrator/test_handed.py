"""What a component is handed of its task's settings, and what is left of them for the step itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bakehouse.ir import placeholders
from bakehouse.ir.execution import Job, LaunchSpec, Requests, RunId, TaskId
from bakehouse.ir.spec import Accelerator, Component, ComponentInputs, Container, ParameterInput, Resources, TaskConfigPassthrough
from bakehouse.ir.spec import ParameterType as T
from bakehouse.orchestrator import handed, launches
from bakehouse.orchestrator.inputs import Resolved
from bakehouse.orchestrator.plan import TaskKind, plan
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.run import Facts, Task
from bakehouse.orchestrator.states import TaskState
from tests.unit.orchestrator.pipelines import pipeline

_CONFIG = ComponentInputs({"config": ParameterInput(T.TASK_CONFIG, is_optional=True), "n": ParameterInput(T.NUMBER_INTEGER)})
_RESOURCES = Resources(resource_cpu_limit="{{$.inputs.parameters['n']}}", resource_memory_request="1Gi")


def _component(*passthroughs: TaskConfigPassthrough, inputs: ComponentInputs = _CONFIG) -> Component:
    return Component(inputs, executor_label="exec-a", task_config_passthroughs=passthroughs)


def _launch(component: Component) -> LaunchSpec:
    file = pipeline({"a": ()})
    container = Container("busybox", ("run",), env=(("A", "b"),), resources=_RESOURCES)
    name = file.spec.root.dag.tasks["a"].component if file.spec.root.dag else ""
    spec = replace(file.spec, executors={"exec-a": container}, components={name: component})
    planned = plan(spec)
    facts = Facts(RunId("r"), "a run", "default", spec, planned, {}, "/artifacts", RunOptions(), 0.0)
    task = Task(TaskId("a"), planned.root.nodes["a"], TaskState.WAITING, 0, TaskKind.STEP)
    launch = launches.launch(facts, task, Resolved({"n": 3}, {}, Job()), number=1)
    assert isinstance(launch, LaunchSpec)
    return launch


_HANDED = {"limits": {"cpu": "3"}, "requests": {"memory": "1Gi"}}
_ENV = [{"name": "A", "value": "b"}]
_ALL, _NONE = Requests(cpu=3.0, memory=1 << 30), Requests()


@pytest.mark.parametrize(
    ("passthroughs", "config", "asked", "env"),
    [
        ((), {}, _ALL, {"A": "b"}),
        ((TaskConfigPassthrough("RESOURCES"),), {"resources": _HANDED}, _NONE, {"A": "b"}),
        ((TaskConfigPassthrough("RESOURCES", apply_to_task=True),), {"resources": _HANDED}, _ALL, {"A": "b"}),
        ((TaskConfigPassthrough("ENV"),), {"env": _ENV}, _ALL, {}),
        (
            (TaskConfigPassthrough("ENV", apply_to_task=True), TaskConfigPassthrough("RESOURCES")),
            {"resources": _HANDED, "env": _ENV},
            _NONE,
            {"A": "b"},
        ),
        ((TaskConfigPassthrough("KUBERNETES_TOLERATIONS"),), {}, _ALL, {"A": "b"}),
    ],
    ids=["nothing", "resources", "resources too", "environment", "both", "a cluster's"],
)
def test_what_is_handed_on_holds_for_the_step_only_if_it_says_so(
    passthroughs: tuple[TaskConfigPassthrough, ...], config: dict[str, Any], asked: Requests, env: dict[str, str]
) -> None:
    """A component that starts the real work elsewhere gets what was asked for that; it needs none of it itself."""
    launch = _launch(_component(*passthroughs))
    assert launch.parameters == {"n": 3, "config": config}
    assert launch.requests == asked
    assert launch.env == env


def test_a_component_without_such_an_input_gets_nothing() -> None:
    """Its parameters are what they were."""
    launch = _launch(_component(inputs=ComponentInputs({"n": ParameterInput(T.NUMBER_INTEGER)})))
    assert launch.parameters == {"n": 3}


@pytest.mark.parametrize(
    ("resources", "requirements"),
    [
        (Resources(cpu_limit=2.0, memory_limit=1.5, cpu_request=0.5), {"limits": {"cpu": "2", "memory": "1.5G"}, "requests": {"cpu": "0.5"}}),
        (Resources(accelerator=Accelerator(type="old", resource_type="nvidia.com/gpu", resource_count="2")), {"limits": {"nvidia.com/gpu": "2"}}),
        (Resources(accelerator=Accelerator(type="tpu", count=1)), {"limits": {"tpu": "1"}}),
        (None, {}),
    ],
)
def test_resources_are_said_as_kubernetes_says_them(resources: Resources | None, requirements: dict[str, Any]) -> None:
    """Also those of older SDKs, which are numbers."""
    component = _component(TaskConfigPassthrough("RESOURCES"))
    assert handed.configs(component, resources, {}, placeholders.Scope({}, {})) == {"config": {"resources": requirements}}


def test_deprecated_numbers_are_handed_on_exactly() -> None:
    """With all digits, and no exponent, after which no unit may stand."""
    asked = Resources(cpu_limit=1.5, memory_limit=1234567.0, memory_request=137.438953472)
    config = handed.configs(_component(TaskConfigPassthrough("RESOURCES")), asked, {}, placeholders.Scope({}, {}))["config"]
    assert config == {"resources": {"limits": {"cpu": "1.5", "memory": "1234567G"}, "requests": {"memory": "137.438953472G"}}}
