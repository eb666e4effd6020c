"""What a step needs, brought into the folder that it shares with the keeper."""

from __future__ import annotations

import json
import os
import stat
import threading

from . import protocol
from .errors import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .speaking import Server

_AT_ONCE = 4
_CACHE = "__pycache__"


def prepare(folder: str, runtime: str, launch: dict[str, Any]) -> None:
    """Make the folders that a step finds, the documents that its process reads, the runtime it runs on. Raises `OSError`."""
    for name in ("outputs", "artifacts", "checkpoint"):
        os.makedirs(os.path.join(folder, name), 0o777, exist_ok=True)
        os.chmod(os.path.join(folder, name), 0o777)  # whoever runs in `main` writes there
    if launch["launch"] is not None:
        _write(os.path.join(folder, "launch.json"), json.dumps(launch["launch"]).encode())
        _copy_runtime(runtime, os.path.join(folder, "task"))
    words = [word.encode("utf-8", "surrogateescape") for word in launch["command"]]
    _write(os.path.join(folder, "command"), b"".join(word + b"\0" for word in words))
    for name in ("alive", "out"):
        try:
            os.mkfifo(os.path.join(folder, name), 0o666)
        except FileExistsError:
            pass  # the runner was quicker


def bring(server: Server, folder: str, launch: dict[str, Any], stopped: Callable[[], bool]) -> None:
    """Bring inputs, modules and checkpoint, several at once; less where `stopped` says so. Raises `Fault`, `Refused`, `OSError`."""
    wanted = [(one, os.path.join(folder, one["path"]), "input") for one in launch["inputs"]]
    if launch["code"] is not None:
        wanted.append((launch["code"], os.path.join(folder, "modules"), "modules"))
    if launch["checkpoint"] is not None:
        wanted.append((launch["checkpoint"], os.path.join(folder, "checkpoint"), "checkpoint"))
    _at_once([_Brought(server, *each, stopped) for each in wanted], server.close)


class _Brought:
    """One file or folder on its way."""

    def __init__(self, server: Server, said: dict[str, Any], target: str, role: str, stopped: Callable[[], bool]) -> None:
        self._server, self._said, self._target, self._role, self._stopped = server, said, target, role, stopped

    def __call__(self) -> None:
        """Bring it. Raises `Fault`, `Refused`, `OSError`."""
        os.makedirs(os.path.dirname(self._target), 0o755, exist_ok=True)
        is_tar = self._said["kind"] == protocol.FOLDER or self._role == "modules"
        aside = f"{self._target}.bringing" if is_tar else self._target
        with open(aside, "wb") as file:
            self._fetch(file)
        if self._stopped():
            return
        if is_tar:
            self._unpack(aside)
            os.unlink(aside)
        else:
            os.chmod(aside, 0o555 if self._said.get("executable") else 0o444)

    def _fetch(self, file: Any) -> None:
        offset, size = 0, int(self._said["size"])
        while offset < size and not self._stopped():
            answer = self._server.ask("GET", self._said["url"], headers={"Range": f"bytes={offset}-{offset + protocol.PIECE - 1}"})
            if not answer.body:
                raise Fault("input missing", f"{self._said['url']} has {offset} bytes, not {size}")
            file.write(answer.body)
            offset += len(answer.body)

    def _unpack(self, tar: str) -> None:
        from . import archives

        if self._role == "checkpoint":
            os.rmdir(self._target)
        with open(tar, "rb") as file:
            try:
                archives.unpack(file, self._target, links_out=self._role == "input")
            except archives.Unsafe as error:
                raise Fault("engine", f"{self._role} of the step: {error}") from error
        for place, _, names in os.walk(self._target):
            for path in (place, *(os.path.join(place, name) for name in names)):
                if not os.path.islink(path):
                    self._allow(path)

    def _allow(self, path: str) -> None:
        """The checkpoint is the step's own, whoever that is; all else it may only read."""
        mode = stat.S_IMODE(os.stat(path).st_mode)
        os.chmod(path, mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6 | 0o222 if self._role == "checkpoint" else mode & ~0o222)


def _at_once(jobs: Sequence[Callable[[], None]], let_go: Callable[[], None]) -> None:
    """Do all, some at once; raises the first thing that went wrong, when nothing is under way any more. Threads `let_go` at their end."""
    waiting = list(jobs)
    wrong: list[Exception] = []

    def work() -> None:
        while waiting and not wrong:
            try:
                job = waiting.pop(0)
            except IndexError:
                return  # another one was quicker
            try:
                job()
            except Exception as error:
                wrong.append(error)

    def work_and_let_go() -> None:
        work()
        let_go()

    threads = [threading.Thread(target=work_and_let_go) for _ in range(min(_AT_ONCE, len(waiting)) - 1)]
    for each in threads:
        each.start()
    work()
    for each in threads:
        each.join()
    if wrong:
        raise wrong[0]


def _copy_runtime(runtime: str, target: str) -> None:
    """With its byte code, which saves a Python of the same version some 50 ms, and its times, by which that knows whether it is right."""
    for source, copy, ending in ((runtime, target, ".py"), (os.path.join(runtime, _CACHE), os.path.join(target, _CACHE), ".pyc")):
        os.makedirs(copy, 0o755, exist_ok=True)
        for name in os.listdir(source) if os.path.isdir(source) else ():
            if name.endswith(ending):
                path = os.path.join(copy, name)
                with open(os.path.join(source, name), "rb") as file:
                    _write(path, file.read())
                    found = os.fstat(file.fileno())
                os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def _write(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, 0o644)
