"""The folders of environments on disk: what each is made of, which counts for its key, when it was last used, how it goes.

KEY              the environment of that key, as it was first built
KEY-8HEX         the same, refreshed; `.KEY.current` names the newest. Older ones stay while a step may run in them
.KEY.lock        held by whoever builds, refreshes or removes an environment of that key
.KEY.8HEX.part   half an environment, being built
.….8HEX.gone     one that is being removed
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from bakehouse.runners.building import Interpreter
from bakehouse.runners.pip_settings import PipSettings
from bakehouse.runners.requirements import Wanted

#: What is installed, written last: an environment without it is half a one. Its time is that of the last use.
LOCK = "bakehouse-lock.txt"
_MADE_OF = "bakehouse-environment.json"
_NAME = re.compile(r"(?P<key>[0-9a-f]{32})(-[0-9a-f]{8})?")
_LEFT = re.compile(r"\.(?P<key>[0-9a-f]{32})(-[0-9a-f]{8})?\.[0-9a-f]{8}\.(part|gone)")


@dataclass(frozen=True)
class Kept:
    """An environment on disk. `wanted` is `None` where that was not written down.

    `interpreter` is the path of the Python it was made of, `python` its name; times in seconds since the epoch. One that is not `current`
    was replaced by a newer one of the same key.
    """

    key: str
    folder: Path
    wanted: Wanted | None
    python: str
    interpreter: str
    installed: tuple[str, ...]
    built_at: float
    used_at: float
    current: bool


def newest(root: Path, key: str) -> Path:
    """The folder of the environment that counts for a key, whether or not it is there."""
    with suppress(OSError):
        named = (root / f".{key}.current").readlink().name
        match = _NAME.fullmatch(named)
        if match is not None and match["key"] == key and (root / named / LOCK).exists():
            return root / named
    return root / key


def use(folder: Path) -> bool:
    """Note that the environment is used now; `False` if it is not there, or only half."""
    try:
        os.utime(folder / LOCK)
    except OSError:
        return (folder / LOCK).exists()  # a disk that takes no more can still be read
    return True


def beside(root: Path, key: str) -> Path:
    """A folder of its own to build an environment in."""
    return root / f".{key}.{uuid.uuid4().hex[:8]}.part"


def refreshed(root: Path, key: str) -> Path:
    """A place for an environment that is to replace the one of that key."""
    return root / f"{key}-{uuid.uuid4().hex[:8]}"


def describe(folder: Path, wanted: Wanted, interpreter: Interpreter, at: float) -> None:
    """Write down what an environment is made of. Only its owner may read that: an index may be named with a password."""
    made_of = {
        "requirements": list(wanted.requirements),
        "local": [str(path) for path in wanted.local],
        "pip": asdict(wanted.pip),
        "no_deps": wanted.no_deps,
        "python": interpreter.name,
        "interpreter": interpreter.executable,
        "built_at": at,
    }
    descriptor = os.open(folder / _MADE_OF, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
        json.dump(made_of, file)


def make_current(root: Path, key: str, folder: Path) -> None:
    """Let the environment of a key be that folder, from one moment to the next."""
    aside = root / f".{key}.{uuid.uuid4().hex[:8]}.part"
    aside.symlink_to(folder.name)
    aside.replace(root / f".{key}.current")


def listed(root: Path) -> list[Kept]:
    """All whole environments, those used last first."""
    try:
        names = sorted(path.name for path in root.iterdir())
    except FileNotFoundError:
        return []
    found = [_kept(root, match["key"], root / name) for name in names if (match := _NAME.fullmatch(name))]
    return sorted((one for one in found if one is not None), key=lambda one: (-one.used_at, one.folder.name))


def _kept(root: Path, key: str, folder: Path) -> Kept | None:
    try:
        lock, used_at, built_at = (folder / LOCK).read_text(), (folder / LOCK).stat().st_mtime, (folder / "pyvenv.cfg").stat().st_mtime
    except OSError:
        return None  # half a one, or it goes just now
    made_of = _made_of(folder)
    return Kept(
        key=key,
        folder=folder,
        wanted=_wanted(made_of),
        python=str(made_of.get("python", "")),
        interpreter=str(made_of.get("interpreter", "")),
        installed=tuple(line.split(" ")[0] for line in lock.splitlines()),
        built_at=built_at,
        used_at=used_at,
        current=newest(root, key) == folder,
    )


def _made_of(folder: Path) -> Mapping[str, Any]:  # a JSON document
    try:
        found = json.loads((folder / _MADE_OF).read_text(encoding="utf-8", errors="surrogateescape"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _wanted(made_of: Mapping[str, Any]) -> Wanted | None:
    try:
        pip: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in made_of["pip"].items()}
        known = {field.name for field in fields(PipSettings)}
        return Wanted(
            requirements=tuple(made_of["requirements"]),
            local=tuple(Path(path) for path in made_of["local"]),
            pip=PipSettings(**{name: value for name, value in pip.items() if name in known}),
            no_deps=bool(made_of["no_deps"]),
        )
    except (KeyError, TypeError, AttributeError):
        return None


# ---------------------------------------------------------------- locks


def locked(descriptor: int) -> bool:
    """Take the lock of an open file, if nobody has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def open_lock(root: Path, key: str) -> int:
    """An open descriptor of the lock file of a key, which is never taken away."""
    return os.open(root / f".{key}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def _held(root: Path, key: str) -> Iterator[bool]:
    """Hold the lock of a key, unless somebody else does: then nothing is waited for."""
    descriptor = open_lock(root, key)
    try:
        yield locked(descriptor)
    finally:
        os.close(descriptor)


# ---------------------------------------------------------------- removing


def remove(root: Path, kept: Kept, still_free: Callable[[float], bool]) -> bool:
    """Delete an environment, unless it is being built or used since; `still_free` is asked with the time of its last use. Raises `OSError`.

    It loses its name before it is looked at for the last time: whoever wants it after that does not find it, and whoever wanted it before
    has left the time of it.
    """
    with _held(root, kept.key) as mine:
        if not mine:
            return False
        gone = root / f".{kept.folder.name}.{uuid.uuid4().hex[:8]}.gone"
        try:
            kept.folder.rename(gone)
        except FileNotFoundError:
            return True  # somebody else was first
        if not still_free((gone / LOCK).stat().st_mtime):
            gone.rename(kept.folder)
            return False
        pointer = root / f".{kept.key}.current"
        if pointer.is_symlink() and pointer.readlink().name == kept.folder.name:
            pointer.unlink()
        shutil.rmtree(gone)
    return True


def left(root: Path) -> list[Path]:
    """What killed programs left: environments half built, or half removed. Some of it may be at work just now."""
    return sorted(path for path in root.iterdir() if _LEFT.fullmatch(path.name)) if root.is_dir() else []


def remove_left(root: Path, path: Path) -> bool:
    """Delete something of `left`, unless somebody is at work on it. Raises `OSError`."""
    match = _LEFT.fullmatch(path.name)
    with _held(root, match["key"] if match else "") as mine:
        if mine and path.is_symlink():
            path.unlink()
        elif mine and path.exists():
            shutil.rmtree(path)
        return mine
