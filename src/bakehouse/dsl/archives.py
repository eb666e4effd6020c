"""Files as one text of bytes: a tar in which nothing depends on when or by whom it is made, gzipped where it is to be small."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """A file (`data`), a link (`leads_to`, a path relative to the folder that it lies in), or, with neither, a folder."""

    name: str
    data: bytes | None = None
    executable: bool = False
    leads_to: str = ""


def tar(members: Iterable[Member]) -> bytes:
    """A tar of these members, in their order."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member in members:
            info = tarfile.TarInfo(member.name)
            if member.leads_to:
                info.type, info.linkname = tarfile.SYMTYPE, member.leads_to
                archive.addfile(info)
            elif member.data is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(info)
            else:
                info.size, info.mode = len(member.data), 0o755 if member.executable else 0o644
                archive.addfile(info, io.BytesIO(member.data))
    return made.getvalue()


def gzipped(data: bytes) -> bytes:
    """The same, packed."""
    packed = io.BytesIO()
    # `gzip.compress` writes another head in each version of Python.
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as compressing:
        compressing.write(data)
    return packed.getvalue()
