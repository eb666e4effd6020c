"""Artifacts in local files: digests tell contents apart, protection holds, deletion stays inside its folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from blake3 import blake3

from bakehouse.errors import Unavailable
from bakehouse.storage.errors import NotLocal
from bakehouse.storage.files import NOTHING, local_path
from bakehouse.storage.local import LocalStore

store = LocalStore()


def tree(root: Path) -> Path:
    """A folder with a file, an executable, a folder, an empty folder and a link."""
    (root / "sub").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / "a.txt").write_text("one")
    (root / "sub" / "b.txt").write_text("two!")
    (root / "link").symlink_to("a.txt")
    return root


@pytest.mark.parametrize("size", [0, 1, 100_000, (1 << 20) - 1, 1 << 20, (9 << 20) + 7])
def test_a_file_is_digested_by_its_bytes(tmp_path: Path, size: int) -> None:
    """Whatever its size, and however many threads read it: the digest is that of the bytes."""
    data = os.urandom(size)
    path = tmp_path / "file"
    path.write_bytes(data)
    assert store.digest(str(path)) == (f"blake3:{blake3(data).hexdigest()}", size)
    assert store.digest(path.as_uri()) == store.digest(str(path))


def test_nothing_is_told_from_an_empty_file(tmp_path: Path) -> None:
    """Where nothing lies there is no digest; an empty file has that of no bytes."""
    assert store.digest(str(tmp_path / "none")) is None
    assert store.digest(str(tmp_path / "none" / "deeper")) is None
    assert store.signature(str(tmp_path / "none")) is None
    (tmp_path / "empty").touch()
    assert store.digest(str(tmp_path / "empty")) == (NOTHING, 0)


def test_equal_folders_have_equal_digests_wherever_they_lie(tmp_path: Path) -> None:
    """Order of creation, times, write permissions and place do not count."""
    one, other = tree(tmp_path / "one"), tree(tmp_path / "deeper" / "other")
    os.utime(other / "a.txt", (1, 1))
    (other / "a.txt").chmod(0o444)
    assert store.digest(str(one)) == store.digest(str(other))
    digest, size = store.digest(str(one)) or ("", 0)
    assert digest.startswith("blake3-tree:")
    assert size == 7


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "a.txt").write_text("two"),
        lambda root: (root / "a.txt").rename(root / "c.txt"),
        lambda root: (root / "a.txt").chmod(0o755),
        lambda root: (root / "empty").rmdir(),
        lambda root: (root / "more").mkdir(),
        lambda root: ((root / "link").unlink(), (root / "link").symlink_to("sub/b.txt")),
        lambda root: ((root / "link").unlink(), (root / "link").write_text("a.txt")),
        lambda root: (root / "sub" / "b.txt").rename(root / "b.txt"),
    ],
)
def test_every_change_of_a_folder_changes_its_digest(tmp_path: Path, change: object) -> None:
    """Contents, names, kinds, places and the right to execute are all part of it."""
    root = tree(tmp_path / "root")
    before, signature = store.digest(str(root)), store.signature(str(root))
    change(root)  # type: ignore[operator]  # a lambda of the table above
    assert store.digest(str(root)) != before
    assert store.signature(str(root)) != signature


def test_names_and_contents_cannot_be_shifted_into_each_other(tmp_path: Path) -> None:
    """Two files are not one file whose name or content holds what separates them."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    (one / "ab").write_text("c")
    (other / "a").write_text("bc")
    assert store.digest(str(one)) != store.digest(str(other))


def test_links_to_nothing_to_devices_and_to_their_own_folder_are_just_links(tmp_path: Path) -> None:
    """They are not followed: a device must not be read for ever, and a folder that holds itself has an end."""
    root = tmp_path / "root"
    root.mkdir()
    for name, target in (("nowhere", "/does/not/exist"), ("device", "/dev/zero"), ("self", "."), ("above", ".."), ("all", "/"), ("loop", "loop")):
        (root / name).symlink_to(target)
    assert (store.digest(str(root)) or ("", -1))[1] == 0


def linked(tmp_path: Path) -> tuple[Path, Path]:
    """A folder with links to a file and a folder outside of it, and that outside."""
    outside = tree(tmp_path / "outside")
    (root := tmp_path / "root").mkdir()
    (root / "file").symlink_to(outside / "a.txt")
    (root / "folder").symlink_to("../outside/sub")
    return root, outside


@pytest.mark.parametrize(
    "change",
    [
        lambda outside: (outside / "a.txt").write_text("two"),
        lambda outside: (outside / "a.txt").unlink(),
        lambda outside: (outside / "sub" / "b.txt").write_text("three"),
        lambda outside: (outside / "sub" / "more").touch(),
    ],
)
def test_a_link_that_leads_out_counts_with_what_it_leads_to(tmp_path: Path, change: object) -> None:
    """What a reader of the folder finds there has changed, though no byte in the folder itself has."""
    root, outside = linked(tmp_path)
    before, signature = store.digest(str(root)), store.signature(str(root))
    change(outside)  # type: ignore[operator]  # a lambda of the table above
    assert store.digest(str(root)) != before
    assert store.signature(str(root)) != signature


def test_a_folder_of_links_equals_one_of_copies(tmp_path: Path) -> None:
    """Its reader sees the same, and its size is that of what is read."""
    root, _ = linked(tmp_path)
    (copies := tmp_path / "copies").mkdir()
    (copies / "file").write_text("one")
    (copies / "folder").mkdir()
    (copies / "folder" / "b.txt").write_text("two!")
    assert store.digest(str(root)) == store.digest(str(copies))
    assert (store.digest(str(root)) or ("", 0))[1] == 7


