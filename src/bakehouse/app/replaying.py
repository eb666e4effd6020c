"""A recorded attempt is run again: its place is made ready as for any other, and everything it writes lies in a folder of its own."""

from __future__ import annotations

import queue
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bakehouse.actions.replays import Recorded
from bakehouse.app import storing, wiring
from bakehouse.app.errors import NotReady
from bakehouse.app.settings import Settings
from bakehouse.errors import Problems
from bakehouse.ir.execution import Ending, LaunchSpec, Place, RunId
from bakehouse.orchestrator.differences import Difference, Part, with_packages
from bakehouse.orchestrator.events import Event, NotPrepared, Prepared, Preparing
from bakehouse.orchestrator.ports import RunnerKind, RunOptions
from bakehouse.runners import replaying
from bakehouse.runners.replaying import Replay, Terminal
from bakehouse.runners.starting import RUNTIME
from bakehouse.storage.local import LocalStore

#: Told what the user should know meanwhile.
Tell = Callable[[str], None]
_MOST_LINES = 5  # of what differs between two environments


@contextmanager
def scratch(settings: Settings) -> Iterator[Path]:
    """A folder on the disk of the home. It stays, unless the block raises: `remove` takes it away."""
    below = settings.home / "replays"
    below.mkdir(mode=0o700, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="", dir=below))
    try:
        yield folder
    except BaseException:
        remove(folder)
        raise


def remove(folder: Path) -> None:
    """Take a scratch folder away, with what is write-protected in it. Raises `OSError`."""
    LocalStore().remove(str(folder), below=str(folder.parent))


def replay(settings: Settings, recorded: Recorded, folder: Path, terminal: Terminal, tell: Tell) -> Ending:
    """Run the attempt again in this folder; how it ended. Raises `Problems` for inputs that are gone or changed, `NotReady`."""
    store = LocalStore()
    if problems := replaying.missing(recorded.launch, store):
        raise Problems(problems)
    was_here = recorded.options.runner in {RunnerKind.AUTO, RunnerKind.LOCAL}
    place = _place(settings, recorded.launch, replace(recorded.options, runner=RunnerKind.LOCAL), tell)
    if not was_here:
        tell(f"note: the recorded attempt ran in a container of {recorded.launch.image}; it runs again as a process of this machine")
    elif recorded.launch.place is not None and (difference := _difference(recorded.launch.place, place)):
        tell(f"note: the environment is not what it was: {difference}")
    launch = replace(recorded.launch, place=place)
    return Replay(launch, folder, store, RUNTIME, recorded.options.environment, objects=storing.objects(settings)).run(terminal)


def _place(settings: Settings, launch: LaunchSpec, options: RunOptions, tell: Tell) -> Place:
    """The place of the attempt on this machine: its environment is found, or built again."""
    told: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def put(_: RunId, event: Event) -> None:
        told.put(event)

    runners = wiring.Runners(settings)
    runners.put = put
    runner = runners(options)
    try:
        runner.prepare(launch)
        while True:
            event = told.get()
            if isinstance(event, Prepared):
                return event.place
            if isinstance(event, NotPrepared):
                raise NotReady(task=launch.attempt.task_id, error=event.error)
            if isinstance(event, Preparing):
                tell(event.what)
    finally:
        runner.close()


def _difference(before: Place, now: Place) -> str:
    """What is another in an environment; empty if nothing is that can change a result."""
    found = [f"{old} → {new}" for old, new in ((before.python, now.python), (before.platform, now.platform)) if old != new]
    if before.lock != now.lock:
        packages = with_packages(Difference(Part.PACKAGES, "", "", "", "packages changed"), before.lock, now.lock)
        more = len(packages.lines) - _MOST_LINES
        found += [*packages.lines[:_MOST_LINES], *([f"and {more} more packages"] if more > 0 else [])]
    return ", ".join(found)
