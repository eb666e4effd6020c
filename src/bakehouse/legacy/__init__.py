"""AUTHOR: the style of KFP 1 that people still paste. `bakehouse.dsl` and `bakehouse.components` hand these names out where a file asks for them.

What today's IR can say is compiled to it, as if it were written today; the rest is refused with what to write instead.
"""

from bakehouse.legacy.containers import UserContainer
from bakehouse.legacy.op import ContainerOp
from bakehouse.legacy.paths import InputArgumentPath
from bakehouse.legacy.volumes import PipelineVolume
from bakehouse.task.names import PIPELINE_JOB_ID_PLACEHOLDER as RUN_ID_PLACEHOLDER
from bakehouse.task.names import PIPELINE_TASK_ID_PLACEHOLDER as EXECUTION_ID_PLACEHOLDER

__all__ = ["EXECUTION_ID_PLACEHOLDER", "RUN_ID_PLACEHOLDER", "ContainerOp", "InputArgumentPath", "PipelineVolume", "Sidecar", "UserContainer"]

#: A container beside the step is described as one before it is.
Sidecar = UserContainer

#: What `bakehouse.dsl` hands out, by the names of KFP 1.
OF_DSL = {
    "ContainerOp": ContainerOp,
    "EXECUTION_ID_PLACEHOLDER": EXECUTION_ID_PLACEHOLDER,
    "InputArgumentPath": InputArgumentPath,
    "PipelineVolume": PipelineVolume,
    "RUN_ID_PLACEHOLDER": RUN_ID_PLACEHOLDER,
    "Sidecar": Sidecar,
    "UserContainer": UserContainer,
}
