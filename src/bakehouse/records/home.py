"""The folder of a home: made with the right permissions, or refused before anything is written into it."""

from __future__ import annotations

import os
import pwd
import re
import secrets
import stat
from pathlib import Path

from bakehouse.records.errors import HomeUnusable, way_out

FOLDERS = ("engines", "runs", "artifacts", "environments")
_PRIVATE = 0o700
_OTHERS = 0o077
#: File systems on which SQLite's locks, and flock, cannot be trusted between machines.
_NETWORK = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "glusterfs", "lustre", "gpfs", "beegfs", "ocfs2", "ncp", "fuse.")
#: File systems in user space that are local disks, or the inside of one container.
_LOCAL_FUSE = ("fuse.fuse-overlayfs", "fuse.ext2fs", "fuse.ntfs", "fuse.lxcfs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs")
#: What is mounted where, as the kernel tells it (proc(5)).
MOUNTS = Path("/proc/self/mountinfo")


def prepare(path: Path) -> str:
    """Make the home, or see that it is usable; its random id. Raises `HomeUnusable`, with nothing left behind."""
    try:
        if not path.exists():
            _check_file_system(path, _nearest(path))
            path.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        _check(path)
        for name in FOLDERS:
            (path / name).mkdir(mode=_PRIVATE, exist_ok=True)
        return _identity(path)
    except OSError as error:
        raise HomeUnusable(path=str(path), why=_said(error), remedy=way_out(error)) from error


def look(path: Path) -> str:
    """What there is to say of a home that can be used, made or not. Raises `HomeUnusable`; nothing is made."""
    try:
        if path.exists():
            _check_usable(path)
            return f"{path}, on {file_system(path) or 'a local disk'}"
        _check_file_system(path, _nearest(path))
    except OSError as error:
        raise HomeUnusable(path=str(path), why=_said(error), remedy=way_out(error)) from error
    return f"{path}, which is made when it is needed"


def _nearest(path: Path) -> Path:
    """The nearest folder above that exists."""
    return next(parent for parent in path.absolute().parents if parent.exists())


def _check(path: Path) -> None:
    _check_usable(path)
    if path.stat().st_mode & _OTHERS:
        _make_private(path)


def _check_usable(path: Path) -> None:
    entry = path.stat()
    if not stat.S_ISDIR(entry.st_mode):
        raise HomeUnusable(path=str(path), why="it is not a folder")
    if entry.st_uid != os.geteuid():
        raise HomeUnusable(path=str(path), why=f"it belongs to {_user(entry.st_uid)}, and you are {_user(os.geteuid())}")
    _check_file_system(path, path)
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise HomeUnusable(path=str(path), why="it may not be written", remedy=f"`chmod u+rwx {path}`, or set BAKEHOUSE_HOME to another folder.")


def _check_file_system(home: Path, place: Path) -> None:
    kind = file_system(place)
    if kind.startswith(_NETWORK) and not kind.startswith(_LOCAL_FUSE):
        raise HomeUnusable(path=str(home), why=f"it lies on a network file system ({kind}), whose locks cannot be trusted")
    if os.statvfs(place).f_flag & os.ST_RDONLY:
        raise HomeUnusable(path=str(home), why="its file system is mounted read-only")


def _make_private(path: Path) -> None:
    """Close the home to others; but not a folder of another purpose, whose rights somebody chose."""
    foreign = sorted(entry.name for entry in path.iterdir() if entry.name not in {*FOLDERS, "id", "lost+found"})
    if foreign and not (path / "id").exists():
        raise HomeUnusable(
            path=str(path),
            why=f"it is open to other users, and holds what is not Bakehouse's: {', '.join(foreign[:3])}",
            remedy=f"Set BAKEHOUSE_HOME to a folder of its own, such as {path / '.bakehouse'}.",
        )
    path.chmod(_PRIVATE)


def _identity(path: Path) -> str:
    """The random id of the home: whoever comes first writes it, all read the same."""
    file = path / "id"
    try:
        return _read_identity(path, file)
    except FileNotFoundError:
        aside = path / f".id-{os.getpid()}-{secrets.token_hex(4)}"
        try:
            aside.write_text(secrets.token_hex(16) + "\n")
            os.link(aside, file)  # whole when it appears, and never in place of another's
        except FileExistsError:
            pass  # another process was first: its id counts
        finally:
            aside.unlink(missing_ok=True)
        return _read_identity(path, file)


def _read_identity(path: Path, file: Path) -> str:
    text = file.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch("[0-9a-f]{32}", text):
        raise HomeUnusable(
            path=str(path), why=f"its file `id` does not hold the id of a home ({text[:40]!r})", remedy=f"Delete {file}; a new one is made."
        )
    return text


def file_system(path: Path) -> str:
    """The type of the file system a path lies on, as the kernel names it; empty where that cannot be told."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    place = str(path.resolve())
    best, kind = -1, ""
    for line in lines:
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) > 4 and right:  # noqa: PLR2004  # proc(5): the fifth field is the mount point
            point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields[4])
            if len(point) >= best and (place == point or place.startswith(point.rstrip("/") + "/")):
                best, kind = len(point), right.split(" ")[0]
    return kind


def _user(uid: int) -> str:
    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user {uid}"


def _said(error: OSError) -> str:
    place = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror or error}{place}"
