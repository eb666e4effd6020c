"""Pipeline packages as users upload them: YAML or JSON, or a zip or tar.gz with one in it. Nothing is unpacked to disk."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeVar

from bakehouse.actions.errors import BadPackage
from bakehouse.ir import text as ir_text
from bakehouse.ir.nodes import LARGEST_TEXT
from bakehouse.ir.spec import PipelineFile
from bakehouse.storage.recent import Recent

_PREFERRED = "pipeline.yaml"
_TEXTS = (".yaml", ".yml", ".json")
_ARCHIVES = (".zip", ".tar.gz", ".tgz")
#: How a zip begins, with files in it and without; how a gzip does.
_ZIP, _GZIP = (b"PK\x03\x04", b"PK\x05\x06"), b"\x1f\x8b"
#: Bytes of a tar with a pipeline of the largest size in it, and some room for what lies beside it.
_LARGEST_TAR = 2 * LARGEST_TEXT
#: Characters of pipeline files that are kept parsed. What is made of them takes some ten times as much memory.
_MOST_KEPT = 16 << 20
#: What the standard library raises for archives that are damaged, or were made to do harm; MemoryError for one that asks for too much.
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)

Member = TypeVar("Member", zipfile.ZipInfo, tarfile.TarInfo)


def package(content: bytes, filename: str) -> PipelineFile:
    """The pipeline in an uploaded file. Raises `BadPackage`, and `InvalidPipeline` with all problems of the pipeline itself."""
    if len(content) > LARGEST_TEXT:
        raise BadPackage(file=filename, why=f"it is larger than {LARGEST_TEXT >> 20} MiB")
    if content.startswith(_ZIP):
        member, content = _from_zip(content, filename)
        return ir_text.read(content, origin=f"{filename}/{member}")
    if content.startswith(_GZIP):
        member, content = _from_tar(content, filename)
        return ir_text.read(content, origin=f"{filename}/{member}")
    if filename.lower().endswith(_ARCHIVES):
        raise BadPackage(file=filename, why="it holds nothing" if not content else "its content is neither a zip nor a tar.gz")
    if not filename.lower().endswith(_TEXTS):
        raise BadPackage(file=filename, why="its name ends in none of .yaml, .yml, .json, .zip, .tar.gz")
    return ir_text.read(content, origin=filename)


@dataclass(frozen=True)
class Parsed:
    """A recorded pipeline file, and how many characters its text has."""

    file: PipelineFile
    size: int


class Files:
    """Recorded pipeline files, parsed once as long as they are asked for: by the digest of their text, which says all of it."""

    def __init__(self) -> None:
        self._recent = Recent[Parsed](_MOST_KEPT)

    def get(self, digest: str, read: Callable[[], str]) -> Parsed:
        """The file of that digest; its text is read where it must be. Raises what reading raises, and `InvalidPipeline` for a damaged one."""

        def make() -> tuple[Parsed, int]:
            text = read()
            return Parsed(ir_text.read(text, origin="its text"), len(text)), len(text)

        return self._recent.get(digest, make)


def _chosen(members: Sequence[tuple[str, Member]], filename: str) -> tuple[str, Member]:
    """Which member is the pipeline: `pipeline.yaml`, else the first file (KFP's rule)."""
    for name, member in members:
        if name.removeprefix("./") == _PREFERRED:
            return name, member
    if not members:
        raise BadPackage(file=filename, why="there is no file in it")
    first = members[0][0]
    if PurePosixPath(first).suffix.lower() not in _TEXTS:
        raise BadPackage(file=filename, why=f"there is no {_PREFERRED} in it, and its first file, {first}, is no YAML")
    return members[0]


def _from_zip(content: bytes, filename: str) -> tuple[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            name, member = _chosen([(one.filename, one) for one in archive.infolist() if not one.is_dir()], filename)
            with archive.open(member) as file:
                return name, _bounded(file.read(LARGEST_TEXT + 1), filename)
    except _BROKEN as error:
        raise _unpackable(filename, error) from error


def _from_tar(content: bytes, filename: str) -> tuple[str, bytes]:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            plain = packed.read(_LARGEST_TAR + 1)
        if len(plain) > _LARGEST_TAR:
            raise BadPackage(file=filename, why=f"unpacked it is larger than {_LARGEST_TAR >> 20} MiB")
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
            name, member = _chosen([(one.name, one) for one in archive.getmembers() if one.isfile()], filename)
            file = archive.extractfile(member)
            return name, _bounded(b"" if file is None else file.read(LARGEST_TEXT + 1), filename)
    except _BROKEN as error:
        raise _unpackable(filename, error) from error


def _unpackable(filename: str, error: Exception) -> BadPackage:
    return BadPackage(file=filename, why=f"it cannot be unpacked: {error or type(error).__name__}")


def _bounded(content: bytes, filename: str) -> bytes:
    if len(content) > LARGEST_TEXT:
        raise BadPackage(file=filename, why=f"the pipeline in it is larger than {LARGEST_TEXT >> 20} MiB")
    return content
