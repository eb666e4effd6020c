"""Answers of `bakehouse artifacts …`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from bakehouse.actions import artifacts, saving
from bakehouse.app import settings, wiring
from bakehouse.cli import answers
from bakehouse.ir.values import Json
from bakehouse.records.artifacts import Link

#: Seconds for which a link is good at most: a week, as S3 has it.
LONGEST_LINK = 7 * 24 * 3600


def show(artifact_id: str, *, as_json: bool) -> int:
    """What is known of an artifact; the exit code."""
    with wiring.opened(settings.from_environment()) as context:
        found = artifacts.get(context, artifact_id)
    one = found.artifact
    unverified = bool(one.digest) and not one.digest.startswith("blake3")
    if as_json:
        known: dict[str, Json] = {"artifact_id": one.id, "name": one.name, "type": one.type.schema_title, "uri": one.uri, "digest": one.digest}
        known |= {"verified": not unverified, "size": one.size, "metadata": dict(one.metadata)}
        answers.document({**known, "producers": _links(found.producers), "consumers": _links(found.consumers)})
        return 0
    what = f"{one.digest or 'never read'}{' (unverified: known by sizes and tags)' if unverified else ''}"
    answers.lines([f"{one.name}  {one.type.schema_title}", f"  lies at  {one.uri}", f"  digest   {what}", f"  bytes    {one.size}"])
    answers.lines(f"  made by  {link.run_id} {link.task_id}{' (reused)' if link.reused else ''}" for link in found.producers)
    answers.lines(f"  used by  {link.run_id} {link.task_id}" for link in found.consumers)
    return 0


def download(artifact_id: str, target: Path, path: str, *, as_json: bool) -> int:
    """Copy an artifact or a file in it; the exit code."""
    with wiring.opened(settings.from_environment()) as context:
        place = saving.save(context, artifact_id, path, target)
    if as_json:
        answers.document({"artifact_id": artifact_id, "path": str(place)})
    else:
        answers.lines([str(place)])
    return 0


def link(artifact_id: str, path: str, span: float, *, as_json: bool) -> int:
    """A signed URL of a file; the exit code."""
    if not 1 <= span <= LONGEST_LINK:
        raise click.UsageError("--for: a link is good for a second at least and for 7d at most")
    with wiring.opened(settings.from_environment()) as context:
        url = artifacts.link(context, artifact_id, path, seconds=int(span))
    if as_json:
        answers.document({"artifact_id": artifact_id, "url": url, "seconds": int(span)})
    else:
        answers.lines([url])
    return 0


def _links(links: Sequence[Link]) -> Json:
    return [{"run_id": one.run_id, "task": one.task_id, "name": one.name, "reused": one.reused} for one in links]
