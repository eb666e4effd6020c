"""Artifacts: what is known of them, how they look, and their bytes."""

from __future__ import annotations

from enum import Enum
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import FileResponse, Response, StreamingResponse

from bakehouse.actions import artifacts
from bakehouse.actions.objects import Streamed
from bakehouse.api.artifacts import ArtifactDetail, Preview, SignedLink
from bakehouse.server import described, shown_artifacts
from bakehouse.server.acting import Acting
from bakehouse.server.sent import Sent

#: What an HTML file of a step may do in the frame that a page gives it: run its own scripts and show its own data, in an origin of its own.
_HTML_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline' data:; img-src data: blob:; "
    "font-src data:; media-src data: blob:; frame-ancestors 'self'"
)
#: What anything else may do that is opened as a page: nothing.
_RAW_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_DRAWING = "image/svg+xml"  # an image too, but a browser that opens it as a page runs what is in it

#: For how many seconds a link may be good: S3 allows a week.
_USUAL_LINK, _LONGEST_LINK = 3600, 7 * 24 * 3600
_ZIP = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}

router = APIRouter(prefix="/apis/bakehouse/v1/artifacts", tags=["artifacts"])

Within = Annotated[str, Query(description="A file or folder in an artifact that is a folder.")]


class View(str, Enum):
    """What the bytes are fetched for: as they are, or to be shown as HTML in a sandboxed frame."""

    RAW = "raw"
    HTML = "html"


@router.get("/{artifact_id}")
def detail(context: Acting, artifact_id: str) -> ArtifactDetail:
    """An artifact with its lineage."""
    found = artifacts.get(context, artifact_id)
    return shown_artifacts.artifact_detail(found, local=artifacts.is_readable(context, found.artifact))


@router.get("/{artifact_id}/preview")
def preview(context: Acting, artifact_id: str, path: Within = "") -> Preview:
    """The beginning of the content; where there is nothing to see, a note says why."""
    return shown_artifacts.preview(artifacts.preview(context, artifact_id, path))


@router.get("/{artifact_id}/archive", response_class=StreamingResponse, responses={200: {"description": "The archive.", "content": _ZIP}})
def archive(context: Acting, artifact_id: str, path: Within = "") -> Response:
    """A folder as a zip archive, made while it is sent: links in it stay links, and what cannot be read breaks it off."""
    found = artifacts.archive(context, artifact_id, path)
    quoted = quote(found.filename)
    return StreamingResponse(
        found.pieces,
        media_type="application/zip",
        headers={
            "Content-Disposition": f"attachment; filename*=utf-8''{quoted}",
            "Content-Security-Policy": _RAW_POLICY,
            "Cache-Control": "private, no-cache",
        },
    )


@router.get("/{artifact_id}/content", response_class=FileResponse, responses=described.file("application/octet-stream"))
def content(
    context: Acting,
    artifact_id: str,
    path: Within = "",
    view: Annotated[View, Query(description="`html`: to be shown as a page, in a sandboxed frame.")] = View.RAW,
    download: Annotated[bool, Query(description="Always as an attachment.")] = False,  # noqa: FBT002  # a query parameter
) -> Response:
    """The bytes of a file, or the range of them that is asked for; an attachment, unless it is an image."""
    found = artifacts.content(context, artifact_id, path)
    as_page = view is View.HTML and not download
    inline = as_page or (found.media_type in _PICTURES and not download)
    plain = found.media_type if found.media_type in {*_PICTURES, _DRAWING} else "application/octet-stream"
    media_type = "text/html; charset=utf-8" if as_page else plain
    headers = {"Content-Security-Policy": _HTML_POLICY if as_page else _RAW_POLICY, "Cache-Control": "private, no-cache"}
    if isinstance(found, Streamed):
        if not as_page:
            headers["Content-Disposition"] = f"{'inline' if inline else 'attachment'}; filename*=utf-8''{quote(found.filename)}"
        return StreamingResponse(found.pieces, media_type=media_type, headers={**headers, "Content-Length": str(found.size)})
    return Sent(
        found.path,
        media_type=media_type,
        filename=None if as_page else found.filename,
        content_disposition_type="inline" if inline else "attachment",
        stat_result=found.found,
        headers=headers,
    )


@router.get("/{artifact_id}/link")
def link(
    context: Acting,
    artifact_id: str,
    path: Within = "",
    seconds: Annotated[int, Query(ge=1, le=_LONGEST_LINK, description="For how long the URL is to be good.")] = _USUAL_LINK,
) -> SignedLink:
    """A URL at the object store itself by which whoever has it may fetch a file, without this server."""
    return SignedLink(url=artifacts.link(context, artifact_id, path, seconds=seconds), seconds=seconds)
