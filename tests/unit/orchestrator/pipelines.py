"""Small pipelines for tests of the orchestrator: tasks by name with what they wait for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bakehouse.ir.execution import RunId
from bakehouse.ir.spec import (
    CachingOptions,
    Component,
    ComponentOutputs,
    Container,
    Dag,
    DagOutputs,
    OutputSelector,
    ParameterOutput,
    ParameterType,
    PipelineFile,
    PipelineInfo,
    PipelineSpec,
    Resources,
    RetryPolicy,
    Task,
)
from bakehouse.orchestrator.plan import ROOT, child_id, plan
from bakehouse.orchestrator.ports import RunOptions, RunRecord, TaskRecord
from bakehouse.orchestrator.states import RunState, TaskState

#: What steps ask of a machine with 2 CPUs and 1,000 bytes.
RESOURCES = (
    None,
    None,
    Resources(resource_cpu_request="1500m"),
    Resources(resource_memory_limit="600"),
    Resources(cpu_limit=64.0, memory_request=1.0),
)


def pipeline(graph: Mapping[str, Sequence[str]], *, retries: int = 0, cached: bool = False) -> PipelineFile:
    """A pipeline of container tasks, each with one integer output `n`; its own output `last` is that of the last task."""
    tasks = {
        name: Task(
            component=f"comp-{name}",
            dependent_tasks=tuple(upstream),
            retry=RetryPolicy(max_retry_count=retries) if retries else None,
            caching=CachingOptions(enable_cache=True) if cached else None,
        )
        for name, upstream in graph.items()
    }
    outputs = ComponentOutputs(parameters={"n": ParameterOutput(ParameterType.NUMBER_INTEGER)})
    last = list(graph)[-1]
    return PipelineFile(
        PipelineSpec(
            info=PipelineInfo(name="sample"),
            root=Component(dag=Dag(tasks, DagOutputs(parameters={"last": (OutputSelector(last, "n"),)}))),
            components={f"comp-{name}": Component(outputs=outputs, executor_label=f"exec-{name}") for name in graph},
            executors={f"exec-{name}": Container(image="busybox", command=("echo", name)) for name in graph},
        )
    )


def record(file: PipelineFile, options: RunOptions | None = None) -> RunRecord:
    """The record of a run that nobody has started."""
    return RunRecord(
        id=RunId("run"),
        name="a run",
        namespace="default",
        pipeline=file,
        parameters={},
        pipeline_root="/artifacts/sample",
        options=options or RunOptions(),
        state=RunState.PENDING,
        created_at=0.0,
        tasks={
            child_id(ROOT, name): TaskRecord(child_id(ROOT, name), TaskState.WAITING, kind=node.kind)
            for name, node in plan(file.spec).root.nodes.items()
        },
    )
