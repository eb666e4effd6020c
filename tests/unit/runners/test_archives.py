"""Archives that come in pieces are unpacked within their folder."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.runners import archives


def pieces(*members: tuple[str, bytes | None, str], size: int = 700) -> Iterator[bytes]:
    """A tar of files (name, content), folders (no content) and links (where they lead to)."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        for name, content, leads_to in members:
            member = tarfile.TarInfo(name)
            if leads_to:
                member.type, member.linkname = tarfile.SYMTYPE, leads_to
            elif content is None:
                member.type = tarfile.DIRTYPE
            else:
                member.size, member.mode = len(content), 0o755 if name.endswith(".sh") else 0o600
            archive.addfile(member, io.BytesIO(content or b""))
    data = whole.getvalue()
    return (data[at : at + size] for at in range(0, len(data), size))


def test_files_folders_and_links(tmp_path: Path) -> None:
    """Contents, the right to execute, and links as they are."""
    found = archives.unpack(pieces(("m", None, ""), ("m/a/w.bin", b"x" * 5000, ""), ("m/run.sh", b"go", ""), ("m/last", None, "a/w.bin")), tmp_path)
    assert found == [tmp_path / "m"]
    assert (tmp_path / "m/last").read_bytes() == b"x" * 5000
    assert (tmp_path / "m/last").is_symlink()
    assert [(tmp_path / "m" / name).stat().st_mode & 0o777 for name in ("run.sh", "a/w.bin")] == [0o755, 0o644]


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", ".."])
def test_nothing_leads_out(tmp_path: Path, name: str) -> None:
    """An archive that would is refused."""
    folder = tmp_path / "in"
    folder.mkdir()
    with pytest.raises(OSError, match="leads out"):
        archives.unpack(pieces((name, b"x", "")), folder)
    assert [one.name for one in tmp_path.iterdir()] == ["in"]


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    """Links are made last."""
    folder = tmp_path / "in"
    folder.mkdir()
    with pytest.raises(OSError, match="exists"):
        archives.unpack(pieces(("out", None, str(tmp_path)), ("out/x", b"x", "")), folder)
    assert not (tmp_path / "x").exists()


def test_an_archive_that_breaks_off(tmp_path: Path) -> None:
    """Is an error, not half a folder that passes for whole."""
    with pytest.raises(OSError, match="cannot be read"):
        archives.unpack(iter([next(pieces(("m", b"x" * 5000, "")))]), tmp_path)
