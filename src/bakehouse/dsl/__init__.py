"""What a user writes pipelines with. Every name of kfp 2.17's `kfp.dsl` is here; `from bakehouse import dsl` is all that a file needs.

Each call of a component is recorded; the compiler makes the pipeline of the recording.
"""

from bakehouse.dsl import older
from bakehouse.dsl.configuration import (
    KubernetesWorkspaceConfig,
    PipelineConfig,
    TaskConfigField,
    TaskConfigPassthrough,
    WorkspaceConfig,
)
from bakehouse.dsl.container import ContainerSpec, container_component
from bakehouse.dsl.control import Condition, Elif, Else, If
from bakehouse.dsl.exits import ExitHandler
from bakehouse.dsl.graph import pipeline
from bakehouse.dsl.importing import importer
from bakehouse.dsl.joins import OneOf
from bakehouse.dsl.lightweight import component
from bakehouse.dsl.loops import Collected, ParallelFor
from bakehouse.dsl.notebooks import notebook_component
from bakehouse.dsl.placeholders import ConcatPlaceholder, IfPresentPlaceholder
from bakehouse.dsl.task import PipelineTask
from bakehouse.task.annotations import (
    EmbeddedAnnotation as EmbeddedAnnotation,
)
from bakehouse.task.annotations import (
    EmbeddedInput as EmbeddedInput,
)
from bakehouse.task.annotations import (
    Input,
    InputPath,
    Output,
    OutputPath,
)
from bakehouse.task.annotations import (
    InputAnnotation as InputAnnotation,
)
from bakehouse.task.annotations import (
    OutputAnnotation as OutputAnnotation,
)
from bakehouse.task.artifacts import HTML, Artifact, Dataset, Markdown, Metrics, Model, get_uri
from bakehouse.task.metrics import ClassificationMetrics, SlicedClassificationMetrics
from bakehouse.task.names import (
    CHECKPOINT_PATH_PLACEHOLDER as CHECKPOINT_PATH_PLACEHOLDER,
)
from bakehouse.task.names import (
    PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER,
    PIPELINE_JOB_ID_PLACEHOLDER,
    PIPELINE_JOB_NAME_PLACEHOLDER,
    PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER,
    PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER,
    PIPELINE_ROOT_PLACEHOLDER,
    PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER,
    PIPELINE_TASK_EXECUTOR_OUTPUT_PATH_PLACEHOLDER,
    PIPELINE_TASK_ID_PLACEHOLDER,
    PIPELINE_TASK_NAME_PLACEHOLDER,
    WORKSPACE_PATH_PLACEHOLDER,
    PipelineTaskFinalStatus,
    TaskConfig,
    run_notebook,
)
from bakehouse.task.names import (
    NonRetryableError as NonRetryableError,
)

__all__ = [
    "HTML",
    "PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER",
    "PIPELINE_JOB_ID_PLACEHOLDER",
    "PIPELINE_JOB_NAME_PLACEHOLDER",
    "PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER",
    "PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER",
    "PIPELINE_ROOT_PLACEHOLDER",
    "PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER",
    "PIPELINE_TASK_EXECUTOR_OUTPUT_PATH_PLACEHOLDER",
    "PIPELINE_TASK_ID_PLACEHOLDER",
    "PIPELINE_TASK_NAME_PLACEHOLDER",
    "WORKSPACE_PATH_PLACEHOLDER",
    "Artifact",
    "ClassificationMetrics",
    "Collected",
    "ConcatPlaceholder",
    "Condition",
    "ContainerSpec",
    "Dataset",
    "Elif",
    "Else",
    "ExitHandler",
    "If",
    "IfPresentPlaceholder",
    "Input",
    "InputPath",
    "KubernetesWorkspaceConfig",
    "Markdown",
    "Metrics",
    "Model",
    "OneOf",
    "Output",
    "OutputPath",
    "ParallelFor",
    "PipelineConfig",
    "PipelineTask",
    "PipelineTaskFinalStatus",
    "SlicedClassificationMetrics",
    "TaskConfig",
    "TaskConfigField",
    "TaskConfigPassthrough",
    "WorkspaceConfig",
    "component",
    "container_component",
    "get_uri",
    "importer",
    "notebook_component",
    "pipeline",
    "run_notebook",
]

TYPE_CHECKING = False  # `typing` would be loaded for this alone
if TYPE_CHECKING:
    from bakehouse.legacy import (
        EXECUTION_ID_PLACEHOLDER as EXECUTION_ID_PLACEHOLDER,
    )
    from bakehouse.legacy import (
        RUN_ID_PLACEHOLDER as RUN_ID_PLACEHOLDER,
    )
    from bakehouse.legacy import (
        ContainerOp as ContainerOp,
    )
    from bakehouse.legacy import (
        InputArgumentPath as InputArgumentPath,
    )
    from bakehouse.legacy import (
        PipelineVolume as PipelineVolume,
    )
    from bakehouse.legacy import (
        Sidecar as Sidecar,
    )
    from bakehouse.legacy import (
        UserContainer as UserContainer,
    )
else:

    def __getattr__(name: str) -> object:
        return older.name(__name__, name)
