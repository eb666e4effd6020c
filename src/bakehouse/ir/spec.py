"""KFP's `PipelineSpec` (schema 2.1.0) as frozen dataclasses: the contract between the author's half and the running half.

Names follow the proto (`pipeline_spec.proto`, package ml_pipelines) in snake case; a field that the proto calls deprecated and
no released SDK writes is left out. Mappings keep the order in which they were read or compiled; `ir.text` writes them sorted.
Absent means `None` (or an empty mapping or tuple): the IR cannot say "null default" otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from bakehouse.ir.values import Json, JsonObject

SCHEMA_VERSION = "2.1.0"
#: Schemas of artifacts whose metadata are what they say: a step that measures something need not write a file.
METRICS = frozenset({"system.Metrics", "system.ClassificationMetrics", "system.SlicedClassificationMetrics"})


class ParameterType(str, Enum):
    """`ParameterTypeEnum` of the proto."""

    NUMBER_DOUBLE = "NUMBER_DOUBLE"
    NUMBER_INTEGER = "NUMBER_INTEGER"
    STRING = "STRING"
    BOOLEAN = "BOOLEAN"
    LIST = "LIST"
    STRUCT = "STRUCT"
    TASK_FINAL_STATUS = "TASK_FINAL_STATUS"
    TASK_CONFIG = "TASK_CONFIG"


class TriggerStrategy(str, Enum):
    """When the upstream tasks count as done."""

    ALL_UPSTREAM_TASKS_SUCCEEDED = "ALL_UPSTREAM_TASKS_SUCCEEDED"
    ALL_UPSTREAM_TASKS_COMPLETED = "ALL_UPSTREAM_TASKS_COMPLETED"


@dataclass(frozen=True)
class ArtifactType:
    """`ArtifactTypeSchema`: `schema_title` such as `system.Dataset`, `schema_version` such as `0.0.1`."""

    schema_title: str = ""
    schema_version: str = ""
    schema_uri: str = ""
    instance_schema: str = ""


@dataclass(frozen=True)
class ParameterInput:
    """A parameter that a component takes. `default` is `None` where there is none."""

    type: ParameterType
    default: Json | None = None
    is_optional: bool = False
    description: str = ""
    literals: tuple[Json, ...] = ()


@dataclass(frozen=True)
class ArtifactInput:
    """An artifact, or a list of artifacts, that a component takes."""

    type: ArtifactType
    is_list: bool = False
    is_optional: bool = False
    description: str = ""


@dataclass(frozen=True)
class ParameterOutput:
    """A parameter that a component gives."""

    type: ParameterType
    description: str = ""


@dataclass(frozen=True)
class ArtifactOutput:
    """An artifact, or (DAGs only) a list of artifacts, that a component gives."""

    type: ArtifactType
    is_list: bool = False
    description: str = ""
    metadata: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class ComponentInputs:
    """`ComponentInputsSpec`."""

    parameters: Mapping[str, ParameterInput] = field(default_factory=dict)
    artifacts: Mapping[str, ArtifactInput] = field(default_factory=dict)


@dataclass(frozen=True)
class ComponentOutputs:
    """`ComponentOutputsSpec`."""

    parameters: Mapping[str, ParameterOutput] = field(default_factory=dict)
    artifacts: Mapping[str, ArtifactOutput] = field(default_factory=dict)


# ---------------------------------------------------------------- what feeds a task's inputs


@dataclass(frozen=True)
class Constant:
    """`runtimeValue.constant`: a literal; strings may hold placeholders."""

    value: Json
    selector: str = ""


@dataclass(frozen=True)
class RuntimeParameter:
    """`runtimeValue.runtimeParameter`: the name of an input of the DAG, as importers use it."""

    name: str
    selector: str = ""


@dataclass(frozen=True)
class ComponentInputParameter:
    """An input parameter of the enclosing DAG, `selector` a `parameterExpressionSelector` applied to it."""

    name: str
    selector: str = ""


@dataclass(frozen=True)
class TaskOutputParameter:
    """A parameter that a sibling task gives."""

    producer_task: str
    output_key: str
    selector: str = ""


@dataclass(frozen=True)
class TaskFinalStatus:
    """The final status of a sibling task, for exit tasks."""

    producer_task: str
    selector: str = ""


ParameterSource = Constant | RuntimeParameter | ComponentInputParameter | TaskOutputParameter | TaskFinalStatus


@dataclass(frozen=True)
class ComponentInputArtifact:
    """An input artifact of the enclosing DAG."""

    name: str


@dataclass(frozen=True)
class TaskOutputArtifact:
    """An artifact that a sibling task gives."""

    producer_task: str
    output_key: str


ArtifactSource = ComponentInputArtifact | TaskOutputArtifact


@dataclass(frozen=True)
class TaskInputs:
    """`TaskInputsSpec`."""

    parameters: Mapping[str, ParameterSource] = field(default_factory=dict)
    artifacts: Mapping[str, ArtifactSource] = field(default_factory=dict)


# ---------------------------------------------------------------- tasks and DAGs


@dataclass(frozen=True)
class CachingOptions:
    """Whether results may be reused, and a key that replaces the computed one."""

    enable_cache: bool = False
    cache_key: str = ""


@dataclass(frozen=True)
class TriggerPolicy:
    """When a task starts: a CEL condition, and what counts as its upstream being done."""

    condition: str = ""
    strategy: TriggerStrategy | None = None


#: What applies where a retry policy says nothing; KFP's values, durations in seconds.
BACKOFF_DURATION, BACKOFF_FACTOR, BACKOFF_MAX_DURATION = 0.0, 2.0, 3600.0


@dataclass(frozen=True)
class RetryPolicy:
    """Retries after a failure. Durations in seconds; `None` where the file says nothing."""

    max_retry_count: int = 0
    backoff_duration: float | None = None
    backoff_factor: float | None = None
    backoff_max_duration: float | None = None


@dataclass(frozen=True)
class ParameterIterator:
    """A loop over a list parameter: `raw` is JSON text, `input_parameter` the name of a task input; one of the two."""

    item_input: str
    raw: str | None = None
    input_parameter: str | None = None


@dataclass(frozen=True)
class ArtifactIterator:
    """A loop over a list of artifacts."""

    item_input: str
    input_artifact: str


@dataclass(frozen=True)
class Task:
    """`PipelineTaskSpec`: one node of a DAG. `caching` is `None` where the file has no `cachingOptions` (groups)."""

    component: str
    display_name: str = ""
    inputs: TaskInputs = field(default_factory=TaskInputs)
    dependent_tasks: tuple[str, ...] = ()
    caching: CachingOptions | None = None
    trigger: TriggerPolicy | None = None
    retry: RetryPolicy | None = None
    iterator: ParameterIterator | ArtifactIterator | None = None
    parallelism_limit: int | None = None


@dataclass(frozen=True)
class OutputSelector:
    """An output of a subtask."""

    producer_subtask: str
    output_key: str


@dataclass(frozen=True)
class DagOutputs:
    """`DagOutputsSpec`. A parameter with several selectors is `valueFromOneof`; so are several artifact selectors."""

    parameters: Mapping[str, tuple[OutputSelector, ...]] = field(default_factory=dict)
    artifacts: Mapping[str, tuple[OutputSelector, ...]] = field(default_factory=dict)
    #: Names of the parameters that are written as `valueFromOneof` even with one selector.
    oneof: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Dag:
    """`DagSpec`: tasks by name, and what the DAG gives."""

    tasks: Mapping[str, Task] = field(default_factory=dict)
    outputs: DagOutputs = field(default_factory=DagOutputs)


@dataclass(frozen=True)
class TaskConfigPassthrough:
    """A kind of platform setting that is handed to the component's `TaskConfig` input."""

    field: str
    apply_to_task: bool = False


