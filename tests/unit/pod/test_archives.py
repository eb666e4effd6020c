"""A folder as a tar: any part of it at any time, and the same folder in the end."""

from __future__ import annotations

import io
import os
import random
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from bakehouse.pod.archives import Archive, Special, Unsafe, unpack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """All that may be in one: sizes around a block of the tar, names of any kind, links, an empty folder."""
    root = tmp_path / "folder"
    (root / "a" / "b").mkdir(parents=True)
    (root / "empty").mkdir()
    for size in (0, 1, 511, 512, 513, 5000):
        (root / "a" / f"{size}.bin").write_bytes(os.urandom(size))
    (root / "a" / "b" / ("n" * 200)).write_text("long")
    (root / "ä\n").write_text("odd")
    os.close(os.open(os.fsencode(root) + b"/\xff\xfe", os.O_CREAT | os.O_WRONLY))
    (root / "run").write_text("#!/bin/sh\n")
    (root / "run").chmod(0o750)
    (root / "link").symlink_to("a/1.bin")
    (root / "a" / "up").symlink_to("../run")
    return root


def kinds(root: Path) -> dict[bytes, tuple[str, bytes, bool]]:
    """What lies in a folder: kind, content, whether it may be executed."""
    found = {}
    for place, folders, files in os.walk(os.fsencode(root)):
        for name in (*folders, *files):
            path = os.path.join(place, name)  # noqa: PTH118  # a path of bytes
            relative = os.path.relpath(path, os.fsencode(root))
            if os.path.islink(path):  # noqa: PTH114
                found[relative] = ("link", os.readlink(path), False)  # noqa: PTH115
            elif os.path.isdir(path):  # noqa: PTH112
                found[relative] = ("folder", b"", False)
            else:
                with open(path, "rb") as file:  # noqa: PTH123
                    found[relative] = ("file", file.read(), bool(os.stat(path).st_mode & 0o100))  # noqa: PTH116
    return found


def test_there_and_back(folder: Path, tmp_path: Path) -> None:
    """The same names, contents, links and rights to execute; and it is a tar that others read, too."""
    archive = Archive(str(folder))
    whole = archive.read(0, archive.size)
    assert len(whole) == archive.size
    unpack(io.BytesIO(whole), str(tmp_path / "back"))
    assert kinds(tmp_path / "back") == kinds(folder)
    with tarfile.open(fileobj=io.BytesIO(whole)) as read:
        assert len(read.getnames()) == len(kinds(folder))


def test_any_part_of_it_at_any_time(folder: Path) -> None:
    """Wherever a transfer broke off: the bytes are the same, also of an archive that is listed anew."""
    archive = Archive(str(folder))
    whole = archive.read(0, archive.size)
    again = Archive(str(folder))
    for _ in range(500):
        offset, count = random.randrange(archive.size), random.randrange(1, 4000)
        assert again.read(offset, count) == whole[offset : offset + count]
    assert archive.read(archive.size, 10) == b""


@pytest.mark.parametrize(("files", "length"), [(0, 1), (1, 5), (300, 10), (300, 150)])
def test_what_it_takes_of_the_memory(tmp_path: Path, files: int, length: int) -> None:
    """By this a server bounds what it remembers of folders: nothing is free, and long names count."""
    for number in range(files):
        (tmp_path / f"{number:0{length}}").touch()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        archives = [Archive(str(tmp_path)) for _ in range(20)]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    taken = (after - before) / len(archives)
    assert taken / 2 <= archives[0].memory <= 2 * taken + 600  # an object of a type that is known already takes less


def test_an_empty_folder(tmp_path: Path) -> None:
    """It is one, too."""
    (tmp_path / "empty").mkdir()
    archive = Archive(str(tmp_path / "empty"))
    unpack(io.BytesIO(archive.read(0, archive.size)), str(tmp_path / "back"))
    assert list((tmp_path / "back").iterdir()) == []


@pytest.mark.parametrize("change", ["longer", "shorter", "gone"])
def test_a_folder_that_changes_meanwhile(folder: Path, change: str) -> None:
    """No archive is made of two states of it."""
    archive, path = Archive(str(folder)), folder / "a" / "5000.bin"
    if change == "gone":
        path.unlink()
    else:
        path.write_bytes(b"x" * (9000 if change == "longer" else 10))
    with pytest.raises(OSError, match=r"5000\.bin"):
        archive.read(0, archive.size)


