"""Importers: an artifact that exists already becomes one of a run. Nothing is started; local bytes are read for their digest."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import replace
from pathlib import Path

from bakehouse.clock import Clock
from bakehouse.ir.execution import Artifact, Cause, Ending, LaunchSpec, Outputs, StepError, folder_name
from bakehouse.runners.inputs import Known
from bakehouse.storage.files import is_local, local_path


class Importing:
    """Imports artifacts. Any thread may call it; importing twice gives the same but for the artifact's id."""

    def __init__(self, known: Known, clock: Clock) -> None:
        self._known, self._clock = known, clock

    def ending(self, launch: LaunchSpec) -> Ending:
        """What came of an attempt of an importer. Raises `Unavailable` or `OSError` when the artifact cannot be read."""
        begun = self._clock()
        (name, artifact), wanted = next(iter(launch.output_artifacts.items())), launch.importing
        if wanted is None:
            raise TypeError(f"{launch.attempt.path} is no importer")
        if not is_local(artifact.uri):
            if wanted.to_workspace:
                return _failed(f"{artifact.uri} cannot be copied to the workspace: it does not lie on this machine", "Import a local file or folder.")
        elif self._known.digest(artifact.uri) is None:
            return _failed(
                f"there is nothing to import at {artifact.uri}", "Name a file or folder that exists, as an absolute path or a file:// URI."
            )
        elif wanted.to_workspace:
            artifact = _copied(artifact, Path(launch.workspace))
        found = self._known.digest(artifact.uri) if is_local(artifact.uri) else None
        digest, size = found or ("", None)
        imported = replace(artifact, digest=digest, size=size, id=str(uuid.uuid4()))
        times = {"started": begun, "ended": self._clock()}
        return Ending(exit_code=0, outputs=Outputs({}, {name: (imported,)}), times=times)


def _copied(artifact: Artifact, workspace: Path) -> Artifact:
    """A copy in the workspace, where steps of the run may change it; made aside and renamed, so that there is never half of one."""
    source = local_path(artifact.uri)
    target = workspace / ".artifacts" / folder_name(artifact.uri)
    if not target.exists():
        aside = target.with_name(f"{target.name}.{uuid.uuid4()}")
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, aside, symlinks=True)
        else:
            shutil.copyfile(source, aside)
        aside.rename(target)
    return replace(artifact, uri=str(target))


def _failed(message: str, remedy: str) -> Ending:
    return Ending(cause=Cause.INPUT_MISSING, error=StepError(message=message, remedy=remedy))
