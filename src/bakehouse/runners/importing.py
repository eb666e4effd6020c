"""Importers: an artifact that exists already becomes one of a run. Nothing is started; local bytes are read for their digest.

Of what lies in an object store no byte is read: sizes and entity tags tell whether it changes. Where no credentials for it are set up, nobody looks.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

from bakehouse.clock import Clock
from bakehouse.ir.execution import Artifact, Cause, Ending, LaunchSpec, Outputs, StepError, folder_name
from bakehouse.runners.copying import copy_whole
from bakehouse.runners.inputs import Known
from bakehouse.storage.files import is_local, local_path
from bakehouse.storage.objects import Objects


def ending(launch: LaunchSpec, known: Known, clock: Clock, objects: Objects) -> Ending:
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
    elif objects.serves(artifact.uri):
        seen = objects.find(artifact.uri)
        if seen is None:
            return _failed(f"there is nothing to import at {artifact.uri}", "Name an object that exists, or a prefix that objects have.")
        digest, size = seen.digest, seen.size
        if copies:
            artifact = _fetched(artifact, Path(launch.workspace), objects)
            digest, size = known.digest(artifact.uri) or (digest, size)
    elif copies:
        return _failed(f"{artifact.uri} cannot be copied to the workspace: it does not lie on this machine", "Import a local file or folder.")
    imported = replace(artifact, digest=digest, size=size, id=str(uuid.uuid4()))
    return Ending(exit_code=0, outputs=Outputs({}, {name: (imported,)}), times={"started": begun, "ended": clock()})


def _copied(artifact: Artifact, workspace: Path) -> Artifact:
    """A copy in the workspace, where steps of the run may change it."""
    source, (target, aside) = local_path(artifact.uri), _places(artifact, workspace)
    if not target.exists():
        copy_whole(source, target, aside=aside)
    return replace(artifact, uri=str(target))


def _fetched(artifact: Artifact, workspace: Path, objects: Objects) -> Artifact:
    """The same of what lies in an object store."""
    target, aside = _places(artifact, workspace)
    if not target.exists():
        objects.download(artifact.uri, aside, stopped=lambda: False)
        aside.replace(target)
    return replace(artifact, uri=str(target))


def _places(artifact: Artifact, workspace: Path) -> tuple[Path, Path]:
    """Where the copy belongs, and where it is made; their folder is there."""
    target = workspace / ".artifacts" / folder_name(artifact.uri)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target, target.with_name(f"{target.name}.{uuid.uuid4()}")


def _failed(message: str, remedy: str) -> Ending:
    return Ending(cause=Cause.INPUT_MISSING, error=StepError(message=message, remedy=remedy))
