"""What every object store must do, on real servers."""

from __future__ import annotations

import os
import stat
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from blake3 import blake3

from bakehouse.storage import pieces
from bakehouse.storage.errors import Abandoned, Missing, Refused, Special, Unreadable
from bakehouse.storage.local import LocalStore
from bakehouse.storage.manifests import Entry, Stored, made
from bakehouse.storage.object_store import ObjectStore
from bakehouse.storage.objects import Item
from tests.storage.conftest import Bed

local = LocalStore()


ODD = ["a b", "ü", "a%20b", "%", "q?x=1&y", "h#y", "plus+", "tab\tx", "new\nline", "back\\s", "dots..", "*", "{b}", '"', "\udcff"]


def wanted() -> bool:
    """Nobody stops the transfer."""
    return False


def fetched(store: ObjectStore, uri: str) -> object:
    """A download."""
    return store.download(uri, Path("/nowhere"), stopped=wanted)


def sent(store: ObjectStore, uri: str) -> object:
    """An upload."""
    return store.upload(Path(__file__), uri, stopped=wanted)


@pytest.mark.parametrize("size", [0, 1, pieces.PIECE - 1, pieces.PIECE, 2 * pieces.PIECE + 5])
def test_a_file_comes_back_as_it_was(bed: Bed, tmp_path: Path, size: int) -> None:
    """Of whatever size, with the digest that it has on a disk, and read-only."""
    source, back = tmp_path / "source", tmp_path / "back"
    source.write_bytes(os.urandom(size))
    known = local.digest(str(source))
    assert bed.store.upload(source, bed.at("file"), stopped=wanted) == known
    assert bed.store.download(bed.at("file"), back, stopped=wanted) == known
    assert back.read_bytes() == source.read_bytes()
    assert stat.S_IMODE(back.stat().st_mode) == 0o444
    found = bed.store.find(bed.at("file"))
    assert found is not None
    assert (found.digest, found.size, found.verified, found.is_folder) == (*known, True, False)


def test_a_folder_comes_back_as_it_was(bed: Bed, tree: Path, tmp_path: Path) -> None:
    """With empty folders, links, and who may execute its files: a bucket knows none of these."""
    known = local.digest(str(tree))
    assert bed.store.upload(tree, bed.at("tree"), stopped=wanted) == known
    assert bed.store.download(bed.at("tree"), tmp_path / "back", stopped=wanted) == known
    assert local.digest(str(tmp_path / "back")) == known
    assert (tmp_path / "back" / "link").readlink() == Path("sub/deep")