def test_outside_folders_that_lead_to_each_other_are_read_once(tmp_path: Path) -> None:
    """A circle of links, and many links to one folder, end; what lies there still counts."""
    one, other = tree(tmp_path / "one"), tree(tmp_path / "other")
    (one / "round").symlink_to(other)
    (other / "round").symlink_to(one)
    (root := tmp_path / "root").mkdir()
    for name in ("a", "b", "c"):
        (root / name).symlink_to(one)
    digest, size = store.digest(str(root)) or ("", 0)
    assert size == 14
    (other / "sub" / "b.txt").write_text("else")
    assert (store.digest(str(root)) or ("", 0))[0] != digest


def test_pipes_outside_do_not_hold_whoever_reads_the_folder(tmp_path: Path) -> None:
    """A folder beside the artifact may hold anything: what is neither file nor folder counts by its name."""
    (outside := tmp_path / "outside").mkdir()
    os.mkfifo(outside / "pipe")
    (root := tmp_path / "root").mkdir()
    (root / "folder").symlink_to(outside)
    assert store.digest(str(root)) is not None


def test_a_link_at_the_uri_itself_is_followed(tmp_path: Path) -> None:
    """A step may leave a link as its artifact: what its readers will read counts."""
    (tmp_path / "data").write_text("x")
    (tmp_path / "link").symlink_to("data")
    before = store.digest(str(tmp_path / "link"))
    assert before == store.digest(str(tmp_path / "data"))
    (tmp_path / "data").write_text("y")
    assert store.digest(str(tmp_path / "link")) != before


def test_pipes_and_devices_are_refused_at_once(tmp_path: Path) -> None:
    """A pipe that nobody writes to must not hold the engine, a device must not be read for ever."""
    root = tmp_path / "root"
    root.mkdir()
    os.mkfifo(root / "pipe")
    for uri in (str(root / "pipe"), str(root), "/dev/zero"):
        with pytest.raises(Unavailable, match="neither a file nor a folder"):
            store.digest(uri)


@pytest.mark.parametrize("uri", ["gs://bucket/x", "s3://b/x", "http://h/x", "file://elsewhere/x", "relative/x", "", "//[/x:y", "http://[/"])
def test_other_places_are_refused(uri: str) -> None:
    """Only local folders in this release."""
    if uri.startswith("//"):
        assert local_path(uri) == Path(uri)
        return
    with pytest.raises(NotLocal, match="only local folders in this release"):
        store.digest(uri)


def test_file_uris_are_unquoted() -> None:
    """`file:///a%20b` is the file `/a b`."""
    assert local_path("file:///a%20b") == Path("/a b")
    assert local_path("file://localhost/x") == Path("/x")


def test_sealing_takes_the_write_permissions_and_nothing_else(tmp_path: Path) -> None:
    """Files and folders lose them, may still be read and executed; links and what they point to are left alone."""
    outside = tmp_path / "outside"
    outside.write_text("mine")
    root = tree(tmp_path / "root")
    (root / "a.txt").chmod(0o755)
    (root / "out").symlink_to(outside)
    before = store.digest(str(root))
    store.seal(str(root))
    assert stat.S_IMODE((root / "a.txt").stat().st_mode) == 0o555
    assert not stat.S_IMODE((root / "sub" / "b.txt").stat().st_mode) & 0o222
    assert not stat.S_IMODE(root.stat().st_mode) & 0o222
    assert outside.stat().st_mode & 0o200
    assert store.digest(str(root)) == before
    store.seal(str(tmp_path / "none"))


def test_sealing_spares_files_that_have_another_name(tmp_path: Path) -> None:
    """A hard link into the user's own data does not write-protect that data."""
    mine = tmp_path / "mine"
    mine.write_text("x")
    root = tmp_path / "root"
    root.mkdir()
    os.link(mine, root / "linked")
    store.seal(str(root))
    assert mine.stat().st_mode & 0o200


def test_sealed_folders_can_be_removed(tmp_path: Path) -> None:
    """Protection does not outlive the wish to delete; a protected folder around it keeps its protection."""
    (around := tmp_path / "around").mkdir()
    root = tree(around / "root")
    store.seal(str(around))
    store.remove(str(root), below=str(tmp_path))
    assert not root.exists()
    assert not around.stat().st_mode & 0o222
    store.remove(str(root), below=str(tmp_path))


def test_removal_never_follows_links(tmp_path: Path) -> None:
    """A link is deleted, what it points to stays."""
    (outside := tmp_path / "outside").mkdir()
    (outside / "keep").touch()
    (below := tmp_path / "below").mkdir()
    (below / "link").symlink_to(outside)
    (below / "folder").mkdir()
    (below / "folder" / "link").symlink_to(outside)
    store.remove(str(below / "link"), below=str(below))
    store.remove(str(below / "folder"), below=str(below))
    assert (outside / "keep").exists()
    assert list(below.iterdir()) == []


def test_nothing_outside_its_folder_is_removed(tmp_path: Path) -> None:
    """Neither the folder itself, nor what `..` or a link leads to, nor what lies in a bucket: all that is the user's own."""
    (below := tmp_path / "below").mkdir()
    (outside := tmp_path / "outside").mkdir()
    (outside / "keep").touch()
    (below / "link").symlink_to(outside)
    for uri in (f"{below}", f"{below}/../outside", f"{below}/link/keep", f"{outside}/keep", f"{below}/link/..", "/"):
        store.remove(uri, below=str(below))
    store.remove("gs://bucket/x", below=str(below))
    assert (outside / "keep").exists()
