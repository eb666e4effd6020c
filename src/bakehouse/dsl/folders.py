"""A folder of the author's own modules as it travels to steps: all that git does not ignore, the same bytes for the same content.

Where git does not know the folder, everything in it travels. What tools of Python make there never does.
"""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bakehouse.dsl import archives
from bakehouse.dsl.archives import Member
from bakehouse.dsl.errors import WrongValue
from bakehouse.ir import git
from bakehouse.ir.digests import digest_bytes

#: Bytes of all files of a folder that travels.
LARGEST = 100_000_000
#: Names, with what is below them, that are never part of the code: made anew at every import, or anything but code.
LEFT_OUT = (".git", "__pycache__", ".venv", ".bakehouse", ".ipynb_checkpoints")
_PATIENCE = 20.0  # seconds for git
_MOST_NAMED = 3
_IGNORE = "Let git ignore it, or keep it elsewhere."


@dataclass(frozen=True)
class Packed:
    """A folder by its own name, as a tar; `files` and `size` (bytes) count what is in it, `notes` say what its author should know."""

    name: str
    data: bytes = field(repr=False)
    files: int
    size: int
    notes: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """BLAKE3 of the tar, hexadecimal: equal contents have equal digests, wherever and whenever they are packed."""
        return digest_bytes(self.data)


def packed(folder: Path) -> Packed:
    """Pack a folder. Raises `WrongValue` where there is none, nothing or too much in it, a file that cannot be read, or a link out of it.

    `/` and the user's home hold too much, whatever is in them; a link that leads round in a circle is a file that cannot be read.
    """
    if not folder.is_dir():
        raise _wrong(f"there is no folder {folder}", remedy=f"Name the folder that holds your modules; the current one is {Path.cwd()}.")
    if os.path.realpath(folder) in {os.path.realpath(os.sep), os.path.realpath(os.path.expanduser("~"))}:
        raise _wrong(f"the folder {folder} holds far more than modules", remedy="Name the folder that holds your modules alone, such as src.")
    names = _listed(folder)
    notes = () if names is not None else ("git does not know it: everything in it travels",)
    entries = dict(_entries(folder, _all(folder) if names is None else names))
    files = {name: found.st_size for name, found in entries.items() if stat.S_ISREG(found.st_mode)}
    size = sum(files.values())
    if size > LARGEST:
        largest = ", ".join(sorted(files, key=lambda name: (-files[name], name))[:_MOST_NAMED])
        message = (
            f"the folder {folder} holds {size / 1e6:,.0f} MB, more than the {LARGEST // 1_000_000} MB that travel to steps; the largest: {largest}"
        )
        raise _wrong(message, remedy="Let git ignore what is no code, and pass data as artifacts (dsl.importer).")
    members = [member for name in sorted(entries) for member in _members(folder, name)]
    if not members:
        raise _wrong(
            f"nothing in the folder {folder} travels: it is empty, or git ignores all of it", remedy="Name the folder that holds your modules."
        )
    name = folder.resolve().name
    if notes:
        notes = (f"{name} holds {len(files):,} {'file' if len(files) == 1 else 'files'}, {size / 1000:,.0f} kB; {notes[0]}",)
    return Packed(name, archives.tar(members), len(files), size, notes)


def _wrong(message: str, *, remedy: str) -> WrongValue:
    return WrongValue(message, remedy=remedy)


# ---------------------------------------------------------------- which files


def _listed(folder: Path) -> Sequence[str] | None:
    """The files that git knows or would add, relative to the folder; `None` where there is no work tree of git, or it does not answer."""
    root = next((one for one in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(one / ".git")), None)
    if root is None:
        return None
    command = [*git.COMMAND, "-C", str(folder), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(
            command,
            env=git.environment(os.environ, ceiling=str(root.parent)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name] if done.returncode == 0 else None


def _all(folder: Path, below: str = "") -> Iterator[str]:
    """Everything in a folder but what never travels; links are not followed."""
    try:
        with os.scandir(folder / below) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise _unreadable(folder / below, error) from error
    for entry in entries:
        name = f"{below}{entry.name}"
        if not entry.is_dir(follow_symlinks=False):
            yield name
        elif entry.name not in LEFT_OUT and not os.path.exists(os.path.join(entry.path, "pyvenv.cfg")):
            yield from _all(folder, f"{name}/")


def _entries(folder: Path, names: Iterator[str] | Sequence[str]) -> Iterator[tuple[str, os.stat_result]]:
    """The names with what `lstat` says of them. A repository within the repository, which git names by its folder, counts with its own files."""
    for given in names:
        name = given.rstrip("/")
        if any(part in LEFT_OUT for part in name.split("/")) or name.endswith(".pyc"):
            continue
        path = folder / name
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue  # git knows it, but it was deleted
        except OSError as error:
            raise _unreadable(path, error) from error
        if stat.S_ISDIR(found.st_mode):
            inner = _listed(path)
            yield from ((f"{name}/{one}", stated) for one, stated in _entries(path, _all(path) if inner is None else inner))
        else:
            yield name, found


# ---------------------------------------------------------------- what is in them


def _members(folder: Path, name: str) -> Iterator[Member]:
    """What becomes of a file: itself, or nothing."""
    path = folder / name
    if path.is_symlink():
        yield from _link(folder.resolve(), path, name)
    elif path.is_file():
        yield Member(name, _read(path), executable=bool(path.stat().st_mode & stat.S_IXUSR))
    # A socket or a pipe is no code, and holds nothing that could travel.


def _link(folder: Path, path: Path, name: str) -> Iterator[Member]:
    """A link to a file travels as that file, one to a folder as a link; one that leads nowhere (editors leave such) does not."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:  # a circle of links, for one
        raise _unreadable(path, error) from error
    target = path.resolve()
    if folder != target and folder not in target.parents:
        raise _wrong(f"the link {path} leads out of the folder that travels, to {target}: no step would find that", remedy=_IGNORE)
    if target.is_file():
        yield Member(name, _read(target), executable=bool(target.stat().st_mode & stat.S_IXUSR))
    elif target.is_dir():
        yield Member(name, leads_to=os.path.relpath(target, path.parent.resolve()))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> WrongValue:
    return _wrong(f"{path} cannot be read: {error.strerror}", remedy=f"Let yourself read it. {_IGNORE}")


def by_folder(folders: Mapping[str, Path]) -> Mapping[str, Packed]:
    """Several folders by some name, each packed once however often it is named."""
    known: dict[str, Packed] = {}
    for folder in folders.values():
        real = os.path.realpath(folder)
        if real not in known:
            known[real] = packed(folder)
    return {name: known[os.path.realpath(folder)] for name, folder in folders.items()}
