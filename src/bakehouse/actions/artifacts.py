"""What a user does with artifacts: see where they came from and where they went, look at what is in them, fetch it.

An artifact is a file or a folder. What is asked for lies in it: no `..`, no absolute path, no link that leads out, nothing but
plain files and folders. A link at the artifact itself is followed, as its digest does.
"""

from __future__ import annotations

import errno
import heapq
import itertools
import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bakehouse.actions import access, bundles, objects, previews
from bakehouse.actions.context import Context
from bakehouse.actions.errors import BadPath, NoContent, NoSuchArtifact
from bakehouse.actions.objects import Streamed
from bakehouse.actions.previews import Entry, Kind, Preview, Subject
from bakehouse.ir.execution import Artifact, TaskId
from bakehouse.records.artifacts import ArtifactView
from bakehouse.records.views import RunView
from bakehouse.storage import trees
from bakehouse.storage.errors import Away, Refused
from bakehouse.storage.files import NOTHING, is_local, local_path

_MOST_LISTED = 100_000  # entries of a folder that are looked at
_LONGEST_PATH = 4_096  # characters
_NO_WAITING = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW  # a pipe would make us wait for its other end
_READABLE = "See that it exists, and that the user who runs the server may read it."
_SUFFIXES = {
    "text/html": ".html", "text/markdown": ".md", "application/json": ".json", "text/csv": ".csv", "text/tab-separated-values": ".tsv",
    "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "image/svg+xml": ".svg", "text/plain": ".txt",
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """An artifact, and the output of a step as which a run has it."""

    task_id: TaskId
    output: str
    artifact: Artifact


@dataclass(frozen=True)
class Content:
    """A plain file: where it lies, how it was when it was found, what it holds, and a name for a copy of it."""

    path: Path
    found: os.stat_result
    media_type: str
    filename: str


@dataclass(frozen=True)
class Archive:
    """A folder as a zip archive: a name for a copy of it, and its bytes, which are made while they are read."""

    filename: str
    pieces: Iterator[bytes]


def get(context: Context, artifact_id: str) -> ArtifactView:
    """An artifact with its lineage. Raises `NoSuchArtifact`."""
    found = context.records.artifacts.get(artifact_id)
    if found is None:
        raise NoSuchArtifact(artifact=artifact_id)
    access.check(context, namespace=found.namespace)
    return found


def made(view: RunView, *, types: Collection[str] = ()) -> Iterator[Made]:
    """What the steps of a run have made or reused so far, in their order; only what has one of these schema titles, if any are named."""
    for task in view.tasks:
        for output, group in sorted(task.outputs.artifacts.items()) if task.outputs is not None else ():
            for artifact in group:
                if not types or artifact.type.schema_title in types:
                    yield Made(task.id, output, artifact)


def is_readable(context: Context, artifact: Artifact) -> bool:
    """Whether its content lies where this machine can read it, if it is there."""
    access.own(context)
    return is_local(artifact.uri) or context.objects.serves(artifact.uri)


def preview(context: Context, artifact_id: str, path: str = "") -> Preview:
    """How the content looks, or a file or folder in it; why there is nothing to see, if so. Raises `NoSuchArtifact`, `BadPath`."""
    artifact = get(context, artifact_id).artifact
    try:
        if _lies_in_store(context, artifact, path):
            return objects.preview(context.objects, artifact, path)
        place = _located(artifact, path)
        if place.is_dir():
            return _folder(artifact, place, path)
        head, found = _read(artifact, place)
    except NoContent as nothing:
        return Preview(Kind.NONE, note=f"There is nothing to see: {nothing.why}.")
    except (Away, Refused) as unseen:
        return Preview(Kind.NONE, note=f"It cannot be seen now: {unseen.message}.")
    return previews.of_file(head, _subject(artifact, path, found.st_size))


def content(context: Context, artifact_id: str, path: str = "") -> Content | Streamed:
    """The file that an artifact is, or one in it. Raises `NoSuchArtifact`, `BadPath`, `NoContent`, and what an object store raises."""
    artifact = get(context, artifact_id).artifact
    if _lies_in_store(context, artifact, path):
        streamed = objects.content(context.objects, artifact, path)
        return replace(streamed, filename=_with_suffix(streamed.filename, streamed.media_type))
    place = _located(artifact, path)
    if place.is_dir():
        raise NoContent(
            artifact=artifact.id,
            why="it is a folder",
            remedy="Name a file in it: `?path=FILE`; the artifact's preview lists them. `/archive` sends all of it.",
        )
    head, found = _read(artifact, place)
    subject = _subject(artifact, path, found.st_size)
    media_type = previews.media_type(head, subject)
    return Content(place, found, media_type, _with_suffix(subject.name or "artifact", media_type))


def archive(context: Context, artifact_id: str, path: str = "") -> Archive:
    """A folder that an artifact is, or one in it, as a zip archive. Raises as `content` does."""
    artifact = get(context, artifact_id).artifact
    if _lies_in_store(context, artifact, path):
        name, pieces = objects.archive(context.objects, artifact, path)
        return Archive(f"{name}.zip", pieces)
    place = _located(artifact, path)
    if not place.is_dir():
        raise NoContent(artifact=artifact.id, why="it is no folder", remedy="Fetch the file itself: `/content`.")
    try:
        with os.scandir(place):
            name = bundles.safe(path.rpartition("/")[2] or local_path(artifact.uri).name) or "artifact"
    except OSError as error:
        raise NoContent(artifact=artifact.id, why=f"it cannot be read ({error.strerror})", remedy=_READABLE) from error
    return Archive(f"{name}.zip", bundles.pieces(place, name))


def link(context: Context, artifact_id: str, path: str = "", *, seconds: int) -> str:
    """A URL by which whoever has it may fetch a file at the object store itself, for so long. Raises as `content` does."""
    artifact = get(context, artifact_id).artifact
    if _lies_in_store(context, artifact, path):
        return objects.link(context.objects, artifact, path, seconds)
    raise NoContent(artifact=artifact.id, why="it lies in no object store", remedy="Fetch it from the server: `/content`.")


def _lies_in_store(context: Context, artifact: Artifact, path: str) -> bool:
    """Whether it is in an object store that is set up here. Raises `BadPath` for a path that nothing in any artifact has."""
    _check(path)
    return context.objects.serves(artifact.uri)


def _with_suffix(name: str, media_type: str) -> str:
    return name if "." in name else f"{name}{_SUFFIXES.get(media_type, '')}"


def _subject(artifact: Artifact, path: str, size: int) -> Subject:
    """What is known of a file; only the artifact itself is of the artifact's type."""
    if path:
        return Subject(path.rpartition("/")[2], "", size)
    return Subject(local_path(artifact.uri).name, artifact.type.schema_title, size)


# ---------------------------------------------------------------- on the disk


def _located(artifact: Artifact, path: str) -> Path:
    """What a path in an artifact names, all links followed. Raises `BadPath`, `NoContent`."""
    if not is_local(artifact.uri):
        raise NoContent(
            artifact=artifact.id,
            why=f"it lies at {artifact.uri}, where this server cannot read" if artifact.uri else "it has no address",
            remedy="Set up its object store here, or fetch it from there with a program that can."
            if artifact.uri
            else "What the step recorded of it is in its metadata.",
        )
    try:
        root = local_path(artifact.uri).resolve(strict=True)
        place = root.joinpath(path).resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: links in a circle; ValueError: a NUL in the address
        why, remedy = _missing(artifact, path, error)
        raise NoContent(artifact=artifact.id, why=why, remedy=remedy) from error
    if not place.is_relative_to(root):
        raise BadPath(path=path, why="it is a link that leads out of the artifact")
    return place


def _check(path: str) -> None:
    if path.startswith("/"):
        raise BadPath(path=path, why="it is absolute")
    if path and {"", ".", ".."} & set(path.split("/")):
        raise BadPath(path=path, why="`..`, `.` and empty parts are not allowed")
    if "\0" in path or len(path) > _LONGEST_PATH:
        raise BadPath(path=path[:50], why="no file has such a name")


def _missing(artifact: Artifact, path: str, error: Exception) -> tuple[str, str]:
    """Why there is nothing to read, and what can be done about it."""
    if not isinstance(error, OSError) or error.errno not in {errno.ENOENT, errno.ENOTDIR}:
        return f"it cannot be read ({error.strerror if isinstance(error, OSError) else error})", _READABLE
    if path:
        return f"nothing lies at {path} in it", "Name a file as the artifact's preview lists it."
    if artifact.digest == NOTHING or not artifact.digest:
        remedy = f"To give it content, the step writes a file or folder to the path of its output {artifact.name}."
        return "the step wrote no content; what it recorded is in the metadata" if artifact.metadata else "the step wrote no content", remedy
    gone = "it is not there any more: it was deleted or moved after the step had written it"
    return gone, "Put it back where it was, or run the pipeline again: the step makes it anew."


def _read(artifact: Artifact, place: Path) -> tuple[bytes, os.stat_result]:
    """The beginning of a plain file. Raises `NoContent`."""
    try:
        descriptor = os.open(place, _NO_WAITING)
    except OSError as error:
        raise NoContent(artifact=artifact.id, why=f"it cannot be read ({error.strerror})", remedy=_READABLE) from error
    with open(descriptor, "rb") as file:  # noqa: PTH123  # by its descriptor
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise NoContent(artifact=artifact.id, why="it is neither a file nor a folder", remedy="Let the step write a file or folder there.")
        return file.read(previews.MOST_BYTES), found


def _folder(artifact: Artifact, place: Path, path: str) -> Preview:
    """The first entries of a folder by name: folders, then files, then links that are not followed."""
    base = str(local_path(artifact.uri).resolve())
    try:
        with os.scandir(place) as entries:
            looked_at = [_entry(one, path, base) for one in itertools.islice(entries, _MOST_LISTED)]
    except OSError as error:
        raise NoContent(artifact=artifact.id, why=f"it cannot be read ({error.strerror})", remedy=_READABLE) from error
    shown = heapq.nsmallest(previews.MOST_ENTRIES, looked_at, key=lambda one: (bool(one.leads_to), not one.is_folder, one.path))
    cut = len(looked_at) > len(shown)
    count = f"more than {_MOST_LISTED:,}" if len(looked_at) == _MOST_LISTED else f"{len(looked_at):,}"
    note = f"Only {len(shown):,} of {count} entries are shown." if cut else "" if shown else "The folder is empty."
    return Preview(Kind.FOLDER, size=sum(one.size for one in looked_at), truncated=cut, entries=shown, note=note)


def _entry(entry: os.DirEntry[str], path: str, base: str) -> Entry:
    name = f"{path}/{entry.name}" if path else entry.name
    if entry.is_symlink() and (trees.leads_out(entry.path, base) or not os.path.exists(entry.path)):  # noqa: PTH110  # a path as text
        return Entry(name, leads_to=_written_in(entry.path))
    try:
        found = entry.stat()
    except OSError:  # gone meanwhile
        return Entry(name)
    folder = stat.S_ISDIR(found.st_mode)
    return Entry(name, folder, 0 if folder else found.st_size)


def _written_in(link: str) -> str:
    """The text of a link; empty where it is gone."""
    try:
        return os.readlink(link)  # noqa: PTH115  # a path as text
    except OSError:
        return ""
