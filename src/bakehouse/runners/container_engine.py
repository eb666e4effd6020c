"""A container engine, Docker's or Podman's, by the Docker SDK: the few calls that the runner needs, in its own words."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import docker
import requests
from docker.constants import DEFAULT_DOCKER_API_VERSION
from docker.errors import APIError, DockerException, ImageNotFound, NotFound, create_api_error_from_http_exception
from docker.models.containers import ContainerCollection
from docker.types import DeviceRequest, LogConfig
from docker.types import Mount as DockerMount

from bakehouse.ir.execution import StepError
from bakehouse.runners import containers, image_references, pulling
from bakehouse.runners.container_answers import Stream, answering, reason, said
from bakehouse.runners.container_sockets import SocketAdapter
from bakehouse.runners.containers import HOME, Container
from bakehouse.runners.endpoints import Endpoint
from bakehouse.runners.errors import EngineAway, EngineRefused, NoEngine, NoSuchImage, NotBuilt, NotPulled

_TIMEOUT = 60  # seconds for an answer of the engine
_TOLD_EVERY = 1.0  # seconds
_NOT_FOUND, _CONFLICT = 404, 409
_FRACTION = re.compile(r"\.(\d{1,6})\d*")
_HUNDREDTHS = 10_000_000  # nanoseconds of CPU time a second: the least that an engine can limit


class Status(Enum):
    """What a container is doing."""

    CREATED = "created"  # it was never started
    RUNNING = "running"
    OVER = "over"


@dataclass(frozen=True)
class State:
    """A container as its engine sees it. `work` is its working directory, `terminal`: whether it was made with one.

    What happened at its end is known once it is `OVER`; times in seconds since the epoch.
    """

    status: Status
    exit_code: int | None = None
    out_of_memory: bool = False
    work: str = "/"
    terminal: bool = False
    started: float | None = None
    ended: float | None = None


@dataclass(frozen=True)
class Image:
    """An image that the engine has. `digest` is that of its registry, else its id; `runs`: whether it says by itself what is to be run."""

    id: str
    digest: str
    platform: str
    user: str
    runs: bool


class _Making(ContainerCollection):  # type: ignore[misc]  # the SDK has no types
    """Makes containers, and does not look at each of them afterwards."""

    def get(self, container_id: str) -> str:
        """Its id is enough."""
        return container_id


class ContainerEngine:
    """One engine. Any thread may call; all methods but `connected` raise `EngineAway` while it does not answer."""

    def __init__(self, client: Any, endpoint: Endpoint) -> None:  # the SDK has no types
        self._client, self.endpoint = client, endpoint
        self._making = _Making(client=client)
        self._cpus = 0

    def said(self) -> str:
        """Which engine it is, and where it answers."""
        with answering(self.endpoint):
            found = self._client.version()
        name = next((one["Name"] for one in found.get("Components") or () if one.get("Name")), "Docker")
        return f"{name} {found.get('Version', '')}, at {self.endpoint}"

    # ------------------------------------------------------------ images

    def image(self, reference: str) -> Image | None:
        """The image that is there under this reference; `None` if there is none."""
        with answering(self.endpoint):
            try:
                found = self._client.api.inspect_image(reference)
            except NotFound:
                return None
        config = found.get("Config") or {}
        return Image(
            id=found["Id"],
            digest=image_references.digest(reference, found.get("RepoDigests") or (), found["Id"]),
            platform=f"{found.get('Os', '')}/{found.get('Architecture', '')}",
            user=config.get("User") or "",
            runs=bool(config.get("Entrypoint") or config.get("Cmd")),
        )

    def pull(self, reference: str, tell: Callable[[str], None]) -> None:
        """Fetch an image from its registry, with the credentials that the engine and Docker's own configuration have; `tell` hears how far it is.

        Raises `NotPulled` with the registry's words.
        """
        layers: dict[str, tuple[int, int]] = {}
        told = 0.0
        tell(f"pulling image {reference}")
        name, tag = image_references.name_and_tag(reference)
        with answering(self.endpoint):
            try:
                for event in self._client.api.pull(name, tag=tag, stream=True, decode=True):
                    if "error" in event:
                        raise NotPulled(image=reference, why=str(event["error"]))
                    pulling.note(layers, event)
                    if layers and time.monotonic() - told > _TOLD_EVERY:
                        told = time.monotonic()
                        tell(f"pulling image {reference}: {pulling.progress(layers)}")
            except APIError as error:
                raise NotPulled(image=reference, why=said(error)) from error

    # ------------------------------------------------------------ containers

    def create(self, container: Container) -> None:
        """Make a container. One that is there under its name already is left as it is. Raises `NoSuchImage`, `NotBuilt`, `EngineRefused`."""
        with answering(self.endpoint):
            try:
                self._making.create(**self._arguments(container))
            except TypeError as error:  # an argument that the SDK does not know
                raise NotBuilt(StepError(message=f"the container of the step cannot be made: {error}", type="TypeError")) from error
            except ImageNotFound as error:
                raise NoSuchImage(image=container.image) from error
            except APIError as error:
                if error.status_code == _CONFLICT or (self.state(container.name) is not None):
                    return
                raise EngineRefused(what="make the container of the step", why=said(error)) from error

    def start(self, name: str) -> None:
        """Start a container; nothing happens if it runs. Raises `EngineRefused` with the engine's words."""
        with answering(self.endpoint):
            try:
                self._client.api.start(name)
            except APIError as error:
                raise EngineRefused(what="start the container of the step", why=said(error)) from error

    def state(self, name: str) -> State | None:
        """What has become of a container; `None` if there is none of this name."""
        with answering(self.endpoint):
            try:
                whole = self._client.api.inspect_container(name)
            except NotFound:
                return None
        found, config = whole["State"], whole.get("Config") or {}
        return State(
            _status(str(found.get("Status", ""))),
            exit_code=found.get("ExitCode"),
            out_of_memory=bool(found.get("OOMKilled")),
            work=config.get("WorkingDir") or "/",
            terminal=bool(config.get("Tty")),
            started=_seconds(found.get("StartedAt")),
            ended=_seconds(found.get("FinishedAt")),
        )

    def containers(self, home_id: str) -> Mapping[str, tuple[Status, Mapping[str, str]]]:
        """All containers of a home, by name, each with its labels."""
        with answering(self.endpoint):
            found = self._client.api.containers(all=True, filters={"label": f"{HOME}={home_id}"})
        return {each["Names"][0].lstrip("/"): (_status(str(each.get("State", ""))), each.get("Labels") or {}) for each in found if each.get("Names")}

    def signal(self, name: str, number: str) -> None:
        """Send a signal to the first process of a container; nothing happens if it is over, or gone. Raises `EngineRefused`."""
        with answering(self.endpoint):
            try:
                self._client.api.kill(name, signal=number)
            except APIError as error:
                # Podman has other words for one that has just ended.
                if error.status_code not in {_NOT_FOUND, _CONFLICT} and self._runs(name):
                    raise EngineRefused(what=f"send {number} to the step", why=said(error)) from error

    def _runs(self, name: str) -> bool:
        found = self.state(name)
        return found is not None and found.status is Status.RUNNING

    def remove(self, name: str, *, force: bool = True) -> None:
        """Remove a container; nothing happens if there is none, or if it is being removed.

        With `force` also one that runs, with its processes; without, that raises `EngineRefused`.
        """
        with answering(self.endpoint):
            try:
                self._client.api.remove_container(name, force=force, v=True)
            except APIError as error:
                if error.status_code == _NOT_FOUND or (force and error.status_code == _CONFLICT):  # somebody else does it
                    return
                raise EngineRefused(what="remove the container of the step", why=said(error)) from error

    def log(self, name: str, *, follow: bool, terminal: bool) -> Stream:
        """What a container has printed so far, in pieces; with `follow` until it ends, or the stream is closed.

        `terminal`: it was made with one, so its two outputs are one. An engine may answer no sooner than there is something to tell, however long
        that takes. Raises `EngineRefused` where the engine keeps no log of it.
        """
        asked = {"stdout": 1, "stderr": 1, "follow": int(follow)}
        with answering(self.endpoint):
            try:
                answer = self._asked(f"/containers/{name}/logs", asked, patience=None if follow else _TIMEOUT)
            except APIError as error:
                raise EngineRefused(what="give the log of the container", why=said(error)) from error
        return Stream(answer, self.endpoint, framed=not terminal)

    def archive(self, name: str, path: str) -> Stream | None:
        """A file or folder within a container as a tar, in pieces; `None` where there is none."""
        with answering(self.endpoint), suppress(NotFound):
            return Stream(self._asked(f"/containers/{name}/archive", {"path": path}, patience=_TIMEOUT), self.endpoint)
        return None

    def _asked(self, path: str, parameters: Mapping[str, str | int], *, patience: float | None) -> requests.Response:
        """An answer whose bytes are read as they come. The SDK does not let go of those that it gives.

        `patience`: seconds without a byte after which the engine is away; `None`: it may be silent for as long as it likes.
        """
        api = self._client.api
        url = f"{api.base_url}/v{api.api_version}{path}"
        as_they_are = {"Accept-Encoding": "identity"}  # Docker would compress an archive
        answer: requests.Response = api.get(url, params=parameters, headers=as_they_are, stream=True, timeout=(_TIMEOUT, patience))
        try:
            answer.raise_for_status()
        except requests.HTTPError as error:
            with closing(answer):
                raise create_api_error_from_http_exception(error) from error  # with the words that came with it
        return answer

    def close(self) -> None:
        """Let go of the engine; containers go on."""
        self._client.close()

    def _arguments(self, container: Container) -> dict[str, Any]:
        """The arguments of the SDK: what the user asks for wins, but for what makes the container that of its attempt."""
        options = dict(container.options)
        asked: dict[str, Any] = {
            "log_config": LogConfig(type=LogConfig.types.JSON),  # whatever the engine's own: no line of it is to be dropped
            **self._limits(container),
            **options,
        }
        given = [one if "Target" in one else DockerMount(**one) for one in options.get("mounts", ())]
        bound = [DockerMount(one.target or one.path, one.path, type="bind", read_only=one.read_only) for one in container.mounts]
        scratch = [DockerMount(path, None, type="volume") for path in container.scratch]
        return {
            **asked,
            "name": container.name,
            "image": container.image,
            "labels": {**dict(options.get("labels") or {}), **container.labels},
            "environment": {**containers.variables(options.get("environment")), **container.environment},
            "mounts": [*bound, *scratch, *given],
            "entrypoint": None if container.entrypoint is None else list(container.entrypoint),
            "command": None if container.command is None else list(container.command),
        }

    def _limits(self, container: Container) -> dict[str, Any]:
        limits: dict[str, Any] = {}
        if container.memory:
            limits.update(mem_limit=container.memory, memswap_limit=container.memory)  # without swap, as in a pod
        if container.cpus:
            limits["nano_cpus"] = max(_HUNDREDTHS, int(min(container.cpus, self._cores()) * 1e9))
        if container.shm:
            limits["shm_size"] = container.shm
        if container.tmpfs:
            limits["tmpfs"] = dict(container.tmpfs)
        if container.gpus:
            limits["device_requests"] = [DeviceRequest(count=container.gpus, capabilities=[["gpu"]])]
        return limits

    def _cores(self) -> int:
        """The CPUs of the engine's machine: it refuses to limit anything to more."""
        if not self._cpus:
            self._cpus = int(self._client.info().get("NCPU") or 1)
        return self._cpus