@pytest.mark.parametrize("name", ODD)
def test_names_may_be_odd(bed: Bed, tmp_path: Path, name: str) -> None:
    """Whatever a file system takes comes back, also what no key can have."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / name).write_text(name.encode("utf-8", "surrogateescape").hex())
    known = local.digest(str(folder))
    assert bed.store.upload(folder, bed.at("odd"), stopped=wanted) == known
    assert bed.store.download(bed.at("odd"), tmp_path / "back", stopped=wanted) == known
    assert os.listdir(tmp_path / "back") == [name]  # noqa: PTH208  # names as they are
    assert b"".join(bed.store.read(bed.at("odd"), name)).decode() == name.encode("utf-8", "surrogateescape").hex()


def test_an_empty_folder_is_something(bed: Bed, tmp_path: Path) -> None:
    """Though a bucket has no object for it."""
    (tmp_path / "empty").mkdir()
    known = local.digest(str(tmp_path / "empty"))
    assert bed.store.upload(tmp_path / "empty", bed.at("empty"), stopped=wanted) == known
    assert bed.store.download(bed.at("empty"), tmp_path / "back", stopped=wanted) == known
    assert list((tmp_path / "back").iterdir()) == []


def test_links_that_lead_out_become_what_they_lead_to(bed: Bed, tmp_path: Path) -> None:
    """Elsewhere they would lead nowhere."""
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "weights").write_text("w")
    (folder := tmp_path / "model").mkdir()
    (folder / "weights").symlink_to(tmp_path / "cache" / "weights")
    (folder / "all").symlink_to(tmp_path / "cache")
    bed.store.upload(folder, bed.at("model"), stopped=wanted)
    bed.store.download(bed.at("model"), tmp_path / "back", stopped=wanted)
    found = {path.relative_to(tmp_path / "back").as_posix(): path.read_text() for path in (tmp_path / "back").rglob("*") if path.is_file()}
    assert found == {"weights": "w", "all/weights": "w"}
    assert not (tmp_path / "back" / "weights").is_symlink()


def test_nothing_is_nothing(bed: Bed, tmp_path: Path) -> None:
    """Where nothing lies nothing is found, fetched or deleted, and reading says so at once."""
    assert bed.store.find(bed.at("none")) is None
    assert bed.store.download(bed.at("none"), tmp_path / "back", stopped=wanted) is None
    assert not (tmp_path / "back").exists()
    bed.store.remove(bed.at("none"))
    with pytest.raises(Missing):
        bed.store.read(bed.at("none"))


def test_what_somebody_else_wrote_is_known_by_its_tag(bed: Bed, tmp_path: Path) -> None:
    """Its bytes are not read; a change shows all the same; it is fetched, and it is not deleted."""
    bed.put("given/a", b"1")
    bed.put("given/b/c", b"22")
    before = bed.store.find(bed.at("given"))
    assert before is not None
    assert (before.verified, before.size, before.is_folder) == (False, 3, True)
    assert before.digest.startswith("objects:")
    assert bed.store.download(bed.at("given"), tmp_path / "back", stopped=wanted) == (before.digest, 3)
    assert (tmp_path / "back" / "b" / "c").read_bytes() == b"22"
    bed.put("given/a", b"2")
    after = bed.store.find(bed.at("given"))
    assert after is not None
    assert after.digest != before.digest
    bed.store.remove(bed.at("given"))
    assert bed.store.find(bed.at("given")) == after


@pytest.mark.parametrize("change", ["other bytes", "one more", "one less"])
def test_a_change_from_outside_shows(bed: Bed, tree: Path, change: str) -> None:
    """What was verified is so only while the objects are those that were written."""
    bed.store.upload(tree, bed.at("tree"), stopped=wanted)
    if change == "one less":
        bed.delete("tree/a.txt")
    else:
        bed.put("tree/a.txt" if change == "other bytes" else "tree/more", b"two")
    found = bed.store.find(bed.at("tree"))
    assert found is not None
    assert not found.verified


def test_writing_anew_leaves_nothing_of_before(bed: Bed, tree: Path, tmp_path: Path) -> None:
    """Neither in what is found nor in the bucket."""
    bed.store.upload(tree, bed.at("out"), stopped=wanted)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "only").write_text("x")
    known = bed.store.upload(tmp_path / "other", bed.at("out"), stopped=wanted)
    found = bed.store.find(bed.at("out"))
    assert found is not None
    assert (found.digest, found.size) == known
    assert [item.name for item in found.items] == ["only"]


def test_a_writer_takes_pieces(bed: Bed) -> None:
    """From wherever they come; the artifact is there when the writer is finished, and not before."""
    writer = bed.store.writer(bed.at("made"))
    writer.file("big", (bytes([number]) * pieces.PIECE for number in range(3)))
    writer.file("bin/run", iter((b"a", b"b")), executable=True)
    writer.folder("none")
    writer.link("to", "big")
    digest, size = writer.finish()
    assert size == 3 * pieces.PIECE + 2
    found = bed.store.find(bed.at("made"))
    assert found is not None
    assert (found.digest, found.verified) == (digest, True)
    assert [(item.name, item.kind) for item in found.items] == [("big", "f"), ("bin/run", "x"), ("none", "d"), ("to", "l")]


def test_what_breaks_off_leaves_nothing(bed: Bed) -> None:
    """Neither of a file that broke off nor of those before it, once the writer was told."""

    def broken() -> Iterator[bytes]:
        yield b"x" * pieces.PIECE
        yield b"y" * pieces.PIECE
        raise RuntimeError("the line is cut")

    writer = bed.store.writer(bed.at("half"))
    writer.file("first", iter((b"1",)))
    with pytest.raises(RuntimeError, match="the line is cut"):
        writer.file("second", broken())
    writer.abort()
    assert bed.store.find(bed.at("half")) is None


def test_a_transfer_is_stopped_between_two_pieces(bed: Bed, tmp_path: Path) -> None:
    """Both ways; what was there of an upload is not."""
    (tmp_path / "file").write_bytes(b"z" * (2 * pieces.PIECE))
    with pytest.raises(Abandoned):
        bed.store.upload(tmp_path / "file", bed.at("stopped"), stopped=lambda: True)
    assert bed.store.find(bed.at("stopped")) is None
    bed.store.upload(tmp_path / "file", bed.at("there"), stopped=wanted)
    with pytest.raises(Abandoned):
        bed.store.download(bed.at("there"), tmp_path / "back", stopped=lambda: True)


@pytest.mark.parametrize("offset", [0, 1, pieces.PIECE, pieces.PIECE + 3])
def test_reading_begins_anywhere(bed: Bed, tmp_path: Path, offset: int) -> None:
    """Whoever was cut off goes on from there."""
    content = os.urandom(pieces.PIECE + 4)
    (tmp_path / "file").write_bytes(content)
    bed.store.upload(tmp_path / "file", bed.at("file"), stopped=wanted)
    assert b"".join(bed.store.read(bed.at("file"), offset=offset)) == content[offset:]


def test_a_link_needs_no_key(bed: Bed, tmp_path: Path) -> None:
    """Whoever has it may fetch the file."""
    if bed.root.startswith("gs:"):
        pytest.skip("Google itself signs links where no key is given")
    (tmp_path / "file").write_bytes(b"shared")
    bed.store.upload(tmp_path / "file", bed.at("file"), stopped=wanted)
    with urllib.request.urlopen(bed.store.link(bed.at("file"), seconds=60)) as answer:  # noqa: S310  # of the server that we started
        assert answer.read() == b"shared"


def test_removing_takes_what_bakehouse_wrote(bed: Bed, tree: Path) -> None:
    """All of it, and nothing beside it."""
    bed.store.upload(tree, bed.at("tree"), stopped=wanted)
    bed.put("tree/by somebody else", b"1")
    bed.store.remove(bed.at("tree"))
    found = bed.store.find(bed.at("tree"))
    assert found is not None
    assert [item.name for item in found.items] == ["by somebody else"]


@pytest.mark.parametrize("doing", [ObjectStore.find, ObjectStore.probe, ObjectStore.read, fetched, sent])
def test_a_missing_bucket_is_named(bed: Bed, doing: Callable[[ObjectStore, str], object]) -> None:
    """With the operation, the store's own code, and what to do."""
    with pytest.raises(Refused, match="nobody-made-this") as told:
        doing(bed.store, bed.elsewhere("nobody-made-this"))
    assert told.value.operation
    assert told.value.reason in {"NoSuchBucket", "ContainerNotFound", "404 Not Found"}
    assert "Make the bucket nobody-made-this" in str(told.value.remedy)


def test_only_files_and_folders_are_uploaded(bed: Bed, tmp_path: Path) -> None:
    """A pipe would never end."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "folder" / "pipe")
    with pytest.raises(Special):
        bed.store.upload(tmp_path / "folder", bed.at("pipes"), stopped=wanted)


@pytest.mark.parametrize("name", ["../out", "/etc/out", "a/../../out"])
def test_a_manifest_leads_nowhere_else(bed: Bed, tmp_path: Path, name: str) -> None:
    """Whoever may write to the bucket may not write to this machine."""
    bed.put("evil/x", b"1")
    found = bed.store.find(bed.at("evil"))
    assert found is not None
    entry = Entry(Item(name, 1), blake3(b"1").hexdigest(), Stored(f"{bed.key('evil')}/x", 1, bed.tag("evil/x")))
    bed.put(".bakehouse/evil.json", made([entry]).text())
    with pytest.raises(Unreadable, match="outside"):
        bed.store.download(bed.at("evil"), tmp_path / "deep" / "back", stopped=wanted)
    assert not (tmp_path / "out").exists()
