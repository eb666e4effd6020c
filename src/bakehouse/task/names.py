"""Every other name that `kfp.dsl` has inside a step, and the list of all of them (`STAR`: what `from kfp.dsl import *` brings)."""

from __future__ import annotations

from . import annotations as marked
from . import artifacts, metrics

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, NoReturn, Optional

#: The name of the run.
PIPELINE_JOB_NAME_PLACEHOLDER = "{{$.pipeline_job_name}}"
#: The name of the run as a resource of the cluster.
PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER = "{{$.pipeline_job_resource_name}}"
#: The ID of the run.
PIPELINE_JOB_ID_PLACEHOLDER = "{{$.pipeline_job_uuid}}"
#: The name of the task.
PIPELINE_TASK_NAME_PLACEHOLDER = "{{$.pipeline_task_name}}"
#: The ID of the task.
PIPELINE_TASK_ID_PLACEHOLDER = "{{$.pipeline_task_uuid}}"
#: The file to which a step's program may write all its outputs, as JSON.
PIPELINE_TASK_EXECUTOR_OUTPUT_PATH_PLACEHOLDER = "{{$.outputs.output_file}}"
#: All inputs and outputs of the task, as JSON.
PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER = "{{$}}"
#: The folder of the run's artifacts.
PIPELINE_ROOT_PLACEHOLDER = "{{$.pipeline_root}}"
#: When the run was created, in UTC.
PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER = "{{$.pipeline_job_create_time_utc}}"
#: When the run was due, in UTC: of a recurring run, the time of its schedule.
PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER = "{{$.pipeline_job_schedule_time_utc}}"
#: The folder of the volume that all tasks of the run share.
WORKSPACE_PATH_PLACEHOLDER = "{{$.workspace_path}}"
WORKSPACE_MOUNT_PATH = "/kfp-workspace"
#: Bakehouse's own: the folder that survives the attempts of a task.
CHECKPOINT_PATH_PLACEHOLDER = "{{$.checkpoint_path}}"


class _Fields:
    """A value with named fields. Written out, since importing `dataclasses` takes longer than a short step."""

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({fields})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # the fields can be changed


#: What KFP's back end calls states that its documentation calls otherwise.
_TWINS = {"COMPLETE": "SUCCEEDED", "CANCELED": "CANCELLED"}


class FinalState(str):
    """The state of a task that is over, in the words of KFP's documentation; equal to the word of KFP's back end too.

    The documentation says SUCCEEDED and CANCELLED, KFP's back end COMPLETE and CANCELED: exit tasks are written for either.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and str(self) == _TWINS.get(str(other), str(other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


class PipelineTaskFinalStatus(_Fields):
    """How a task ended, for the task that runs after it whatever happened: annotate a parameter of an exit task with this class."""

    def __init__(
        self,
        state: str,
        pipeline_job_resource_name: str,
        pipeline_task_name: str,
        error_code: Optional[int],
        error_message: Optional[str],
    ) -> None:
        self.state = state
        self.pipeline_job_resource_name = pipeline_job_resource_name
        self.pipeline_task_name = pipeline_task_name
        self.error_code = error_code
        self.error_message = error_message


class TaskConfig(_Fields):
    """The platform settings of the running task: annotate a parameter with this class.

    ```python
    from bakehouse import dsl


    @dsl.component(task_config_passthroughs=[dsl.TaskConfigField.RESOURCES, dsl.TaskConfigField.ENV])
    def start(config: dsl.TaskConfig) -> dict:
        return config.resources or {}


    @dsl.pipeline
    def told():
        start().set_cpu_limit("2")
    ```
    """

    def __init__(  # noqa: PLR0917  # kfp's signature
        self,
        affinity: Optional[Dict[str, Any]] = None,
        tolerations: Optional[List[Dict[str, Any]]] = None,
        node_selector: Optional[Dict[str, str]] = None,
        env: Optional[List[Dict[str, Any]]] = None,
        volumes: Optional[List[Dict[str, Any]]] = None,
        volume_mounts: Optional[List[Dict[str, Any]]] = None,
        resources: Optional[Dict[str, Any]] = None,
    ) -> None:
        self.affinity = affinity
        self.tolerations = tolerations
        self.node_selector = node_selector
        self.env = env
        self.volumes = volumes
        self.volume_mounts = volume_mounts
        self.resources = resources


class NonRetryableError(Exception):
    """Raise it, or a class derived from it, where another attempt would be of no use: the step fails at once, whatever its retries."""

    #: What the runtime asks of any exception: it may be of another copy of this class, or of one that looks like it.
    bakehouse_retryable = False


def run_notebook(**_parameters: Any) -> NoReturn:
    """Run the notebook of a notebook component; its compiled source brings its own. Raises `NotImplementedError`."""
    raise NotImplementedError("dsl.run_notebook is available inside a @dsl.notebook_component only, while it runs")


def component(func: Optional[Callable[..., Any]] = None, **_settings: Any) -> Any:
    """A decorator that changes nothing: inside a step a component is the function it was made of."""
    return func if func is not None else _unchanged


pipeline = container_component = notebook_component = component


def _unchanged(func: Callable[..., Any]) -> Callable[..., Any]:
    return func


#: What `from kfp.dsl import *` brings inside a step.
STAR = (
    "Artifact", "ClassificationMetrics", "Dataset", "HTML", "Input", "InputPath", "Markdown", "Metrics", "Model", "Output", "OutputPath",
    "PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER", "PIPELINE_JOB_ID_PLACEHOLDER", "PIPELINE_JOB_NAME_PLACEHOLDER",
    "PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER", "PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER", "PIPELINE_ROOT_PLACEHOLDER",
    "PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER", "PIPELINE_TASK_EXECUTOR_OUTPUT_PATH_PLACEHOLDER", "PIPELINE_TASK_ID_PLACEHOLDER",
    "PIPELINE_TASK_NAME_PLACEHOLDER", "PipelineTaskFinalStatus", "SlicedClassificationMetrics", "TaskConfig", "WORKSPACE_PATH_PLACEHOLDER",
    "get_uri", "run_notebook",
)  # fmt: skip


def everything() -> Dict[str, Any]:
    """All names of `kfp.dsl` inside a step, those of `STAR` and the others."""
    found: Dict[str, Any] = {name: value for name, value in globals().items() if not name.startswith("_") and name not in _OWN}
    for module in (artifacts, metrics, marked):
        found.update({name: getattr(module, name) for name in module.__all__})
    return found


_OWN = frozenset({"STAR", "TYPE_CHECKING", "annotations", "artifacts", "everything", "marked", "metrics"})