def test_pipes_and_devices_are_refused(folder: Path) -> None:
    """They have no content."""
    os.mkfifo(folder / "pipe")
    with pytest.raises(Special, match="pipe is neither"):
        Archive(str(folder))


def test_links_of_inputs_may_lead_out(tmp_path: Path) -> None:
    """They are texts; nothing is written through them, and where they lead there is nothing in a pod."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "out").symlink_to("/etc/hostname")
    archive = Archive(str(tmp_path / "folder"))
    whole = io.BytesIO(archive.read(0, archive.size))
    unpack(whole, str(tmp_path / "back"), links_out=True)
    assert str((tmp_path / "back" / "out").readlink()) == "/etc/hostname"
    whole.seek(0)
    with pytest.raises(Unsafe, match="leads out"):
        unpack(whole, str(tmp_path / "other"))


#: A file (name, content), a folder (no content) or a link (where it leads to).
Member = tuple[str, bytes | None, str]


def tarred(*members: Member) -> io.BytesIO:
    """A tar of them."""
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
    whole.seek(0)
    return whole


class Pieces:
    """A source that gives what it has, not what it is asked for, and cannot go back."""

    def __init__(self, whole: io.BytesIO) -> None:
        self._whole = whole

    def read(self, size: int, /) -> bytes:
        """Some bytes."""
        return self._whole.read(min(size, random.randrange(1, 700)))


def test_an_archive_that_comes_in_pieces(tmp_path: Path) -> None:
    """Contents, the right to execute, and links as they are."""
    whole = tarred(("m", None, ""), ("m/a/w.bin", b"x" * 5000, ""), ("m/run.sh", b"go", ""), ("m/last", None, "a/w.bin"))
    unpack(Pieces(whole), str(tmp_path / "in"))
    found = tmp_path / "in" / "m"
    assert (found / "last").read_bytes() == b"x" * 5000
    assert (found / "last").is_symlink()
    assert [(found / name).stat().st_mode & 0o777 for name in ("run.sh", "a/w.bin")] == [0o755, 0o644]


#: What would be made outside of the folder if a link were followed: `out` is a folder beside it.
THROUGH_LINKS: dict[str, list[Member]] = {
    "file": [("l", None, "../out"), ("l/x", b"x", "")],
    "folder": [("l", None, "../out"), ("l/x", None, "")],
    "link": [("l", None, "../out"), ("l/x", None, "text")],
    "link, deep": [("l", None, "../out"), ("l/new/deep/x", None, "text")],
    "link, before it": [("l/x", None, "text"), ("l", None, "../out")],
    "link, by another": [("a", None, "b"), ("b", None, "../out"), ("a/x", None, "text")],
}


@pytest.mark.parametrize("case", THROUGH_LINKS)
@pytest.mark.parametrize("links_out", [False, True])
def test_nothing_is_made_through_a_link(tmp_path: Path, case: str, *, links_out: bool) -> None:
    """Whatever it is, and whether or not links may lead out."""
    (tmp_path / "out").mkdir()
    with pytest.raises(Unsafe):
        unpack(tarred(*THROUGH_LINKS[case]), str(tmp_path / "in"), links_out=links_out)
    assert list((tmp_path / "out").iterdir()) == []


def test_long_chains_of_headers(tmp_path: Path) -> None:
    """Each announces the next one; tarfile reads them by recursion."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 5
    one = info.tobuf(tarfile.GNU_FORMAT) + b"name\0".ljust(512, b"\0")
    with pytest.raises(Unsafe, match="cannot be read"):
        unpack(io.BytesIO(one * 3000), str(tmp_path / "in"))


def test_names_that_no_disk_takes(tmp_path: Path) -> None:
    """It is the archive that is wrong, not the disk: nobody is to try it again."""
    wrong: list[list[Member]] = [[("n" * 300, b"x", "")], [("f", b"x", ""), ("f/g", b"x", "")], [("l", None, "a"), ("l", None, "a")]]
    for number, members in enumerate(wrong):
        with pytest.raises(Unsafe):
            unpack(tarred(*members), str(tmp_path / str(number)))
