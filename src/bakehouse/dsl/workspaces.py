"""What uses the workspace, the folder that all steps of a run share: what is told its path, and what is put there. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bakehouse.ir.spec import Constant, Executor, Importer, PipelineFile
from bakehouse.task.names import WORKSPACE_PATH_PLACEHOLDER


def mentioned(value: Any) -> bool:
    """Whether a constant, or one inside it, holds the path of the workspace."""
    if isinstance(value, str):
        return WORKSPACE_PATH_PLACEHOLDER in value
    if isinstance(value, Mapping):
        return any(mentioned(item) for item in value.values())
    return isinstance(value, list | tuple) and any(mentioned(item) for item in value)


def used_by(executor: Executor) -> bool:
    """Whether what a task runs uses it, whatever the task is given."""
    if isinstance(executor, Importer):
        return executor.download_to_workspace
    # Further words of a command are the source of a function, which may name the placeholder without being told the path.
    return mentioned([*executor.args, *executor.command[:1]])


def used_in(file: PipelineFile) -> bool:
    """Whether a compiled pipeline uses it anywhere."""
    dags = (one.dag for one in (file.spec.root, *file.spec.components.values()) if one.dag is not None)
    sources = (source for dag in dags for task in dag.tasks.values() for source in task.inputs.parameters.values())
    return any(mentioned(one.value) for one in sources if isinstance(one, Constant)) or any(map(used_by, file.spec.executors.values()))
