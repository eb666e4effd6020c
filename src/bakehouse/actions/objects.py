"""Artifacts in object stores: how they look, their bytes, and which of them a run may take with it when it is deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bakehouse.actions import bundles, previews
from bakehouse.actions.errors import NoContent
from bakehouse.actions.previews import Entry, Kind, Preview, Subject
from bakehouse.ir.execution import Artifact
from bakehouse.storage import addresses
from bakehouse.storage.objects import Found, Item, Objects

_RUN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Streamed:
    """A file in an object store: its bytes as they come, how many, what it holds, and a name for a copy of it."""

    pieces: Iterator[bytes]
    size: int
    media_type: str
    filename: str


@dataclass(frozen=True)
class Place:
    """What a path in an artifact names: one item, or a folder with the items below it, whose names are relative to the artifact."""

    path: str
    items: Sequence[Item]
    is_folder: bool


def place(store: Objects, artifact: Artifact, path: str) -> Place:
    """What lies at a path in it. Raises `NoContent`, and what the store raises."""
    found = store.find(artifact.uri)
    if found is None:
        remedy = "Put it back where it was, or run the pipeline again: the step makes it anew."
        raise NoContent(artifact=artifact.id, why=f"nothing lies at {artifact.uri}", remedy=remedy)
    inside = _inside(found, path)
    if inside is None:
        raise NoContent(artifact=artifact.id, why=f"nothing lies at {path} in it", remedy="Name a file as the artifact's preview lists it.")
    return inside


def _inside(found: Found, path: str) -> Place | None:
    if not path:
        return Place(path, found.items, found.is_folder)
    if exact := [item for item in found.items if item.name == path]:
        return Place(path, exact, exact[0].kind == "d")
    below = [item for item in found.items if item.name.startswith(f"{path}/")]
    return Place(path, below, is_folder=True) if below else None


def preview(store: Objects, artifact: Artifact, path: str) -> Preview:
    """How the content looks, or a file or folder in it. Raises as `place` does."""
    at = place(store, artifact, path)
    if at.is_folder:
        return _folder(at)
    head, item = _head(store, artifact, at)
    return previews.of_file(head, _subject(artifact, item))


def content(store: Objects, artifact: Artifact, path: str) -> Streamed:
    """A file in it, to be streamed. Raises as `place` does, and `NoContent` for a folder."""
    at = place(store, artifact, path)
    if at.is_folder:
        raise NoContent(artifact=artifact.id, why="it is a folder", remedy="Name a file in it: `?path=FILE`. `/archive` sends all of it.")
    head, item = _head(store, artifact, at)
    subject = _subject(artifact, item)
    return Streamed(store.read(artifact.uri, item.name), item.size, previews.media_type(head, subject), subject.name or "artifact")


def archive(store: Objects, artifact: Artifact, path: str) -> tuple[str, Iterator[bytes]]:
    """The name of a folder in it, and the folder as a zip archive. Raises as `place` does, and `NoContent` for a file."""
    at = place(store, artifact, path)
    if not at.is_folder:
        raise NoContent(artifact=artifact.id, why="it is no folder", remedy="Fetch the file itself: `/content`.")
    name = bundles.safe(path.rpartition("/")[2] or _name(artifact)) or "artifact"
    inside = [replace(item, name=item.name[len(path) :].lstrip("/")) for item in at.items]

    def read(item: Item) -> Iterator[bytes]:
        return store.read(artifact.uri, f"{path}/{item.name}".lstrip("/"))

    return name, bundles.of_items(inside, name, read)


def link(store: Objects, artifact: Artifact, path: str, seconds: int) -> str:
    """A URL at the store itself by which whoever has it may fetch a file for so long. Raises as `content` does."""
    at = place(store, artifact, path)
    if at.is_folder:
        raise NoContent(artifact=artifact.id, why="it is a folder", remedy="Name a file in it: `?path=FILE`.")
    return store.link(artifact.uri, at.items[0].name, seconds=seconds)


def root_of_run(uri: str) -> str:
    """The root below which a run has written this; empty for what lies elsewhere, which is the user's own."""
    address = addresses.parsed(uri)
    if address is None:
        return ""
    parts = address.key.split("/")
    for count, part in enumerate(parts):
        if _RUN_ID.fullmatch(part):
            return str(replace(address, key="/".join(parts[:count])))
    return ""


def _head(store: Objects, artifact: Artifact, at: Place) -> tuple[bytes, Item]:
    """The beginning of a file. Raises `NoContent` for a link."""
    (item,) = at.items
    if item.kind == "l":
        raise NoContent(artifact=artifact.id, why=f"it is a link to {item.text}", remedy="Name the file that it leads to.")
    first = next(store.read(artifact.uri, item.name), b"")
    return first[: previews.MOST_BYTES], item


def _folder(at: Place) -> Preview:
    """The first entries of a folder by name: folders, then files, then links."""
    start = len(at.path) + 1 if at.path else 0
    found: dict[str, Entry] = {}
    for item in at.items:
        name, below, _ = item.name[start:].partition("/")
        if not name:
            continue  # an empty folder: itself
        path = item.name[: start + len(name)]
        folder = bool(below) or item.kind == "d"
        found[name] = Entry(path, folder, 0 if folder else item.size, item.text if not below else "")
    listed = sorted(found.values(), key=lambda one: (bool(one.leads_to), not one.is_folder, one.path))
    shown = listed[: previews.MOST_ENTRIES]
    cut = len(listed) > len(shown)
    note = f"Only {len(shown):,} of {len(listed):,} entries are shown." if cut else "" if shown else "The folder is empty."
    return Preview(Kind.FOLDER, size=sum(one.size for one in listed), truncated=cut, entries=shown, note=note)


def _subject(artifact: Artifact, item: Item) -> Subject:
    """What is known of a file; only the artifact itself is of the artifact's type."""
    if item.name:
        return Subject(item.name.rpartition("/")[2], "", item.size)
    return Subject(_name(artifact), artifact.type.schema_title, item.size)


def _name(artifact: Artifact) -> str:
    address = addresses.parsed(artifact.uri)
    return address.name if address is not None else ""
