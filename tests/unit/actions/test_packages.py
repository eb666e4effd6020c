"""Uploaded files: what holds a pipeline is read, wherever it lies in an archive; everything else is refused with a reason."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

import pytest

from bakehouse.actions.errors import BadPackage
from bakehouse.actions.packages import package
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
        (zipped(), "a.zip", "cannot be unpacked|no file in it|ends in none"),
        (zipped(a__txt=b"x"), "a.zip", "a.txt, is no YAML"),
        (zipped(a__yaml=YAML)[:-40], "a.zip", "cannot be unpacked"),
        (tarred(a__yaml=YAML)[:60], "a.tar.gz", "cannot be unpacked"),
        (gzip.compress(b"no tar at all"), "a.tar.gz", "cannot be unpacked"),
        (zipped(a__yaml=b"#" * (33 << 20)), "bomb.zip", "larger than 32 MiB"),
        (gzip.compress(b"\0" * (70 << 20)), "bomb.tar.gz", "larger than 64 MiB"),
        (b"#" * ((32 << 20) + 1), "large.yaml", "larger than 32 MiB"),
    ],
    ids=("text", "empty-zip", "zip-without", "cut-zip", "cut-tar", "gzip-alone", "zip-bomb", "gzip-bomb", "large"),
)
def test_anything_else_is_refused(content: bytes, name: str, why: str) -> None:
    """With the reason; nothing is unpacked that is larger than a pipeline may be."""
    with pytest.raises(BadPackage, match=why):
        package(content, name)


def test_problems_of_the_pipeline_name_the_file_in_the_archive() -> None:
    """All of them, with the place."""
    with pytest.raises(InvalidPipeline, match=r"a\.zip/pipeline\.yaml"):
        package(zipped(pipeline__yaml=b"components: 3"), "a.zip")
