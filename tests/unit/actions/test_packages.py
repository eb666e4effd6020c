"""Uploaded files: what holds a pipeline is read, wherever it lies in an archive; everything else is refused with a reason."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
import zipfile
from collections.abc import Callable

import pytest

from bakehouse.actions.errors import BadPackage
from bakehouse.actions.packages import Files, package
from bakehouse.ir import text
from bakehouse.ir.errors import InvalidPipeline
from tests.unit.ir.samples import PIPELINE

YAML = PIPELINE.encode()
EXPECTED = text.read(PIPELINE)


def zipped(**members: bytes) -> bytes:
    """A zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return file.getvalue()


def tarred(**members: bytes) -> bytes:
    """A tar.gz archive."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name.replace("__", "."))
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (YAML, "a.yaml"),
        (YAML, "A.YML"),
        (zipped(a__yaml=YAML), "a.zip"),
        (zipped(a__txt=b"notes", pipeline__yaml=YAML), "anything"),
        (tarred(a__yml=YAML), "a.tar.gz"),
        (tarred(b__yaml=b"no", pipeline__yaml=YAML), "a.tgz"),
    ],
    ids=("yaml", "yml", "zip", "zip-with-notes", "tar", "tar-with-another"),
)
def test_a_pipeline_is_found(content: bytes, name: str) -> None:
    """By itself, or as pipeline.yaml or the first file of an archive."""
    assert package(content, name) == EXPECTED


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (YAML, "a.txt", "ends in none of"),
        (zipped(), "a.zip", "no file in it"),
        (b"", "a.zip", "it holds nothing"),
        (b"text", "a.tar.gz", "neither a zip nor a tar.gz"),
        (zipped(a__txt=b"x"), "a.zip", "a.txt, is no YAML"),
        (zipped(a__yaml=YAML)[:-40], "a.zip", "cannot be unpacked"),
        (tarred(a__yaml=YAML)[:60], "a.tar.gz", "cannot be unpacked"),
        (gzip.compress(b"no tar at all"), "a.tar.gz", "cannot be unpacked"),
        (zipped(a__yaml=b"#" * (33 << 20)), "bomb.zip", "larger than 32 MiB"),
        (gzip.compress(b"\0" * (70 << 20)), "bomb.tar.gz", "larger than 64 MiB"),
        (b"#" * ((32 << 20) + 1), "large.yaml", "larger than 32 MiB"),
    ],
    ids=("text", "empty-zip", "empty-file", "no-archive", "zip-without", "cut-zip", "cut-tar", "gzip-alone", "zip-bomb", "gzip-bomb", "large"),
)
def test_anything_else_is_refused(content: bytes, name: str, why: str) -> None:
    """With the reason; nothing is unpacked that is larger than a pipeline may be."""
    with pytest.raises(BadPackage, match=why) as told:
        package(content, name)
    assert str(told.value).startswith(f"{name}: this is no pipeline package: ")


def damaged(content: bytes, at: int, value: bytes) -> bytes:
    """The same with other bytes at a place, which counts from the directory of a zip archive."""
    start = content.rfind(b"PK\x01\x02") + at
    return content[:start] + value + content[start + len(value) :]


def with_entry(kind: bytes, **headers: str) -> bytes:
    """A tar.gz archive with the pipeline, and another entry of the same name."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        member = tarfile.TarInfo("pipeline.yaml")
        member.size, member.pax_headers = len(YAML), headers
        archive.addfile(member, io.BytesIO(YAML))
        other = tarfile.TarInfo("pipeline.yaml")
        other.type, other.linkname = kind, "/etc/passwd"
        archive.addfile(other)
    return file.getvalue()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE])
def test_an_entry_of_the_same_name_that_is_no_file_is_passed_over(kind: bytes) -> None:
    """Links are not followed."""
    assert package(with_entry(kind), "a.tar.gz") == EXPECTED


@pytest.mark.parametrize(
    "content",
    [
        damaged(damaged(zipped(pipeline__yaml=YAML), 9, b"\x08"), 46, b"\xff"),
        damaged(zipped(pipeline__yaml=YAML), 8, b"\x01"),
        damaged(zipped(pipeline__yaml=YAML), 10, b"\x63"),
        damaged(zipped(pipeline__yaml=YAML), 6, b"\x63"),
        with_entry(tarfile.DIRTYPE, **{"GNU.sparse.map": "a,b", "GNU.sparse.size": "x"}),
        with_entry(tarfile.DIRTYPE, **{"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "z"}),
    ],
    ids=("name-not-utf8", "encrypted", "method", "version", "sparse-map", "sparse-size"),
)
def test_hostile_archives_are_refused(content: bytes) -> None:
    """They name what cannot be."""
    with pytest.raises(BadPackage, match="cannot be unpacked: "):
        package(content, "a.zip")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_archives_are_refused_or_read(method: int) -> None:
    """Whatever bytes were lost on the way."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("pipeline.yaml", YAML)
    _tried(file.getvalue())


def test_damaged_tar_archives_are_refused_or_read() -> None:
    """Within the compression."""
    _tried(gzip.decompress(tarred(pipeline__yaml=YAML)), gzip.compress)


def _tried(content: bytes, packed: Callable[[bytes], bytes] = bytes) -> None:
    dice, refused = random.Random(7), 0
    for _ in range(200):
        changed = bytearray(content)
        for _ in range(dice.randrange(1, 8)):
            changed[dice.randrange(4, len(changed))] = dice.randrange(256)
        try:
            package(packed(bytes(changed)), "a.zip")
        except (BadPackage, InvalidPipeline):
            refused += 1
    assert refused


def test_the_same_text_is_parsed_once() -> None:
    """It is known by its digest; a text that is not needed is not read."""
    files, read = Files(), list[str]()

    def reader() -> str:
        read.append("read")
        return PIPELINE

    for _ in range(3):
        found = files.get("digest", reader)
        assert (found.file, found.size) == (EXPECTED, len(PIPELINE))
    assert read == ["read"]


def test_problems_of_the_pipeline_name_the_file_in_the_archive() -> None:
    """All of them, with the place."""
    with pytest.raises(InvalidPipeline, match=r"a\.zip/pipeline\.yaml"):
        package(zipped(pipeline__yaml=b"components: 3"), "a.zip")
