"""What an attempt finds where it runs in a container: its folders on this machine, its launch document, and the container itself.

Whoever the image's user is, he may write to the folders of his attempt: they are opened to all where he is not root. Those of the home can be
reached by its owner alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bakehouse.ir.execution import OF_CONTAINERS, LaunchSpec
from bakehouse.ir.values import JsonObject
from bakehouse.runners import benches, container_settings, containers, images, modules, pip_settings
from bakehouse.runners import launch as launching
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.container_engine import Image
from bakehouse.runners.containers import Container, Mount
from bakehouse.runners.errors import NotBuilt
from bakehouse.runners.launch import Limits, Step
from bakehouse.runners.pip_settings import PipSettings
from bakehouse.storage.files import Files, is_local, local_path

_ROOTS = frozenset({"", "0", "root"})
_OPEN, _OPEN_FILE = 0o777, 0o666
#: What a supervisor writes first: made here, so that it belongs to who runs the engine, whoever the supervisor is.
_OURS = ("lock", "log", ".exit", "runtime.log")


@dataclass(frozen=True)
class Surroundings:
    """Of all attempts of a runner. `environ` is the engine's own environment: pip's settings are read from it, steps do not get it.

    `create`: further arguments of the Docker SDK's `containers.create`.
    """

    home: Path
    home_id: str
    store: Files
    runtime: Path
    environ: Mapping[str, str]
    limits: Limits
    create: JsonObject

    def container(self, launch: LaunchSpec, folder: AttemptFolder, image: Image) -> Container:
        """The container of the attempt, and all that it needs on the disk but its claim. Raises `NotBuilt`, `BadPod`, `BadInputs`, `OSError`."""
        if own := sorted(OF_CONTAINERS & self.create.keys()):
            raise NotBuilt(containers.not_theirs(own))
        self._make(launch, folder, is_open=image.user.partition(":")[0] not in _ROOTS)
        settings = container_settings.asked(launch.kubernetes, self.home)
        more = list(settings.mounts)
        shared = folder.path.parent.parent / "workspace"
        if not launch.workspace and shared.is_dir():  # a step may be told a path in it by another one, without asking for it
            more.append(Mount(str(shared)))
        if launch.program is None:
            entrypoint, command = containers.words(launch, folder)
            if entrypoint is None and command is None and not image.runs:
                raise NotBuilt(containers.says_nothing(launch))
            if error := containers.too_long((*(entrypoint or ()), *(command or ()))):
                raise NotBuilt(error)
        else:
            more += self._python(launch, folder)
            entrypoint, command = containers.python(self.runtime, folder.path), None
        return Container(
            name=containers.name(self.home_id, launch.attempt),
            image=image.id,
            labels=containers.labels(self.home_id, launch.attempt),
            environment={**settings.environment, **launching.own_variables(launch, folder)},
            mounts=containers.mounts(launch, folder, more),
            entrypoint=entrypoint,
            command=command,
            memory=launch.limits.memory,
            cpus=launch.limits.cpu,
            gpus=containers.gpus(launch),
            shm=settings.shm,
            tmpfs=settings.tmpfs,
            scratch=settings.scratch,
            options=self.create,
        )

    def _make(self, launch: LaunchSpec, folder: AttemptFolder, *, is_open: bool) -> None:
        folder.make()
        root = local_path(benches.near(launch, folder.path).root)
        made = [folder.path, folder.work, folder.path / "outputs", folder.checkpoint, root]
        if launch.workspace:
            made.append(Path(launch.workspace))
        for each in made:
            each.mkdir(parents=True, exist_ok=True)
            if is_open:
                each.chmod(_OPEN)
        for name in _OURS if launch.program is not None else ():
            file = folder.path / name
            file.touch()
            if is_open:
                file.chmod(_OPEN_FILE)

    def _python(self, launch: LaunchSpec, folder: AttemptFolder) -> list[Mount]:
        """Write the launch document of a Python component: what it needs mounted."""
        pip = pip_settings.read(self.environ, Path(sys.prefix)).with_paths(Path.cwd())
        surroundings = images.surroundings(launch, pip)
        environment = launching.own_variables(launch, folder)
        more = [Mount(str(self.runtime.parent), read_only=True)]
        if launch.code is not None:
            shared = modules.shared(launch.code, self.home / modules.FOLDER, self.store)
            environment[launching.CODE_FOLDER] = str(shared)
            more.append(Mount(str(shared), read_only=True))
        if "requirements" in surroundings:
            more += (Mount(str(path), read_only=True) for path in _of_pip(pip) if path.exists())
        step = Step(interpreter="", options=(), environment=environment)
        document = launching.document(launch, folder.path, step, copies=(), limits=self.limits)
        folder.launch.write_text(json.dumps({**document, **surroundings}))
        folder.launch.chmod(0o644)  # its folder is not everybody's
        return more


def _of_pip(pip: PipSettings) -> Iterator[Path]:
    """What pip's settings name on this machine: a step finds it at the same path."""
    for text in (pip.index_url, *pip.extra_index_urls, *pip.find_links, *pip.constraints, pip.cert, pip.client_cert):
        if text and is_local(text):
            yield local_path(text)