def connected(endpoint: Endpoint) -> ContainerEngine:
    """The engine that answers there. Raises `EngineAway`."""
    with answering(endpoint):
        try:
            # Which version of its API an engine speaks it says in each answer. Podman takes long for the question that the SDK would ask.
            with closing(_client(endpoint, DEFAULT_DOCKER_API_VERSION)) as client:
                answer = client.api.get(f"{client.api.base_url}/_ping", timeout=_TIMEOUT)
            answer.raise_for_status()
            client = _client(endpoint, answer.headers.get("Api-Version"))
        except DockerException as error:
            raise EngineAway(endpoint=str(endpoint), why=reason(error)) from error
    return ContainerEngine(client, endpoint)


def _client(endpoint: Endpoint, version: str | None) -> Any:  # the SDK has no types
    """A client of the SDK. It asks nothing yet, unless the `version` is to be found by it: `None`."""
    client = docker.DockerClient(base_url=endpoint.url, version=version, timeout=_TIMEOUT)
    if endpoint.socket:
        client.api.get_adapter(client.api.base_url).close()
        client.api.mount(client.api.base_url, SocketAdapter(endpoint.socket))
    # On a connection that lay idle nobody knows whether an engine that goes away has heard a question. A new one costs next to nothing.
    client.api.headers["Connection"] = "close"
    return client


