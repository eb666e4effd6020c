"""The nodes of a DAG to a `Dag`: its tasks, what feeds their inputs, and its outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from bakehouse.ir.fields import Found
from bakehouse.ir.spec import (
    ArtifactIterator,
    ArtifactSource,
    CachingOptions,
    ComponentInputArtifact,
    ComponentInputParameter,
    ComponentInputs,
    Constant,
    Dag,
    DagOutputs,
    OutputSelector,
    ParameterIterator,
    ParameterSource,
    ParameterType,
    RetryPolicy,
    RuntimeParameter,
    Task,
    TaskFinalStatus,
    TaskInputs,
    TaskOutputArtifact,
    TaskOutputParameter,
    TriggerPolicy,
    TriggerStrategy,
)
from bakehouse.ir.values import Json

#: What each component takes, by name: constants are read as the input that they feed declares.
Interfaces: TypeAlias = Mapping[str, ComponentInputs]

_STRATEGIES = dict(enumerate(TriggerStrategy, start=1))
_TASK_FIELDS = (
    "taskInfo", "inputs", "dependentTasks", "cachingOptions", "componentRef", "triggerPolicy", "artifactIterator", "parameterIterator",
    "retryPolicy", "iteratorPolicy",
)  # fmt: skip


def dag(found: Found, interfaces: Interfaces) -> Dag:
    """A `DagSpec`."""
    fields = found.fields(("tasks", "outputs"))
    return Dag(
        tasks={name: _task(one, interfaces) for name, one in fields["tasks"].entries().items()} if "tasks" in fields else {},
        outputs=_outputs(fields["outputs"]) if "outputs" in fields else DagOutputs(),
    )


def _task(found: Found, interfaces: Interfaces) -> Task:
    fields = found.fields(_TASK_FIELDS)
    component = _only(fields, "componentRef", "name")
    if not component:
        found.report(f"the task {found.key} names no component", "Write componentRef: {name: COMPONENT}.")
    return Task(
        component=component,
        display_name=_only(fields, "taskInfo", "name"),
        inputs=_task_inputs(fields["inputs"], interfaces.get(component)) if "inputs" in fields else TaskInputs(),
        dependent_tasks=tuple(one.text() for one in fields["dependentTasks"].items()) if "dependentTasks" in fields else (),
        caching=_caching(fields["cachingOptions"]) if "cachingOptions" in fields else None,
        trigger=_trigger(fields["triggerPolicy"]) if "triggerPolicy" in fields else None,
        retry=_retry(fields["retryPolicy"]) if "retryPolicy" in fields else None,
        iterator=_iterator(fields),
        parallelism_limit=_limit(fields["iteratorPolicy"]) if "iteratorPolicy" in fields else None,
    )


def _only(fields: Mapping[str, Found], name: str, inner: str) -> str:
    """The text of the one field of a message."""
    if name not in fields:
        return ""
    found = fields[name].fields((inner,))
    return found[inner].text() if inner in found else ""


def _limit(found: Found) -> int | None:
    fields = found.fields(("parallelismLimit",))
    return fields["parallelismLimit"].integer() if "parallelismLimit" in fields else None


def _caching(found: Found) -> CachingOptions:
    fields = found.fields(("enableCache", "cacheKey"))
    return CachingOptions(
        enable_cache="enableCache" in fields and fields["enableCache"].boolean(),
        cache_key=fields["cacheKey"].text() if "cacheKey" in fields else "",
    )


def _trigger(found: Found) -> TriggerPolicy:
    fields = found.fields(("condition", "strategy"))
    strategy = fields.get("strategy")
    unspecified = strategy is None or strategy.scalar() in {0, "TRIGGER_STRATEGY_UNSPECIFIED"}
    return TriggerPolicy(
        condition=fields["condition"].text() if "condition" in fields else "",
        strategy=None if strategy is None or unspecified else strategy.choice(TriggerStrategy, _STRATEGIES),
    )


def _retry(found: Found) -> RetryPolicy:
    fields = found.fields(("maxRetryCount", "backoffDuration", "backoffFactor", "backoffMaxDuration"))
    return RetryPolicy(
        max_retry_count=fields["maxRetryCount"].integer() if "maxRetryCount" in fields else 0,
        backoff_duration=fields["backoffDuration"].duration() if "backoffDuration" in fields else None,
        backoff_factor=fields["backoffFactor"].number() if "backoffFactor" in fields else None,
        backoff_max_duration=fields["backoffMaxDuration"].duration() if "backoffMaxDuration" in fields else None,
    )


def _iterator(fields: Mapping[str, Found]) -> ParameterIterator | ArtifactIterator | None:
    if "parameterIterator" in fields:
        inner = fields["parameterIterator"].fields(("items", "itemInput"))
        items = inner["items"].fields(("raw", "inputParameter")) if "items" in inner else {}
        return ParameterIterator(
            item_input=inner["itemInput"].text() if "itemInput" in inner else "",
            raw=items["raw"].text() if "raw" in items else None,
            input_parameter=items["inputParameter"].text() if "inputParameter" in items else None,
        )
    if "artifactIterator" in fields:
        inner = fields["artifactIterator"].fields(("items", "itemInput"))
        return ArtifactIterator(
            item_input=inner["itemInput"].text() if "itemInput" in inner else "",
            input_artifact=_only(inner, "items", "inputArtifact"),
        )
    return None


# ---------------------------------------------------------------- inputs of a task


def _task_inputs(found: Found, interface: ComponentInputs | None) -> TaskInputs:
    fields = found.fields(("parameters", "artifacts"))
    declared = interface.parameters if interface else {}
    parameters = {}
    for name, one in fields["parameters"].entries().items() if "parameters" in fields else ():
        source = _parameter_source(one, declared[name].type if name in declared else None)
        if source is not None:
            parameters[name] = source
    artifacts = {}
    for name, one in fields["artifacts"].entries().items() if "artifacts" in fields else ():
        origin = _artifact_source(one)
        if origin is not None:
            artifacts[name] = origin
    return TaskInputs(parameters, artifacts)


_SOURCES = ("taskOutputParameter", "runtimeValue", "componentInputParameter", "taskFinalStatus", "parameterExpressionSelector")


def _parameter_source(found: Found, kind: ParameterType | None) -> ParameterSource | None:
    fields = found.fields(_SOURCES)
    selector = fields["parameterExpressionSelector"].text() if "parameterExpressionSelector" in fields else ""
    if "componentInputParameter" in fields:
        return ComponentInputParameter(fields["componentInputParameter"].text(), selector)
    if "taskOutputParameter" in fields:
        return TaskOutputParameter(*_pair(fields["taskOutputParameter"], "producerTask", "outputParameterKey"), selector)
    if "runtimeValue" in fields:
        return _runtime_value(fields["runtimeValue"], kind, selector)
    if "taskFinalStatus" in fields:
        return TaskFinalStatus(_only(fields, "taskFinalStatus", "producerTask"), selector)
    found.report(f"the input {found.key} is given nothing", f"Give it one of {', '.join(_SOURCES[:4])}.")
    return None


def _runtime_value(found: Found, kind: ParameterType | None, selector: str) -> Constant | RuntimeParameter:
    fields = found.fields(("constant", "runtimeParameter", "constantValue"))
    if "runtimeParameter" in fields:
        return RuntimeParameter(fields["runtimeParameter"].text(), selector)
    if "constantValue" in fields:
        return Constant(_old_constant(fields["constantValue"]), selector)
    return Constant(fields["constant"].typed(kind) if "constant" in fields else None, selector)


def _old_constant(found: Found) -> Json:
    """The deprecated `Value` message."""
    fields = found.fields(("intValue", "doubleValue", "stringValue"))
    if "intValue" in fields:
        return fields["intValue"].integer()
    if "doubleValue" in fields:
        return fields["doubleValue"].number()
    return fields["stringValue"].text() if "stringValue" in fields else ""


def _artifact_source(found: Found) -> ArtifactSource | None:
    fields = found.fields(("taskOutputArtifact", "componentInputArtifact"))
    if "componentInputArtifact" in fields:
        return ComponentInputArtifact(fields["componentInputArtifact"].text())
    if "taskOutputArtifact" in fields:
        return TaskOutputArtifact(*_pair(fields["taskOutputArtifact"], "producerTask", "outputArtifactKey"))
    found.report(f"the input artifact {found.key} is given nothing", "Give it a taskOutputArtifact or a componentInputArtifact.")
    return None


def _pair(found: Found, task: str, key: str) -> tuple[str, str]:
    """A task and one of its outputs."""
    fields = found.fields((task, key))
    for name in (task, key):
        if name not in fields:
            found.report(f"{name} is missing")
    return tuple(fields[name].text() if name in fields else "" for name in (task, key))  # type: ignore[return-value]  # two of them


# ---------------------------------------------------------------- outputs of a DAG


def _outputs(found: Found) -> DagOutputs:
    fields = found.fields(("parameters", "artifacts"))
    parameters: dict[str, tuple[OutputSelector, ...]] = {}
    oneof = set()
    for name, one in fields["parameters"].entries().items() if "parameters" in fields else ():
        kind = one.fields(("valueFromParameter", "valueFromOneof"))
        if "valueFromOneof" in kind:
            oneof.add(name)
            parameters[name] = _selectors(kind["valueFromOneof"], "parameterSelectors", "outputParameterKey")
        elif "valueFromParameter" in kind:
            parameters[name] = (OutputSelector(*_pair(kind["valueFromParameter"], "producerSubtask", "outputParameterKey")),)
        else:
            one.report(f"the output {name} comes from nothing", "Give it a valueFromParameter or a valueFromOneof.")
    return DagOutputs(
        parameters=parameters,
        artifacts={name: _selectors(one, "artifactSelectors", "outputArtifactKey") for name, one in fields["artifacts"].entries().items()}
        if "artifacts" in fields
        else {},
        oneof=frozenset(oneof),
    )


def _selectors(found: Found, name: str, key: str) -> tuple[OutputSelector, ...]:
    fields = found.fields((name,))
    if name not in fields:
        return ()
    return tuple(OutputSelector(*_pair(one, "producerSubtask", key)) for one in fields[name].items())
