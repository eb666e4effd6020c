"""The runner `auto` hands each attempt to the runner it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bakehouse.app import containers
from bakehouse.app.auto import Auto
from bakehouse.ir.execution import AttemptId, Ending, Importing, LaunchSpec, Place, RunId
from bakehouse.orchestrator.events import Ended, Event
from bakehouse.orchestrator.ports import Put
from bakehouse.runners.attempts import AttemptFolder
from tests.unit.runners.specs import spec


class Told:
    """A runner that writes down what it is told."""

    def __init__(self, name: str, told: list[str]) -> None:
        self._name, self._told = name, told

    def prepare(self, launch: LaunchSpec) -> None:
        """As the port says."""
        self._told.append(f"{self._name} prepare {launch.attempt.task_id}")

    def known(self, launch: LaunchSpec) -> Place:
        """Its own name."""
        return Place(self._name, launch.pipeline_name, "")

    def launch(self, launch: LaunchSpec) -> None:
        """As the port says."""
        self._told.append(f"{self._name} launch {launch.attempt.task_id}")

    def adopt(self, launch: LaunchSpec) -> None:
        """As the port says."""
        self._told.append(f"{self._name} adopt {launch.attempt.task_id}")

    def stop(self, attempt: AttemptId) -> None:
        """As the port says."""
        self._told.append(f"{self._name} stop {attempt.task_id}")

    def leave(self, attempt: AttemptId) -> None:
        """As the port says."""
        self._told.append(f"{self._name} leave {attempt.task_id}")

    def workspace(self, run_id: RunId) -> str:
        """A folder of its own name."""
        return f"/{self._name}/{run_id}"

    def close(self) -> None:
        """As the port says."""
        self._told.append(f"{self._name} close")


def never(_attempt: AttemptId) -> bool:
    """No earlier engine started a container."""
    return False


def auto(told: list[str], in_container: Callable[[AttemptId], bool] = never) -> Auto:
    """One that hands attempts to two runners which write down what they are told, and whose events nobody hears."""
    return Auto(
        lambda _run, _event: None,
        processes=lambda _put: Told("processes", told),
        containers=lambda _put: Told("containers", told),
        in_container=in_container,
    )


def test_each_attempt_goes_to_its_runner(tmp_path: Path) -> None:
    """Python components and importers run as processes; what runs containers is made when the first one comes, and once."""
    told: list[str] = []

    def made(_put: Put) -> Told:
        told.append("made")
        return Told("containers", told)

    processes = Told("processes", told)
    runner = Auto(lambda _run, _event: None, processes=lambda _put: processes, containers=made, in_container=never)
    python = spec(tmp_path, "python")
    container = replace(spec(tmp_path, "container"), program=None)
    importer = replace(spec(tmp_path, "importer"), program=None, importing=Importing())
    runner.prepare(python)
    runner.launch(importer)
    runner.stop(python.attempt)
    assert told == ["processes prepare python", "processes launch importer", "processes stop python"]
    told.clear()
    runner.prepare(container)
    runner.adopt(container)
    runner.stop(container.attempt)
    runner.close()
    assert told == [
        "made",
        "containers prepare container",
        "containers adopt container",
        "containers stop container",
        "processes close",
        "containers close",
    ]
    places = [runner.known(launch) for launch in (python, container)]
    assert [place.interpreter for place in places if isinstance(place, Place)] == ["processes", "containers"]
    assert runner.workspace(RunId("r")) == "/processes/r"


def test_a_stop_goes_to_the_runner_that_has_the_attempt(tmp_path: Path) -> None:
    """The other is not asked: it might be away. Of an attempt that is over, or that neither has taken, both are told; and all events pass."""
    told: list[str] = []
    events: list[Event] = []
    puts: list[Put] = []

    def made(put: Put) -> Told:
        puts.append(put)
        return Told("containers", told)

    processes = Told("processes", told)
    runner = Auto(lambda _run, event: events.append(event), processes=lambda _put: processes, containers=made, in_container=never)
    python, container = spec(tmp_path, "python"), replace(spec(tmp_path, "container"), program=None)
    runner.launch(container)
    runner.launch(python)
    told.clear()
    runner.stop(container.attempt)
    runner.stop(python.attempt)
    assert told == ["containers stop container", "processes stop python"]
    told.clear()
    ended = Ended(container.attempt.task_id, container.attempt.number, Ending(exit_code=0), 1.0)
    puts[0](container.attempt.run_id, ended)
    assert events == [ended]
    runner.stop(container.attempt)
    assert told == ["processes stop container", "containers stop container"]


def test_an_attempt_is_left_by_the_runner_that_has_it(tmp_path: Path) -> None:
    """Once; the other one knows nothing of it."""
    told: list[str] = []
    runner = auto(told)
    container = replace(spec(tmp_path, "container"), program=None)
    runner.launch(container)
    told.clear()
    runner.leave(container.attempt)
    runner.leave(container.attempt)
    assert told == ["containers leave container"]


def test_a_container_of_an_earlier_engine_is_stopped(tmp_path: Path) -> None:
    """Also where nothing has needed containers since: its run may have been put aside. No process, and nothing that has ended, is one."""
    told: list[str] = []
    runner = auto(told, lambda attempt: containers.may_hold(tmp_path, attempt))
    for name in ("unclaimed", "process", "ended", "container"):
        attempt = spec(tmp_path, name).attempt
        folder = AttemptFolder(tmp_path / "runs" / attempt.path)
        folder.make()
        if name != "unclaimed":
            folder.claim("", 1.0)
        if name == "process":
            folder.launch.touch()
        if name == "ended":
            folder.end({"code": 0})
        runner.stop(attempt)
    assert told == [f"processes stop {name}" for name in ("unclaimed", "process", "ended", "container")] + ["containers stop container"]
