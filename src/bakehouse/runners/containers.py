"""LaunchSpec to the container of an attempt: its name and labels, what it runs, what it sees of this machine. Of the disk it asks only what is there.

Folders and inputs have the paths in the container that they have outside, so that URIs and documents are those of a local step.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bakehouse.ir import placeholders
from bakehouse.ir.digests import digest_text
from bakehouse.ir.execution import AttemptId, LaunchSpec, RunId, StepError, TaskId
from bakehouse.ir.placeholders import Scope
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.requests import NVIDIA
from bakehouse.runners import benches
from bakehouse.runners import launch as launching
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.storage import addresses
from bakehouse.storage.files import is_local, local_path

#: The label that says whose a container is: the id of the home. The others say which attempt of it.
HOME, RUN, TASK, ATTEMPT = "bakehouse.home", "bakehouse.run", "bakehouse.task", "bakehouse.attempt"
#: KFP's labels of a pod, where they mean something for a container.
_KFP_RUN, _KFP_COMPONENT = "pipeline/runid", "pipelines.kubeflow.org/v2_component"
_LONGEST_SLUG = 40
_LONGEST_WORD = 128 << 10  # bytes that Linux takes as one word of a command, with the zero at its end (MAX_ARG_STRLEN)
_AS_A_FILE = "Hand it to the step as an artifact, which is a file: no word of a command can be longer than 128 KiB."
_MOST_INPUTS = 64  # mounts of single inputs; of more, the folder that they share is mounted
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_.-]+")


@dataclass(frozen=True)
class Mount:
    """A file or folder of this machine that a container sees under the same path, unless `target` says otherwise."""

    path: str
    read_only: bool = False
    target: str = ""


@dataclass(frozen=True)
class Container:
    """A container to be made. `entrypoint` and `command` replace those of the image where they are not `None`.

    `memory` and `shm` in bytes, `cpus` in cores, `gpus` in pieces; 0: no limit, none, the engine's own. `tmpfs`: options of file systems in memory,
    by path. `scratch`: paths of empty volumes. `options` are further arguments of the Docker SDK's `containers.create`.
    """

    name: str
    image: str
    labels: Mapping[str, str]
    environment: Mapping[str, str]
    mounts: Sequence[Mount]
    entrypoint: Sequence[str] | None = None
    command: Sequence[str] | None = None
    memory: int = 0
    cpus: float = 0.0
    gpus: int = 0
    shm: int = 0
    tmpfs: Mapping[str, str] = field(default_factory=dict)
    scratch: Sequence[str] = ()
    options: JsonObject = field(default_factory=dict)


def name(home_id: str, attempt: AttemptId) -> str:
    """The name of an attempt's container: the same for the same attempt of the same home, and for no other."""
    slug = _NOT_IN_NAMES.sub("-", attempt.task_id)[:_LONGEST_SLUG].strip("-.")
    return f"bakehouse-{slug or 'step'}-{attempt.number}-{digest_text(f'{home_id}/{attempt.path}')[:16]}"


def labels(home_id: str, attempt: AttemptId) -> Mapping[str, str]:
    """What a container says of itself."""
    return {
        HOME: home_id,
        RUN: attempt.run_id,
        TASK: attempt.task_id,
        ATTEMPT: str(attempt.number),
        _KFP_RUN: attempt.run_id,
        _KFP_COMPONENT: "true",
    }


def attempt_of(labels: Mapping[str, str]) -> AttemptId | None:
    """The attempt that a container with these labels is of; `None` where they do not tell."""
    number = labels.get(ATTEMPT, "")
    if RUN not in labels or TASK not in labels or not number.isdecimal():
        return None
    return AttemptId(RunId(labels[RUN]), TaskId(labels[TASK]), int(number))


# ---------------------------------------------------------------- what it runs


def words(launch: LaunchSpec, folder: AttemptFolder) -> tuple[Sequence[str] | None, Sequence[str] | None]:
    """Entrypoint and command of a container step: its own words with what they stand for; `None`: the image's."""
    scope = Scope(
        parameters=launching.located(dict(launch.parameters), str(folder.checkpoint)),
        artifacts=launch.inputs,
        job=launch.job,
        output_files={one: str(launching.output_file(folder.path, one)) for one in launch.output_parameters},
        output_artifacts=launch.output_artifacts,
        output_file=str(launching.executor_output(benches.near(launch, folder.path))),
        executor_input=launching.executor_input(launch, folder.path),
        paths=_paths(launch, folder),
    )
    command, arguments = placeholders.arguments(launch.command, scope), placeholders.arguments(launch.args, scope)
    return command or None, arguments or None


