"""A copy of an artifact, or of a file in it, at a path of the user's own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

from bakehouse.actions import artifacts
from bakehouse.actions.context import Context
from bakehouse.actions.errors import NoContent
from bakehouse.actions.objects import Streamed
from bakehouse.errors import BadInput
from bakehouse.runners.copying import copy_whole
from bakehouse.storage.files import is_local, local_path

_PIECE = 1 << 20  # bytes


def save(context: Context, artifact_id: str, path: str, target: Path) -> Path:
    """Copy an artifact, or the file at a path in it, to a place where nothing lies yet; where it lies then.

    A folder `target` gets it under its own name. Raises `NoSuchArtifact`, `BadPath`, `NoContent`, `BadInput`, `OSError`, and what an object store
    raises.
    """
    if path:
        found = artifacts.content(context, artifact_id, path)
        place = _free(target, found.filename)
        _write(place, found.pieces if isinstance(found, Streamed) else _pieces(found.path))
        return place
    artifact = artifacts.get(context, artifact_id).artifact
    place = _free(target, artifact.uri.partition("?")[0].rstrip("/").rpartition("/")[2] or artifact.name)
    aside = place.with_name(f".{place.name}-{uuid.uuid4()}")
    if context.objects.serves(artifact.uri):
        if context.objects.download(artifact.uri, aside, stopped=lambda: False) is None:
            raise NoContent(artifact=artifact.id, why=f"nothing lies at {artifact.uri}", remedy="Run the pipeline again: the step makes it anew.")
        aside.replace(place)
    elif is_local(artifact.uri) and local_path(artifact.uri).exists():
        copy_whole(local_path(artifact.uri), place, aside=aside)
    else:
        raise NoContent(artifact=artifact.id, why=f"it does not lie at {artifact.uri}", remedy="Fetch it from there with a program that can.")
    return place


def _free(target: Path, name: str) -> Path:
    place = target / name if target.is_dir() else target
    if place.exists():
        raise BadInput(f"{place} is there already", place=str(place), remedy="Name a path where nothing lies yet.")
    return place


def _pieces(source: Path) -> Iterator[bytes]:
    with source.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _write(place: Path, pieces: Iterator[bytes]) -> None:
    aside = place.with_name(f".{place.name}-{uuid.uuid4()}")
    try:
        with aside.open("xb") as file:
            file.writelines(pieces)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    aside.replace(place)
