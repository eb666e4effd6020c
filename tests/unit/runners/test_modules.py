"""Modules that travelled lie where a step finds them, and nothing of their archive comes to lie elsewhere."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from bakehouse.ir.digests import digest_bytes
from bakehouse.ir.execution import Code
from bakehouse.runners import modules
from bakehouse.runners.errors import BadInputs
from bakehouse.storage.local import LocalStore


def _archive(folder: Path, *members: tuple[str, bytes, str]) -> Code:
    """An archive of members: a name, the kind, and the content or where the link leads."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            if kind == tarfile.REGTYPE:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content.encode()))
            else:
                info.linkname = content
                archive.addfile(info)
    data = made.getvalue()
    path = folder / f"{digest_bytes(data)}.tar"
    path.write_bytes(data)
    return Code(digest_bytes(data), str(path), "src")


def test_modules_are_unpacked_once_and_protected(tmp_path: Path) -> None:
    """All steps share them; links within them lead where they led. Nothing half done is left."""
    code = _archive(tmp_path, ("pkg/a.py", tarfile.REGTYPE, "A = 1"), ("lib", tarfile.SYMTYPE, "pkg"))
    below, store = tmp_path / "code", LocalStore()
    folder = modules.shared(code, below, store)
    assert (folder / "lib" / "a.py").read_text() == "A = 1"
    assert not any(path.stat().st_mode & 0o222 for path in (folder, folder / "pkg", folder / "pkg" / "a.py"))
    inode = (folder / "pkg" / "a.py").stat().st_ino
    Path(code.uri).unlink()
    assert modules.shared(code, below, store) == folder
    assert (folder / "pkg" / "a.py").stat().st_ino == inode
    assert [path.name for path in below.iterdir()] == [code.digest]


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("../out", tarfile.REGTYPE, "x"),
        ("/tmp/out", tarfile.REGTYPE, "x"),
        ("pkg/../../out", tarfile.REGTYPE, "x"),
        ("out", tarfile.SYMTYPE, "/etc"),
        ("pkg/out", tarfile.SYMTYPE, "../../etc"),
        ("out", tarfile.LNKTYPE, "/etc/passwd"),
        ("out", tarfile.FIFOTYPE, ""),
        ("out", tarfile.CHRTYPE, ""),
    ],
)
def test_nothing_leads_out_of_the_folder(tmp_path: Path, name: str, kind: bytes, content: str) -> None:
    """No name, no link, no device."""
    code = _archive(tmp_path, (name, kind, content))
    with pytest.raises(BadInputs, match="leads out of it"):
        modules.unpack(code, tmp_path / "code")
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    """Not even within the folder: a link comes after all files."""
    code = _archive(tmp_path, ("a", tarfile.SYMTYPE, "b"), ("a/x", tarfile.REGTYPE, "x"), ("b/y", tarfile.REGTYPE, "y"))
    with pytest.raises(OSError, match="exists"):
        modules.unpack(code, tmp_path / "code")
    assert not (tmp_path / "code" / "b" / "x").exists()


def test_an_archive_that_is_gone_or_changed_is_no_input(tmp_path: Path) -> None:
    """The step fails before it starts, with what to do."""
    code = _archive(tmp_path, ("a.py", tarfile.REGTYPE, "A = 1"))
    Path(code.uri).write_bytes(Path(code.uri).read_bytes() + b"\0")
    with pytest.raises(BadInputs, match="are not what they were"):
        modules.unpack(code, tmp_path / "code")
    Path(code.uri).unlink()
    with pytest.raises(BadInputs, match="are gone"):
        modules.shared(code, tmp_path / "all", LocalStore())
    assert list((tmp_path / "all").iterdir()) == []
