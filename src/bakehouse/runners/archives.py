"""A tar that comes in pieces, unpacked as it comes; nothing of it comes to lie outside its folder."""

from __future__ import annotations

import posixpath
import shutil
import stat
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

_BLOCK = 1 << 20  # bytes


class _Pieces:
    """Bytes that come in pieces, as a file to read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end."""
        piece = self._rest or next(self._pieces, b"")
        self._rest = piece[size:]
        return piece[:size]


def unpack(pieces: Iterator[bytes], folder: Path) -> Sequence[Path]:
    """Unpack the files, folders and links into a folder that is empty: what lies in it then. What else there may be is left out.

    Raises `OSError`, also for an archive that breaks off or would lead out of the folder.
    """
    file: Any = _Pieces(pieces)  # a stream is only read, whatever the types of tarfile say
    links: list[tuple[Path, str]] = []
    try:
        with tarfile.open(bufsize=_BLOCK, fileobj=file, mode="r|") as archive:
            for member in archive:
                path = _place(folder, member.name)
                if member.isdir():
                    path.mkdir(parents=True, exist_ok=True)
                elif member.issym():
                    links.append((path, member.linkname))
                elif (source := archive.extractfile(member)) is not None and member.isreg():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with path.open("xb") as target:
                        shutil.copyfileobj(source, target, _BLOCK)
                    path.chmod(0o755 if member.mode & stat.S_IXUSR else 0o644)
    except tarfile.TarError as error:
        raise OSError(f"the archive cannot be read: {error}") from error
    for path, leads_to in links:  # last: nothing is written through one
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(leads_to)
    return sorted(folder.iterdir())


def _place(folder: Path, name: str) -> Path:
    clean = posixpath.normpath(name)
    if clean.startswith(("/", "../")) or clean in {"..", "."}:
        raise OSError(f"{name!r} leads out of the archive's folder")
    return folder / clean
