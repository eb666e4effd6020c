"""A container engine, Docker's or Podman's, by the Docker SDK: the few calls that the runner needs, in its own words."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import docker
import requests
import urllib3
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.types import DeviceRequest, LogConfig
from docker.types import Mount as DockerMount

from bakehouse.runners import containers, image_references, pulling
from bakehouse.runners.containers import HOME, Container
from bakehouse.runners.endpoints import Endpoint
from bakehouse.runners.errors import EngineAway, EngineRefused, NoEngine, NoSuchImage, NotPulled

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
    """A container as its engine sees it. `work` is its working directory.

    What happened at its end is known once it is `OVER`; times in seconds since the epoch.
    """

    status: Status
    exit_code: int | None = None
    out_of_memory: bool = False
    work: str = "/"
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


class Stream:
    """Bytes that the engine sends, as they come; raises `EngineAway` where it breaks off. `close` may be called from another thread."""

    def __init__(self, found: Any, endpoint: Endpoint) -> None:  # the SDK has no types
        self._found, self._endpoint = found, endpoint

    def __iter__(self) -> Iterator[bytes]:
        try:
            # The SDK's own iterator takes a connection that breaks off for the end of the stream; what it wraps does not.
            yield from _pieces(self._found._stream, self._endpoint)  # noqa: SLF001  # there is no other way to it
        finally:
            self.release()

    def close(self) -> None:
        """Whoever reads it is at its end. May be called again, and when it is at its end already."""
        with suppress(OSError, AttributeError):  # the other side has closed it, or whoever reads it has let go of it
            self._found.close()

    def release(self) -> None:
        """Let go of it, in the thread that reads it."""
        self.close()
        # The SDK closes the socket alone, and leaves what reads of it open.
        self._found._response.close()  # noqa: SLF001  # there is no other way to it


class ContainerEngine:
    """One engine. Any thread may call; all methods but `connected` raise `EngineAway` while it does not answer."""

    def __init__(self, client: Any, endpoint: Endpoint) -> None:  # the SDK has no types
        self._client, self.endpoint = client, endpoint
        self._cpus = 0

    def said(self) -> str:
        """Which engine it is, and where it answers."""
        with _answering(self.endpoint):
            found = self._client.version()
        name = next((one["Name"] for one in found.get("Components") or () if one.get("Name")), "Docker")
        return f"{name} {found.get('Version', '')}, at {self.endpoint}"

    # ------------------------------------------------------------ images

    def image(self, reference: str) -> Image | None:
        """The image that is there under this reference; `None` if there is none."""
        with _answering(self.endpoint):
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
        with _answering(self.endpoint):
            try:
                for event in self._client.api.pull(name, tag=tag, stream=True, decode=True):
                    if "error" in event:
                        raise NotPulled(image=reference, why=str(event["error"]))
                    pulling.note(layers, event)
                    if layers and time.monotonic() - told > _TOLD_EVERY:
                        told = time.monotonic()
                        tell(f"pulling image {reference}: {pulling.progress(layers)}")
            except APIError as error:
                raise NotPulled(image=reference, why=_said(error)) from error

    # ------------------------------------------------------------ containers

    def create(self, container: Container) -> None:
        """Make a container. One that is there under its name already is left as it is. Raises `NoSuchImage`, `EngineRefused`."""
        with _answering(self.endpoint):
            try:
                self._client.containers.create(**self._arguments(container))
            except TypeError as error:  # an argument that the SDK does not know
                raise EngineRefused(what="make the container of the step", why=str(error)) from error
            except ImageNotFound as error:
                raise NoSuchImage(image=container.image) from error
            except APIError as error:
                if error.status_code == _CONFLICT or (self.state(container.name) is not None):
                    return
                raise EngineRefused(what="make the container of the step", why=_said(error)) from error

    def start(self, name: str) -> None:
        """Start a container; nothing happens if it runs. Raises `EngineRefused` with the engine's words."""
        with _answering(self.endpoint):
            try:
                self._client.api.start(name)
            except APIError as error:
                raise EngineRefused(what="start the container of the step", why=_said(error)) from error

    def state(self, name: str) -> State | None:
        """What has become of a container; `None` if there is none of this name."""
        with _answering(self.endpoint):
            try:
                whole = self._client.api.inspect_container(name)
            except NotFound:
                return None
        found = whole["State"]
        return State(
            _status(str(found.get("Status", ""))),
            exit_code=found.get("ExitCode"),
            out_of_memory=bool(found.get("OOMKilled")),
            work=(whole.get("Config") or {}).get("WorkingDir") or "/",
            started=_seconds(found.get("StartedAt")),
            ended=_seconds(found.get("FinishedAt")),
        )

    def containers(self, home_id: str) -> Mapping[str, tuple[Status, Mapping[str, str]]]:
        """All containers of a home, by name, each with its labels."""
        with _answering(self.endpoint):
            found = self._client.api.containers(all=True, filters={"label": f"{HOME}={home_id}"})
        return {each["Names"][0].lstrip("/"): (_status(str(each.get("State", ""))), each.get("Labels") or {}) for each in found if each.get("Names")}

    def signal(self, name: str, number: str) -> None:
        """Send a signal to the first process of a container; nothing happens if it is over, or gone. Raises `EngineRefused`."""
        with _answering(self.endpoint):
            try:
                self._client.api.kill(name, signal=number)
            except APIError as error:
                # Podman has other words for one that has just ended.
                if error.status_code not in {_NOT_FOUND, _CONFLICT} and self._runs(name):
                    raise EngineRefused(what=f"send {number} to the step", why=_said(error)) from error

    def _runs(self, name: str) -> bool:
        found = self.state(name)
        return found is not None and found.status is Status.RUNNING

    def remove(self, name: str, *, force: bool = True) -> None:
        """Remove a container; nothing happens if there is none, or if it is being removed.

        With `force` also one that runs, with its processes; without, that raises `EngineRefused`.
        """
        with _answering(self.endpoint):
            try:
                self._client.api.remove_container(name, force=force, v=True)
            except APIError as error:
                if error.status_code == _NOT_FOUND or (force and error.status_code == _CONFLICT):  # somebody else does it
                    return
                raise EngineRefused(what="remove the container of the step", why=_said(error)) from error

    def log(self, name: str, *, follow: bool) -> Stream:
        """What a container has printed so far, in pieces; with `follow` until it ends, or the stream is closed.

        Raises `EngineRefused` where the engine keeps no log of it.
        """
        with _answering(self.endpoint):
            try:
                found = self._client.api.logs(name, stdout=True, stderr=True, stream=True, follow=follow, timestamps=False)
            except APIError as error:
                raise EngineRefused(what="give the log of the container", why=_said(error)) from error
        return Stream(found, self.endpoint)

    def archive(self, name: str, path: str) -> Iterator[bytes] | None:
        """A file or folder within a container as a tar, in pieces; `None` where there is none."""
        with _answering(self.endpoint):
            try:
                found, _ = self._client.api.get_archive(name, path)
            except NotFound:
                return None
        return _pieces(found, self.endpoint)

    def close(self) -> None:
        """Let go of the engine; containers go on."""
        self._client.close()

    def _arguments(self, container: Container) -> dict[str, Any]:
        """The arguments of the SDK: what the user asks for wins, but for what makes the container that of its attempt."""
        options = dict(container.options)
        said: dict[str, Any] = {
            "log_config": LogConfig(type=LogConfig.types.JSON),  # whatever the engine's own: no line of it is to be dropped
            **self._limits(container),
            **options,
        }
        given = [one if "Target" in one else DockerMount(**one) for one in options.get("mounts", ())]
        bound = [DockerMount(one.target or one.path, one.path, type="bind", read_only=one.read_only) for one in container.mounts]
        scratch = [DockerMount(path, None, type="volume") for path in container.scratch]
        return {
            **said,
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
    with _answering(endpoint):
        if endpoint.socket:  # the SDK leaves a socket open that leads nowhere
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(endpoint.socket)
        try:
            client = docker.DockerClient(base_url=endpoint.url, timeout=_TIMEOUT)
        except DockerException as error:
            raise EngineAway(endpoint=str(endpoint), why=_reason(error)) from error
    return ContainerEngine(client, endpoint)


def _pieces(found: Any, endpoint: Endpoint) -> Iterator[bytes]:  # the SDK has no types
    pieces = iter(found)
    while True:
        with _answering(endpoint):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


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


@contextmanager
def _answering(endpoint: Endpoint) -> Iterator[None]:
    """Tells trouble on the way to the engine from what the engine says."""
    try:
        yield
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        if isinstance(error, APIError):
            raise EngineRefused(what="do what it was asked", why=_said(error)) from error
        raise EngineAway(endpoint=str(endpoint), why=_reason(error)) from error
    except DockerException as error:  # the SDK itself will not
        raise EngineRefused(what="do what it was asked", why=str(error)) from error


def _reason(error: BaseException) -> str:
    """What the system said of it, if it did: the SDK, and what it uses, wrap that many times."""
    said, found = str(error) or type(error).__name__, error
    while True:
        if isinstance(found, OSError) and found.strerror:
            said = found.strerror
        if (before := found.__cause__ or found.__context__) is None:
            return said
        found = before


def _said(error: APIError) -> str:
    return str(error.explanation or error).strip()


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
