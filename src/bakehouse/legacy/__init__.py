"""AUTHOR: the style of KFP 1 that people still paste. The modules that had these names hand them out where a file asks for them.

What today's IR can say is compiled to it, as if it were written today; the rest is refused with what to write instead.
"""

from collections.abc import Mapping

from bakehouse.legacy import clouds, gone, types
from bakehouse.legacy.claims import VOLUME_MODE_ROM, VOLUME_MODE_RWM, VOLUME_MODE_RWO, VolumeOp
from bakehouse.legacy.containers import UserContainer
from bakehouse.legacy.functions import create_component_from_func, func_to_container_op, load_component
from bakehouse.legacy.op import ContainerOp
from bakehouse.legacy.paths import InputArgumentPath
from bakehouse.legacy.volumes import PipelineVolume
from bakehouse.task.annotations import InputPath, OutputPath
from bakehouse.task.names import PIPELINE_JOB_ID_PLACEHOLDER as RUN_ID_PLACEHOLDER
from bakehouse.task.names import PIPELINE_TASK_ID_PLACEHOLDER as EXECUTION_ID_PLACEHOLDER

__all__ = [
    "EXECUTION_ID_PLACEHOLDER",
    "RUN_ID_PLACEHOLDER",
    "ContainerOp",
    "InputArgumentPath",
    "PipelineVolume",
    "Sidecar",
    "UserContainer",
    "VolumeOp",
    "clouds",
    "create_component_from_func",
    "func_to_container_op",
    "load_component",
]

#: A container beside the step is described as one before it is.
Sidecar = UserContainer

#: What modules of ours hand out, by the names of KFP 1.
NAMES: Mapping[str, Mapping[str, object]] = {
    "bakehouse.dsl": {
        "ContainerOp": ContainerOp,
        "EXECUTION_ID_PLACEHOLDER": EXECUTION_ID_PLACEHOLDER,
        "InputArgumentPath": InputArgumentPath,
        "PipelineExecutionMode": gone.PipelineExecutionMode,
        "PipelineVolume": PipelineVolume,
        "RUN_ID_PLACEHOLDER": RUN_ID_PLACEHOLDER,
        "Sidecar": Sidecar,
        "UserContainer": UserContainer,
        "VOLUME_MODE_ROM": VOLUME_MODE_ROM,
        "VOLUME_MODE_RWM": VOLUME_MODE_RWM,
        "VOLUME_MODE_RWO": VOLUME_MODE_RWO,
        "VolumeOp": VolumeOp,
        "types": types,
        **gone.OF_DSL,
    },
    "bakehouse.components": {
        "InputPath": InputPath,
        "OutputPath": OutputPath,
        "create_component_from_func": create_component_from_func,
        "func_to_container_op": func_to_container_op,
        "load_component": load_component,
        **gone.OF_COMPONENTS,
    },
    "bakehouse.compiler": gone.OF_COMPILER,
}
