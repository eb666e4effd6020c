"""Artifacts in local files: digests tell contents apart, protection holds, deletion stays inside its folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from blake3 import blake3

from bakehouse.errors import Unavailable
from bakehouse.storage import trees
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
    (root / "own.txt").write_text("four")
    (root / "file").symlink_to(outside / "a.txt")
    (root / "folder").symlink_to("../outside/sub")
    return root, outside


@pytest.mark.parametrize(
    "change",
    [
        lambda outside: (outside / "a.txt").write_text("three"),
        lambda outside: os.utime(outside / "a.txt", (1, 1)),
        lambda outside: (outside / "a.txt").unlink(),
        lambda outside: (outside / "sub" / "b.txt").write_text("three"),
        lambda outside: (outside / "sub" / "b.txt").rename(outside / "sub" / "c.txt"),
        lambda outside: (outside / "sub" / "more").touch(),
        lambda outside: (outside / "sub" / "more").symlink_to("b.txt"),
    ],
)
def test_a_change_of_what_links_lead_out_to_shows(tmp_path: Path, change: object) -> None:
    """What a reader of the folder finds there has changed, though no byte in the folder itself has."""
    root, outside = linked(tmp_path)
    before, signature = store.digest(str(root)), store.signature(str(root))
    change(outside)  # type: ignore[operator]  # a lambda of the table above
    assert store.digest(str(root)) != before
    assert store.signature(str(root)) != signature


def test_what_lies_outside_is_neither_read_nor_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link to a terabyte must not cost a terabyte: only files of the folder itself are opened, and its size is theirs."""
    root, _ = linked(tmp_path)
    opened = list[str]()
    opening = os.open

    def noted(path: str, *arguments: int, **more: int) -> int:
        opened.append(str(path))
        return opening(path, *arguments, **more)

    monkeypatch.setattr(os, "open", noted)
    assert (store.digest(str(root)) or ("", 0))[1] == 4
    assert opened == [str(root / "own.txt")]


def test_a_digest_says_whether_links_lead_out(tmp_path: Path) -> None:
    """A folder of links is never equal to one of copies, nor to what an older release recorded of it: that one read what lay outside."""
    root, outside = linked(tmp_path)
    assert (store.digest(str(root)) or ("", 0))[0].startswith("blake3-linked:")
    assert (store.digest(str(outside)) or ("", 0))[0].startswith("blake3-tree:")
    (root / "file").unlink()
    (root / "folder").unlink()
    assert (store.digest(str(root)) or ("", 0))[0].startswith("blake3-tree:")


def test_the_digest_of_a_folder_without_links_out_is_what_it_always_was(tmp_path: Path) -> None:
    """Records hold such digests: a release that makes them in another way finds every artifact changed."""
    root = tree(tmp_path / "root")
    (root / "a.txt").chmod(0o644)
    (root / "sub" / "b.txt").chmod(0o755)
    assert store.digest(str(root)) == ("blake3-tree:76af196bf6f5e6b25b872c38c5fcbe41169bf4f261ef42b46972c15a0e1ce92e", 7)


def test_a_great_folder_outside_is_looked_at_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many things of it, always the same ones: what is beyond them is not seen."""
    monkeypatch.setattr(trees, "MOST_OUTSIDE", 5)
    (outside := tmp_path / "outside").mkdir()
    for number in range(9):
        (outside / f"{number}").touch()
    (root := tmp_path / "root").mkdir()
    (root / "folder").symlink_to(outside)
    assert [one.name for one in trees.entries(root)] == ["folder", "folder", *(f"folder/{number}" for number in range(5))]
    before = store.digest(str(root))
    (outside / "7").write_text("more")
    assert store.digest(str(root)) == before
    (outside / "3").write_text("more")
    assert store.digest(str(root)) != before


def test_links_of_outside_folders_lead_no_further(tmp_path: Path) -> None:
    """A circle of links ends, and what lies behind two links is not looked at."""
    one, other = tree(tmp_path / "one"), tree(tmp_path / "other")
    (one / "round").symlink_to(other)
    (other / "round").symlink_to(one)
    (root := tmp_path / "root").mkdir()
    (root / "a").symlink_to(one)
    before = store.digest(str(root))
    (other / "sub" / "b.txt").write_text("else")
    assert store.digest(str(root)) == before


def test_pipes_outside_do_not_hold_whoever_reads_the_folder(tmp_path: Path) -> None:
    """A folder beside the artifact may hold anything: what is neither file nor folder counts by its name."""
    (outside := tmp_path / "outside").mkdir()
    os.mkfifo(outside / "pipe")
    (root := tmp_path / "root").mkdir()
    (root / "folder").symlink_to(outside)
    assert store.digest(str(root)) is not None


def test_what_may_not_be_read_outside_counts_as_far_as_it_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed folder beside the artifact is nobody's fault."""
    (closed := tmp_path / "outside" / "closed").mkdir(parents=True)
    (root := tmp_path / "root").mkdir()
    (root / "folder").symlink_to(closed.parent)
    scanning = os.scandir

    def refusing(path: str) -> object:
        if path == str(closed):
            raise PermissionError(path)
        return scanning(path)

    monkeypatch.setattr(os, "scandir", refusing)  # root may read everything
    assert [one.name for one in trees.entries(root)] == ["folder", "folder", "folder/closed"]


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