@dataclass(frozen=True)
class Component:
    """`ComponentSpec`: an interface, and either a DAG or the label of an executor."""

    inputs: ComponentInputs = field(default_factory=ComponentInputs)
    outputs: ComponentOutputs = field(default_factory=ComponentOutputs)
    dag: Dag | None = None
    executor_label: str | None = None
    task_config_passthroughs: tuple[TaskConfigPassthrough, ...] = ()


# ---------------------------------------------------------------- executors


@dataclass(frozen=True)
class Accelerator:
    """`AcceleratorConfig`; `type` and `count` are the deprecated twins that SDKs still write."""

    resource_type: str = ""
    resource_count: str = ""
    type: str = ""
    count: int | None = None


@dataclass(frozen=True)
class Resources:
    """`ResourceSpec`. The floats (cores, GB) are deprecated but still written; the texts are Kubernetes quantities or placeholders."""

    cpu_limit: float | None = None
    memory_limit: float | None = None
    cpu_request: float | None = None
    memory_request: float | None = None
    resource_cpu_limit: str = ""
    resource_memory_limit: str = ""
    resource_cpu_request: str = ""
    resource_memory_request: str = ""
    accelerator: Accelerator | None = None


@dataclass(frozen=True)
class Container:
    """`PipelineContainerSpec`. `env` keeps its order. `command` and `args` may hold placeholders."""

    image: str
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    resources: Resources | None = None


@dataclass(frozen=True)
class Importer:
    """`ImporterSpec`: an artifact that exists already."""

    artifact_uri: Constant | RuntimeParameter
    type: ArtifactType
    metadata: JsonObject = field(default_factory=dict)
    reimport: bool = False
    download_to_workspace: bool = False


Executor = Container | Importer


@dataclass(frozen=True)
class PipelineInfo:
    """Name (`^[a-z0-9][a-z0-9-]{0,127}$`), and what people read."""

    name: str
    display_name: str = ""
    description: str = ""


@dataclass(frozen=True)
class PipelineSpec:
    """The whole of the first YAML document."""

    info: PipelineInfo
    root: Component
    components: Mapping[str, Component] = field(default_factory=dict)
    executors: Mapping[str, Executor] = field(default_factory=dict)
    default_pipeline_root: str = ""
    schema_version: str = SCHEMA_VERSION
    sdk_version: str = ""


@dataclass(frozen=True)
class PipelineFile:
    """A pipeline file: the spec, and the `platforms` mapping of the second document (empty where there is none).

    `platforms["kubernetes"]` is what kfp-kubernetes writes; `platforms["bakehouse"]` holds what KFP's IR cannot say.
    """

    spec: PipelineSpec
    platforms: JsonObject = field(default_factory=dict)
