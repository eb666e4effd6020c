"""Manifests of artifacts in object stores."""

from __future__ import annotations

from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.storage import manifests
from bakehouse.storage.addresses import Address
from bakehouse.storage.manifests import Entry, Stored
from bakehouse.storage.objects import Item

ADDRESS = Address("s3", "b", "root/model")


def entry(name: str, content: bytes = b"x") -> Entry:
    """A file in an artifact."""
    return Entry(Item(name, len(content)), blake3(content).hexdigest(), Stored(manifests.key(ADDRESS, name), len(content), "tag"))


def test_what_was_written_is_read_again() -> None:
    """All of it, whatever the names are."""
    entries = [entry("a"), entry("b\udcff\n"), Entry(Item("c", kind="d")), Entry(Item("l", kind="l", text="a"))]
    made = manifests.made(entries)
    assert manifests.read(made.text()) == manifests.Manifest(made.digest, made.size, tuple(made.entries))


def test_what_is_no_manifest_is_none() -> None:
    """Somebody else's file, a newer version, half of one."""
    for text in (b"", b"[]", b"{}", b'{"version": 2, "digest": "x", "size": 1, "entries": []}', b'{"version": 1, "digest": "x"', b"\xff"):
        assert manifests.read(text) is None


def test_it_lies_beside_the_artifact() -> None:
    """In a folder that no artifact lists as its own."""
    assert manifests.place(ADDRESS) == "root/.bakehouse/model.json"
    assert manifests.place(Address("s3", "b", "model")) == ".bakehouse/model.json"
    for address in (ADDRESS, Address("s3", "b", "model")):
        assert manifests.artifact(Address("s3", "b"), manifests.place(address)) == address
    for key in ("root/model.json", "root/.bakehouse/probe", "root/.bakehouse/deep/x.json", ".bakehouse"):
        assert manifests.artifact(ADDRESS, key) is None
    assert manifests.is_ours(ADDRESS, Stored("root/model/.bakehouse/x.json", 1, ""))
    assert not manifests.is_ours(ADDRESS, Stored("root/model/.bakehouse", 1, ""))


@given(st.lists(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1), min_size=2, max_size=2, unique=True))
def test_two_names_never_have_one_key(names: list[str]) -> None:
    """Nor does a key hold what no key can."""
    one, other = (manifests.fit(name) for name in names)
    assert one != other
    assert not any(sign < " " or sign in "\x7f\\" for sign in one + other)


def test_objects_that_stand_for_folders_are_no_files() -> None:
    """Some tools write empty ones; an empty file that is no folder is a file."""
    stored = [Stored("root/model", 0, "a"), Stored("root/model/sub", 0, "b"), Stored("root/model/sub/x", 1, "c"), Stored("root/model/empty", 0, "d")]
    found = manifests.unread(ADDRESS, stored)
    assert [item.name for item in found.items] == ["sub/x", "empty"]
    assert found.is_folder
