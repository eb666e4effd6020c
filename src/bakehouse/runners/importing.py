"""Importers: an artifact that exists already becomes one of a run. Nothing is started; local bytes are read for their digest."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

from bakehouse.clock import Clock
from bakehouse.ir.execution import Artifact, Cause, Ending, LaunchSpec, Outputs, StepError, folder_name
from bakehouse.runners.copying import copy_whole
from bakehouse.runners.inputs import Known
from bakehouse.storage.files import is_local, local_path


def ending(launch: LaunchSpec, known: Known, clock: Clock) -> Ending:
    """What came of an attempt of an importer; doing it twice gives the same but for the artifact's id.

    Raises `Unavailable` or `OSError` when the artifact cannot be read.
    """
    begun = clock()
    ((name, artifact),) = launch.output_artifacts.items()
    copies = launch.importing is not None and launch.importing.to_workspace
    digest, size = "", None
    if is_local(artifact.uri):
        found = known.digest(artifact.uri)
        if found is None and (copies or not artifact.is_measurement):
            return _failed(
                f"there is nothing to import at {artifact.uri}", "Name a file or folder that exists, as an absolute path or a file:// URI."
            )
        if copies:
            artifact = _copied(artifact, Path(launch.workspace))
            found = known.digest(artifact.uri) or found
        digest, size = found or ("", None)
    elif copies:
        return _failed(f"{artifact.uri} cannot be copied to the workspace: it does not lie on this machine", "Import a local file or folder.")
    imported = replace(artifact, digest=digest, size=size, id=str(uuid.uuid4()))
    return Ending(exit_code=0, outputs=Outputs({}, {name: (imported,)}), times={"started": begun, "ended": clock()})


def _copied(artifact: Artifact, workspace: Path) -> Artifact:
    """A copy in the workspace, where steps of the run may change it."""
    source = local_path(artifact.uri)
    target = workspace / ".artifacts" / folder_name(artifact.uri)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_whole(source, target, aside=target.with_name(f"{target.name}.{uuid.uuid4()}"))
    return replace(artifact, uri=str(target))


def _failed(message: str, remedy: str) -> Ending:
    return Ending(cause=Cause.INPUT_MISSING, error=StepError(message=message, remedy=remedy))
