"""Pipeline packages as users upload them: YAML or JSON, or a zip or tar.gz with one in it. Nothing is unpacked to disk."""

from __future__ import annotations

import functools
import gzip
import io
import tarfile
import zipfile
import zlib
from pathlib import PurePosixPath

from bakehouse.actions.errors import BadPackage
from bakehouse.ir import text as ir_text
from bakehouse.ir.nodes import LARGEST_TEXT
from bakehouse.ir.spec import PipelineFile

_PREFERRED = "pipeline.yaml"
_TEXTS = (".yaml", ".yml", ".json")
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
#: Bytes of a tar with a pipeline of the largest size in it, and some room for what lies beside it.
_LARGEST_TAR = 2 * LARGEST_TEXT


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
    if not filename.lower().endswith(_TEXTS):
        raise BadPackage(file=filename, why="its name ends in none of .yaml, .yml, .json, .zip, .tar.gz")
    return ir_text.read(content, origin=filename)


@functools.lru_cache(maxsize=32)
def parsed(text: str, origin: str) -> PipelineFile:
    """A recorded pipeline file. The same text is parsed once."""
    return ir_text.read(text, origin=origin)


def _chosen(names: list[str], filename: str) -> str:
    """Which member is the pipeline: `pipeline.yaml`, else the first file (KFP's rule)."""
    for name in names:
        if name.removeprefix("./") == _PREFERRED:
            return name
    if not names:
        raise BadPackage(file=filename, why="there is no file in it")
    if PurePosixPath(names[0]).suffix.lower() not in _TEXTS:
        raise BadPackage(file=filename, why=f"there is no {_PREFERRED} in it, and its first file, {names[0]}, is no YAML")
    return names[0]


def _from_zip(content: bytes, filename: str) -> tuple[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            name = _chosen([one.filename for one in archive.infolist() if not one.is_dir()], filename)
            with archive.open(name) as member:
                return name, _bounded(member.read(LARGEST_TEXT + 1), filename)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise BadPackage(file=filename, why=f"it cannot be unpacked: {error}") from error


def _from_tar(content: bytes, filename: str) -> tuple[str, bytes]:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            plain = packed.read(_LARGEST_TAR + 1)
        if len(plain) > _LARGEST_TAR:
            raise BadPackage(file=filename, why=f"unpacked it is larger than {_LARGEST_TAR >> 20} MiB")
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
            name = _chosen([one.name for one in archive.getmembers() if one.isfile()], filename)
            member = archive.extractfile(name)
            return name, _bounded(b"" if member is None else member.read(LARGEST_TEXT + 1), filename)
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise BadPackage(file=filename, why=f"it cannot be unpacked: {error}") from error


def _bounded(content: bytes, filename: str) -> bytes:
    if len(content) > LARGEST_TEXT:
        raise BadPackage(file=filename, why=f"the pipeline in it is larger than {LARGEST_TEXT >> 20} MiB")
    return content
