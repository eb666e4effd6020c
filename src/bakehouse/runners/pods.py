"""LaunchSpec to what a pod and the server must know of an attempt: its pod document. Pure, but for reading and writing that document.

The folder of the attempt is `/bakehouse` in the pod, and the usual one on the server; `pod.json` there is the document. The engine writes it
before it makes the pod; the server reads it when the keeper asks. docs/reference/pods.md describes the protocol.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from bakehouse.ir import placeholders
from bakehouse.ir.execution import LaunchSpec, folder_name
from bakehouse.ir.placeholders import Scope
from bakehouse.ir.values import JsonObject
from bakehouse.pod import protocol
from bakehouse.runners import images, reading
from bakehouse.runners import launch as launching
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.errors import NotPodAttempt
from bakehouse.runners.launch import CODE_FOLDER, Limits, Step
from bakehouse.runners.pip_settings import PipSettings
from bakehouse.storage import addresses, whole
from bakehouse.storage.files import is_local, local_path
from bakehouse.storage.recent import Recent

#: Where the shared volume is mounted in both containers.
FOLDER = Path(protocol.SHARED)
#: What the keeper's container runs, in our image.
KEEPER: tuple[str, ...] = ("python3", "-SEI", "/opt/bakehouse/pod")
#: The file in the folder of an attempt, on the server.
NAME = "pod.json"
_LARGEST = 256 << 20  # bytes; parameters of any size are in it


@dataclass(frozen=True)
class PodFolder(AttemptFolder):
    """The folder of an attempt as its step sees it in a pod, where all that it shares lies in one volume."""

    @property
    def checkpoint(self) -> Path:
        """The folder that all attempts of the task share: brought there, and taken away again."""
        return self.path / "checkpoint"


@dataclass(frozen=True)
class Staged:
    """An input artifact: `path` is where it is to lie below the folder in the pod, `source` where it lies on the server."""

    path: str
    source: str
    digest: str = ""
    size: int | None = None


#: Last parts of URIs that are no name of a file.
_NO_NAMES = frozenset({"", ".", ".."})


@dataclass(frozen=True)
class PodDocument:
    """What the server must know to serve the keeper of one attempt.

    `launch` is the launch document of a Python component, `None` of a container component. `command` holds the words that `main` runs; none
    where the image's own are meant. `environment` is what is put on the image's. `code` is the path of the archive with the author's own
    modules, empty without. `root` is the folder on the server where the artifacts come to lie that the step wrote, each under the name of its
    entry below `artifacts` in the pod. `outputs` are the files of output parameters. `kill_after` and `log_limit` as of `launch.Limits`.
    """

    launch: JsonObject | None
    command: tuple[str, ...]
    environment: Mapping[str, str]
    root: str
    inputs: tuple[Staged, ...] = ()
    code: str = ""
    outputs: tuple[str, ...] = ()
    log_limit: int = Limits.log_bytes
    kill_after: float = Limits.kill_after
    version: int = field(default=1)

    def write(self, folder: AttemptFolder) -> None:
        """Put it into the folder of the attempt, by rename. Raises `OSError`."""
        whole.write(folder.path / NAME, json.dumps(asdict(self)).encode(), durable=False)


def is_written(folder: AttemptFolder) -> bool:
    """Whether there is a document of an attempt."""
    return (folder.path / NAME).exists()


#: Documents that were read lately, of so many bytes of memory together.
_DOCUMENTS = Recent[PodDocument](64 << 20)
_ITSELF = 1000  # bytes of memory that a document takes, with what it is found by
_OF_EACH = 5  # bytes of memory for a byte of JSON: small texts and numbers are objects


def read(folder: AttemptFolder) -> PodDocument:
    """The document of an attempt. Raises `NotPodAttempt` where there is none, `OSError`."""
    path = folder.path / NAME
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotPodAttempt(attempt=str(folder.path)) from error
    # Read once, though a keeper that brings gigabytes in pieces asks for it with each.
    return _DOCUMENTS.get((path, found.st_mtime_ns, found.st_ino), lambda: (_read(path), _ITSELF + _OF_EACH * found.st_size))


def _read(path: Path) -> PodDocument:
    said: dict[str, Any] = json.loads(reading.small(path, _LARGEST) or b"{}")  # written by `write` alone
    inputs = tuple(Staged(**one) for one in said.pop("inputs"))
    command, outputs = tuple(said.pop("command")), tuple(said.pop("outputs"))
    return PodDocument(inputs=inputs, command=command, outputs=outputs, **said)


def pod_document(launch: LaunchSpec, folder: AttemptFolder, *, pip: PipSettings, limits: Limits, mounted: Path = FOLDER) -> PodDocument:
    """The document of an attempt whose folder on the server is `folder`, and `mounted` in the pod.

    Inputs of object stores are expected in the `inputs` of the former. `pip` is what is set up for steps. Raises `NotBuilt` for requirements
    that cannot be meant.
    """
    inside = PodFolder(mounted)
    inputs = _inputs(launch, folder)
    paths = _paths(launch, inputs, inside)
    launch, scope = _inside(launch, paths, inside)
    environment = launching.own_variables(launch, inside)
    if launch.code is not None:
        environment[CODE_FOLDER] = str(inside.modules)
    is_python = launch.program is not None
    return PodDocument(
        launch={**_launch_document(launch, environment, paths, inside), **images.surroundings(launch, pip)} if is_python else None,
        command=python(inside) if is_python else placeholders.arguments((*launch.command, *launch.args), scope),
        environment=environment,
        root=str(local_path(launch.root) if is_local(launch.root) else folder.path / "artifacts"),
        inputs=tuple(inputs.values()),
        code=str(local_path(launch.code.uri)) if launch.code is not None else "",
        outputs=tuple(folder_name(name) for name in launch.output_parameters),
        log_limit=limits.log_bytes,
        kill_after=limits.kill_after,
    )


def python(inside: AttemptFolder) -> tuple[str, ...]:
    """What runs a Python component in `main`: our runtime, on the Python of the image."""
    return ("python3", "-u", str(inside.path / "task"), str(inside.path), "image")


def _inside(launch: LaunchSpec, paths: Mapping[str, str], inside: PodFolder) -> tuple[LaunchSpec, Scope]:
    """The launch with all that names paths of the attempt put in, and what else its command may name."""
    parameters = {name: launching.located(value, str(inside.checkpoint)) for name, value in launch.parameters.items()}
    launch = replace(launch, parameters=parameters)
    scope = Scope(
        parameters=parameters,
        artifacts=launch.inputs,
        job=launch.job,
        output_files={name: str(launching.output_file(inside.path, name)) for name in launch.output_parameters},
        output_artifacts=launch.output_artifacts,
        output_file=str(inside.path / "executor_output.json"),
        executor_input=launching.executor_input(_with_own_document(launch, inside), inside.path),
        paths=paths,
    )
    return replace(launch, env={name: placeholders.text(value, scope) for name, value in launch.env.items()}), scope


def _with_own_document(launch: LaunchSpec, inside: PodFolder) -> LaunchSpec:
    """The step's own document lies beside everything else in the pod; artifacts keep the URIs of their store."""
    return replace(launch, root=str(inside.path))


