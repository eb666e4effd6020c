"""A container runner on a home of its own, its events in a queue."""

from __future__ import annotations

import queue
from dataclasses import replace
from pathlib import Path

from bakehouse.ir.execution import LaunchSpec
from bakehouse.orchestrator.events import Event
from bakehouse.runners.container import ContainerRunner, Options
from bakehouse.runners.container_engine import Connection
from bakehouse.runners.endpoints import Endpoint
from bakehouse.runners.launch import Limits
from bakehouse.storage.local import LocalStore
from tests.containers.bed import PYTHON, SCRATCH, Bed
from tests.faults.local_attempts import Told, attempt


class InContainers(Told[ContainerRunner]):
    """A runner, and what it told its engine. `bed` is the container engine that it uses."""

    def __init__(self, home: Path, bed: Bed, **options: object) -> None:
        self.bed = bed
        self.connection = Connection([Endpoint(bed.socket)])
        chosen = Options(home_id=home.name, limits=Limits(kill_after=1.0))
        events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        runner = ContainerRunner(
            home,
            lambda _, event: events.put(event),
            LocalStore(),
            connect=self.connection,
            options=replace(chosen, **options),  # type: ignore[arg-type]  # fields of Options, by name
        )
        super().__init__(home, runner, events)

    def close(self) -> None:
        """Let go; its containers go on."""
        self.runner.close()
        self.connection.close()


def python(home: Path, task: str = "step", *, body: str = "", image: str = PYTHON, **more: object) -> LaunchSpec:
    """A Python component in an image, which leaves its proof beside its outputs."""
    launch = attempt(home, task, body=body, **more)
    return replace(launch, image=image, parameters={"proof": f"{launch.root}/proof"})


def proofs(launch: LaunchSpec) -> list[str]:
    """One line for each time that the step was started."""
    path = Path(launch.root) / "proof"
    return path.read_text().splitlines() if path.exists() else []


def busybox(home: Path, task: str, script: str, *arguments: str, image: str = SCRATCH, **more: object) -> LaunchSpec:
    """A container component: a script of a shell that is the image's only program, with the paths of its outputs as $0 (`Output`) and $1 (`data`)."""
    launch = attempt(home, task)
    paths = ("{{$.outputs.parameters['Output'].output_file}}", "{{$.outputs.artifacts['data'].path}}")
    command = ("/bin/busybox", "sh", "-ec", f'b() {{ /bin/busybox "$@"; }}\n{script}')
    return replace(launch, program=None, image=image, command=command, args=(*paths, *arguments), **more)  # type: ignore[arg-type]
