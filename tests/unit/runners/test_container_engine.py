"""What is made of the words of a container engine."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from docker.errors import APIError, ImageNotFound, InvalidArgument, NotFound
from docker.types import HostConfig

from bakehouse.runners import container_engine
from bakehouse.runners.container_engine import Connection, ContainerEngine, Image, State, Status
from bakehouse.runners.containers import Container, Mount
from bakehouse.runners.endpoints import Endpoint
from bakehouse.runners.errors import EngineAway, EngineRefused, NoEngine, NoSuchImage, NotBuilt, NotPulled

HERE = Endpoint("unix:///nowhere")
BARE = Container("c", "sha256:1", {"bakehouse.home": "h"}, {"A": "1"}, [Mount("/in", read_only=True)])


def answering(**calls: Any) -> ContainerEngine:
    """An engine whose SDK answers so: a value, or what is raised."""

    def call(answer: Any) -> Any:
        def answered(*_: object, **__: object) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

        return answered

    api = SimpleNamespace(**{name: call(answer) for name, answer in calls.items()}, _version="1.41", create_host_config=HostConfig)
    return ContainerEngine(SimpleNamespace(api=api, info=lambda: {"NCPU": 2}), HERE)


def refusal(status: int, text: str, kind: type[APIError] = APIError) -> APIError:
    """What the SDK raises for an answer."""
    response = requests.Response()
    response.status_code = status
    return kind("an error", response=response, explanation=text)


def test_an_image() -> None:
    """Its digest is that of its registry where it has one, which is the same on all machines."""
    found = {"Id": "sha256:1", "Os": "linux", "Architecture": "arm64", "Config": {"User": "1000:1000", "Cmd": ["x"]}}
    assert answering(inspect_image=found).image("python:3.11") == Image("sha256:1", "sha256:1", "linux/arm64", "1000:1000", runs=True)
    found["RepoDigests"] = ["other.example/x@sha256:7", "docker.io/library/python@sha256:2"]
    image = answering(inspect_image=found).image("python:3.11")
    assert image is not None
    assert image.digest == "sha256:2"
    assert answering(inspect_image=refusal(404, "no such image", NotFound)).image("x") is None


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"Status": "created", "StartedAt": "0001-01-01T00:00:00Z", "ExitCode": 0}, State(Status.CREATED, exit_code=0)),
        ({"Status": "running", "StartedAt": "2026-01-02T03:04:05.123456789Z"}, State(Status.RUNNING, started=1767323045.123456)),
        ({"Status": "paused"}, State(Status.RUNNING)),
        (
            {
                "Status": "exited",
                "ExitCode": 137,
                "OOMKilled": True,
                "StartedAt": "2026-01-02T03:04:05Z",
                "FinishedAt": "2026-01-02T04:04:06.5+01:00",
            },
            State(Status.OVER, 137, out_of_memory=True, started=1767323045.0, ended=1767323046.5),
        ),
        ({"Status": "dead", "ExitCode": 1}, State(Status.OVER, 1)),
    ],
)
def test_a_container(state: dict[str, Any], expected: State) -> None:
    """What it does, and how it ended, by both engines' words."""
    assert answering(inspect_container={"State": state, "Config": {"WorkingDir": ""}}).state("c") == expected


def test_a_container_that_is_not_there() -> None:
    """Is nothing; to remove it, or to send it a signal, is no error."""
    engine = answering(**dict.fromkeys(("inspect_container", "remove_container", "kill"), refusal(404, "no such container", NotFound)))
    assert engine.state("c") is None
    engine.remove("c")
    engine.signal("c", "TERM")


def test_a_container_that_is_being_removed() -> None:
    """Whoever was first removes it. One that runs is not removed without force, and other refusals are told."""
    refused = refusal(409, "removal of container c is already in progress")
    answering(remove_container=refused).remove("c")
    with pytest.raises(EngineRefused, match="could not remove the container of the step: removal"):
        answering(remove_container=refused).remove("c", force=False)
    with pytest.raises(EngineRefused, match="busy"):
        answering(remove_container=refusal(500, "device busy")).remove("c")


def test_a_container_is_made_once() -> None:
    """A second one of its name is refused by the engine, and left alone."""
    answering(create_container=refusal(409, "name in use"), inspect_container=refusal(404, "", NotFound)).create(BARE)
    with pytest.raises(NoSuchImage):
        answering(create_container=refusal(404, "no such image", ImageNotFound)).create(BARE)
    with pytest.raises(EngineRefused, match="could not make the container of the step: bad mount"):
        answering(create_container=refusal(500, "bad mount"), inspect_container=refusal(404, "", NotFound)).create(BARE)