def _launch_document(launch: LaunchSpec, environment: Mapping[str, str], paths: Mapping[str, str], inside: PodFolder) -> JsonObject:
    step = Step("", (), environment)
    said = launching.document(_with_own_document(launch, inside), inside.path, step, copies=(), limits=Limits())
    return {**said, "root": addresses.plain(launch.root), "paths": dict(paths)}


def _inputs(launch: LaunchSpec, folder: AttemptFolder) -> dict[str, Staged]:
    """By URI: each input under the last part of its own name, since steps may look at suffixes. What was never read is not brought."""
    found: dict[str, Staged] = {}
    for name, group in launch.inputs.items():
        for index, artifact in enumerate(group):
            local = is_local(artifact.uri)
            if artifact.uri in found or not (local or artifact.digest):
                continue
            last = local_path(artifact.uri).name if local else addresses.plain(artifact.uri).rstrip("/").rpartition("/")[2]
            # A URI may end in what would lead out of the folder of this input.
            path = f"inputs/{folder_name(name)}/{index}/{'root' if last in _NO_NAMES else last}"
            source = local_path(artifact.uri) if local else folder.path / path
            found[artifact.uri] = Staged(path, str(source), artifact.digest, artifact.size)
    return found


def _paths(launch: LaunchSpec, inputs: Mapping[str, Staged], inside: PodFolder) -> dict[str, str]:
    """Where artifacts lie in the pod, by URI; the whole root, too, for what a step makes there of its own accord."""
    artifacts = inside.path / "artifacts"
    below = f"{launch.root.rstrip('/')}/"
    paths = {launch.root: str(artifacts)}
    for one in launch.output_artifacts.values():
        paths[one.uri] = str(artifacts / (addresses.relative(one.uri, launch.root) or one.uri.removeprefix(below)))
    paths.update({uri: str(inside.path / one.path) for uri, one in inputs.items()})
    # A step is told URIs without what says how their bucket is reached.
    return {**{addresses.plain(uri): path for uri, path in paths.items()}, **paths}
