"""Input artifacts in object stores: they are brought into the attempt's folder before the step starts, and digested on the way."""

from __future__ import annotations

import shutil
from pathlib import Path

from bakehouse.ir.execution import LaunchSpec
from bakehouse.runners import launch as launching
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.errors import BadInputs
from bakehouse.runners.launch import Fetch
from bakehouse.storage import addresses
from bakehouse.storage.errors import Altered
from bakehouse.storage.files import Fate, fate
from bakehouse.storage.objects import Objects, Stopped
from bakehouse.storage.pieces import in_parallel

_AGAIN = "Run the pipeline again: the step that made it runs anew."


def reach(launch: LaunchSpec, folder: AttemptFolder, objects: Objects) -> None:
    """Fetch inputs, and see that outputs can be written: sooner than the step has worked for nothing. Raises as `bring` does."""
    if addresses.is_object(launch.root):
        objects.probe(launch.root)
    bring(launch, folder, objects)


def bring(launch: LaunchSpec, folder: AttemptFolder, objects: Objects) -> None:
    """Bring what is not there yet. Ends early once the attempt was asked to stop.

    Raises `BadInputs` for what is gone or is not what was recorded, `Away` while a store cannot be reached, `Refused`, `OSError`.
    """
    wanted = [one for one in launching.fetches(launch, folder.path) if not one.target.exists()]
    in_parallel(lambda one: _bring(one, objects, folder.asked_to_stop), wanted)


def _bring(fetch: Fetch, objects: Objects, stopped: Stopped) -> None:
    artifact, aside = fetch.artifact, fetch.target.with_name(f".{fetch.target.name}-fetching")
    if stopped():
        return
    _clear(aside)
    try:
        became = fate(artifact.digest, objects.download(artifact.uri, aside, stopped=stopped))
    except Altered as error:
        raise BadInputs(f"input {artifact.name} is being changed", place=artifact.uri, remedy=error.remedy) from error
    if became is Fate.GONE:
        raise BadInputs(f"input {artifact.name} is gone: nothing lies at {artifact.uri}", place=artifact.uri, remedy=_AGAIN)
    if became is Fate.CHANGED:
        raise BadInputs(f"input {artifact.name} was changed after it was recorded: {artifact.uri}", place=artifact.uri, remedy=_AGAIN)
    if aside.exists():  # of what a step declared and never wrote there is nothing
        aside.replace(fetch.target)


def _clear(path: Path) -> None:
    """Delete what an interrupted transfer has left."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