def python(runtime: Path, folder: Path) -> Sequence[str]:
    """What runs a Python component: our runtime on the Python of the image. It takes the lock of the attempt by itself."""
    return ("python3", "-u", str(runtime), str(folder), str(folder / "lock"))


def says_nothing(launch: LaunchSpec) -> StepError:
    """Of a step that says nothing, whose image says nothing either."""
    return StepError(
        message=f"the step has no command, and its image {launch.image} has neither entrypoint nor command",
        type="NoCommand",
        remedy='Say what is to be run: dsl.ContainerSpec(image=…, command=["…"]).',
    )


def too_long(words: Iterable[str]) -> StepError | None:
    """Of a step whose command has a word that nobody can start a program with: some engines start it all the same, and it ends without a reason."""
    longest = max((len(word.encode(errors="surrogateescape")) for word in words), default=0)
    if longest < _LONGEST_WORD:
        return None
    return StepError(message=f"the command of the step has a word of {longest:,} bytes", type="CommandTooLong", remedy=_AS_A_FILE)


def not_theirs(arguments: Sequence[str]) -> StepError:
    """Of a run that gives its containers arguments which Bakehouse itself gives them."""
    return StepError(
        message=f"the run gives its containers {', '.join(arguments)}: Bakehouse itself says that of the container of a step",
        type="NotForContainer",
        remedy="Leave it out of the run's arguments for containers: local.DockerRunner(…).",
    )


def remedy(launch: LaunchSpec, why: str) -> str:
    """What to do about a container whose program could not be started, by the engine's own words; empty for any other trouble."""
    if "argument list too long" in why:
        return _AS_A_FILE
    if "executable file" not in why and 'exec: "' not in why:
        return ""
    if launch.program is not None:
        return f"A Python component needs Python 3.7 or newer in its image, as python3: use one that has it, not {launch.image}."
    return f"See that the image {launch.image} has the program that the step's command names."


def _paths(launch: LaunchSpec, folder: AttemptFolder) -> Mapping[str, str]:
    everything = [*(one for group in launch.inputs.values() for one in group), *launch.output_artifacts.values()]
    brought = launching.paths(launch, folder.path)
    found = {one.uri: str(local_path(one.uri)) if is_local(one.uri) else brought.get(addresses.plain(one.uri), "") for one in everything}
    return {uri: path for uri, path in found.items() if path}


# ---------------------------------------------------------------- what it sees


def mounts(launch: LaunchSpec, folder: AttemptFolder, more: Iterable[Mount] = ()) -> list[Mount]:
    """What an attempt sees of this machine: its own folders to write, its inputs to read. What is not there cannot be mounted, and is left out."""
    found = {path: Mount(path) for path in written(launch, folder)}
    for path in _inputs(launch):
        found.setdefault(path, Mount(path, read_only=True))
    for mount in more:
        found.setdefault(mount.target or mount.path, mount)
    # A folder comes before what is mounted within it.
    return [found[target] for target in sorted(found)]


def written(launch: LaunchSpec, folder: AttemptFolder) -> Sequence[str]:
    """The folders of this machine that an attempt may write to."""
    return [
        str(folder.path),
        str(folder.checkpoint),
        str(local_path(benches.near(launch, folder.path).root)),
        *([launch.workspace] if launch.workspace else []),
    ]


def _inputs(launch: LaunchSpec) -> Iterable[str]:
    paths = {str(local_path(one.uri)) for group in launch.inputs.values() for one in group if is_local(one.uri)}
    there = sorted(path for path in paths if os.path.lexists(path) and not _lies_in(path, launch.workspace))
    if len(there) <= _MOST_INPUTS:
        return there
    shared = os.path.commonpath(there)
    return there if Path(shared).parent == Path(shared).parent.parent else [shared]


def _lies_in(path: str, folder: str) -> bool:
    return bool(folder) and Path(folder) in Path(path).parents


def gpus(launch: LaunchSpec) -> int:
    """How many GPUs the step asks for."""
    return sum(count for kind, count in launch.requests.accelerators if kind == NVIDIA)


def variables(given: Any) -> dict[str, str]:  # as the SDK takes them: a mapping, or a list of `NAME=VALUE`
    """Environment variables that a user gives."""
    if isinstance(given, Mapping):
        return {str(name): str(value) for name, value in given.items()}
    return dict(str(one).partition("=")[::2] for one in given or ())