class Connection:
    """The first engine that answers, asked for when one is needed. `endpoints`: where to look. Any thread may call."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self._endpoints = endpoints
        self._lock = threading.Lock()
        self._engine: ContainerEngine | None = None

    def __call__(self) -> ContainerEngine:
        """The engine. Raises `NoEngine` with what was tried."""
        with self._lock:
            if self._engine is None:
                self._engine = self._found()
            return self._engine

    def close(self) -> None:
        """Let go of it."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()

    def _found(self) -> ContainerEngine:
        tried: list[tuple[str, str]] = []
        for endpoint in self._endpoints:
            try:
                return connected(endpoint)
            except EngineAway as error:  # noqa: PERF203  # a handful, and each of them slower than that
                tried.append((str(endpoint), error.why))
        raise NoEngine(tried=tried)


def _status(word: str) -> Status:
    if word in {"created", "configured", "initialized"}:
        return Status.CREATED
    return Status.OVER if word in {"exited", "stopped", "dead", "removing"} else Status.RUNNING


def _seconds(text: str | None) -> float | None:
    """Seconds since the epoch; `None` for the zero time, which stands for never."""
    if not text or text.startswith("0001-"):
        return None
    with suppress(ValueError):
        return datetime.fromisoformat(_FRACTION.sub(lambda found: f".{found[1]:0<6}", text).replace("Z", "+00:00")).timestamp()
    return None
