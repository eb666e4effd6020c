"""What a container leaves when it is over: the word how it ended, and what it wrote to a `custom_path` that only it sees."""

from __future__ import annotations

import json
import posixpath
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from bakehouse.ir.execution import Cause, LaunchSpec
from bakehouse.ir.values import JsonObject
from bakehouse.pod.archives import Unsafe, unpack
from bakehouse.runners import benches, container_logs, containers, outputs
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.container_engine import ContainerEngine, State, Status
from bakehouse.runners.container_logs import Written
from bakehouse.runners.errors import BadOutput, EngineRefused
from bakehouse.runners.launch import executor_output
from bakehouse.storage import whole
from bakehouse.storage.files import is_local, local_path

_CUSTOM = "custom_path"
_KILLED = 137


def take(engine: ContainerEngine, launch: LaunchSpec, name: str, *, folder: AttemptFolder, limit: int) -> bool:
    """Bring all that is needed of a container into the folder of its attempt, the word how it ended last; false while it runs.

    `limit`: bytes that are kept of its log. Doing it twice is doing it once. Raises `OSError`, `EngineAway`.
    """
    state = engine.state(name)
    if state is None or folder.ended():
        return True
    if state.status is not Status.OVER:
        return False
    if launch.program is not None:
        left = _unsupervised(engine, name, launch, folder=folder, state=state)
    else:
        written = container_logs.finish(_printed(engine, name, state), folder.path / "log", limit)
        left = _ending(state, folder, written)
        if state.exit_code == 0:
            try:
                bring(engine, name, launch, folder=folder, work=state.work)
            except BadOutput as error:
                left = {**left, "fault": error.message, "cause": Cause.BAD_OUTPUT.value}
        left = {**left, "out_of_memory": state.out_of_memory or _is_killed(launch, left)}
    if left is not None:
        folder.end(left)  # on the disk before its container goes
    return True


def _printed(engine: ContainerEngine, name: str, state: State) -> Iterable[bytes]:
    try:
        return engine.log(name, follow=False, terminal=state.terminal)
    except EngineRefused as error:
        return [f"[bakehouse: {error.message}]\n".encode()]


def _ending(state: State, folder: AttemptFolder, written: Written) -> JsonObject:
    """The document `exit` of a container that no supervisor of ours watched."""
    # Podman counts the end of a short one by another clock than its begin.
    ended = max(state.ended or 0.0, state.started or 0.0) or None
    return {
        "code": state.exit_code,
        "signal": None,
        "stopped": folder.asked_to_stop(before=ended),
        "times": {"started": state.started, "ended": ended},
        "log": {"bytes": written.bytes, "kept": written.kept},
        "out_of_memory": state.out_of_memory,
        "fault": None,
    }


def _is_killed(launch: LaunchSpec, left: JsonObject) -> bool:
    """Whether a container with a limit of memory was killed and nobody asked for it: not every engine sees that the kernel did."""
    return launch.limits.memory > 0 and left["code"] == _KILLED and not left["stopped"]


def _unsupervised(engine: ContainerEngine, name: str, launch: LaunchSpec, *, folder: AttemptFolder, state: State) -> JsonObject | None:
    """The same of a Python component whose supervisor left no word; `None` where it was killed, and the attempt is lost."""
    with (folder.path / "runtime.log").open("wb") as file:
        for piece in _printed(engine, name, state):
            file.write(piece)
    left = _ending(state, folder, Written(0, 0))
    if state.out_of_memory or left["stopped"] or _is_killed(launch, left):
        return {**left, "out_of_memory": not left["stopped"]}
    if state.exit_code == _KILLED:
        return None
    return {**left, "fault": f"the runtime of the step ended with code {state.exit_code}: {folder.runtime_words() or 'it said nothing'}"}


def bring(engine: ContainerEngine, name: str, launch: LaunchSpec, *, folder: AttemptFolder, work: str) -> None:
    """Copy what lies at a `custom_path` within the container to where its artifact belongs, and take that path out of the step's document.

    `work`: the container's working directory. What lies in a folder that the container shares with this machine is there already. What is wrong
    with the document, or is not there, is said by whoever collects it. Doing it twice is doing it once. Raises `BadOutput` for what is neither files
    nor folders, `OSError`, `EngineAway`.
    """
    near = benches.near(launch, folder.path)
    file = executor_output(near)
    document = None
    with suppress(BadOutput):
        document = outputs.read_document(file)
        declared = outputs.artifacts(near, document)
    if not document:
        return
    seen, changed = containers.written(launch, folder), False
    for output, group in declared.items():
        for index, (artifact, custom) in enumerate(group):
            path, uri = posixpath.join(work, custom), benches.path(artifact.uri, launch, folder.path)
            if not custom or not is_local(uri) or any(posixpath.commonpath((path, one)) == one for one in seen):
                continue
            if _brought(engine, name, path, local_path(uri)):
                del document["artifacts"][output]["artifacts"][index][_CUSTOM]
                changed = True
    if changed:
        whole.write(file, json.dumps(document).encode(), durable=False)


class _Pieces:
    """Bytes that come in pieces, as a file to read."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._rest = iter(pieces), b""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        piece = self._rest or next(self._pieces, b"")
        self._rest = piece[size:]
        return piece[:size]


def _unpacked(pieces: Iterable[bytes], folder: Path) -> Path:
    """The one thing that a container's archive holds, unpacked into a folder that is not there yet. Raises `BadOutput`, `OSError`, `EngineAway`."""
    try:
        unpack(_Pieces(pieces), str(folder), links_out=True)
    except Unsafe as error:
        raise BadOutput(f"what the step wrote cannot be taken out of its container: {error}") from error
    found = list(folder.iterdir())
    if len(found) != 1:
        raise BadOutput(f"what lies at the custom_path in the container is neither one file nor one folder, but {len(found)} of them")
    return found[0]


def _brought(engine: ContainerEngine, name: str, path: str, target: Path) -> bool:
    """Whether something lay there, and lies at the target now."""
    pieces = engine.archive(name, path)
    if pieces is None:
        return False
    aside = target.with_name(f".{target.name}-bringing")
    shutil.rmtree(aside, ignore_errors=True)
    aside.parent.mkdir(parents=True, exist_ok=True)
    try:
        found = _unpacked(pieces, aside)
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        found.replace(target)
    finally:
        pieces.release()
        shutil.rmtree(aside, ignore_errors=True)
    return True