def test_an_argument_that_the_sdk_does_not_know() -> None:
    """Is told as a fault of the run."""
    with pytest.raises(NotBuilt, match=r"the container of the step cannot be made: .* 'colour'"):
        answering().create(replace(BARE, options={"colour": "red"}))


def test_what_a_container_is_made_with() -> None:
    """Limits without swap, no more CPUs than there are, mounts and variables of both, what the user says otherwise."""
    asked = {"environment": ["B=2", "A=0"], "network": "host", "labels": {"mine": "1"}, "mounts": [{"target": "/t", "source": "v", "type": "volume"}]}
    container = Container("c", "i", {"bakehouse.home": "h"}, {"A": "1"}, [Mount("/in", read_only=True)], ["run"])
    more = {"tmpfs": {"/fast": "size=9"}, "scratch": ["/scratch"], "options": asked}
    container = replace(container, memory=1 << 30, cpus=8.0, gpus=1, shm=7, **more)  # type: ignore[arg-type]  # by name
    said = answering()._arguments(container)
    assert (said["mem_limit"], said["memswap_limit"], said["nano_cpus"]) == (1 << 30, 1 << 30, 2_000_000_000)
    assert said["environment"] == {"A": "1", "B": "2"}
    assert said["labels"] == {"mine": "1", "bakehouse.home": "h"}
    assert [(one.get("Source"), one["Target"], one["Type"], one["ReadOnly"]) for one in said["mounts"]] == [
        ("/in", "/in", "bind", True),
        (None, "/scratch", "volume", False),
        ("v", "/t", "volume", False),
    ]
    assert (said["shm_size"], said["tmpfs"]) == (7, {"/fast": "size=9"})
    assert (said["entrypoint"], said["command"], said["network"]) == (["run"], None, "host")
    assert said["device_requests"][0]["Count"] == 1
    assert "mem_limit" not in answering()._arguments(BARE)


def test_pulling_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """And says the registry's words where it does not succeed."""
    monkeypatch.setattr(container_engine, "_TOLD_EVERY", -1.0)
    layer = {"id": "a", "status": "Downloading", "progressDetail": {"current": 3e6, "total": 20e6}}
    told: list[str] = []
    answering(pull=iter([{"status": "Pulling"}, layer])).pull("x/y:1", told.append)
    assert told == ["pulling image x/y:1", "pulling image x/y:1: 3 of 20 MB"]
    with pytest.raises(NotPulled, match="the image x cannot be pulled: denied"):
        answering(pull=iter([{"error": "denied"}])).pull("x", told.append)
    with pytest.raises(NotPulled, match="cannot be pulled: unauthorized"):
        answering(pull=refusal(401, "unauthorized")).pull("x", told.append)


def test_an_engine_that_does_not_answer() -> None:
    """Is told from one that refuses."""
    with pytest.raises(EngineAway, match="does not answer: the socket is gone"):
        answering(inspect_image=requests.exceptions.ConnectionError("the socket is gone")).image("x")
    with pytest.raises(EngineRefused, match="no room"):
        answering(inspect_image=refusal(500, "no room")).image("x")


def test_no_engine_at_all(tmp_path: Any) -> None:
    """All that was tried is named, each with its reason, and what to do."""
    (tmp_path / "file").touch()
    with pytest.raises(NoEngine) as caught:
        Connection([Endpoint(f"unix://{tmp_path}/none"), Endpoint(f"unix://{tmp_path}/file", "DOCKER_HOST")])()
    message = f"no container engine answers ({tmp_path}/none: No such file or directory; DOCKER_HOST=unix://{tmp_path}/file: Connection refused)"
    assert caught.value.message == message
    assert "podman.socket" in str(caught.value.remedy)


def test_a_signal_that_the_engine_does_not_send() -> None:
    """Is no trouble where the container is over; any other refusal is told."""
    answering(kill=refusal(409, "container is not running")).signal("c", "KILL")
    with pytest.raises(EngineRefused, match="could not send KILL to the step: permission denied"):
        answering(kill=refusal(500, "permission denied"), inspect_container={"State": {"Status": "running"}}).signal("c", "KILL")
    answering(kill=refusal(500, "container state improper"), inspect_container={"State": {"Status": "exited"}}).signal("c", "KILL")


def test_what_the_sdk_itself_refuses() -> None:
    """Is told as a refusal, too."""
    with pytest.raises(EngineRefused, match="bad"):
        answering(inspect_container=InvalidArgument("bad")).state("c")
